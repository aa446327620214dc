package pipeline

import (
	"context"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Preview is what the sinks would send of one finding, the first time that it is sent; of one that
// is over, what they would send where it was sent before.
type Preview struct {
	Finding finding.Finding
	// Kind is that of the message: a finding, or the end of one.
	Kind notify.Kind
	// Err is why a record holds no event; the rest is empty then.
	Err error
	// Sinks has one entry for each instance, in the order of SINKS.
	Sinks []SinkPreview
}

// SinkPreview is what one sink would send, and whether it would.
type SinkPreview struct {
	// Name is the instance's name.
	Name     string
	Decision router.Decision
	// Message is what the sink would send; without a Form there is none, and Err says why.
	Message notify.Preview
	Err     error
}

// Preview reads a payload as Handle does and sends nothing. The error is an *events.NoEventError
// when the payload as a whole holds no event.
func (p *Pipeline) Preview(ctx context.Context, payload []byte) ([]Preview, error) {
	opened, err := events.Open(p.parts.Sources, payload)
	if err != nil {
		return nil, err
	}
	names, muted := p.accountNames(ctx), p.parts.Mutes.active(ctx, p.parts.Log)
	var all []Preview
	for _, record := range opened.Records {
		if record.Err != nil {
			all = append(all, Preview{Err: record.Err})
			continue
		}
		for _, f := range events.Parse(p.parts.Sources, record.Envelope) {
			all = append(all, p.preview(named(f, names), muted))
		}
	}
	return all, nil
}

func (p *Pipeline) preview(f finding.Finding, muted []mute.Mute) Preview {
	shown := Preview{Finding: f}
	if f.State.Over() {
		shown.Kind = notify.KindResolved
	}
	n := notify.Notification{Kind: shown.Kind, Findings: []finding.Finding{f}}
	for i, decision := range router.Decide(f, p.parts.Routes, muted) {
		sink := SinkPreview{Name: p.parts.Routes[i].Sink, Decision: decision}
		if previewer, ok := p.parts.Sinks[i].(notify.Previewer); ok {
			sink.Message, sink.Err = previewer.Preview(n)
		}
		shown.Sinks = append(shown.Sinks, sink)
	}
	return shown
}
