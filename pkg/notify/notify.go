// Package notify is the contract between Tocsin and the places that it sends to: the Notifier that
// every sink is, the Notification that it is given, the Receipt that it gives back, and the kinds
// of errors by which the delivery decides what to do next.
package notify

import (
	"context"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Notifier sends a notification to one place. Every sink is one.
//
// An implementation
//   - is built once at start and is safe for concurrent use;
//   - returns soon after ctx ends, and leaves nothing running behind;
//   - changes nothing of the notification, which other sinks are sent too;
//   - returns a nil error only when the remote end has given its own proof of acceptance, such as
//     Slack's "ok" or a message id, not merely for status 200;
//   - marks what it knows about a failure with PermanentMessage, PermanentSink or RetryAfter;
//     an unmarked error is transient;
//   - puts no secret, and no URL that holds one, into an error;
//   - does not log and does not retry: the delivery does both, in one place.
type Notifier interface {
	Notify(ctx context.Context, n Notification) (Receipt, error)
}

// Refresher is a Notifier whose secret can change while it runs. When the remote end says that the
// destination is broken, the delivery lets it read its secret again, and tries once more if it has
// changed.
type Refresher interface {
	Notifier
	// Refresh reads the secret again and reports whether it has changed. It may have been read so
	// short a time ago that it is not read again.
	Refresh(ctx context.Context) (changed bool, err error)
}

// Noted is a Notifier with something to say about its settings that is no mistake. It is optional,
// and for tocsin check alone: the delivery never asks for it.
type Noted interface {
	Notifier
	// Notes returns one sentence for each thing that an operator should know. It reaches no
	// network, reads no secret and shows none.
	Notes(ctx context.Context) []string
}

// Kind says why a notification is sent.
type Kind int

// The kinds of notification.
const (
	// KindFinding says that there is a finding for the first time.
	KindFinding Kind = iota
	// KindUpdate says what has changed in a finding that was sent before.
	KindUpdate
	// KindDigest holds many findings at once.
	KindDigest
	// KindNotice is a word from Tocsin itself about how findings are handled, which it may carry.
	KindNotice
	// KindResolved says that a finding that was sent before is over.
	KindResolved
	// KindHeartbeat says that Tocsin is alive; it carries no finding.
	KindHeartbeat
	// KindSummary says what a length of time was like; it carries no finding.
	KindSummary
	// KindAction says what somebody did about a finding that was sent before, in the words of its Word. The
	// finding that it carries is no more than what names it.
	KindAction
)

// String returns the kind in lower case.
func (k Kind) String() string {
	names := [...]string{
		KindFinding: "finding", KindUpdate: "update", KindDigest: "digest", KindNotice: "notice",
		KindResolved: "resolved", KindHeartbeat: "heartbeat",
		KindSummary: "summary", KindAction: "action",
	}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// MarshalText returns the same in JSON and other encodings.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// CallsNobody reports whether a notification of the kind is there to be read, and asks for no work.
func (k Kind) CallsNobody() bool { return k == KindHeartbeat || k == KindSummary || k == KindAction }

// Notification is what a sink is to send.
type Notification struct {
	Kind Kind
	// Findings holds one finding, or several for a digest. It is empty where Word says all there is.
	Findings []finding.Finding
	// Word is what Tocsin says of itself; the zero value for what is about findings alone.
	Word Word
	// Changes says what is new since the last message, for an update.
	Changes []Change
	// Previous is the receipt of the last message about the same finding; zero when there is none.
	Previous Receipt
	// Taken is who has taken the finding on. Nobody else is called then.
	Taken Taken
	// Acts are what people can do about the finding, or undo; nil for nothing.
	Acts []Act
	// Minimal asks for the smallest and plainest form, since the full form was refused.
	Minimal bool
}

// Change is one thing that has changed in a finding since it was last sent. Of some the name says it
// all, such as "new fix".
type Change struct {
	// What is the name of the field, such as "severity", "count" or "actor".
	What string `json:"what"`
	// From is empty for something that has appeared.
	From string `json:"from,omitempty"`
	// To is empty for something that has gone.
	To string `json:"to,omitempty"`
}

// Receipt is a sink's proof that it sent, and what it needs to find the message again.
type Receipt struct {
	// ID is the remote end's name for the message: an SNS MessageId, a Slack timestamp. It is empty
	// where the remote end gives none.
	ID string
	// Place is where the message stands, such as a Slack channel id.
	Place string
}
