package incident_test

import (
	"encoding/json"
	"html"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/incident"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestGoldenAlerts(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		golden(t, "alert", name, incident.RenderAlert(m, "0a1b"))
		if m.Kind == notify.KindUpdate || m.Kind == notify.KindResolved {
			golden(t, "note", name, incident.RenderNote(m))
		}
		checkAlert(t, m)
	}
}

// checkEscaped wants HTML text without a tag, with no escape cut in two.
func checkEscaped(t testing.TB, m formatter.Message, name, escaped string, limit int) {
	t.Helper()
	if n := characters(escaped); n > limit || n == 0 || strings.ContainsAny(escaped, "<>") {
		t.Errorf("%s: %d characters of at most %d, or a tag", name, n, limit)
	}
	rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(escaped)
	if strings.Contains(rest, "&") {
		t.Errorf("%s: an escape is cut in two", name)
	}
	checkText(t, name, withoutLinks(m, html.UnescapeString(escaped)), limit)
}

// withoutLinks leaves out the addresses that are ours, the longest first: one can begin with another.
func withoutLinks(m formatter.Message, text string) string {
	var ours []string
	for _, link := range m.Links {
		ours = append(ours, link.URL)
	}
	for _, entry := range m.Entries {
		ours = append(ours, entry.Link.URL)
	}
	slices.SortFunc(ours, func(a, b string) int { return len(b) - len(a) })
	for _, address := range slices.DeleteFunc(ours, func(address string) bool { return address == "" }) {
		text = strings.ReplaceAll(text, address, "")
	}
	return text
}

// checkAlert holds an alert and a note against the limits of the service: nothing in it makes HTML or a
// link but ours.
func checkAlert(t testing.TB, m formatter.Message) {
	t.Helper()
	body := incident.RenderAlert(m, "0a1b")
	var a struct {
		Message, Alias, Description, Entity, Priority, Source, User string

		Tags    []string
		Details map[string]string
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	checkEscaped(t, m, "message", a.Message, 130)
	checkEscaped(t, m, "description", a.Description, 15_000)
	total := 0
	for name, value := range a.Details {
		total += characters(name) + characters(value)
		checkPlain(t, m, name, 100)
		checkPlain(t, m, value, 500)
	}
	for _, tag := range a.Tags {
		checkPlain(t, m, tag, 50)
		if strings.ContainsAny(tag, " ,") {
			t.Errorf("the tag %q is two", tag)
		}
	}
	checkPlain(t, m, a.Entity, 512)
	checkPlain(t, m, a.Source, 100)
	if total > 8_000 || len(a.Tags) > 20 || a.Alias != "0a1b" || a.User != "Tocsin" || !strings.HasPrefix(a.Priority, "P") {
		t.Errorf("%d characters of details, %d tags, %s %s %s", total, len(a.Tags), a.Alias, a.User, a.Priority)
	}
	var note struct{ Note, Source, User string }
	if err := json.Unmarshal(incident.RenderNote(m), &note); err != nil {
		t.Fatal(err)
	}
	checkPlain(t, m, note.Note, 25_000)
	if note.Note == "" || note.User != "Tocsin" {
		t.Errorf("got %+v", note)
	}
}

func checkPlain(t testing.TB, m formatter.Message, text string, limit int) {
	t.Helper()
	if strings.ContainsAny(text, "<>") {
		t.Errorf("HTML can be made of %.200q", text)
	}
	if characters(text) > limit {
		t.Errorf("%d characters of at most %d", characters(text), limit)
	}
	checkText(t, "plain", withoutLinks(m, text), limit)
}

// What is long is cut where the limit is, and not long before it.
func TestLongAlert(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 2_000), strings.Repeat("検", 2_000), strings.Repeat("🔥", 2_000), strings.Repeat("&", 2_000)} {
		m := formattertest.Message(t, formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}})
		m.Title = text
		for i := range 30 {
			m.Facts = append(m.Facts, formatter.Fact{Name: "fact" + strings.Repeat("x", i), Label: "Fact", Value: text[:600]})
		}
		checkAlert(t, m)
		sizes, err := incident.SizesOfAlert(incident.RenderAlert(m, "a"))
		if err != nil || len(sizes) != 4 || sizes[0].Value < 125 || sizes[3].Value < 7_000 {
			t.Errorf("%.10s: got %v, %v", text, sizes, err)
		}
	}
	if _, err := incident.SizesOfAlert([]byte("x")); err == nil {
		t.Error("what is no alert has sizes")
	}
}

// The end says what has ended, and not once more all that was said of it.
func TestNoteOfAnEnd(t *testing.T) {
	n := notify.Notification{Kind: notify.KindResolved, Findings: []finding.Finding{formattertest.Exfiltration()}}
	note := string(incident.RenderNote(formatter.New(n, formatter.Style{})))
	if !strings.Contains(note, "This finding is over") || strings.Contains(note, "looked up") || !strings.Contains(note, "Data exfiltration through DNS") {
		t.Errorf("got %s", note)
	}
}

// What stands in place of spaces in a tag makes no name of a domain.
func TestTagsMakeNoName(t *testing.T) {
	n := formattertest.Filled("evil.xn, p1ai")
	for _, n.Minimal = range []bool{false, true} {
		checkAlert(t, formatter.New(n, formatter.Style{}))
	}
}
