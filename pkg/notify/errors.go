package notify

import (
	"cmp"
	"errors"
	"time"
)

// ErrorKind says what a failed attempt means for the next one.
type ErrorKind int

// The kinds of error, the mildest first.
const (
	// Transient failures may pass: try again. Every unmarked error is one.
	Transient ErrorKind = iota
	// Throttled: the remote end asks for less; see Delay for how long it wants to be left alone.
	Throttled
	// Unacceptable: this message can never succeed in this form. The minimal form may.
	Unacceptable
	// Broken: this destination is broken for every message until somebody mends it.
	Broken
)

// String returns the kind as one word for logs and reports.
func (k ErrorKind) String() string {
	words := map[ErrorKind]string{Throttled: "throttled", Unacceptable: "permanent-message", Broken: "permanent-sink"}
	return cmp.Or(words[k], "transient")
}

// marked is an error whose kind is known.
type marked struct {
	error
	kind  ErrorKind
	delay time.Duration
}

func (m *marked) Unwrap() error { return m.error }

// PermanentMessage marks err: this message can never succeed in this form. A nil err stays nil.
func PermanentMessage(err error) error { return mark(err, Unacceptable, 0) }

// PermanentSink marks err: this destination is broken for every message. A nil err stays nil.
func PermanentSink(err error) error { return mark(err, Broken, 0) }

// RetryAfter marks err: the remote end asks to be left alone for delay. A delay of 0 or less means
// that it did not say for how long. A nil err stays nil.
func RetryAfter(err error, delay time.Duration) error { return mark(err, Throttled, max(delay, 0)) }

func mark(err error, kind ErrorKind, delay time.Duration) error {
	if err == nil {
		return nil
	}
	return &marked{error: err, kind: kind, delay: delay}
}

// KindOf returns the kind of err. It must be asked before errors are joined, since a joined error
// has the kind of the first marked one in it. A nil err is Transient.
func KindOf(err error) ErrorKind {
	if m, ok := errors.AsType[*marked](err); ok {
		return m.kind
	}
	return Transient
}

// Delay returns how long the remote end asked to be left alone, or 0 when it did not say.
func Delay(err error) time.Duration {
	if m, ok := errors.AsType[*marked](err); ok {
		return m.delay
	}
	return 0
}
