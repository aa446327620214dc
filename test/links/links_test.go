// Package links_test follows the links of the documentation that lead to places in this repository.
package links_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

const root = "../.."

type page struct {
	links   []string
	anchors map[string]bool
	plain   string // what is shown as text, without code
}

func read(t *testing.T, name string) page {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := page{anchors: map[string]bool{}}
	var plain strings.Builder
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link:
			p.links = append(p.links, string(node.Destination))
		case *ast.Image:
			p.links = append(p.links, string(node.Destination))
		case *ast.Heading:
			p.anchor(shown(node, source))
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			plain.Write(node.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.plain = plain.String()
	return p
}

// shown is the text of a node, with that of its code.
func shown(node ast.Node, source []byte) string {
	var b strings.Builder
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		if leaf, isText := child.(*ast.Text); isText {
			b.Write(leaf.Segment.Value(source))
			continue
		}
		b.WriteString(shown(child, source))
	}
	return b.String()
}

// anchor adds what GitHub calls a heading: its letters, digits, hyphens and low lines in small letters, with hyphens for
// blanks, and a number where the name is taken.
func (p page) anchor(heading string) {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	free := name
	for i := 1; p.anchors[free]; i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	p.anchors[free] = true
}

func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "cdk/*.md", "docs/*.md", "docs/*/*.md", "examples/*.md", "examples/*/*.md", "findings/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	if len(all) < 30 {
		t.Fatalf("only %d pages", len(all))
	}
	return all
}

// Every link to a file leads to one that is there, and to a heading that is there.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range pages(t) {
		for _, link := range read(t, name).links {
			to, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			file := name
			if to.Path != "" {
				file = filepath.Join(filepath.Dir(name), to.Path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s: %v", name, link, err)
				continue
			}
			if to.Fragment != "" && strings.HasSuffix(file, ".md") && !read(t, file).anchors[to.Fragment] {
				t.Errorf("%s: %s: there is no such heading", name, link)
			}
		}
	}
}

// No link is left as text, as one is whose label nothing explains.
func TestLabelsAreExplained(t *testing.T) {
	label := regexp.MustCompile(`\]\[[^\]]*\]`)
	for _, name := range pages(t) {
		for _, found := range label.FindAllString(read(t, name).plain, -1) {
			t.Errorf("%s: %s: nothing says where it leads", name, found)
		}
	}
}
