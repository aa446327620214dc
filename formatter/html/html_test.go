package html_test

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		got := html.Render(m)
		check(t, m, got)
		formattertest.Golden(t, name+".html", got, *update)
	}
}

// check reads the document back: no element, attribute or link but those that the renderer makes.
func check(t testing.TB, m formatter.Message, document string) {
	t.Helper()
	if len(document) > 90_000 || !utf8.ValidString(document) {
		t.Errorf("%d bytes, or no UTF-8", len(document))
	}
	ours := map[string]bool{}
	for _, link := range m.Links {
		ours[link.URL] = true
	}
	for _, entry := range m.Entries {
		ours[entry.Link.URL] = true
	}
	root, err := nethtml.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	elements := strings.Fields("html head meta title style body table tbody tr td th h1 h2 p ul li a br")
	attributes := strings.Fields("lang charset name content class style role width cellpadding cellspacing align scope href")
	styles := 0
	for node := range root.Descendants() {
		if node.Type == nethtml.TextNode && node.Parent.Data != "style" && strings.TrimSpace(node.Data) != "" {
			formattertest.CheckText(t, node.Data, len(node.Data)) // a reader's program makes links of text, too
		}
		if node.Type == nethtml.CommentNode {
			t.Error("a comment")
		}
		if node.Type != nethtml.ElementNode {
			continue
		}
		if !slices.Contains(elements, node.Data) {
			t.Errorf("an element <%s>", node.Data)
		}
		if node.Data == "style" {
			styles++
		}
		for _, attribute := range node.Attr {
			switch {
			case !slices.Contains(attributes, attribute.Key):
				t.Errorf("an attribute %s", attribute.Key)
			case attribute.Key == "href" && !ours[attribute.Val]:
				t.Errorf("a link that is not ours: %s", attribute.Val)
			case attribute.Key == "style" && strings.Contains(attribute.Val, "url("):
				t.Error("a style that fetches something")
			}
		}
	}
	if styles != 1 {
		t.Errorf("%d style elements", styles)
	}
}

func rendered(t testing.TB, m formatter.Message) {
	t.Helper()
	check(t, m, html.Render(m))
}

func TestAttacksAreDead(t *testing.T) { formattertest.Attacked(t, formattertest.Attacks(), rendered) }

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) { formattertest.AttackedWhole(t, rendered) }

func TestHugeFindingsFit(t *testing.T) { formattertest.Oversized(t, formattertest.Huge(), rendered) }

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, formattertest.Attacks())
	f.Fuzz(func(t *testing.T, attack string) {
		m := formattertest.Message(t, formattertest.Case{Notification: formattertest.Filled(attack)})
		check(t, m, html.Render(m))
	})
}
