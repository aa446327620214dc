package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// drawn is a block of the attachment.
type drawn struct {
	ID       string `json:"block_id"`
	Elements []struct {
		ActionID string `json:"action_id"`
		Style    string `json:"style"`
		Value    string `json:"value"`
		URL      *string
	}
}

// attached returns the blocks of the attachment.
func attached(t *testing.T, m formatter.Message) []drawn {
	t.Helper()
	var body struct {
		Attachments []struct{ Blocks []drawn }
	}
	if err := json.Unmarshal(slack.Render(m, slack.Post{}), &body); err != nil || len(body.Attachments) != 1 {
		t.Fatal(err, len(body.Attachments))
	}
	return body.Attachments[0].Blocks
}

// ids returns the names of the blocks that have some, without the hash of the message.
func ids(blocks []drawn) string {
	var all []string
	for _, b := range blocks {
		if kind, _, found := strings.Cut(b.ID, "-"); found {
			all = append(all, kind)
		}
	}
	return strings.Join(all, " ")
}

func TestActs(t *testing.T) {
	style := formattertest.Style(t, nil).WithActs()
	for want, n := range map[string]notify.Notification{
		"links":            {Findings: []finding.Finding{formattertest.Exfiltration()}},
		"acts links":       formattertest.WithButtons(),
		"taken acts links": formattertest.Taken(),
		"acts":             formattertest.Acted(),
		"":                 formattertest.NotDone(),
	} {
		m := formatter.New(n, style)
		if m.Said.Value == "" { // which calls who did it
			check(t, m)
		}
		blocks := attached(t, m)
		if got := ids(blocks); got != want {
			t.Errorf("got the blocks %q, want %q", got, want)
		}
		for _, b := range blocks {
			for i, e := range b.Elements {
				isAct := strings.HasPrefix(b.ID, slack.ActsBlock)
				if isAct && (e.Value != n.Acts[i].Value || e.URL != nil || (e.Style == "primary") != (e.ActionID == notify.ActAcknowledge)) {
					t.Errorf("the button %d is %+v", i, e)
				}
			}
		}
	}
}

// Another state of a message has blocks of other names, and the same state the same.
func TestNamesOfActs(t *testing.T) {
	style := formattertest.Style(t, nil).WithActs()
	name := func(n notify.Notification) string { return attached(t, formatter.New(n, style))[4].ID }
	free, taken := formattertest.WithButtons(), formattertest.WithButtons()
	taken.Taken = formattertest.Taken().Taken
	other := taken
	other.Taken.By.Name = "ali"
	names, again := []string{name(free), name(taken), name(other)}, name(free)
	if names[0] != again {
		t.Errorf("the same message has the names %q and %q", names[0], again)
	}
	if slices.Sort(names); len(slices.Compact(names)) != 3 {
		t.Errorf("got %q", names)
	}
}

// The buttons go before anything else of a message that is too large, and never in part.
func TestActsGoFirst(t *testing.T) {
	style := formattertest.Style(t, nil).WithActs()
	n := formattertest.WithButtons()
	for i := range n.Acts {
		n.Acts[i].Value = strings.Repeat("é", 2_000)
	}
	without, lost := n, false
	without.Acts = nil
	for size := 0; size <= 12_000; size += 500 {
		long := formattertest.Described(formattertest.Exfiltration())
		for i := range 15 {
			long.Facts = long.Facts.With("fact "+string(rune('a'+i)), strings.Repeat("x", size/15))
		}
		n.Findings, without.Findings = []finding.Finding{long}, []finding.Finding{long}
		m := formatter.New(n, style)
		check(t, m)
		body, bare := string(slack.Render(m, slack.Post{})), string(slack.Render(formatter.New(without, style), slack.Post{}))
		hasRow := strings.Contains(body, slack.ActsBlock)
		if lost = lost || !hasRow; hasRow == lost || !hasRow && body != bare {
			t.Fatalf("with %d characters of facts: has its buttons %v, lost them before %v, else the same %v", size, hasRow, lost, body == bare)
		}
	}
	if !lost {
		t.Error("the buttons always fit")
	}
}

