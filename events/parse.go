package events

import (
	"encoding/json"
	"slices"

	"github.com/tocsin-sec/tocsin/events/generic"
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Parse returns the findings that the event holds, in its order: at least one, for an event that
// nobody has written a parser for is a generic finding that says what it is.
func Parse(table []source.Source, e Envelope) []finding.Finding {
	reader := source.Source{Parse: generic.Parse}
	if at := slices.IndexFunc(table, func(s source.Source) bool { return s.Reads(e) }); at >= 0 {
		reader = table[at]
	}
	documents, raws := split(e.Document(), e.Detail)
	findings := make([]finding.Finding, len(documents))
	for i := range documents {
		findings[i] = reader.Parse(e, documents[i], raws[i])
		if findings[i].Severity == finding.Unstated && reader.DefaultSeverity != 0 {
			findings[i].Severity = reader.DefaultSeverity
		}
		Describe(table, &findings[i])
	}
	return findings
}

// Describe fills in what its source says of a finding beside the event. The parser's aliases stay.
func Describe(table []source.Source, f *finding.Finding) {
	aliases := f.About.Aliases
	if at := slices.IndexFunc(table, func(s source.Source) bool { return s.Name == f.Source }); at >= 0 {
		f.About = table[at].About(f)
		f.About.Product = table[at].Product
	} else {
		f.About = generic.About(f)
	}
	f.About.Aliases = aliases
	for _, s := range table {
		if f.About.Links.Type == "" && s.TypePage != nil {
			f.About.Links.Type = s.TypePage(f.Type)
		}
	}
}

// split returns the documents of the findings in a detail: the elements of its list of findings, or
// of the detail where it is a list itself, else the detail.
func split(d lenient.Document, raw json.RawMessage) ([]lenient.Document, []json.RawMessage) {
	list, isList := d.Listed()
	if !isList || slices.ContainsFunc(list, isNoObject) {
		list, _ = d.Object().Get("findings").Listed()
	}
	if len(list) == 0 {
		return []lenient.Document{d}, []json.RawMessage{raw}
	}
	raws := make([]json.RawMessage, len(list))
	for i := range list {
		raws[i] = list[i].Raw()
	}
	return list, raws
}

func isNoObject(d lenient.Document) bool { return d.Kind() != '{' }
