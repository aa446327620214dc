package preview

import (
	"fmt"
	"html/template"
	"strings"
)

// page is what one page is made of.
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
