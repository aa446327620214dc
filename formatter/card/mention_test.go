package card_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/card"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

func TestParseMention(t *testing.T) {
	for text, want := range map[string]string{
		"<at>ann@example.com</at>":                        "ann@example.com",
		"<at>Ann.O'Lee_2@sub.example.co.jp</at>":          "Ann.O'Lee_2@sub.example.co.jp",
		"<at>ann_example.com#EXT#@x.onmicrosoft.com</at>": "ann_example.com#EXT#@x.onmicrosoft.com",
	} {
		if got, ok := card.ParseMention(text); got != (formatter.Mention{Kind: formatter.MentionUser, ID: want}) || !ok {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "ann@example.com", "<at>ann</at>", "<at></at>", "<at>@example.com</at>", "<at>ann@example</at>", "<at>ann@example.com", "ann@example.com</at>",
		"<at>a<b@example.com</at>", "<at>ann@example.com</at></at>", "<at>ann@@example.com</at>", "<at>ann@example.com/x</at>", "<AT>ann@example.com</AT>",
		"<at>a\"b@example.com</at>", "<at>a*b@example.com</at>", "<at>[ann](x)@example.com</at>", "<at>" + strings.Repeat("a", 65) + "@example.com</at>",
		"<!channel>", "<@U012AB3CD>", "@everyone", "<users/all>", "<@80351110224678912>",
	} {
		if got, ok := card.ParseMention(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// mentioned returns whom a card calls, and the text that stands for each.
func mentioned(t *testing.T, body []byte) (ids, texts []string) {
	t.Helper()
	var message struct {
		Attachments []struct {
			Content struct {
				MSTeams struct {
					Entities []struct {
						Text      string
						Mentioned struct{ ID string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	for _, e := range message.Attachments[0].Content.MSTeams.Entities {
		ids, texts = append(ids, e.Mentioned.ID), append(texts, e.Text)
	}
	return ids, texts
}

func users(ids ...string) []formatter.Mention {
	var all []formatter.Mention
	for _, id := range ids {
		all = append(all, formatter.Mention{Kind: formatter.MentionUser, ID: id})
	}
	return all
}

// Each user is called once, by a name of the user's own that Markdown reads nothing in.
func TestMentions(t *testing.T) {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	m.Mentions = append(users("ann@example.com", "Ann@Example.com", "ann@example.org", "a_b_c@example.com", "a.b@example.com", "###@example.com"),
		formatter.Mention{}, formatter.Mention{Kind: formatter.MentionUser, ID: "U012AB3CD"}, formatter.Mention{Kind: formatter.MentionEveryone},
		formatter.Mention{Kind: formatter.MentionUser, ID: `x</at>"@example.com`}, formatter.Mention{Kind: formatter.MentionGroup, ID: "ann@example.com"})
	for _, minimal := range []bool{false, true} {
		m.Minimal = minimal
		body := card.Render(m)
		if err := teamstest.Check(body); err != nil {
			t.Error(err)
		}
		ids, texts := mentioned(t, body)
		if strings.Join(ids, " ") != "ann@example.com ann@example.org a_b_c@example.com a.b@example.com ###@example.com" {
			t.Errorf("called are %v", ids)
		}
		const want = "<at>ann</at> <at>ann 2</at> <at>a b c</at> <at>a.b</at> <at>user</at>"
		if got := strings.Join(texts, " "); got != want || !strings.Contains(string(body), `"text":"`+want+`"`) {
			t.Errorf("the texts are %s", got)
		}
	}
}

// As many users as MENTION can name are all called, beside the longest of findings.
func TestLongMentions(t *testing.T) {
	usual := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for _, n := range []notify.Notification{usual, formattertest.Filled(strings.Repeat(`"&<`, 3_000)), formattertest.Filled(strings.Repeat("🔥", 9_000))} {
		m := formatter.New(n, formatter.Style{})
		for _, many := range []int{1, 45, 5_000} {
			m.Mentions = nil
			for i := range many {
				m.Mentions = append(m.Mentions, users("u"+strconv.Itoa(i)+"@a.bc")...)
			}
			for _, minimal := range []bool{false, true} {
				m.Minimal = minimal
				body := card.Render(m)
				if err := teamstest.Check(body); err != nil || len(body) > 20_000 {
					t.Errorf("%d mentions: %d bytes, %v", many, len(body), err)
				}
				if ids, _ := mentioned(t, body); len(ids) != min(many, len(ids)) || len(ids) < min(many, 45) {
					t.Errorf("%d of %d mentions", len(ids), many)
				}
				if !strings.Contains(string(body), m.LevelName) {
					t.Error("the headline is lost")
				}
			}
		}
	}
}
