package config

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// unknown reports the variables that nobody reads: a setting with a slip in its name would otherwise
// be silently without effect. Those are variables under an instance's prefix, all of a file of ours,
// and what is one slip away from the name of a setting.
func (l *loader) unknown(sinks []Sink) {
	var ofSinks []string
	for _, sink := range sinks {
		for _, name := range slices.Concat(sharedSettings(), l.options.SinkTypes[sink.Type]) {
			ofSinks = append(ofSinks, setting.Variable(sink.Name, name))
		}
	}
	ofAll := slices.Concat(globalSettings(), sharedSettings(), []string{FileVariable})
	variables := l.source.Names()
	slices.SortFunc(variables, func(a, b string) int { return strings.Compare(a+"=", b+"=") }) // as env(1) has them, sorted
	for _, variable := range variables {
		value, _ := l.source.Lookup(variable)
		sink, isOfSink := owner(variable, sinks)
		switch {
		case value.Text == "" || slices.Contains(ofSinks, variable) || slices.Contains(ofAll, variable):
		case isOfSink && sink.Type == "": // what it can have is not known
		case isOfSink:
			l.mistake(variable, "no such setting; %s", l.meant(variable, sink))
		case IsForOthers(variable) || isOfTerminal(variable):
		case value.IsOurs && !l.isUnread(sinksVariable):
			remedy := "no sink of SINKS has it, and no other part reads it: remove it"
			if meant := suggest.Word(variable, slices.Concat(ofAll, ofSinks)); meant != "" {
				remedy = "did you mean " + meant + "?"
			}
			l.mistake(variable, "no such setting; %s", remedy)
		default:
			if meant := suggest.Slip(variable, slices.Concat(ofAll, ofSinks)); meant != "" {
				l.mistake(variable, "no such setting; did you mean %s?", meant)
			}
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

// IsForOthers reports whether a variable is read by the AWS SDK, the Lambda runtime, Go or the system,
// which have no other way to it than the environment of the process. In a file of ours it is no
// mistake, and whoever reads that file puts it over the environment.
func IsForOthers(name string) bool {
	for _, prefix := range []string{"AWS_", "LAMBDA_", "SSL_CERT_", "GO_", "OTEL_", "XDG_", "LC_", "_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	isOfGo := strings.HasPrefix(name, "GO") && !strings.Contains(name, "_") // GODEBUG, but no sink's GOOGLECHAT_WEBHOOK_URL
	return isOfGo || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || slices.Contains([]string{"HOME", "PATH", "TZ", "LANG", "TMPDIR"}, name)
}

// isOfTerminal reports whether a variable says what a terminal shows. The console reads it, among the
// settings, by the name that all programs have for it.
func isOfTerminal(name string) bool { return name == "NO_COLOR" || name == "TERM" }
