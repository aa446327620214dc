package drill_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

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
			"drill": drill.Word("r", "prod-findings", nine(2)), "drill_missed": drill.MissedWord([]string{"prod-findings", "b"}, nine(2)),
			"drill_by_hand": drill.HandWord("r", nine(2)), "drill_back": drill.BackWord(nine(2)),
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
