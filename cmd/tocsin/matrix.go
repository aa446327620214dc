package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// matrix counts what became of findings, by sink and outcome.
type matrix struct {
	sinks    []string
	findings int
	outcomes map[string]map[delivery.Outcome]int
	nobody   []string // the findings that no sink takes
}

func newMatrix(sinks []string) *matrix {
	m := &matrix{sinks: sinks, outcomes: map[string]map[delivery.Outcome]int{}}
	for _, sink := range sinks {
		m.outcomes[sink] = map[delivery.Outcome]int{}
	}
	return m
}

func (m *matrix) add(e explanation) {
	m.findings++
	for _, sink := range e.Sinks {
		m.outcomes[sink.Sink][sink.Outcome]++
	}
	if e.Nobody {
		m.nobody = append(m.nobody, plain(fmt.Sprintf("%s | %s | %s", e.Document, e.Type, e.Finding)))
	}
}

// mostNamed is how many findings are named that no sink takes.
const mostNamed = 10

// print writes a table with a line for each sink and a column for each outcome that there was, which
// sinks got nothing, and which findings no sink takes.
func (m *matrix) print(w io.Writer) {
	fmt.Fprintln(w, counted(m.findings, "finding"))
	happened := slices.DeleteFunc(delivery.Outcomes(), func(outcome delivery.Outcome) bool {
		return !slices.ContainsFunc(m.sinks, func(sink string) bool { return m.outcomes[sink][outcome] > 0 })
	})
	if len(happened) > 0 {
		m.table(w, happened)
	}
	for _, sink := range m.sinks {
		if m.findings > 0 && !m.got(sink) {
			fmt.Fprintf(w, "  sink %s got nothing\n", sink)
		}
	}
	if len(m.nobody) > 0 {
		fmt.Fprintf(w, "  nobody hears of %s, which no sink takes:\n", counted(len(m.nobody), "finding"))
	}
	for _, name := range m.nobody[:min(len(m.nobody), mostNamed)] {
		fmt.Fprintln(w, "    "+name)
	}
	if more := len(m.nobody) - mostNamed; more > 0 {
		fmt.Fprintf(w, "    and %d more\n", more)
	}
}

func (m *matrix) table(w io.Writer, columns []delivery.Outcome) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := []string{"  sink"}
	for _, outcome := range columns {
		head = append(head, string(outcome))
	}
	fmt.Fprintln(table, strings.Join(head, "\t"))
	for _, sink := range m.sinks {
		row := []string{"  " + sink}
		for _, outcome := range columns {
			row = append(row, fmt.Sprint(m.outcomes[sink][outcome]))
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush() // to the terminal
}

// got reports whether a sink got anything, at once or in a digest.
func (m *matrix) got(sink string) bool {
	got := m.outcomes[sink]
	return got[delivery.Delivered]+got[delivery.Degraded]+got[delivery.Digested] > 0
}
