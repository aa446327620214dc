package telegram_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/telegram"
)

// body is a message as Telegram reads it.
type body struct {
	Text     string
	Entities []struct {
		Type           string
		Offset, Length int
		URL            string
		User           *struct{ ID int64 }
	}
	Mode    string `json:"parse_mode"`
	Preview struct {
		IsDisabled bool `json:"is_disabled"`
	} `json:"link_preview_options"`
}

func read(t testing.TB, encoded []byte) body {
	t.Helper()
	var b body
	if err := json.Unmarshal(encoded, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// found matches what Telegram makes links of by itself, by the rules of its own library, but wider:
// any two letters with a dot between them are an address. https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
var found = map[string]*regexp.Regexp{
	"name":    regexp.MustCompile(`(?:^|[^\pL\pN_])[@＠][A-Za-z0-9_]{2,}`),
	"tag":     regexp.MustCompile(`[#＃][\pL\pN_]`),
	"cashtag": regexp.MustCompile(`[$＄][A-Z0-9]`),
	"command": regexp.MustCompile(`(?:^|[^\pL\pN_/<>])/[A-Za-z0-9_]`),
	"address": regexp.MustCompile(`[^\s.。．｡\[][.。．｡][\pL\pN_~-]`),
	"scheme":  regexp.MustCompile(`(?i)\b(?:https?|ftp|tg|ton)://\S`),
	"number":  regexp.MustCompile(`\+\d|(?:^|[^\pL\pN_])\d(?:[ ().-]*\d){4,}`),
}

// check renders a message without mentions and holds it against Telegram's limits, and against what
// Telegram finds in its text.
func check(t testing.TB, m formatter.Message) {
	t.Helper()
	b := read(t, telegram.Render(m, telegram.Post{Chat: "-1"}))
	text := utf16.Encode([]rune(b.Text))
	if len(text) > 4_096 || strings.TrimSpace(b.Text) != b.Text || b.Text == "" || len(b.Entities) > 100 || b.Mode != "" || !b.Preview.IsDisabled {
		t.Fatalf("%d units, %d entities: %.80q", len(text), len(b.Entities), b.Text)
	}
	urls := map[string]bool{}
	for _, link := range m.Links {
		urls[link.URL] = true
	}
	for _, entry := range m.Entries {
		urls[entry.Link.URL] = true
	}
	delete(urls, "") // of an entry without a link
	end := 0
	var rest strings.Builder
	for _, e := range b.Entities {
		if e.Offset < end || e.Length < 1 || e.Offset+e.Length > len(text) {
			t.Fatalf("an entity from %d of %d units, behind %d", e.Offset, e.Length, end)
		}
		inner := string(utf16.Decode(text[e.Offset : e.Offset+e.Length]))
		if strings.ContainsRune(inner, unicode.ReplacementChar) && !strings.ContainsRune(b.Text, unicode.ReplacementChar) || strings.TrimSpace(inner) != inner {
			t.Fatalf("an entity that begins or ends within a character, or with a blank: %.80q", inner)
		}
		rest.WriteString(string(utf16.Decode(text[end:e.Offset])))
		end = e.Offset + e.Length
		switch e.Type {
		case "bold":
			rest.WriteString(inner)
		case "code": // Telegram finds nothing there
			rest.WriteString(" x ")
		case "text_link":
			if !urls[e.URL] {
				t.Fatalf("a link that is not ours: %s", e.URL)
			}
			rest.WriteString(inner)
		default:
			t.Fatalf("an entity of type %q", e.Type)
		}
	}
	rest.WriteString(string(utf16.Decode(text[end:])))
	all := rest.String()
	if m.Minimal || len(b.Entities) == 0 {
		for url := range urls { // the one link stands there as it is
			all = strings.Replace(all, "\n"+url, "", 1)
		}
	}
	for what, pattern := range found {
		for line := range strings.Lines(all) {
			if match := pattern.FindString(line); match != "" {
				t.Fatalf("a %s, %q, is alive in %.300q", what, match, line)
			}
		}
	}
	for _, r := range b.Text {
		if r != '\n' && r != '\u2060' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Fatalf("holds %U", r)
		}
	}
}
