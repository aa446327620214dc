package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// sinks reads SINKS: "slack,sns", or "slack,oncall=slack" for several instances of a type.
func (l *loader) sinks(text string) []Sink {
	if !l.isUnread(sinksVariable) {
		text = cmp.Or(text, l.options.DefaultSinks)
	}
	var sinks []Sink
	var names []string // of all entries, those with a mistake too
	for entry := range strings.SplitSeq(text, ",") {
		name, kind, isNamed := strings.Cut(entry, "=")
		name, kind = strings.TrimSpace(name), strings.TrimSpace(kind)
		if name == "" && !isNamed {
			continue
		}
		if !isNamed {
			kind = name
		}
		if l.validSink(name, kind, names) {
			sinks = append(sinks, l.sink(name, kind))
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		l.mistake(sinksVariable, "is not set; name the sinks to send to, such as slack,sns (there are: %s)", l.types())
	}
	return sinks
}

// validSink reports whether there is nothing wrong with one entry of SINKS, which comes after those
// with the names before. SINKS holds no secret, so that names may be shown once they are known to
// be names; a text that is none is not repeated.
func (l *loader) validSink(name, kind string, before []string) bool {
	const variable = sinksVariable
	place := len(before) + 1
	_, exists := l.options.SinkTypes[kind]
	switch {
	case !isName(name):
		l.mistake(variable, "entry %d: an instance's name is small letters, digits and _, and begins with a letter; a comma stands between entries", place)
	case isReserved(name):
		l.mistake(variable, "the name %q is taken by variables of other programs; choose another, such as %s_sink=%s", name, name, kind)
	case slices.Contains(before, name):
		l.mistake(variable, "the instance %q is named twice; give the second a name of its own: name=%s", name, kind)
	case kind == "" && l.isUnread(variable): // the file's reader has said it
		return true
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

// isName reports whether an instance can have the name.
func isName(text string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`).MatchString(text)
}

// isLate reports whether a setting came when its first word could be the name of an instance already, which
// it stays: no sink has a setting of what is left of it, so that the two do not get in each other's way.
func isLate(setting string) bool {
	switch setting {
	case logLevel, fallbackSink, actionsAllow, actionsArchive, "DRILL", "SUMMARY", queueVariable, escalateAfter, escalateTo, escalateMinSeverity:
		return true
	}
	return false
}

// isReserved reports whether variables that begin with the name belong to Tocsin itself, to the
// Lambda runtime or to the programs around it.
func isReserved(name string) bool {
	for _, setting := range append(globalSettings(), sharedSettings()...) {
		if first, _, _ := strings.Cut(setting, "_"); strings.EqualFold(name, first) && !isLate(setting) {
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

const (
	accountNames  = "ACCOUNT_NAMES"
	sinksVariable = "SINKS"
	defaultSink   = "DEFAULT_SINK"
	fallbackSink  = "FALLBACK_SINK"
)

// fallbackSink returns the instance that is told when another one takes nothing.
func (l *loader) fallbackSink(c Config) string {
	name := l.oneOf(fallbackSink, c.Sinks)
	switch {
	case name == "":
	case strings.EqualFold(l.text("LEDGER"), LedgerOff):
		l.mistake(fallbackSink, "needs a ledger, which knows what was said before; set LEDGER to %s or %s, or unset this", LedgerDynamoDB, LedgerMemory)
	case len(c.Sinks) == 1 && !l.isUnread(sinksVariable) && !l.isWrong(sinksVariable):
		l.mistake(fallbackSink, "is the only sink, and it says that another one takes nothing; name a second in SINKS, or unset this")
	}
	return name
}

// isWrong reports whether a mistake in a variable was noted.
func (l *loader) isWrong(variable string) bool {
	return slices.ContainsFunc(l.mistakes, func(m error) bool { return strings.HasPrefix(m.Error(), variable+": ") })
}

// oneOf returns the instance that a variable names.
func (l *loader) oneOf(variable string, sinks []Sink) string {
	if name := l.text(variable); name != "" {
		return l.instance(variable, name, sinks)
	}
	return ""
}

// instance returns the instance of a name that a variable gives; empty where there is none.
func (l *loader) instance(variable, name string, sinks []Sink) string {
	var names []string
	for _, sink := range sinks {
		if sink.Name == name {
			return name
		}
		names = append(names, sink.Name)
	}
	switch meant := suggest.Word(name, names); {
	case meant != "":
		l.mistake(variable, "is no instance of SINKS; did you mean %s?", meant)
	case len(names) > 0:
		l.mistake(variable, "is no instance of SINKS; there are: %s", strings.Join(names, ", "))
	}
	return ""
}
