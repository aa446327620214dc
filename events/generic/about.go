package generic

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Source returns the source that reads the events of all others.
func Source() source.Source { return source.Source{ID: "generic", Parse: parse, About: about} }

// about returns nothing: of the source of a generic finding nothing is known beside the event, and
// no page that a link could lead to.
func about(*finding.Finding) finding.About { return finding.About{} }
