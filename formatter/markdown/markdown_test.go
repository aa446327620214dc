package markdown_test

import (
	"bytes"
	"flag"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/markdown"
)

var update = flag.Bool("update", false, "write the golden files anew")

const limit = 12_000

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		got := markdown.Render(m, limit)
		check(t, m, got, limit)
		formattertest.Golden(t, name+".md", got, *update)
	}
}

// check reads the text as GitHub does, and wants no link but those of the message, no image and no
// HTML.
func check(t testing.TB, m formatter.Message, rendered string, limit int) {
	t.Helper()
	if n := utf8.RuneCountInString(rendered); n > limit || !utf8.ValidString(rendered) {
		t.Errorf("%d characters, or no UTF-8", n)
	}
	ours := map[string]bool{}
	for _, link := range m.Links {
		ours[link.URL] = true
	}
	for _, entry := range m.Entries {
		ours[entry.Link.URL] = true
	}
	source := []byte(rendered)
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	err := ast.Walk(parser.Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Link:
			if !ours[string(n.Destination)] {
				t.Errorf("a link that is not ours: %s", n.Destination)
			}
		case *ast.AutoLink:
			t.Errorf("a link by itself: %s", n.URL(source))
		case *ast.Image, *ast.RawHTML, *ast.HTMLBlock, *ast.CodeSpan, *ast.CodeBlock, *ast.FencedCodeBlock, *ast.Blockquote, *ast.ThematicBreak:
			t.Errorf("%s, which the renderer does not make", n.Kind())
		case *ast.Heading:
			if n.Level != 2 || n.PreviousSibling() != nil {
				t.Error("a heading that is not ours")
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rendered(t testing.TB, m formatter.Message) {
	t.Helper()
	check(t, m, markdown.Render(m, limit), limit)
}

func TestAttacksAreDead(t *testing.T) {
	formattertest.Attacked(t, formattertest.Attacks(), func(t testing.TB, m formatter.Message) {
		for _, limit := range []int{limit, 300, 60} {
			check(t, m, markdown.Render(m, limit), limit)
		}
	})
}

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) { formattertest.AttackedWhole(t, rendered) }

func TestHugeFindingsFit(t *testing.T) { formattertest.Oversized(t, formattertest.Huge(), rendered) }

func TestDeterministic(t *testing.T) {
	m := formattertest.Message(t, formattertest.Cases()["digest"])
	if !bytes.Equal([]byte(markdown.Render(m, limit)), []byte(markdown.Render(m, limit))) {
		t.Error("two renderings differ")
	}
}

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, formattertest.Attacks())
	f.Fuzz(func(t *testing.T, attack string) {
		m := formattertest.Message(t, formattertest.Case{Notification: formattertest.Filled(attack)})
		check(t, m, markdown.Render(m, limit), limit)
	})
}
