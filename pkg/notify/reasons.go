package notify

import (
	"errors"
	"net"
)

// Reason says in one word why a call of a sink failed: what a metric is told by. It decides nothing;
// ErrorKind does.
type Reason string

// The reasons.
const (
	ReasonThrottled Reason = "throttled" // the remote end asks for less
	ReasonServer    Reason = "server"    // the remote end has answered that the fault is its own
	ReasonClient    Reason = "client"    // the message, the destination or the credentials are refused
	ReasonTimeout   Reason = "timeout"   // no answer came in time
	ReasonNetwork   Reason = "network"   // the remote end cannot be reached, or its answer broke off
	ReasonOther     Reason = "other"     // nothing is known of it: a panic, a secret that cannot be read
)

// Reasons lists every reason, in the order in which reports show them.
func Reasons() []Reason {
	return []Reason{ReasonThrottled, ReasonServer, ReasonClient, ReasonTimeout, ReasonNetwork, ReasonOther}
}

// because is an error whose reason is known.
type because struct {
	error
	reason Reason
}

func (b *because) Unwrap() error { return b.error }

// Because marks err with its reason, and leaves its kind as it is. A nil err stays nil.
func Because(err error, reason Reason) error {
	if err == nil {
		return nil
	}
	return &because{err, reason}
}

// ReasonOf returns why a call failed. What is throttled is that, whatever else it is marked with; of
// what is not marked, a permanent error is a refusal.
func ReasonOf(err error) Reason {
	kind := KindOf(err)
	if kind == Throttled {
		return ReasonThrottled
	}
	if b, ok := errors.AsType[*because](err); ok {
		return b.reason
	}
	timeout, isNetwork := errors.AsType[net.Error](err) // the end of a context is one too
	switch {
	case kind == Unacceptable, kind == Broken:
		return ReasonClient
	case isNetwork && timeout.Timeout():
		return ReasonTimeout
	case isNetwork:
		return ReasonNetwork
	}
	return ReasonOther
}
