package pipeline

import (
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// acts returns what people can do about a finding where they read it: nothing about one that is over.
func (p *Pipeline) acts(f *finding.Finding) []notify.Act {
	if p.parts.Acts == nil || f.State.Over() {
		return nil
	}
	return p.parts.Acts(f)
}
