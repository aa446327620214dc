package pipeline_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// A mute holds a finding back of which all is known that it asks for, and none that asks for more: what is not
// known would seem not to be so.
func TestHeld(t *testing.T) {
	high, critical := finding.Finding{Type: "Recon:EC2/Portscan", Severity: 8}, finding.Finding{Type: "Recon:EC2/Portscan", Severity: 9.5}
	for when, want := range map[string]struct {
		f    finding.Finding
		even string
		held string
	}{
		`type == "Recon:EC2/Portscan"`:                  {f: high, held: "m"},
		`type == "Another"`:                             {f: high},
		`type == "Recon:EC2/Portscan" and severity > 3`: {f: critical},
		`severity > 4`:                                  {f: critical, even: ", even_critical: true", held: "m"},
		`type == "Recon:EC2/Portscan" and resource.tags.team != "red"`: {f: high},
		`not ("prod" in resource.tags)`:                                {f: high},
	} {
		m, err := pipeline.NewMutes(`[{name: m, until: "2099-01-01", reason: r`+want.even+`, when: '`+when+`'}]`, secret.Ref{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Held(t.Context(), want.f, []string{"type", "severity"}, report.Log{}); got != want.held {
			t.Errorf("%s: held by %q, want %q", when, got, want.held)
		}
	}
	if got := new(pipeline.Mutes).Held(t.Context(), high, nil, report.Log{}); got != "" {
		t.Errorf("no mute at all: held by %q", got)
	}
}
