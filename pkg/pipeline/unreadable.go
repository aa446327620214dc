package pipeline

import (
	"context"
	"errors"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// unreadable answers a payload that is no event at all: with a dead letter, else with the error, after
// which Lambda tries twice more and then writes to the function's own failure destination.
func (p *Pipeline) unreadable(ctx context.Context, payload []byte, err error) ([]byte, error) {
	if p.parts.DeadLetters == nil {
		return nil, err
	}
	if letterErr := p.parts.DeadLetters.SendUnreadable(ctx, payload, err.Error()); letterErr != nil {
		return nil, errors.Join(err, letterErr)
	}
	return report.UnreadableAnswer(), nil
}

// sendUnreadable writes the records that hold no event to the dead-letter queue, so that they do not go
// round and round. Without such a queue they stay unfinished.
func (p *Pipeline) sendUnreadable(ctx context.Context, opened []events.Record, records []task) {
	for i := range records {
		if records[i].Err != nil && p.parts.DeadLetters != nil {
			err := p.parts.DeadLetters.SendUnreadable(ctx, opened[i].Body, records[i].Err.Error())
			records[i].IsDeadLetter = err == nil
			if err != nil {
				p.parts.Log.Trouble(err)
			}
		}
	}
}
