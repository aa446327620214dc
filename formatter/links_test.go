package formatter_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The European Sovereign Cloud has a console of its own.
func TestLinksToTheSovereignCloud(t *testing.T) {
	f := formattertest.Exfiltration()
	f.Partition, f.Region = "aws-eusc", "eusc-de-east-1"
	links := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Described(f)}}, formatter.Style{}).Links
	const home = "https://eusc-de-east-1.console.amazonaws-eusc.eu/"
	if len(links) < 2 || !strings.HasPrefix(links[0].URL, home+"guardduty/home?region=eusc-de-east-1#") || !strings.HasPrefix(links[1].URL, home+"ec2/") {
		t.Errorf("got %v", links)
	}
}

func TestLinksAreOurs(t *testing.T) {
	for name, change := range map[string]func(*finding.Finding){
		"an isolated partition": func(f *finding.Finding) { f.Partition, f.Region = "aws-iso", "us-iso-east-1" },
		"no partition":          func(f *finding.Finding) { f.Partition = "" },
		"no region":             func(f *finding.Finding) { f.Region = "" },
		"a region of evil":      func(f *finding.Finding) { f.Region = "x.evil.example/" },
		"a source of one's own": func(f *finding.Finding) { f.Source = "com.example" },
	} {
		f := formattertest.Exfiltration()
		change(&f)
		f = formattertest.Described(f)
		for _, link := range formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links {
			if !strings.HasPrefix(link.URL, "https://docs.aws.amazon.com/") {
				t.Errorf("%s: got %s", name, link.URL)
			}
		}
	}
	f := formattertest.Exfiltration()
	f.ID = `x"><script>&#|evil`
	f = formattertest.Described(f)
	if got := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links[0].URL; strings.ContainsAny(got, `"<>|'`) {
		t.Errorf("got %s", got)
	}
}
