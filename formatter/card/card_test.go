package card_test

import (
	"encoding/json"
	"flag"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/card"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		formattertest.Golden(t, name+".json", formattertest.Indented(t, card.Render(formattertest.Message(t, c))), *update)
	}
}

// attacks are those of every channel, and those of Adaptive Cards alone.
func attacks() map[string]string {
	all := formattertest.Attacks()
	for name, text := range map[string]string{
		"dates":            "{{DATE(2026-03-16T08:25:05Z,SHORT)}} {{TIME(2026-03-16T08:25:05Z)}} {{{DATE(2026-03-16T08:25:05+01:00, LONG)}}} {{{{{",
		"tags of mentions": "<at>ann</at> <AT>everyone</AT> <at id=\"0\">x</at> <\u200bat>ann</at>",
		"lists":            "- one\n- two\n1. three\r* four",
		"emphasis":         "**bold** __bold__ _it_ ~~st~~ # head > quote ![x](https://evil.example/x.png)",
		"templates":        "${$root} @{triggerBody()} @triggerBody() ${if(true,1,2)}",
		"a card":           `"},{"type":"Image","url":"https://evil.example/x.png"},{"type":"TextBlock","text":"**x**"}`,
		"quotes":           strings.Repeat(`"\`, 20_000),
	} {
		all[name] = text
	}
	return all
}

func check(t testing.TB, m formatter.Message) {
	t.Helper()
	checkBody(t, card.Render(m), m)
}

var (
	// address matches what a client could make a link of.
	address = regexp.MustCompile(`(?i)\b(https?|ftp|slack|mailto|javascript|tel):(//)?[a-z0-9+]|evil[.。．｡]example`)
	// tag matches those of mentions.
	tag = regexp.MustCompile(`(?i)</?at`)
)

// checkBody holds a body without mentions against the limits; all of its texts are inert, and its
// links are those of the message.
func checkBody(t testing.TB, body []byte, m formatter.Message) {
	t.Helper()
	if len(body) > 20_000 || !json.Valid(body) {
		t.Fatalf("%d bytes, valid: %v", len(body), json.Valid(body))
	}
	sizes, err := card.Sizes(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		if size.Value > size.Limit {
			t.Errorf("%s: %d of %d", size.What, size.Value, size.Limit)
		}
	}
	links := linksOf(m)
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		t.Fatal(err)
	}
	walk(tree, func(object map[string]any) {
		kind, _ := object["type"].(string)
		if kind == "TextBlock" || kind == "FactSet" || kind == "Image" {
			t.Fatalf("a %s: %v", kind, object)
		}
		for name, value := range object {
			text, isText := value.(string)
			switch {
			case name == "url" && (kind != "Action.OpenUrl" || !slices.Contains(links, text)):
				t.Fatalf("a link of somebody else's making: %s", text)
			case name == "fallbackText" && strings.ContainsAny(text, "*_[]()~`<>#!|\\{}&"):
				t.Fatalf("Markdown in the fallback: %s", text)
			case (name == "text" || name == "title" || name == "fallbackText") && !isText:
				t.Fatalf("%s is no text: %v", name, value)
			case name == "url" || name == "$schema" || !isText:
			case strings.Contains(text, "{{") || tag.MatchString(text) || address.MatchString(text) || text == "":
				t.Fatalf("%s is alive: %.200q", name, text)
			}
		}
	})
}

// linksOf returns the addresses that a message leads to.
func linksOf(m formatter.Message) []string {
	var all []string
	for _, link := range m.Links {
		all = append(all, link.URL)
	}
	for _, entry := range m.Entries {
		all = append(all, entry.Link.URL)
	}
	return all
}

// walk calls visit for each object of a document.
func walk(tree any, visit func(map[string]any)) {
	switch node := tree.(type) {
	case map[string]any:
		visit(node)
		for _, child := range node {
			walk(child, visit)
		}
	case []any:
		for _, child := range node {
			walk(child, visit)
		}
	}
}

func TestAttacksAreDead(t *testing.T) { formattertest.Attacked(t, attacks(), check) }

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) { formattertest.AttackedWhole(t, check) }

func TestHugeFindings(t *testing.T) {
	formattertest.Oversized(t, formattertest.Huge(), func(t testing.TB, m formatter.Message) {
		check(t, m)
		if !strings.Contains(string(card.Render(m)), m.LevelName) {
			t.Error("the headline is lost")
		}
	})
}

// What is said of a finding of the usual size all arrives; of a longer one the beginning.
func TestNothingIsLost(t *testing.T) {
	for name, c := range formattertest.Cases() {
		if name == "longest" || name == "sequence-utmost" || name == "ja-sequence" || c.Notification.Kind == notify.KindResolved {
			continue
		}
		m := formattertest.Message(t, c)
		body := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(string(card.Render(m)))
		wanted := []string{m.Line(" · ")}
		if !m.Minimal {
			wanted = append(wanted, m.About, m.More)
			wanted = append(wanted, m.Changes...)
			wanted = append(wanted, strings.Split(m.Paragraph(), "\n")...)
			for _, fact := range m.Facts {
				wanted = append(wanted, fact.Label, fact.Value)
			}
			for _, link := range m.Links {
				wanted = append(wanted, link.Label, link.URL)
			}
		}
		for _, want := range wanted {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is lost", name, want)
			}
		}
	}
}

