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
	var ofSinks, prefixes []string
	for _, sink := range sinks {
		prefixes = append(prefixes, setting.Variable(sink.Name, ""))
		for _, name := range slices.Concat(sharedSettings(), l.options.SinkTypes[sink.Type]) {
			ofSinks = append(ofSinks, setting.Variable(sink.Name, name))
		}
	}
	ofAll := slices.Concat(globalSettings(), sharedSettings(), []string{FileVariable})
	variables := l.source.Names()
	slices.SortFunc(variables, func(a, b string) int { return strings.Compare(a+"=", b+"=") }) // as env(1) has them, sorted
	for _, variable := range variables {
		value, _ := l.source.Lookup(variable)
		isSinks := slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
		switch {
		case value.Text == "" || slices.Contains(ofSinks, variable) || slices.Contains(ofAll, variable):
		case isSinks:
			l.unknownName(variable, "the settings of this sink are in docs/configuration.md", ofSinks)
		case isForOthers(variable):
		case value.IsOurs:
			l.unknownName(variable, "no sink of SINKS has it, and no other part reads it: remove it", slices.Concat(ofAll, ofSinks))
		default:
			if meant := suggest.Slip(variable, slices.Concat(ofAll, ofSinks)); meant != "" {
				l.mistake(variable, "no such setting; did you mean %s?", meant)
			}
		}
	}
}

func (l *loader) unknownName(variable, remedy string, known []string) {
	if meant := suggest.Word(variable, known); meant != "" {
		remedy = "did you mean " + meant + "?"
	}
	l.mistake(variable, "no such setting; %s", remedy)
}

// isForOthers reports whether a variable is read by the AWS SDK, the Lambda runtime, Go or the
// system.
func isForOthers(name string) bool {
	for _, prefix := range []string{"AWS_", "LAMBDA_", "SSL_CERT_", "GO", "OTEL_", "XDG_", "LC_", "_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasSuffix(strings.ToUpper(name), "_PROXY") || slices.Contains([]string{"HOME", "PATH", "TZ", "LANG", "TMPDIR", "NO_COLOR"}, name)
}
