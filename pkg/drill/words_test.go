package drill_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func ireland() drill.Site { return drill.Site{Account: "111122223333", Region: "eu-west-1"} }

// Several deployments can send to one place that keeps alerts: what is said of one names it, and its recovery
// ends no alert of another.
func TestWordsOfTwoDeployments(t *testing.T) {
	here, there := ireland(), drill.Site{Account: "111122223333", Region: "eu-central-1"}
	missed := drill.MissedWord(here, []string{"a"}, nine(2))
	for name, other := range map[string]notify.Notification{
		"missed": drill.MissedWord(there, []string{"a"}, nine(2)), "recovery": drill.BackWord(there, nine(3)),
		"of another account": drill.BackWord(drill.Site{Account: "444455556666", Region: here.Region}, nine(3)),
	} {
		if missed.FindingID() == other.FindingID() || missed.MessageID("x") == other.MessageID("x") {
			t.Errorf("%s: one is taken for the other", name)
		}
	}
	for _, n := range []notify.Notification{missed, drill.BackWord(here, nine(3)), drill.Word(here, "r", "a", nine(2))} {
		var stated []string
		for _, f := range formatter.New(n, formatter.Style{}).Facts {
			stated = append(stated, f.Value)
		}
		if all := strings.Join(stated, " "); !strings.Contains(all, here.Account) || !strings.Contains(all, here.Region) {
			t.Errorf("%s: it says %s, and not where", n.Word.Name, all)
		}
	}
}

// Each word has a headline and a text in each language, with its values in their places, and names its rules.
func TestWordsAreSaid(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		style, err := formatter.NewStyle(func(name string) (variable, text string) {
			return name, map[string]string{"MESSAGE_LANG": lang}[name]
		}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range map[string]notify.Notification{
			"drill": drill.Word(ireland(), "r", "prod-findings", nine(2)), "drill_missed": drill.MissedWord(ireland(), []string{"prod-findings", "b"}, nine(2)),
			"drill_by_hand": drill.HandWord("r", nine(2)), "drill_back": drill.BackWord(ireland(), nine(2)),
		} {
			m := formatter.New(n, style)
			all := m.Title + m.Description
			for _, f := range m.Facts {
				all += f.Label
			}
			if n.Word.Name != name || m.Title == "" || m.Description == "" || strings.Contains(all, "word.") || strings.ContainsAny(all, "{}") || strings.Contains(all, "fact.") {
				t.Errorf("%s, %s: got %q and %q, %v", lang, name, m.Title, m.Description, m.Facts)
			}
			if names := name == "drill" || name == "drill_missed"; names != strings.Contains(m.Description, "prod-findings") {
				t.Errorf("%s, %s: the rule in %q: want %v", lang, name, m.Description, names)
			}
		}
	}
}
