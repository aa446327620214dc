// Package pipeline takes a payload from bytes to outcomes: it opens and reads the payload, decides
// who gets each finding, delivers, and reports. It is built of parts, and knows nothing of the
// configuration that they were made from.
package pipeline

import (
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Parts are what a Pipeline is built of. Routes and Engine are required.
type Parts struct {
	// Sources is the table of sources; what is of none of them is a generic finding.
	Sources []source.Source
	// Routes say which findings each sink wants; everything about sinks is in their order.
	Routes []router.Route
	// Sinks are the instances, one for each route. Preview asks them for their messages.
	Sinks []notify.Notifier
	// Engine delivers to the sinks: its targets are one for each route.
	Engine *delivery.Engine
	// Mutes are the mutes in force; nil mutes nothing.
	Mutes *Mutes
	// Names returns the operator's names for accounts; nil stands for none.
	Names Names
	// Queue is where unfinished records are hidden and digests wait; nil leaves every queue alone.
	Queue *queue.Client
	// DeadLetters takes records that hold no event; without it they stay unfinished.
	DeadLetters *deadletter.Queue
	// Digests say where the digests are, and how they are flushed.
	Digests Digests
	// Duties say what is done about the records that Tocsin puts on the way itself, but for digests.
	Duties []Duty
	// Acts returns what people can do about a finding where they read it; nil stands for nothing.
	Acts func(f *finding.Finding) []notify.Act
	// After is called when the findings of a payload have their outcomes, and Heard when there is
	// something to be said because of that, and it was said or could not be.
	After []After
	Heard []Heard
	// Log gets what became of each payload.
	Log report.Log
	// Replay sends pairs that were dead once more.
	Replay bool
}

// Digests say where the digests are, and how they are flushed.
type Digests struct {
	// Store holds the digests themselves; nil means that there are none.
	Store *digest.Digests
	// Every is how long after its first finding a digest is sent.
	Every time.Duration
	// AtEnd says that Flush is called after the last payload.
	AtEnd bool
	// IsLasting says that their table outlives the process, so that a digest can wait for another
	// one.
	IsLasting bool
}

// Pipeline handles payloads. It is safe for concurrent use.
type Pipeline struct {
	parts Parts
	// parse and decideOne read and judge the text of others.
	parse     func([]source.Source, events.Envelope) []finding.Finding
	decideOne func(finding.Finding, []router.Route, []mute.Mute) []router.Decision

	mu        sync.Mutex
	announced []digest.Flush // digests that Flush is to send
}

// New returns a pipeline of the parts. It logs the mutes that have ended, and those that somebody might not
// have meant.
func New(parts Parts) *Pipeline {
	if parts.Mutes == nil {
		parts.Mutes = new(Mutes)
	}
	parts.Log.Mutes(parts.Mutes.list)
	return &Pipeline{parts: parts, parse: events.Parse, decideOne: router.Decide}
}

// SinkNames returns the names of the instances, in the order in which reports show them.
func (p *Pipeline) SinkNames() []string {
	names := make([]string, len(p.parts.Routes))
	for i, route := range p.parts.Routes {
		names[i] = route.Sink
	}
	return names
}
