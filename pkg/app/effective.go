package app

import (
	"context"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Effective is a configuration as it is in force.
type Effective struct {
	Sinks []EffectiveSink
	// Mutes are all mutes, those that have ended too.
	Mutes []mute.Mute
	// MutesUnread says why mutes in a secret cannot be read; nothing is muted then.
	MutesUnread error
	// Ledger is the kind of ledger.
	Ledger string
}

// EffectiveSink is what one instance is told of.
type EffectiveSink struct {
	Name, Type  string
	MinSeverity finding.Threshold
	// When is the text of its condition, Variable where that stands; both are empty without one.
	When, Variable string
	// Repeat says when a finding that was told is told again.
	Repeat ledger.Repeat
	// Notes are what the sink has to say about its settings that is no mistake.
	Notes []string
}

// Effective gives the configuration as it is in force. Mutes in a secret are read; the error joins one error for
// each mistake in them.
func (a *App) Effective(ctx context.Context) (Effective, error) {
	e := Effective{Ledger: a.config.Ledger}
	for i, instance := range a.config.Sinks {
		sink := EffectiveSink{Name: instance.Name, Type: instance.Type, MinSeverity: instance.MinSeverity}
		if variable, text := instance.Setting("WHEN"); text != "" {
			sink.Variable, sink.When = variable, text
		}
		_, text := instance.Setting("REPEAT")
		sink.Repeat, _ = ledger.ParseRepeat(text) // a mistake in it would have been found at start
		if len(a.sinks) == len(a.config.Sinks) {  // an App for one of them alone is for a replay
			if noted, ok := a.sinks[i].(notify.Noted); ok {
				sink.Notes = noted.Notes(ctx)
			}
		}
		e.Sinks = append(e.Sinks, sink)
	}
	var mistakes error
	e.Mutes, e.MutesUnread, mistakes = a.mutes.All(ctx)
	return e, mistakes
}

// Style gives the look of messages that no instance has changed for itself.
func (a *App) Style() formatter.Style {
	style, _ := sinks.NewStyle(a.config.Setting, a.words) // Load has refused a configuration with a mistake here
	return style
}
