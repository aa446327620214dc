package awscall

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Retries say how often the SDK makes a call again that has failed.
type Retries int

const (
	// AsUsual makes a call again as every AWS tool does: three attempts, or what the environment
	// says. It is for a person who waits at a terminal.
	AsUsual Retries = iota
	// Once makes a call again once.
	Once
	// OverDeadConnections makes a call again where there was no answer at all, at once and up to
	// twice: connections that were kept are dead after a freeze of the Lambda, several of them may
	// be. The service may have seen the request, so it is for calls that may come twice.
	OverDeadConnections
	// Never leaves it to the caller. It is for sinks: retries are the delivery's work, and those of
	// the SDK would multiply them.
	Never
)

// set makes the clients of the settings make calls again so often.
func (r Retries) set(settings *aws.Config) {
	switch r {
	case AsUsual:
	case Once:
		settings.RetryMaxAttempts = 2
	case OverDeadConnections:
		settings.RetryMaxAttempts = 0 // what the environment says is about another sort of retries
		settings.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 3
				o.Retryables = []retry.IsErrorRetryable{retry.RetryableConnectionError{}}
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				o.RateLimiter = ratelimit.None
			})
		}
	case Never:
		settings.RetryMaxAttempts = 0
		settings.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}
}
