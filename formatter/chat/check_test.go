package chat_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/chat"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// body is a message as the tests read it.
type body struct {
	Text         string `json:"text"`
	FallbackText string `json:"fallbackText"`
	CardsV2      []struct {
		CardID string `json:"cardId"`
		Card   struct {
			Sections []struct {
				Widgets []struct {
					TextParagraph *struct {
						Text string `json:"text"`
					} `json:"textParagraph"`
					ButtonList *struct {
						Buttons []struct {
							Text    string `json:"text"`
							OnClick struct {
								OpenLink struct {
									URL string `json:"url"`
								} `json:"openLink"`
							} `json:"onClick"`
						} `json:"buttons"`
					} `json:"buttonList"`
				} `json:"widgets"`
			} `json:"sections"`
		} `json:"card"`
	} `json:"cardsV2"`
	Thread struct {
		ThreadKey string `json:"threadKey"`
	} `json:"thread"`
}

// render makes the body of a message and checks it.
func render(t testing.TB, m formatter.Message) []byte {
	t.Helper()
	rendered := chat.Render(m, "")
	check(t, m, rendered)
	return rendered
}

// check reads a body back: it is within Chat's limits, and there is no element, link or mark but those
// that the renderer makes, and no mention.
func check(t testing.TB, m formatter.Message, rendered []byte) {
	t.Helper()
	var b body
	decoder := json.NewDecoder(bytes.NewReader(rendered))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if len(rendered) > 30_000 || !utf8.Valid(rendered) {
		t.Errorf("%d bytes, or no UTF-8", len(rendered))
	}
	ours := map[string]bool{}
	for _, link := range m.Links {
		ours[link.URL] = true
	}
	for _, entry := range m.Entries {
		ours[entry.Link.URL] = true
	}
	checkText(t, b.FallbackText, nil)
	checkText(t, withoutMentions(b.Text), ours)
	if b.Text == "" && len(b.CardsV2) == 0 {
		t.Error("an empty message")
	}
	if len(b.CardsV2) == 0 {
		return
	}
	widgets := 0
	for _, section := range b.CardsV2[0].Card.Sections {
		if len(section.Widgets) == 0 {
			t.Error("an empty section")
		}
		for _, widget := range section.Widgets {
			widgets++
			if widget.TextParagraph != nil {
				checkHTML(t, widget.TextParagraph.Text, ours)
			}
			if widget.ButtonList != nil {
				for _, button := range widget.ButtonList.Buttons {
					if widgets++; !ours[button.OnClick.OpenLink.URL] || button.Text == "" {
						t.Errorf("a link that is not ours: %s", button.OnClick.OpenLink.URL)
					}
				}
			}
		}
	}
	if widgets > 100 || widgets == 0 {
		t.Errorf("%d widgets", widgets)
	}
}

// withoutMentions takes away the operator's mentions, which are the whole first line.
func withoutMentions(text string) string {
	return regexp.MustCompile(`^(<users/[0-9a-z]+> ?)+\n`).ReplaceAllString(text, "")
}

// checkText wants a text beside a card without any of Chat's marks, but for the links that are ours.
func checkText(t testing.TB, text string, ours map[string]bool) {
	t.Helper()
	if text == "" {
		return
	}
	if i := strings.LastIndex(text, "\n<https://"); i >= 0 {
		address, label, _ := strings.Cut(text[i+2:], "|")
		if !ours[address] || !strings.HasSuffix(label, ">") || strings.ContainsAny(label[:len(label)-1], "<>|\n") {
			t.Errorf("a link that is not ours: %s", text[i:])
		}
		text = text[:i]
	}
	formattertest.CheckText(t, text, 4_000)
	if i := strings.IndexAny(text, "<>*~`"); i >= 0 {
		t.Fatalf("a mark: %.80q", text[i:])
	}
	if match := regexp.MustCompile(`(?m)^\s*-\s`).FindString(text); match != "" {
		t.Fatalf("a list: %.80q", text)
	}
	runes := []rune(text)
	isWord := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		if r == '_' && (!isWord(i-1) || !isWord(i+1)) {
			t.Fatalf("an underscore that may begin or end something: %.80q", string(runes[i:]))
		}
	}
}

// checkHTML wants the HTML of a paragraph to have none but our elements, closed where they are open.
func checkHTML(t testing.TB, text string, ours map[string]bool) {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		t.Error("an empty paragraph")
	}
	var open []string
	tokens := nethtml.NewTokenizer(strings.NewReader(text))
	for {
		kind := tokens.Next()
		token := tokens.Token()
		switch kind {
		case nethtml.ErrorToken:
			if len(open) > 0 {
				t.Errorf("open at the end: %v", open)
			}
			return
		case nethtml.TextToken:
			if strings.TrimSpace(token.Data) != "" {
				formattertest.CheckText(t, token.Data, len(token.Data))
			}
			if strings.Contains(token.Data, "<users/") {
				t.Fatalf("a mention: %.80q", token.Data)
			}
		case nethtml.StartTagToken:
			checkStart(t, token, ours)
			if token.Data != "br" {
				open = append(open, token.Data)
			}
		case nethtml.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> where %v is open", token.Data, open)
			}
			open = open[:len(open)-1]
		default:
			t.Fatalf("a %s: %.80q", kind, token.Data)
		}
	}
}

func checkStart(t testing.TB, token nethtml.Token, ours map[string]bool) {
	t.Helper()
	if !slices.Contains([]string{"b", "br", "font", "a"}, token.Data) {
		t.Fatalf("an element <%s>", token.Data)
	}
	for _, attribute := range token.Attr {
		switch token.Data + " " + attribute.Key {
		case "a href":
			if !ours[attribute.Val] {
				t.Errorf("a link that is not ours: %s", attribute.Val)
			}
		case "font color":
			if !regexp.MustCompile(`^#[0-9A-F]{6}$`).MatchString(attribute.Val) {
				t.Errorf("the colour %s", attribute.Val)
			}
		default:
			t.Errorf("an attribute %s", attribute.Key)
		}
	}
}
