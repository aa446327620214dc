package config

import (
	"strconv"
	"time"
)

// The bounds of the digest's settings. SQS delays a message by 15 minutes at the most:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
const (
	maxDigestAfter = 10_000
	minDigestEvery = 10 * time.Second
	maxDigestEvery = 15 * time.Minute
	digestEvery    = time.Minute
)

// digestAfter reads a number of messages; nil stands for the usual number of the type of sink.
func (l *loader) digestAfter(variable, text string) *int {
	if text == "" {
		return nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number > maxDigestAfter {
		l.mistakeOnce(variable, "not a number of messages a minute: want 1 to %d, or 0 for no digests", maxDigestAfter)
	}
	return &number
}

func (l *loader) digestEvery(text string) time.Duration {
	if text == "" {
		return digestEvery
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < minDigestEvery || every > maxDigestEvery || every%time.Second != 0 {
		l.mistake("DIGEST_EVERY", "not a time between digests: want whole seconds from 10s to 15m, such as 60s")
	}
	return every
}
