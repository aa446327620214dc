// Package secret holds what must not be seen: a value that hides itself from every print, log and
// JSON document. It is a plain text, or a reference to a secret in AWS Secrets Manager, which is
// read when it is first used.
package secret

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// Redacted is what stands for a secret wherever one is printed.
const Redacted = "[redacted]"

const (
	kept    = time.Hour   // a value that was read is used for as long before it is read again
	between = time.Minute // the least time between two reads of the same secret
)

// Ref is a secret, or the way to it. Its zero value is "not set". It is safe for concurrent use;
// its copies share what was read.
type Ref struct {
	// hidden is a pointer to a pointer, since fmt prints the unexported fields of a struct without
	// asking their methods, but follows no more than one pointer and shows the next one's address.
	hidden **state
}

// state is a secret and what was read of it.
type state struct {
	source *source // nil for a plain text

	mu    sync.Mutex
	value string // "" until it is known
	// good is when the value was read, tried when the last read was, failed how that failed.
	good, tried time.Time
	failed      error
}

// New makes a secret of a text: the plain value, or the ARN of a secret in Secrets Manager, with
// "#key" for one key of a secret that is a JSON object. The empty text is "not set".
func New(text string) Ref {
	if text == "" {
		return Ref{}
	}
	s := &state{source: parseSource(text)}
	if s.source == nil {
		s.value = text
	}
	return Ref{&s}
}

// UnmarshalText reads a secret from a setting. It never fails, so that no error can show the text.
func (r *Ref) UnmarshalText(text []byte) error {
	*r = New(strings.TrimSpace(string(text)))
	return nil
}

// IsSet reports whether there is a secret at all.
func (r Ref) IsSet() bool { return r.hidden != nil }

// IsReference reports whether the value is in Secrets Manager and not in the text itself.
func (r Ref) IsReference() bool { return r.IsSet() && (*r.hidden).source != nil }

// Value returns the secret in plain text, for the one moment when it is used; "" when it is not
// set. A referenced secret is read at the first use and again after an hour; when that fails, the
// last good value stays. The error says how to fill an empty secret; it holds no value.
func (r Ref) Value(ctx context.Context) (string, error) { return r.valueAt(ctx, time.Now()) }

func (r Ref) valueAt(ctx context.Context, now time.Time) (string, error) {
	if !r.IsSet() {
		return "", nil
	}
	s := *r.hidden
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.source != nil && (s.value == "" || now.Sub(s.good) >= kept) {
		s.read(ctx, now)
	}
	if s.value == "" {
		return "", s.failed
	}
	return s.value, nil
}

// Refresh reads a referenced secret again, at most once a minute, and reports whether its value is
// another one now. It is for a sink whose remote end says that the secret is wrong.
func (r Ref) Refresh(ctx context.Context) (changed bool, err error) {
	return r.refreshAt(ctx, time.Now())
}

func (r Ref) refreshAt(ctx context.Context, now time.Time) (changed bool, err error) {
	if !r.IsReference() {
		return false, nil
	}
	s := *r.hidden
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.value
	if !s.read(ctx, now) {
		return false, s.failed
	}
	return s.value != before, nil
}

// read asks Secrets Manager, unless it was asked within the last minute and answered then. It
// reports whether the value is one that was read just now. The caller holds the lock, so that
// several users at once make one request.
func (s *state) read(ctx context.Context, now time.Time) bool {
	if !s.tried.IsZero() && now.Sub(s.tried) < between {
		return false
	}
	value, err := s.source.read(ctx)
	if ctx.Err() == nil && !errors.Is(err, awscall.ErrSettings) { // what was cut short or not asked is no answer
		s.tried = now
	}
	if s.failed = err; err != nil {
		return false
	}
	s.value, s.good = value, now
	return true
}

// errWithoutKey and the like say what is wrong with a secret's value, and show nothing of it.
var (
	errNotText    = errors.New("the secret holds bytes and no text; store it with --secret-string")
	errNotJSON    = errors.New("the secret is no JSON object, though its reference names a key")
	errWithoutKey = errors.New("the secret has no text under the key that its reference names")
	errEmpty      = errors.New("the secret is empty")
)

// String hides the secret from fmt.
func (r Ref) String() string { return Redacted }

// GoString hides the secret from %#v.
func (r Ref) GoString() string { return Redacted }

// MarshalText hides the secret from JSON and other encodings.
func (r Ref) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue hides the secret from structured logs.
func (r Ref) LogValue() slog.Value { return slog.StringValue(Redacted) }
