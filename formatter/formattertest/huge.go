package formattertest

import (
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Huge returns findings of a megabyte and more, by kind of hugeness.
func Huge() map[string]notify.Notification {
	all := map[string]notify.Notification{}
	for name, text := range map[string]string{
		"text": strings.Repeat("x", 1<<20), "escapes": strings.Repeat("&<>", 350_000), "runes": strings.Repeat("検🔥", 150_000),
		"lines": strings.Repeat("\n", 1<<20), "invisible": strings.Repeat("\u200b", 350_000) + "x", "domains": strings.Repeat("a.bc ", 200_000),
		"schemes": strings.Repeat("://", 350_000),
	} {
		all[name] = Filled(text)
	}
	many := Utmost()
	for len(many.Resource.Tags) < 20_000 {
		many.Resource.Tags = append(many.Resource.Tags, finding.Tag{Key: "Team", Value: strings.Repeat("y", 50)})
		many.Threats = append(many.Threats, finding.Threat{Name: strings.Repeat("z", 50)})
		many.Vulnerability.Packages = append(many.Vulnerability.Packages, finding.Package{Name: strings.Repeat("p", 50), Version: "1"})
		many.Check.Standards = append(many.Check.Standards, strings.Repeat("s", 50))
		many.Facts = append(many.Facts, finding.Attribute{Name: strings.Repeat("n", 50), Value: strings.Repeat("v", 2_000)})
		many.Related = append(many.Related, many.Sequence.Resources...)
		many.Related = many.Related[:min(len(many.Related), 20_000)]
	}
	many.Event = json.RawMessage(`{"detail":"` + strings.Repeat("e", 1<<20) + `"}`)
	all["lists"] = notify.Notification{Findings: []finding.Finding{many}}
	digest := notify.Notification{Kind: notify.KindDigest}
	for range 2_000 {
		digest.Findings = append(digest.Findings, Filled(strings.Repeat("w ", 300)).Findings[0])
	}
	all["digest"] = digest
	return all
}
