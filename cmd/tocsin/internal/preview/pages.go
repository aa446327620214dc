package preview

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
)

// perPage is how many messages one page has at the most, if it has more than one finding: a browser
// takes some megabytes of them at once.
const perPage = 240

// Render makes the page; of many findings several, each with the whole list. The same book gives the
// same bytes. Only the first page is drawn at once: the others are when somebody asks for them.
func Render(book Book) ([]File, error) {
	parsed, err := template.New("page").Parse(matrixMarkup + slackMarkup + markup)
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
