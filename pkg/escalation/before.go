package escalation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/panics"
)

const (
	// firstLeg is how long after the sending it is looked whether the sink has accepted. It is short, so that what
	// the sink is told later does not pass for that.
	firstLeg = time.Minute
	// longestLeg is how long a leg lasts at the most. SQS delays a message by 15 minutes at the most, and does not say
	// whether one that is delayed grows older meanwhile: an alarm watches the age of 15 minutes.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
	longestLeg = 14 * time.Minute
	// patience is how long a finding waits for its escalation.
	patience = 2 * time.Second
)

// Before returns what is to be called before a sink is told of a finding; nil for a sink whose findings are not
// escalated. It is a delivery.Target's.
func (e *Escalations) Before(sink string) func(context.Context, delivery.Telling) {
	rule, isThere := e.rule(sink)
	if !isThere {
		return nil
	}
	return func(ctx context.Context, t delivery.Telling) {
		if !rule.starts(t) {
			return
		}
		if err := e.start(ctx, rule, t); err != nil {
			e.Log.EscalationFailed(fmt.Errorf("%s: a finding is sent without an escalation to %s: %w", rule.Sink, rule.To, err))
		}
	}
}

// starts reports whether what a sink is told is new to it at this severity: the finding itself, that it has risen to
// it, or that it is open again. A repetition is not.
func (r Rule) starts(t delivery.Telling) bool {
	if t.Finding.State.Over() || !t.Finding.Severity.AtLeast(r.MinSeverity) {
		return false
	}
	return t.Last == nil || t.Last.State != "" || !t.Last.Severity.AtLeast(r.MinSeverity)
}

// start puts the first leg into the queue.
func (e *Escalations) start(ctx context.Context, r Rule, t delivery.Telling) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = errors.New("a fault of Tocsin: " + panics.Describe(value) + "; please report it")
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	first, err := newLeg(r.Sink, t.Finding, e.Now())
	if err != nil {
		return err
	}
	if t.Last != nil {
		first.Before = t.Last.At.UTC()
	}
	return e.put(ctx, first, firstLeg)
}

// put puts a leg into the queue.
func (e *Escalations) put(ctx context.Context, l leg, delay time.Duration) error {
	record, err := l.record()
	if err != nil {
		return err
	}
	return e.Send(ctx, record, delay)
}
