package delivery

import "github.com/tocsin-sec/tocsin/pkg/notify"

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
	// Retry: not told yet; the pair is handed back to whoever invoked Tocsin.
	Retry Outcome = "retry"
	// Dead: this pair can never succeed until somebody mends the message or the destination.
	Dead Outcome = "dead"
)

// Outcomes lists every outcome, in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{Delivered, Degraded, Below, Retry, Dead}
}

// Finished reports whether nothing is left to be done for the pair.
func (o Outcome) Finished() bool { return o != Retry && o != Dead }

// Result is the outcome of one pair and what led to it.
type Result struct {
	Outcome Outcome
	// Receipt is the sink's proof, when the pair was delivered or degraded.
	Receipt notify.Receipt
	// Err is why the pair was not delivered in its full form; nil when it was. It holds no secret.
	Err error
}
