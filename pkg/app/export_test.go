package app

import (
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// BeforeParse and BeforeDecide call do before each finding is read or decided about.
func (a *App) BeforeParse(do func(events.Envelope)) {
	a.steps.parse = func(e events.Envelope) []finding.Finding {
		do(e)
		return events.Parse(e)
	}
}

// BeforeDecide is said with BeforeParse.
func (a *App) BeforeDecide(do func(finding.Finding)) {
	a.steps.decide = func(f finding.Finding, routes []router.Route, muted []mute.Mute) []router.Decision {
		do(f)
		return router.Decide(f, routes, muted)
	}
}