// The header's colour says how bad it is; what is over is grey.
func TestColours(t *testing.T) {
	styleOf := func(n notify.Notification) string {
		var body struct {
			Attachments []struct {
				Content struct{ Body []struct{ Style string } }
			}
		}
		if err := json.Unmarshal(card.Render(formatter.New(n, formatter.Style{})), &body); err != nil {
			t.Fatal(err)
		}
		return body.Attachments[0].Content.Body[0].Style
	}
	for severity, want := range map[finding.Severity]string{9: "attention", 8: "attention", 5: "warning", 2: "accent", 0: "emphasis"} {
		f := formattertest.Exfiltration()
		f.Severity = severity
		n := notify.Notification{Findings: []finding.Finding{f}}
		if got := styleOf(n); got != want {
			t.Errorf("severity %v: %s, want %s", severity, got, want)
		}
		n.Kind = notify.KindResolved
		if got := styleOf(n); got != "emphasis" {
			t.Errorf("over, severity %v: %s", severity, got)
		}
	}
	if got := styleOf(notify.Notification{Kind: notify.KindHeartbeat}); got != "good" {
		t.Errorf("a heartbeat: %s", got)
	}
}

// Links that are not https, or too long, are left out, and so are more than Teams shows.
func TestLinks(t *testing.T) {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	m.Links = []formatter.Link{
		{Label: "http", URL: "http://wiki.example.com"}, {Label: "script", URL: "javascript:alert(1)"}, {Label: "none"},
		{Label: "long", URL: "https://wiki.example.com/" + strings.Repeat("x", 2_000)},
	}
	for range 7 {
		m.Links = append(m.Links, formatter.Link{Label: "{{DATE(2026-03-16T08:25:05Z)}}", URL: "https://wiki.example.com/"})
	}
	var body struct {
		Attachments []struct {
			Content struct {
				Actions []struct{ Title, URL string }
			}
		}
	}
	if err := json.Unmarshal(card.Render(m), &body); err != nil {
		t.Fatal(err)
	}
	actions := body.Attachments[0].Content.Actions
	if len(actions) != 6 {
		t.Errorf("got %v", actions)
	}
	for _, a := range actions {
		if a.URL != "https://wiki.example.com/" || strings.Contains(a.Title, "{{") {
			t.Errorf("got %v", a)
		}
	}
}

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, attacks())
	styles := []formatter.Style{{}, formattertest.Everything(f)}
	f.Fuzz(func(t *testing.T, attack string) {
		for _, style := range styles {
			check(t, formatter.New(formattertest.Filled(attack), style))
		}
	})
}

func BenchmarkCard(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for b.Loop() {
		card.Render(formatter.New(n, formatter.Style{}))
	}
}
