package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// sinks reads SINKS: "slack,sns", or "slack,oncall=slack" for several instances of a type.
func (l *loader) sinks(text string) []Sink {
	if strings.TrimSpace(text) == "" {
		text = l.options.DefaultSinks
	}
	var sinks []Sink
	var entries []sinkEntry
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		name, kind, named := strings.Cut(entry, "=")
		e := sinkEntry{place: len(entries) + 1, name: strings.TrimSpace(name), kind: strings.TrimSpace(kind)}
		if !named {
			e.kind = e.name
		}
		if l.validSink(e, entries) {
			sinks = append(sinks, l.sink(e.name, e.kind))
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		l.mistake("SINKS", "is not set; name the sinks to tell, such as slack,sns (there are: %s)", l.types())
	}
	return sinks
}

// sinkEntry is one entry of SINKS, the first of which has the place 1.
type sinkEntry struct {
	place      int
	name, kind string
}

// validSink reports what is wrong with one entry of SINKS. SINKS holds no secret, so that names may
// be shown once they are known to be names; a text that is none is not repeated.
func (l *loader) validSink(e sinkEntry, others []sinkEntry) bool {
	const variable = "SINKS"
	place, name, kind := e.place, e.name, e.kind
	_, exists := l.options.SinkTypes[kind]
	switch {
	case !isName(name):
		l.mistake(variable, "entry %d: an instance's name is small letters, digits and _, and begins with a letter; a comma stands between entries", place)
	case isReserved(name):
		l.mistake(variable, "the name %q is taken by variables of other programs; choose another, such as %s_sink=%s", name, name, kind)
	case slices.ContainsFunc(others, func(other sinkEntry) bool { return other.name == name }):
		l.mistake(variable, "the instance %q is named twice; give the second a name of its own: name=%s", name, kind)
	case !exists:
		if meant := suggest.Word(kind, slices.Collect(maps.Keys(l.options.SinkTypes))); meant != "" {
			l.mistake(variable, "entry %d: there is no such type of sink; did you mean %s?", place, meant)
		} else {
			l.mistake(variable, "entry %d: there is no such type of sink; there are: %s", place, l.types())
		}
	default:
		return true
	}
	return false
}

func (l *loader) types() string {
	return strings.Join(slices.Sorted(maps.Keys(l.options.SinkTypes)), ", ")
}

// isName reports whether text is [a-z][a-z0-9_]* and not over-long.
func isName(text string) bool {
	for i, letter := range text {
		small, later := 'a' <= letter && letter <= 'z', '0' <= letter && letter <= '9' || letter == '_'
		if !small && (i == 0 || !later) {
			return false
		}
	}
	return text != "" && len(text) <= 32
}

// isReserved reports whether variables that begin with the name belong to Tocsin itself, to the
// Lambda runtime or to the programs around it.
func isReserved(name string) bool {
	for _, setting := range append(globalSettings(), sharedSettings()...) {
		if first, _, _ := strings.Cut(setting, "_"); strings.EqualFold(name, first) {
			return true
		}
	}
	switch name {
	case "aws", "go", "http", "https", "lambda", "lc", "ld", "no", "otel", "xdg", // other programs
		"tocsin", "digest_after":
		return true
	}
	return strings.HasPrefix(name, "aws_") || strings.HasPrefix(name, "lambda_")
}
