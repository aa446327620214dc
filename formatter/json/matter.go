package json

import (
	"math"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Matter says what the finding is about beside its subject, and where it comes from.
type Matter struct {
	// Product is who says so, in the vendor's own spelling; Native names the finding at whoever has
	// found it, where another source passes it on.
	Product string `json:"product,omitempty"`
	Native  Native `json:"native,omitzero"`
	// State is "open", or how it came to its end.
	State         string            `json:"state,omitempty"`
	Planned       Window            `json:"planned,omitzero"`
	Vulnerability *Vulnerability    `json:"vulnerability,omitempty"`
	Check         *Check            `json:"check,omitempty"`
	Remedy        Remedy            `json:"remedy,omitzero"`
	Facts         map[string]string `json:"facts,omitempty"`
}

// Native names a finding at whoever has found it.
type Native struct {
	Source  string `json:"source,omitempty"`
	ID      string `json:"id,omitempty"`
	Product string `json:"product,omitempty"`
}

// Window is when something is to happen or has to be done.
type Window struct {
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
}

// Vulnerability is a weakness in software. Exploit and Fix are "yes", "no" or "partial".
type Vulnerability struct {
	ID       string    `json:"id,omitempty"`
	Score    float64   `json:"score,omitempty"`
	EPSS     float64   `json:"epss,omitempty"`
	Exploit  string    `json:"exploit,omitempty"`
	Fix      string    `json:"fix,omitempty"`
	Packages []Package `json:"packages,omitempty"`
}

// Package is a vulnerable piece of software; Fixed is the first version without the weakness.
type Package struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	Fixed   string `json:"fixed,omitempty"`
	Manager string `json:"manager,omitempty"`
	Path    string `json:"path,omitempty"`
}

// Check is a rule that the resource was held against.
type Check struct {
	Control   string   `json:"control,omitempty"`
	Standards []string `json:"standards,omitempty"`
	Result    string   `json:"result,omitempty"`
}

// Remedy is what the source says is to be done. URL is as the source states it.
type Remedy struct {
	Text string `json:"text,omitempty"`
	URL  string `json:"url,omitempty"`
}

func matterOf(f finding.Finding) Matter {
	return Matter{
		Product: text(f.About.Product), Native: Native{text(f.Native.Source), text(f.Native.ID), text(f.Native.Product)},
		State: f.State.String(), Planned: Window{f.Planned.Starts.UTC(), f.Planned.Ends.UTC()},
		Vulnerability: vulnerabilityOf(f.Vulnerability), Check: checkOf(f.Check),
		Remedy: Remedy{text(f.Remedy.Text), text(f.Remedy.URL)}, Facts: attributesOf(f.Facts),
	}
}

func vulnerabilityOf(v finding.Vulnerability) *Vulnerability {
	if v.ID == "" && len(v.Packages) == 0 {
		return nil
	}
	return &Vulnerability{
		ID: text(v.ID), Score: within(v.Score, 10), EPSS: within(v.EPSS, 1), Exploit: answerOf(v.Exploit), Fix: answerOf(v.Fix),
		Packages: each(v.Packages, func(p finding.Package) Package {
			return Package{text(p.Name), text(p.Version), text(p.Fixed), text(p.Manager), text(p.Path)}
		}),
	}
}

// within returns a number that is above 0 and at most limit, and 0 for any other: JSON has no form
// of some of them.
func within(value, limit float64) float64 {
	if math.IsNaN(value) || value < 0 || value > limit {
		return 0
	}
	return value
}

// answerOf returns one of the answers, or "".
func answerOf(a finding.Answer) string {
	switch a {
	case finding.Yes, finding.No, finding.InPart:
		return string(a)
	default:
		return ""
	}
}

func checkOf(c finding.Check) *Check {
	if c.Control == "" && c.Result == "" && len(c.Standards) == 0 {
		return nil
	}
	return &Check{text(c.Control), each(c.Standards, text), text(c.Result)}
}