// A value that Slack would refuse costs its own button alone.
func TestLongValue(t *testing.T) {
	n := formattertest.WithButtons()
	n.Acts[1].Value = strings.Repeat("x", 2_001)
	for _, b := range attached(t, formatter.New(n, formattertest.Style(t, nil).WithActs())) {
		if strings.HasPrefix(b.ID, slack.ActsBlock) && (len(b.Elements) != 2 || b.Elements[1].ActionID != notify.ActArchive) {
			t.Errorf("got %+v", b.Elements)
		}
	}
}

func TestMinimalHasNoButtons(t *testing.T) {
	for _, n := range []notify.Notification{formattertest.Taken(), formattertest.Acted()} {
		n.Minimal = true
		if body := string(slack.Render(formatter.New(n, formattertest.Style(t, nil).WithActs()), slack.Post{})); strings.Contains(body, "button") || !strings.Contains(body, "jane") && n.Kind == notify.KindAction {
			t.Errorf("got %s", body)
		}
	}
}

// Values and what is asked are counted, as addresses are.
func TestSizesOfActs(t *testing.T) {
	style := formattertest.Style(t, nil).WithActs()
	count := func(n notify.Notification) int {
		sizes, err := slack.Sizes(slack.Render(formatter.New(n, style), slack.Post{}))
		if err != nil {
			t.Fatal(err)
		}
		return sizes[1].Value
	}
	n := formattertest.WithButtons()
	all := count(n)
	n.Acts[2].Value += strings.Repeat("x", 100)
	if more := count(n); more != all+100 {
		t.Errorf("%d characters, and %d with a hundred more", all, more)
	}
	if n.Acts = n.Acts[:2]; count(n) > all-200 {
		t.Errorf("%d characters, and %d without what asks for a confirmation", all, count(n))
	}
}

// A person is shown by the id that Slack knows them by, and by their own words where that is none.
func TestWhoDidIt(t *testing.T) {
	for id, want := range map[string]string{
		"U012AB3CD": "<@U012AB3CD> has muted", "W012AB3CD": "<@W012AB3CD> has muted", "S012AB3CD": "jane (S012AB3CD) has muted",
		"": "jane has muted", "U1|x": "jane (U1|x) has muted", "U0>1": "jane `(U0&gt;1)` has muted", "u012ab3cd": "jane (u012ab3cd) has muted",
	} {
		n := formattertest.Acted()
		n.Word.Values[0].Person.ID = id
		var body struct {
			Blocks []struct{ Text struct{ Type, Text string } }
		}
		if err := json.Unmarshal(slack.Render(formatter.New(n, formattertest.Style(t, nil).WithActs()), slack.Post{}), &body); err != nil {
			t.Fatal(err)
		}
		if got := body.Blocks[0].Text; got.Type != "mrkdwn" || !strings.HasPrefix(got.Text, want) {
			t.Errorf("%q: got %q, want %q", id, got.Text, want)
		}
	}
}

// Who has a finding stands in an edit as Slack shows people, which notifies nobody, and by name in a message that would.
func TestTakenCallsNobody(t *testing.T) {
	m := formatter.New(formattertest.Taken(), formattertest.Style(t, nil).WithActs())
	const date = "!date^1795946430^{date_short_pretty} {time}|2026-11-29 10:00:30 UTC"
	for post, want := range map[slack.Post]string{
		{}:                "Acknowledged by jane, " + inJSON("<"+date+">") + " / 2026-11-29 10:00 UTC",
		{Thread: "1.2"}:   "Acknowledged by jane, " + inJSON("<"+date+">"),
		{Replaces: "1.2"}: "Acknowledged by " + inJSON("<@U012AB3CD>, <"+date+">"),
	} {
		if body := string(slack.Render(m, post)); !strings.Contains(body, want) || strings.Contains(body, inJSON("<@")) != (post.Replaces != "") {
			t.Errorf("%+v: no %s in %s", post, want, body)
		}
	}
}

func BenchmarkActs(b *testing.B) {
	style := formatter.Style{}.WithParts().WithActs()
	b.ReportAllocs()
	for b.Loop() {
		slack.Render(formatter.New(formattertest.WithButtons(), style), slack.Post{})
	}
}
