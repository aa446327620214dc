package preview

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
)

// perPage is how many messages one page has at the most, if it has more than one finding: a browser
// takes some megabytes of them at once.
const perPage = 240

// Render makes the page; of many findings several, each with the whole list. The same book gives the
// same bytes. Only the first page is drawn at once: the others are when somebody asks for them.
func Render(book Book) ([]File, error) {
	parsed, err := template.New("page").Parse(matrixMarkup + markup)
	if err != nil {
		return nil, fmt.Errorf("the page's template: %w", err)
	}
	r := renderer{parsed: parsed, book: book, perPage: len(book.Findings)}
	if len(book.Findings) > 0 && len(book.Findings[0].Messages) > 0 {
		r.perPage = max(1, perPage/len(book.Findings[0].Messages))
	}
	index, err := r.draw(0)
	if err != nil {
		return nil, err
	}
	files := []File{{Name: r.name(0), ContentType: htmlType, Body: index, isPage: true, version: versionOf(book)}}
	if len(book.Findings) == 0 {
		return files, nil
	}
	files = append(files, File{Name: matrixName, ContentType: htmlType, isPage: true, draw: r.drawMatrix})
	for number := 1; number*r.perPage < len(book.Findings); number++ {
		draw := func() ([]byte, error) { return r.draw(number) }
		files = append(files, File{Name: r.name(number), ContentType: htmlType, isPage: true, draw: draw})
	}
	return append(files, frames(book)...), nil
}

const matrixName = "matrix.html"

