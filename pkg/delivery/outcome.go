package delivery

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Outcome is what became of one finding for one sink. Each pair ends in exactly one of them, so
// that in every invocation findings x sinks is the sum of the outcomes.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered" // the sink gave its proof of acceptance
	Degraded  Outcome = "degraded"  // the full form was refused and the minimal form was accepted
	Below     Outcome = "below"     // the severity is below the sink's threshold
	Unmatched Outcome = "unmatched" // the sink's condition does not hold
	Muted     Outcome = "muted"     // a mute holds it back
	Duplicate Outcome = "duplicate" // this version or a newer one was sent before
	Repeat    Outcome = "repeat"    // an update that says nothing worth another message
	Resolved  Outcome = "resolved"  // it is over, and the sink was not sent it before
	Digested  Outcome = "digested"  // put into the sink's digest, which is sent later
	Retry     Outcome = "retry"     // not sent yet; the pair is handed back to whoever invoked Tocsin
	Dead      Outcome = "dead"      // can never succeed until somebody mends the message or the destination
)

// Outcomes lists every outcome, in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{Delivered, Degraded, Below, Unmatched, Muted, Duplicate, Repeat, Resolved, Digested, Retry, Dead}
}

// Metric is the outcome's name as CloudWatch's own metrics are written: "Delivered".
func (o Outcome) Metric() string { return strings.ToUpper(string(o[:1])) + string(o[1:]) }

// Result is the outcome of one pair and what led to it.
type Result struct {
	Outcome Outcome
	Receipt notify.Receipt // the sink's proof, when the pair was delivered or degraded
	// Accepted is when the sink gave that proof, by the engine's clock.
	Accepted time.Time
	// Err is why the pair was not delivered in its full form; nil when it was. It holds no secret.
	Err error
	// Why says what the ledger made of a pair that was sent or digested; "" without a ledger.
	Why      string
	Attempts int  // how often the sink was called
	Wait     Wait // how a Retry is to be tried again
	// IsDeadLetter says that a Dead pair is in the dead-letter queue, and so finished.
	IsDeadLetter bool
}

// IsSent reports whether the sink has accepted a message.
func (r Result) IsSent() bool { return r.Outcome == Delivered || r.Outcome == Degraded }

// Finished reports whether nothing is left to be done for the pair.
func (r Result) Finished() bool {
	return r.Outcome != Retry && (r.Outcome != Dead || r.IsDeadLetter)
}

// WaitKind says why a pair has to wait.
type WaitKind int

// The kinds of waiting.
const (
	AfterFailure    WaitKind = iota // longer with each receive
	AfterThrottling                 // as long as the remote end asks, and spread out
	ForLease                        // until a lease elsewhere ends
)

// Wait says how a pair is to be tried again.
type Wait struct {
	Kind WaitKind
	// For is how long the remote end asks to be left alone, or how long the lease lasts.
	For time.Duration
}
