package events

import (
	"cmp"
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
	reader := entry(table, func(s source.Source) bool { return s.Reads(e) })
	if reader.IsStage(e.Source) {
		e.Source = reader.Name
	}
	documents, raws := split(reader, e.Document(), e.Detail)
	findings := make([]finding.Finding, len(documents))
	for i := range documents {
		f := &findings[i]
		var passed source.Passed
		if reader.Passed != nil {
			passed = reader.Passed(documents[i]) // Parse may change the document
		}
		isSample := documents[i].At("sample").IsTrue()
		*f = reader.Parse(e, documents[i], raws[i])
		f.Road, f.Sample = reader.ID, f.Sample || isSample
		date(f)
		if passed.Product != "" || passed.Name != "" {
			part := source.PartOf(table, passed)
			f.Native, f.Part = source.NativeOf(table, passed), cmp.Or(f.Part, part)
			if f.State.Over() && !f.IsAsked && part != "" {
				f.Native.ID += "/" + f.Part // the end of a part is not that of the whole
			}
		}
		f.IsBursty = isBursty(table, reader, passed.Product, f)
		if reader.Graded != 0 && !isStated(reader, f) && !isGoodNews(f) && !f.Severity.IsUrgent() {
			f.Severity = reader.Graded
		}
		Describe(table, f)
	}
	return findings
}

// isBursty reports whether findings of a kind come by the thousand, by whatever road this one does: of
// a product that is a source of the table itself, that source says so, and of any other its matter.
// What a person asks for comes alone.
func isBursty(table []source.Source, reader source.Source, product string, f *finding.Finding) bool {
	if !reader.IsBursty || f.IsAsked {
		return false
	}
	if reader.Passed == nil {
		return true
	}
	isNative := func(s source.Source) bool {
		return s.Native.Product != "" && s.Native.Product == product && s.Name != reader.Name
	}
	if at := slices.IndexFunc(table, isNative); at >= 0 {
		return table[at].IsBursty
	}
	return f.IsWeakness()
}

// isStated reports whether a finding has the severity that its source states for it. What reads the
// events of any source knows that of each.
func isStated(reader source.Source, f *finding.Finding) bool {
	return reader.IsGraded || reader.Name == "" && f.Severity != finding.Unstated
}

// entry returns the entry of the table that a test holds for, else what reads anything.
func entry(table []source.Source, is func(source.Source) bool) source.Source {
	if at := slices.IndexFunc(table, is); at >= 0 {
		return table[at]
	}
	return generic.Source()
}

// isGoodNews reports whether there is nothing to be done about a finding: it is over, or of the
// lowest severity there is.
func isGoodNews(f *finding.Finding) bool { return f.State.Over() || f.Severity == finding.Lowest }

// date gives a finding that states no time, or none that can be read, that of its publication: a
// message says when, and the ledger knows which of two is the newer.
func date(f *finding.Finding) {
	if f.Updated.IsZero() && f.Created.IsZero() && f.FirstSeen.IsZero() && f.LastSeen.IsZero() {
		f.Updated = f.Published
	}
}

// Describe fills in what its source says of a finding beside the event. Of a finding that another
// source passes on, the one that has found it gives the words and the page of the type. The
// parser's aliases stay.
func Describe(table []source.Source, f *finding.Finding) {
	aliases := f.About.Aliases
	reader := entry(table, func(s source.Source) bool { return s.Published(f) })
	f.About = reader.About(f)
	// Of the other events of a service that has a folder, the product is known at least.
	service := entry(table, func(s source.Source) bool { return s.Name == f.Source })
	f.About.Product = cmp.Or(f.Native.Product, f.About.Product, reader.Product, service.Product)
	f.About.Aliases = aliases
	if f.Native.Source != "" {
		own := *f
		own.ID = f.Native.ID
		about := entry(table, func(s source.Source) bool { return s.Name == f.Native.Source }).About(&own)
		f.About.Headlines = append(about.Headlines, f.About.Headlines...)
		f.About.Links.Native, f.About.Links.Type = about.Links.Finding, cmp.Or(about.Links.Type, f.About.Links.Type)
	}
	for _, s := range table {
		if s.TypePage == nil {
			continue
		}
		if page := s.TypePage(f.Type); page != "" {
			f.About.Links.Type, f.About.IsWord = cmp.Or(f.About.Links.Type, page), true
		}
	}
}

// split returns the documents of the findings in a detail: the elements of its list of findings, or
// of the detail where it is a list itself, else the detail. A finding that stands there alone counts
// where the reader knows it for one.
func split(reader source.Source, d lenient.Document, raw json.RawMessage) ([]lenient.Document, []json.RawMessage) {
	list, isList := d.Listed()
	if !isList || slices.ContainsFunc(list, isNoObject) {
		found := d.Object().Get("findings")
		if list, isList = found.Listed(); !isList && reader.Recognises != nil && reader.Recognises(found) {
			list = []lenient.Document{found}
		}
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
