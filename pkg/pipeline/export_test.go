package pipeline

import (
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// BeforeParse and BeforeDecide call do before each finding is read or decided about.
func (p *Pipeline) BeforeParse(do func(events.Envelope)) {
	p.parse = func(table []source.Source, e events.Envelope) []finding.Finding {
		do(e)
		return events.Parse(table, e)
	}
}

// BeforeDecide is said with BeforeParse.
func (p *Pipeline) BeforeDecide(do func(finding.Finding)) {
	p.decideOne = func(f finding.Finding, routes []router.Route, muted []mute.Mute) []router.Decision {
		do(f)
		return router.Decide(f, routes, muted)
	}
}
