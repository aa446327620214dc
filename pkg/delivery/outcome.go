package delivery

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Outcome is what became of one finding for one sink. Each pair ends in exactly one of them, so that
// in every invocation findings x sinks is the sum of the outcomes.
type Outcome string

// The outcomes.
const (
	// Delivered: the sink gave its proof of acceptance.
	Delivered Outcome = "delivered"
	// Degraded: the full form was refused and the minimal form was accepted.
	Degraded Outcome = "degraded"
	// Below: the severity is below the sink's threshold.
	Below Outcome = "below"
	// Unmatched: the sink's condition does not hold.
	Unmatched Outcome = "unmatched"
	// Muted: a mute holds it back.
	Muted Outcome = "muted"
	// Duplicate: this version or a newer one was told before.
	Duplicate Outcome = "duplicate"
	// Repeat: an update that says nothing worth another message.
	Repeat Outcome = "repeat"
	// Digested: put into the sink's digest, which is told later.
	Digested Outcome = "digested"
	// Retry: not told yet; the pair is handed back to whoever invoked Tocsin.
	Retry Outcome = "retry"
	// Dead: this pair can never succeed until somebody mends the message or the destination.
	Dead Outcome = "dead"
)

// Outcomes lists every outcome, in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{Delivered, Degraded, Below, Unmatched, Muted, Duplicate, Repeat, Digested, Retry, Dead}
}

// Metric is the outcome's name as CloudWatch's own metrics are written: "Delivered".
func (o Outcome) Metric() string { return strings.ToUpper(string(o[:1])) + string(o[1:]) }

// Result is the outcome of one pair and what led to it.
type Result struct {
	Outcome Outcome
	// Receipt is the sink's proof, when the pair was delivered or degraded.
	Receipt notify.Receipt
	// Err is why the pair was not delivered in its full form; nil when it was. It holds no secret.
	Err error
	// Why says what the ledger made of a pair that was told or digested; "" without a ledger.
	Why string
	// Attempts is how often the sink was called.
	Attempts int
	// Wait says how a Retry is to be tried again.
	Wait Wait
	// Buried says that a Dead pair is in the dead-letter queue, so that nothing is left to be done.
	Buried bool
}

// Finished reports whether nothing is left to be done for the pair.
func (r Result) Finished() bool {
	return r.Outcome != Retry && (r.Outcome != Dead || r.Buried)
}

// WaitKind says why a pair has to wait.
type WaitKind int

// The kinds of waiting.
const (
	// AfterFailure waits longer with each receive.
	AfterFailure WaitKind = iota
	// AfterThrottling waits as long as the far side asks, and is spread out.
	AfterThrottling
	// ForLease waits until a lease elsewhere ends.
	ForLease
)

// Wait says how a pair is to be tried again.
type Wait struct {
	Kind WaitKind
	// For is how long the far side asks to be left alone, or how long the lease lasts.
	For time.Duration
}
