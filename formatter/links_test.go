package formatter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// A link that does not fit is left out: half of one leads elsewhere.
func TestLinksAreWhole(t *testing.T) {
	m := message(t, formattertest.Exfiltration(), map[string]string{"RUNBOOK_URL": "https://wiki.example.com/{type}"})
	escaping := message(t, formattertest.Filled(strings.Repeat("&<>", 400)).Findings[0], map[string]string{"RUNBOOK_URL": "https://wiki.example.com/runbook"})
	for limit := 0; limit < 2_000; limit += 11 {
		for _, m := range []formatter.Message{m, escaping} {
			checkWhole(t, m, formatter.Text(m, limit))
		}
	}
	for _, minimal := range []bool{false, true} {
		for _, m := range []formatter.Message{m, escaping} {
			m.Minimal = minimal
			var body slackBody
			if err := json.Unmarshal(formatter.Slack(m, formatter.SlackPost{}), &body); err != nil {
				t.Fatal(err)
			}
			checkWhole(t, m, strings.ReplaceAll(body.Text, "&amp;", "&"))
		}
	}
}

func checkWhole(t *testing.T, m formatter.Message, text string) {
	t.Helper()
	for _, link := range m.Links {
		text = strings.ReplaceAll(text, link.URL, "")
	}
	if i := strings.Index(text, "https"); i >= 0 {
		t.Fatalf("half a link: %.80q", text[i:])
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
		for _, link := range formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links {
			if !strings.HasPrefix(link.URL, "https://docs.aws.amazon.com/") {
				t.Errorf("%s: got %s", name, link.URL)
			}
		}
	}
	f := formattertest.Exfiltration()
	f.ID = `x"><script>&#|evil`
	if got := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}).Links[0].URL; strings.ContainsAny(got, `"<>|'`) {
		t.Errorf("got %s", got)
	}
}
