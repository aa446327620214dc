package html_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		path, got := filepath.Join("testdata", name+".html"), html.Render(formattertest.Message(t, c))
		check(t, formattertest.Message(t, c), got)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./formatter/html -update", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s has changed; look at it, then: go test ./formatter/html -update\n%s", path, diff)
		}
	}
}

// check reads the document back: no element, attribute or link but those that the renderer makes.
func check(t *testing.T, m formatter.Message, document string) {
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

func TestAttacksAreDead(t *testing.T) {
	for name, attack := range formattertest.Attacks() {
		t.Run(name, func(t *testing.T) {
			for _, isMinimal := range []bool{false, true} {
				n := formattertest.Filled(attack)
				n.Minimal = isMinimal
				m := formattertest.Message(t, formattertest.Case{Notification: n})
				check(t, m, html.Render(m))
			}
		})
	}
}

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) {
	style := formattertest.Style(t, nil)
	for event, n := range formattertest.Whole(t) {
		m := formatter.New(n, style)
		check(t, m, html.Render(m))
		if t.Failed() {
			t.Fatal(event)
		}
	}
}

func TestHugeFindingsFit(t *testing.T) {
	for _, n := range formattertest.Huge() {
		m := formattertest.Message(t, formattertest.Case{Notification: n})
		check(t, m, html.Render(m))
	}
}

func FuzzRender(f *testing.F) {
	for _, attack := range formattertest.Attacks() {
		if len(attack) < 1000 {
			f.Add(attack)
		}
	}
	f.Fuzz(func(t *testing.T, attack string) {
		m := formattertest.Message(t, formattertest.Case{Notification: formattertest.Filled(attack)})
		check(t, m, html.Render(m))
	})
}
