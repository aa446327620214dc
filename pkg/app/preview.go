package app

import (
	"context"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Preview is what the sinks would be told of one finding, the first time that it is told.
type Preview struct {
	Finding finding.Finding
	// Err is why a record holds no event; the rest is empty then.
	Err error
	// Sinks has one entry for each instance, in the order of SINKS.
	Sinks []SinkPreview
}

// SinkPreview is what one sink would be told, and whether it would.
type SinkPreview struct {
	// Name is the instance's name.
	Name     string
	Decision router.Decision
	// Message is what the sink would send; without a Form the sink cannot show it, and Err says why.
	Message notify.Preview
	Err     error
}

// Preview reads a payload as Handle does and tells nobody. The error is an *events.NoEventError when the
// payload as a whole holds no event.
func (a *App) Preview(ctx context.Context, payload []byte) ([]Preview, error) {
	opened, err := events.Open(payload)
	if err != nil {
		return nil, err
	}
	names, muted := a.accountNames(ctx), a.activeMutes(ctx)
	var all []Preview
	for _, record := range opened.Records {
		if record.Err != nil {
			all = append(all, Preview{Err: record.Err})
			continue
		}
		for _, f := range events.Parse(record.Envelope) {
			all = append(all, a.preview(named(f, names), muted))
		}
	}
	return all, nil
}

func (a *App) preview(f finding.Finding, muted []mute.Mute) Preview {
	p := Preview{Finding: f}
	n := notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{f}}
	for i, decision := range router.Decide(f, a.routes, muted) {
		sink := SinkPreview{Name: a.routes[i].Sink, Decision: decision}
		if previewer, ok := a.sinks[i].(notify.Previewer); ok {
			sink.Message, sink.Err = previewer.Preview(n)
		}
		p.Sinks = append(p.Sinks, sink)
	}
	return p
}

// Style gives the look of messages that no instance has changed for itself.
func (a *App) Style() formatter.Style {
	style, _ := sinks.NewStyle(a.config.Setting) // Load has refused a configuration with a mistake here
	return style
}
