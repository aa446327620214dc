package app

import (
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action/duty"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notice"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/summary"
)

// WordPreview is what the sinks would be sent of something that Tocsin says of itself.
type WordPreview struct {
	Notification notify.Notification
	// Setting is what lets it be said, and Told are the sinks that are told by the settings as they are.
	Setting string
	Told    []string
	// Sinks are what each sink would be sent, if it was told.
	Sinks []pipeline.SinkPreview
}

// PreviewWords returns examples of what Tocsin says of itself at a time: that a sink takes nothing, that it
// works again, that a fire drill has come, that one was missed, and what a week was like.
func (a *App) PreviewWords(at time.Time) []WordPreview {
	isOther := func(s config.Sink) bool { return s.Name != a.config.FallbackSink }
	about := a.config.Sinks[max(slices.IndexFunc(a.config.Sinks, isOther), 0)].Name
	fallback, drilled, weekly := []string{}, []string{}, []string{}
	for _, sink := range a.config.Sinks {
		if !isOther(sink) {
			fallback = append(fallback, sink.Name)
		}
		if sink.Drills {
			drilled = append(drilled, sink.Name)
		}
		if sink.HasSummary {
			weekly = append(weekly, sink.Name)
		}
	}
	var all []WordPreview
	for _, n := range notice.Examples(about, at) {
		all = append(all, WordPreview{n, "FALLBACK_SINK", fallback, a.PreviewWord(n)})
	}
	for _, n := range drill.Examples(at) {
		all = append(all, WordPreview{n, "DRILL", drilled, a.PreviewWord(n)})
	}
	n := summary.Example(about, at)
	return append(all, WordPreview{n, "SUMMARY", weekly, a.PreviewWord(n)})
}

// PreviewActs returns examples of what is said of what people do about a finding at a time, and that nobody has
// taken it on.
func (a *App) PreviewActs(f *finding.Finding, at time.Time) []WordPreview {
	told, escalated := []string{}, []string{}
	for _, sink := range a.config.Sinks {
		if a.config.Actions.AreOn && isTold(a.types, sink.Type) {
			told = append(told, sink.Name)
		}
		if to := sink.Escalation.To; to != "" && !slices.Contains(escalated, to) {
			escalated = append(escalated, to)
		}
	}
	var all []WordPreview
	for _, n := range duty.Examples(f, at) {
		all = append(all, WordPreview{n, a.pressed(), told, a.PreviewWord(n)})
	}
	n := notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{*f}, Word: notify.Word{
		Name: "escalated", ID: "escalated/example", About: f.Key(), Severity: f.Severity, Values: []notify.Value{
			{Name: "sink", Text: a.config.Sinks[0].Name}, {Name: "since", Time: at.Add(-15 * time.Minute)}, {Name: "waited", Text: "15m"},
		},
	}}
	if a.parts.Acts != nil {
		n.Acts = a.parts.Acts(f)
	}
	return append(all, WordPreview{n, "ESCALATE_AFTER", escalated, a.PreviewWord(n)})
}

// pressed returns the setting by which messages have buttons.
func (a *App) pressed() string {
	for _, kind := range a.types {
		if kind.Pressed != "" {
			return kind.Pressed
		}
	}
	return ""
}
