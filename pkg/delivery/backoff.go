package delivery

import "time"

// The schedule by which a record is received again.
const (
	// firstWait is the wait after the first failure; it doubles with each receive up to maxWait.
	firstWait   = time.Minute
	maxWait     = 15 * time.Minute
	spread      = time.Minute // added to what a throttling remote end asks for, so that not all come back at once
	doubledFrom = 5           // the receive from which a throttled record waits twice as long
	// patientFrom is the receive from which a throttled record waits for maxWait at least: a remote
	// end that asks for short waits and takes nothing does not use the receives up within hours. In
	// a full queue that moves no record gets there.
	patientFrom = 100
	// maxVisibility is the longest that a record is hidden. SQS keeps a message hidden for 12 hours, counted from when it was
	// received, and refuses to hide it for longer, so that it would come back within minutes. The quarter of an hour that is
	// left out is the longest that a function runs.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
	maxVisibility = 12*time.Hour - 15*time.Minute
)

// Backoff returns how long a record stays hidden in its queue before it is received again, as whole
// seconds. receives counts how often it was received, this time included; random is in [0, 1) and
// spreads records that failed together: throttled records wait up to a minute longer, failed ones
// half to the whole of their wait.
func (w Wait) Backoff(receives int, random float64) time.Duration {
	receives = max(receives, 1)
	var wait time.Duration
	switch w.Kind {
	case ForLease:
		wait = w.For + time.Second
	case AfterThrottling:
		wait = w.For + time.Duration(random*float64(spread))
		if receives >= doubledFrom {
			wait *= 2
		}
		if receives >= patientFrom {
			wait = max(wait, maxWait+time.Duration(random*float64(spread)))
		}
	case AfterFailure:
		wait = min(firstWait<<min(receives-1, 4), maxWait) // 1, 2, 4, 8 minutes, then the cap
		wait = wait/2 + time.Duration(random*float64(wait/2))
	}
	return min(wait, maxVisibility).Round(time.Second)
}
