package formatter_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// A mention of any length leaves a message that Slack takes and that says what happened.
func TestLongMention(t *testing.T) {
	const one, escaped, most = "<@U012AB3CD>", `\u003c@U012AB3CD\u003e`, 77
	texts := []string{strings.Repeat("x", 20_000), one + " " + strings.Repeat("é", 5_000)}
	for _, n := range []int{1, 77, 78, 110, 115, 116, 200, 231, 232, 5_000} {
		texts = append(texts, strings.TrimSpace(strings.Repeat(one+" ", n)))
	}
	usual := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for _, n := range []notify.Notification{usual, formattertest.Filled(strings.Repeat("&<>", 3_000))} {
		m := formatter.New(n, formatter.Style{})
		for _, mention := range texts {
			for _, minimal := range []bool{false, true} {
				m.Mention, m.Minimal = mention, minimal
				body := string(formatter.Slack(m, formatter.SlackPost{}))
				if got, want := strings.Count(body, escaped), min(strings.Count(mention, one), most); got != want {
					t.Errorf("minimal %v: %d mentions of %d characters, want %d", minimal, got, len(mention), want)
				}
				if !strings.Contains(body, m.LevelName) {
					t.Errorf("minimal %v: the headline is lost", minimal)
				}
				checkSlack(t, []byte(strings.ReplaceAll(body, escaped, strings.Repeat("m", len(one)))))
			}
		}
	}
}
