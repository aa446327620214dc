package delivery

import "time"

// Limits bound the time that a delivery takes.
type Limits struct {
	// Attempt is the longest that one attempt may take.
	Attempt time.Duration
	// Margin is kept free before the deadline of the invocation, for writing down what has happened and for
	// the answer.
	Margin time.Duration
	// Retries is the longest that one pair is tried again within one invocation, waits included.
	Retries time.Duration
}

// DefaultLimits suit a Lambda with a timeout of 30 s: a sink that hangs leaves room for others of
// its findings to be tried, and the answer is given half a second before the deadline.
func DefaultLimits() Limits {
	return Limits{Attempt: 8 * time.Second, Margin: 500 * time.Millisecond, Retries: 3 * time.Second}
}
