package config

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// unknown reports variables under an instance's prefix that nobody knows: a setting with a slip in
// its name would otherwise be silently without effect.
func (l *loader) unknown(sinks []Sink) {
	var names []string
	for _, sink := range sinks {
		for _, name := range slices.Concat(sharedSettings(), l.options.SinkTypes[sink.Type]) {
			names = append(names, setting.Variable(sink.Name, name))
		}
	}
	variables := l.source.Names()
	slices.SortFunc(variables, func(a, b string) int { return strings.Compare(a+"=", b+"=") }) // as env(1) has them, sorted
	for _, variable := range variables {
		value, _ := l.source.Lookup(variable)
		if value.Text == "" || slices.Contains(names, variable) {
			continue
		}
		if sink, isOurs := owner(variable, sinks); isOurs {
			l.mistake(variable, "no such setting; %s", l.meant(variable, sink))
		}
	}
}

// owner returns the sink under whose prefix a variable stands: with several, that of the longest.
func owner(variable string, sinks []Sink) (found Sink, ok bool) {
	for _, sink := range sinks {
		if strings.HasPrefix(variable, setting.Variable(sink.Name, "")) && len(sink.Name) > len(found.Name) {
			found, ok = sink, true
		}
	}
	return found, ok
}

// meant says what a variable was probably meant to be. The prefix does not count: it is right, and would
// make every short name look near.
func (l *loader) meant(variable string, sink Sink) string {
	own := l.options.SinkTypes[sink.Type]
	slip := strings.TrimPrefix(variable, setting.Variable(sink.Name, ""))
	if name := suggest.Word(slip, slices.Concat(own, sharedSettings())); name != "" {
		return "did you mean " + setting.Variable(sink.Name, name) + "?"
	}
	if len(own) == 0 {
		return "the settings that every sink has are in docs/configuration.md"
	}
	var all []string
	for _, name := range slices.Sorted(slices.Values(own)) {
		all = append(all, setting.Variable(sink.Name, name))
	}
	return "the settings of this sink are " + strings.Join(all, ", ") + ", and those of every sink in docs/configuration.md"
}
