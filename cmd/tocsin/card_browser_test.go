package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/card"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// rendererFolder has the package.json of Microsoft's renderer.
const rendererFolder = "testdata/adaptivecards"

// renderer returns the script of Microsoft's renderer, and installs it where it is not yet.
func renderer(t *testing.T) []byte {
	t.Helper()
	script := filepath.Join(rendererFolder, "node_modules", "adaptivecards", "dist", "adaptivecards.min.js")
	if _, err := os.Stat(script); err != nil {
		install := exec.CommandContext(t.Context(), "npm", "ci", "--no-progress")
		install.Dir = rendererFolder
		if output, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci, which needs Node 20 or newer: %v\n%s", err, output)
		}
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// drawn is what a browser shows of a card.
type drawn struct {
	// Events are the mistakes that the renderer has found.
	Events []string
	// Text is what can be seen, but for the buttons.
	Text string
	// Buttons are titles and addresses, Links texts and addresses.
	Buttons, Links [][2]string
	// Markdown are the texts that the renderer takes for Markdown.
	Markdown []string
	// Tags are the elements that are drawn.
	Tags []string
	// Preview is what can be seen of the same card in our own drawing, with its buttons.
	Preview string
}

// cardPage loads the renderer, has it draw each body, and our own drawing beside it.
const cardPage = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>cards</title><body><script src="/renderer.js"></script><script>
const sorted = set => [...set].sort();
function draw(body) {
  const markdown = [];
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => { markdown.push(text); result.didProcess = false; };
  const context = new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_4);
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig({supportsInteractivity: true, actions: {maxActions: 6}});
  card.parse(body.attachments[0].content, context);
  const events = [];
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) events.push(event.message);
  const element = card.render();
  document.body.replaceChildren(element);
  const buttons = [], links = [...element.querySelectorAll("a")].map(a => [a.innerText, a.href]);
  for (let i = 0; i < card.getActionCount(); i++) buttons.push([card.getActionAt(i).title, card.getActionAt(i).url]);
  const tags = sorted(new Set([...element.querySelectorAll("*")].map(e => e.tagName.toLowerCase())));
  for (const button of element.querySelectorAll(".ac-actionSet, .ac-pushButton")) button.remove();
  return {Events: events, Text: element.innerText, Buttons: buttons, Links: links, Markdown: markdown, Tags: tags};
}
function ours(page) {
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  const root = host.attachShadow({mode: "open"});
  root.innerHTML = page;
  return root.querySelector(".card")?.innerText ?? "";
}
async function drawAll() {
  const all = {};
  for (const [name, one] of Object.entries(await (await fetch("/cards.json")).json())) {
    all[name] = {...draw(one.body), Preview: ours(one.page)};
  }
  window.drawn = all;
}
drawAll().catch(e => { console.error(e.message); });
</script>`

// drawAll has a browser draw the bodies of posts to Teams, by their names.
func drawAll(t *testing.T, bodies map[string][]byte) map[string]drawn {
	t.Helper()
	type one struct {
		Body json.RawMessage `json:"body"`
		Page string          `json:"page"` // our own drawing
	}
	cards := map[string]one{}
	for name, body := range bodies {
		book := preview.Book{Findings: []preview.Finding{{Messages: []preview.Message{
			{Name: "teams", Payload: notify.Preview{Form: notify.FormTeams, Body: body}},
		}}}}
		files, err := preview.Render(book)
		at := slices.IndexFunc(files, func(f preview.File) bool { return f.Name == "mail-1-1.html" })
		if err != nil || at < 0 {
			t.Fatalf("%s: no document in %d files, %v", name, len(files), err)
		}
		ours, err := files[at].Content()
		if err != nil || ours == nil {
			t.Fatalf("%s: is not drawn: %v", name, err)
		}
		cards[name] = one{body, string(ours)}
	}
	b := newBrowser(t)
	script := renderer(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			_, _ = w.Write([]byte(cardPage))
		case "/renderer.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(script)
		case "/cards.json":
			_ = json.NewEncoder(w).Encode(cards)
		}
	}))
	t.Cleanup(server.Close)
	b.do(chromedp.Navigate(server.URL))
	b.until(`window.drawn !== undefined`)
	all := value[map[string]drawn](b, `window.drawn`)
	b.quiet()
	return all
}

// asSeen returns a text as a browser shows it: with one blank for several, and for line breaks.
func asSeen(text string) string { return strings.Join(strings.Fields(text), " ") }

// broken is what the card makes of what Teams would put something else in place of.
func broken(text string) string {
	for strings.Contains(text, "{{") {
		text = strings.ReplaceAll(text, "{{", "{ {")
	}
	return strings.NewReplacer("<at", "< at", "<AT", "< AT", "</at", "< /at", "</AT", "< /AT").Replace(text)
}

// The renderer finds no mistake in any card, and shows what the message says; our drawing shows the
// same.
func TestCardsInABrowser(t *testing.T) {
	messages, bodies := map[string]formatter.Message{}, map[string][]byte{}
	add := func(name string, m formatter.Message) { messages[name], bodies[name] = m, card.Render(m) }
	for name, c := range formattertest.Cases() {
		add(name, formattertest.Message(t, c))
	}
	called := formattertest.Message(t, formattertest.Cases()["finding"])
	called.Mentions = []formatter.Mention{{Kind: formatter.MentionUser, ID: "ann_lee@example.com"}, {Kind: formatter.MentionUser, ID: "bo@example.com"}}
	add("mentions", called)
	for name, got := range drawAll(t, bodies) {
		m := messages[name]
		if len(got.Events) > 0 {
			t.Errorf("%s: the renderer says %q", name, got.Events)
		}
		text := asSeen(got.Text)
		for _, want := range wanted(name, m) {
			if want = asSeen(broken(want)); !strings.Contains(text, want) {
				t.Errorf("%s: %q cannot be seen in %q", name, want, text)
			}
		}
		checkDrawn(t, name, got, m)
	}
}

// wanted returns what has to be seen of a message: all of it, but for the longest and for ends.
func wanted(name string, m formatter.Message) []string {
	all := []string{m.Line(" · ")}
	isLong := slices.Contains([]string{"longest", "sequence-utmost", "ja-sequence"}, name)
	if m.Minimal || isLong {
		return all
	}
	all = append(append(all, m.About, m.More), m.Changes...)
	if m.Kind == notify.KindResolved {
		return all
	}
	all = append(all, strings.Split(m.Paragraph(), "\n")...)
	for _, fact := range m.Facts {
		all = append(all, fact.Label+" "+fact.Value)
	}
	for _, group := range m.Groups {
		all = append(all, group.Label)
		for _, count := range group.Counts {
			all = append(all, fmt.Sprint(count.N, " ", count.Value))
		}
	}
	for _, entry := range m.Entries {
		all = append(all, entry.LevelName+" "+entry.What(" · "))
	}
	return all
}

// checkDrawn wants nothing in a card to act but the message's own links and mentions, and our drawing
// to show what the renderer does.
func checkDrawn(t *testing.T, name string, got drawn, m formatter.Message) {
	t.Helper()
	links := map[string]bool{}
	for _, link := range m.Links {
		links[link.URL] = true
	}
	for _, entry := range m.Entries {
		links[entry.Link.URL] = true
	}
	for _, link := range slices.Concat(got.Buttons, got.Links) {
		if !links[link[1]] {
			t.Errorf("%s: %q leads to %s", name, link[0], link[1])
		}
	}
	for _, text := range got.Markdown {
		if len(m.Mentions) == 0 || !strings.HasPrefix(text, "<at>") {
			t.Errorf("%s: taken for Markdown: %q", name, text)
		}
	}
	for _, tag := range got.Tags {
		if !slices.Contains([]string{"div", "span", "a", "button", "p"}, tag) {
			t.Errorf("%s: there is a <%s>", name, tag)
		}
	}
	want := strings.NewReplacer("<at>", "", "</at>", "").Replace(got.Text)
	for _, button := range got.Buttons {
		want += " " + button[0]
	}
	if asSeen(got.Preview) != asSeen(want) {
		t.Errorf("%s: our drawing shows\n%q, the renderer\n%q", name, asSeen(got.Preview), asSeen(want))
	}
}

// cardAttacks are the attacks of every channel, and those of Adaptive Cards.
func cardAttacks() map[string]string {
	all := formattertest.Attacks()
	all["dates"] = "{{DATE(2026-03-16T08:25:05Z,SHORT)}} {{TIME(2026-03-16T08:25:05Z)}} {{{DATE(2026-03-16T08:25:05+01:00, LONG)}}}"
	all["mentions of Teams"] = "<at>ann lee</at> <AT>everyone</AT>"
	all["emphasis"] = "**bold** __bold__ _it_ [x](https://evil.example) # head"
	all["lists"] = "- one\r- two\n1. three"
	return all
}

func TestHostileCardsInABrowser(t *testing.T) {
	messages, bodies := map[string]formatter.Message{}, map[string][]byte{}
	add := func(name string, n notify.Notification, style formatter.Style) {
		messages[name] = formatter.New(n, style)
		bodies[name] = card.Render(messages[name])
	}
	everything := formattertest.Everything(t)
	for name, attack := range cardAttacks() {
		n := formattertest.Filled(attack)
		add(name, n, formatter.Style{})
		add(name+", everything", n, everything)
		n.Minimal = true
		add(name+", minimal", n, formatter.Style{})
		n.Minimal, n.Kind = false, notify.KindDigest
		n.Findings = append(n.Findings, n.Findings[0])
		add(name+", digest", n, formatter.Style{})
	}
	all := drawAll(t, bodies)
	for name, got := range all {
		if len(got.Events) > 0 {
			t.Errorf("%s: the renderer says %q", name, got.Events)
		}
		if level := messages[name].LevelName; level == "" || !strings.HasPrefix(asSeen(got.Text), level) {
			t.Errorf("%s: the headline cannot be seen: %.100q", name, got.Text)
		}
		checkDrawn(t, name, got, messages[name])
	}
	const date = "{ {DATE(2026-03-16T08:25:05Z,SHORT)}} { {TIME(2026-03-16T08:25:05Z)}} { { {DATE(2026-03-16T08:25:05+01:00, LONG)}}}"
	if text := asSeen(all["dates"].Text); !strings.Contains(text, date) {
		t.Errorf("the dates are drawn as something else: %q", text)
	}
}

// What the tests above want is not so by itself: the renderer does find mistakes, makes dates, and
// takes text blocks and facts for Markdown.
func TestRendererInABrowser(t *testing.T) {
	of := func(elements string) []byte {
		return []byte(`{"attachments":[{"content":{"type":"AdaptiveCard","version":"1.4","body":[` + elements + `],
			"actions":[{"type":"Action.OpenUrl","title":"x","url":"https://evil.example/"}]}}]}`)
	}
	all := drawAll(t, map[string][]byte{
		"date":     of(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"on {{DATE(2026-03-16T08:25:05Z,LONG)}}"}]}`),
		"markdown": of(`{"type":"TextBlock","text":"**bold**"},{"type":"FactSet","facts":[{"title":"_a_","value":"_b_"}]}`),
		"link":     of(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"go","selectAction":{"type":"Action.OpenUrl","url":"https://evil.example/a"}}]}`),
		"unknown":  of(`{"type":"Wheel"},{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"x","size":"Gigantic"}]}`),
		"image":    of(`{"type":"Image","url":"data:,"}`),
	})
	if text := all["date"].Text; strings.Contains(text, "{{") || !strings.Contains(text, "2026") {
		t.Errorf("no date: %q", text)
	}
	if got := strings.Join(all["markdown"].Markdown, " "); got != "**bold** _a_ _b_" {
		t.Errorf("Markdown: %q", got)
	}
	if got := all["link"].Links; len(got) != 1 || got[0] != [2]string{"go", "https://evil.example/a"} || len(all["link"].Buttons) != 1 {
		t.Errorf("links: %q, buttons %q", got, all["link"].Buttons)
	}
	if len(all["unknown"].Events) < 2 {
		t.Errorf("no mistakes: %q", all["unknown"].Events)
	}
	if !slices.Contains(all["image"].Tags, "img") {
		t.Errorf("no image: %q", all["image"].Tags)
	}
}
