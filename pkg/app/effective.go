package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/router"
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
	// DigestEvery is how long after its first finding a digest is sent.
	DigestEvery time.Duration
	// FallbackSink is the instance that is told when another one takes nothing; empty for none.
	FallbackSink string
	// Actions is what people may do by buttons.
	Actions config.Actions
	// SourceSeverity holds the severities that the operator wants for what states none, by the IDs of
	// the sources.
	SourceSeverity map[string]finding.Severity
}

// EffectiveSink is what one instance is sent.
type EffectiveSink struct {
	Name, Type string
	// Route is what it wants, as the router has it.
	Route       router.Route
	MinSeverity finding.Threshold
	// When is the text of its condition, empty without one, Variable where that stands.
	When, Variable string
	// Repeat says when a finding that was sent is sent again.
	Repeat ledger.Repeat
	// Rate is how many messages a second it is sent, DigestAfter how many a minute before the rest goes
	// into a digest; 0 is no limit.
	Rate        float64
	DigestAfter int
	// InForce are further settings in words, the defaults too.
	InForce []Setting
	// Notes are what the sink has to say about its settings that is no mistake.
	Notes []string
}

// Setting is a setting in words: its name, such as "language", and what is in force.
type Setting struct{ Name, Text string }

// limits are how much a sink is sent.
type limits struct {
	rate        float64
	digestAfter int
}

// Effective returns the configuration as it is in force. Mutes in a secret are read; the error
// joins one error for each mistake in them.
func (a *App) Effective(ctx context.Context) (Effective, error) {
	e := Effective{Ledger: a.config.Ledger, DigestEvery: a.config.DigestEvery, FallbackSink: a.config.FallbackSink, Actions: a.config.Actions, SourceSeverity: a.config.SourceSeverity}
	for i, instance := range a.config.Sinks {
		variable, when := instance.Setting("WHEN")
		sink := EffectiveSink{
			Name: instance.Name, Type: instance.Type, MinSeverity: instance.MinSeverity,
			When: when, Variable: variable, Repeat: a.targets[i].Repeat, InForce: a.inForce(i),
			Route: a.parts.Routes[i], Rate: a.limits[i].rate, DigestAfter: a.limits[i].digestAfter,
		}
		if noted, ok := a.parts.Sinks[i].(notify.Noted); ok {
			sink.Notes = noted.Notes(ctx)
		}
		e.Sinks = append(e.Sinks, sink)
	}
	var mistakes error
	e.Mutes, e.MutesUnread, mistakes = a.parts.Mutes.All(ctx)
	return e, mistakes
}

// Warnings returns what somebody might not have meant in the configuration, a sentence each. Mutes in a
// secret are read; those that cannot be read have none.
func (a *App) Warnings(ctx context.Context) []string {
	mutes, _, _ := a.parts.Mutes.All(ctx)
	return mute.Warnings(mutes, time.Now())
}

// inForce returns the settings of a sink that say what its messages are like, and how many come.
func (a *App) inForce(sink int) []Setting {
	text := func(setting, without string) string {
		_, text := a.config.Sinks[sink].Setting(setting)
		return cmp.Or(strings.Join(strings.Fields(text), " "), without)
	}
	mention := text("MENTION", "nobody")
	if mention != "nobody" {
		mention += " from " + text("MENTION_MIN_SEVERITY", "high")
	}
	digest, rate := "never", "no limit"
	if after := a.limits[sink].digestAfter; after > 0 && a.config.Ledger != config.LedgerOff {
		digest = fmt.Sprintf("after %d in a minute, every %v", after, a.config.DigestEvery)
	}
	if most := a.limits[sink].rate; most > 0 {
		rate = fmt.Sprintf("%v a second", most)
	}
	all := []Setting{
		{"language", text("MESSAGE_LANG", "en")}, {"runbook", text("RUNBOOK_URL", "none")}, {"mention", mention},
		{"digest", digest}, {"rate", rate}, {"fields", text("FIELDS", "default")},
	}
	if a.config.Sinks[sink].Drills {
		all = append(all, Setting{"drills", "sent"})
	}
	if a.config.Sinks[sink].HasSummary {
		all = append(all, Setting{"summary", "weekly"})
	}
	if e := a.config.Sinks[sink].Escalation; e.After > 0 {
		all = append(all, Setting{"escalation", fmt.Sprintf("to %s after %s from %s", e.To, short(e.After), e.MinSeverity)})
	}
	return all
}

// short returns a length of time without what is zero at its end: "15m".
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// AccountNames returns the operator's names by account id. Those in a secret are read; what is wrong
// with them costs a name.
func (a *App) AccountNames(ctx context.Context) map[string]string {
	names, _ := a.parts.Names(ctx)
	return names
}

// Style returns the style of messages that no instance has changed for itself.
func (a *App) Style() formatter.Style {
	return a.style
}