// versionOf is another text whenever a book is another one.
func versionOf(book Book) string {
	sum := sha256.New()
	bodies := func(m Message) {
		_, _ = sum.Write(m.Payload.Body)
		m.Payload.Body, m.Later = nil, nil
		_, _ = fmt.Fprintf(sum, "%q\n", fmt.Sprint(m))
	}
	for _, f := range book.Findings {
		for _, m := range f.Messages {
			bodies(m)
			for _, later := range m.Later {
				bodies(later)
			}
		}
		f.Messages = nil
		_, _ = fmt.Fprintf(sum, "%q\n", fmt.Sprint(f))
	}
	book.Findings = nil
	_, _ = fmt.Fprintf(sum, "%q\n", fmt.Sprint(book))
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// frames returns the documents in frames, which are drawn when somebody asks for them.
func frames(book Book) []File {
	var all []File
	add := func(name string, m Message) {
		if draw, ok := documents()[m.Payload.Form]; ok {
			body := m.Payload.Body
			all = append(all, File{Name: name, ContentType: htmlType, draw: func() ([]byte, error) { return draw(body), nil }})
		}
	}
	for i, f := range book.Findings {
		for j, m := range f.Messages {
			add(frameName(i, j), m)
			for k, later := range m.Later {
				add(frameName(i, j, k), later)
			}
		}
	}
	return all
}

// frameName names the frame of a message, and that of what follows it.
func frameName(indexes ...int) string {
	name := "mail"
	for _, index := range indexes {
		name += fmt.Sprintf("-%d", index+1)
	}
	return name + ".html"
}

// renderer draws the pages of a book.
type renderer struct {
	parsed  *template.Template
	book    Book
	perPage int // findings
}

// name returns the name of a page.
func (r renderer) name(number int) string {
	if number == 0 {
		return "index.html"
	}
	return fmt.Sprintf("page-%d.html", number+1)
}

// address returns where something about a finding stands, seen from a page.
func (r renderer) address(from, finding int, anchor string) string {
	if page := finding / r.perPage; page != from {
		return r.name(page) + anchor
	}
	return anchor
}

// draw makes a page of messages.
func (r renderer) draw(number int) ([]byte, error) {
	p := r.page(number)
	first := number * r.perPage
	for i := first; i < min(first+r.perPage, len(r.book.Findings)); i++ {
		view := p.List[i]
		for j, m := range view.Messages {
			message := viewOf(m)
			message.framed(frameName(i, j))
			for k, later := range m.Later {
				after := viewOf(later)
				after.framed(frameName(i, j, k))
				message.After = append(message.After, after)
			}
			view.Views = append(view.Views, message)
		}
		p.Views = append(p.Views, view)
	}
	return r.execute(p)
}

// drawMatrix makes the page of findings and sinks.
func (r renderer) drawMatrix() ([]byte, error) {
	p := r.page(-1)
	p.Matrix = p.columns()
	return r.execute(p)
}

func (r renderer) execute(p page) ([]byte, error) {
	var text bytes.Buffer
	if err := r.parsed.Execute(&text, p); err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	return text.Bytes(), nil
}

// page makes what every page has; number is its own, or -1 for the matrix.
func (r renderer) page(number int) page {
	script := pageScript + listScript
	p := page{
		Book: r.book, Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // our own files
		Policy: "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script) +
			"'; img-src data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'",
	}
	for i, f := range r.book.Findings {
		view := findingView{Finding: f, Number: i + 1, Href: r.address(number, i, fmt.Sprintf("#finding-%d", i+1))}
		for j, m := range f.Messages {
			if m.Sends {
				view.Sent++
			}
			if m.IsForm {
				continue
			}
			view.Sinks++
			one := cell{Name: m.Name, Short: m.Short, Was: m.Was, Outcome: outcome(f, m)}
			one.Href = r.address(number, i, fmt.Sprintf("#message-%d-%d", i+1, j))
			view.Cells = append(view.Cells, one)
		}
		for _, gone := range f.Gone {
			view.Cells = append(view.Cells, cell{Name: gone.Name, Short: "no such sink", Was: gone.Was, Outcome: "x"})
		}
		p.List = append(p.List, view)
	}
	return p
}

type page struct {
	Book
	Policy string
	Style  template.CSS
	Script template.JS
	// List has all findings, Views those that are drawn on this page.
	List, Views []findingView
	// Matrix are the columns of the matrix, on its own page alone.
	Matrix []column
}

// Singles returns how many of the findings are no digest.
func (p page) Singles() int {
	n := 0
	for _, f := range p.Findings {
		if !f.IsDigest {
			n++
		}
	}
	return n
}

// Changed returns how many findings differ in the other configuration.
func (p page) Changed() int {
	n := 0
	for _, f := range p.List {
		if f.Differs() {
			n++
		}
	}
	return n
}

// Tabs returns the messages of the first finding: those of every other have the same names.
func (p page) Tabs() []Message {
	if len(p.Findings) == 0 {
		return nil
	}
	return p.Findings[0].Messages
}

// level is one that can be searched for.
type level struct{ Word, Name string }

// Levels returns the levels of the findings, in their order on the page.
func (p page) Levels() []level {
	var all []level
	seen := map[string]bool{}
	for _, f := range p.Findings {
		word := fmt.Sprint(f.Headline.Level)
		if !f.IsDigest && !seen[word] {
			seen[word] = true
			all = append(all, level{word, f.Headline.LevelName})
		}
	}
	return all
}

// column is a sink in the matrix, and how many findings it is sent.
type column struct {
	Name string
	Sent int
}

func (p page) columns() []column {
	var all []column
	for _, f := range p.List {
		if f.IsDigest {
			continue
		}
		for i, c := range f.Cells {
			if i == len(all) {
				all = append(all, column{Name: c.Name})
			}
			if c.Outcome == "s" {
				all[i].Sent++
			}
		}
	}
	return all
}

type findingView struct {
	Finding
	Number int
	// Href leads to the finding's messages.
	Href  string
	Views []messageView
	// Sent is how many sinks the finding is sent to, Sinks how many there are.
	Sent, Sinks int
	Cells       []cell
}

// cell says what becomes of a finding at a sink.
type cell struct {
	Name, Href, Short, Was string
	// Outcome is a letter for the page's script and style.
	Outcome string
}

// Differs reports whether the other configuration makes something else of the finding.
func (v findingView) Differs() bool {
	for _, c := range v.Cells {
		if c.Was != "" {
			return true
		}
	}
	return false
}

// Outcomes returns a letter for each sink, and an exclamation mark where no sink takes the finding.
func (v findingView) Outcomes() string {
	var all strings.Builder
	for _, c := range v.Cells {
		all.WriteString(c.Outcome)
	}
	if v.Nobody {
		all.WriteString("!")
	}
	return all.String()
}

// outcome returns the letter for what becomes of a finding at a sink.
func outcome(f Finding, m Message) string {
	switch {
	case f.IsDigest, m.Verdict == "":
		return "d"
	case f.IsEnd:
		return "e"
	case m.Sends:
		return "s"
	default:
		return strings.ToLower(m.Verdict[:1]) // below, unmatched, muted, held back
	}
}
