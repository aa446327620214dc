package incident_test

import (
	"encoding/json"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/incident"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a body with its file.
func golden(t *testing.T, folder, name string, body []byte) {
	t.Helper()
	formattertest.Golden(t, filepath.Join(folder, name+".json"), formattertest.Indented(t, body), *update)
}

func eventFor(m formatter.Message) incident.Event {
	if m.Kind == notify.KindHeartbeat {
		return incident.Event{Action: incident.Change}
	}
	e := incident.Event{Action: incident.Trigger, DedupKey: "0a1b", Time: time.Date(2026, 3, 16, 8, 25, 5, 0, time.UTC)}
	if m.Kind == notify.KindResolved {
		e.Action = incident.Resolve
	}
	return e
}

func TestGoldenEvents(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		golden(t, "event", name, incident.RenderEvent(m, eventFor(m)))
		checkEvent(t, m)
	}
}

// characters counts as PagerDuty's and Atlassian's own languages do, or more.
func characters(text string) int { return len(utf16.Encode([]rune(text))) }

// checkText wants a plain text of at most so many characters, without an address that a reader's
// program would make a link of.
func checkText(t testing.TB, name, text string, limit int) {
	t.Helper()
	if characters(text) > limit {
		t.Errorf("%s: %d characters of at most %d", name, characters(text), limit)
	}
	if text != "" {
		formattertest.CheckText(t, text, 6*limit)
	}
}

// checkEvent holds an event against PagerDuty's limits: every value is a text, and there is no link
// but ours.
func checkEvent(t testing.TB, m formatter.Message) {
	t.Helper()
	body := incident.RenderEvent(m, eventFor(m))
	var e struct {
		Action  string `json:"event_action"`
		Payload struct {
			Summary, Source, Severity, Timestamp, Component, Group, Class string

			Details map[string]string `json:"custom_details"`
		}
		ClientURL string `json:"client_url"`
		Links     []struct{ Href, Text string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	if len(body) > 512_000-64 || e.Payload.Summary == "" || e.Payload.Source == "" || m.Minimal && len(e.Payload.Details) > 0 {
		t.Errorf("%d bytes, or it lacks something, or has too much", len(body))
	}
	p := e.Payload
	checkText(t, "summary", p.Summary, 1_024)
	for _, text := range []string{p.Source, p.Component, p.Group, p.Class} {
		checkText(t, "field", text, 255)
	}
	if words := []string{"critical", "error", "warning", "info"}; !slices.Contains(words, p.Severity) && e.Action != "" {
		t.Errorf("the severity %q", p.Severity)
	}
	for name, value := range p.Details {
		checkText(t, "name", name, 100)
		checkText(t, name, value, 20_000)
	}
	ours := map[string]bool{"": true}
	for _, link := range m.Links {
		ours[link.URL] = true
	}
	for _, entry := range m.Entries {
		ours[entry.Link.URL] = true
	}
	if !ours[e.ClientURL] {
		t.Errorf("the link %s", e.ClientURL)
	}
	for _, link := range e.Links {
		if !ours[link.Href] || !strings.HasPrefix(link.Href, "https://") {
			t.Errorf("the link %s", link.Href)
		}
		checkText(t, "link", link.Text, 255)
	}
}

// check holds whatever a message is rendered as against the limits.
func check(t testing.TB, m formatter.Message) {
	t.Helper()
	checkEvent(t, m)
	checkAlert(t, m)
}

// Every attack, whole events of an attacker's, and huge findings are dead in every form.
func TestAttacksAreDead(t *testing.T) {
	everything := formattertest.Everything(t)
	for name, attack := range formattertest.Attacks() {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []notify.Kind{notify.KindUpdate, notify.KindResolved, notify.KindDigest, notify.KindNotice} {
				n := formattertest.Filled(attack)
				n.Kind, n.Findings = kind, append(n.Findings, n.Findings[0])[:1+int(kind)%2]
				for _, n.Minimal = range []bool{false, true} {
					check(t, formatter.New(n, formatter.Style{}))
				}
			}
			for _, minimal := range []bool{false, true} {
				n := formattertest.Filled(attack)
				n.Minimal = minimal
				check(t, formatter.New(n, everything))
			}
		})
	}
	i := 0
	for event, n := range formattertest.Whole(t) {
		if i++; i%8 != 0 {
			continue // the other renderers take the rest
		}
		if check(t, formatter.New(n, formattertest.Style(t, nil))); t.Failed() {
			t.Fatal(event)
		}
	}
	for _, n := range formattertest.Huge() {
		check(t, formatter.New(n, formatter.Style{}))
		check(t, formatter.New(n, everything))
	}
}

// What is too large for PagerDuty loses its details in order, and keeps what happened and the link.
func TestLargeEvent(t *testing.T) {
	m := formattertest.Message(t, formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}})
	for i := range 200 {
		m.Facts = append(m.Facts, formatter.Fact{Name: strings.Repeat("n", i+1), Value: strings.Repeat("<", 1_000)})
	}
	body := incident.RenderEvent(m, eventFor(m))
	if len(body) > 512_000-64 || !strings.Contains(string(body), `"client_url":"https://ap-northeast-1.console.aws.amazon.com/`) || !strings.Contains(string(body), `"first_seen"`) {
		t.Errorf("%d bytes, or what matters most has gone", len(body))
	}
	sizes, err := incident.SizesOfEvent(body)
	if err != nil || len(sizes) != 3 || sizes[0].Value != len(body)+64 || sizes[1].Value < 50 || sizes[2].Value != 4 {
		t.Errorf("got %v, %v", sizes, err)
	}
	if _, err := incident.SizesOfEvent([]byte("x")); err == nil {
		t.Error("what is no event has sizes")
	}
}

// A summary is cut between characters, counted so that it fits however they are counted.
func TestLongSummary(t *testing.T) {
	for _, title := range []string{strings.Repeat("x", 2_000), strings.Repeat("検", 2_000), strings.Repeat("🔥", 2_000), strings.Repeat("x🔥", 1_000)} {
		m := formatter.Message{Headline: formatter.Headline{Title: title}}
		var e struct{ Payload struct{ Summary string } }
		if err := json.Unmarshal(incident.RenderEvent(m, eventFor(m)), &e); err != nil {
			t.Fatal(err)
		}
		if n := characters(e.Payload.Summary); n > 1_024 || n < 1_023 || !strings.HasSuffix(e.Payload.Summary, "…") || strings.Contains(e.Payload.Summary, "\ufffd") {
			t.Errorf("%d characters: %.40s", n, e.Payload.Summary)
		}
	}
}

// A time that no clock shows is left out.
func TestTimes(t *testing.T) {
	for at, want := range map[time.Time]bool{
		{}: false, time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC): false, time.Date(2026, 11, 1, 9, 0, 0, 0, time.FixedZone("", 9*3600)): true,
	} {
		e := incident.Event{Action: incident.Trigger, Time: at}
		body := string(incident.RenderEvent(formatter.Message{}, e))
		if strings.Contains(body, `"timestamp"`) != want || want && !strings.Contains(body, `"2026-11-01T00:00:00Z"`) {
			t.Errorf("%v: got %s", at, body)
		}
	}
}

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, formattertest.Attacks())
	styles := []formatter.Style{{}, formattertest.Everything(f)}
	f.Fuzz(func(t *testing.T, attack string) {
		for _, style := range styles {
			check(t, formatter.New(formattertest.Filled(attack), style))
		}
	})
}
