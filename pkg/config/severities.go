package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

const sourceSeverity = "SOURCE_SEVERITY"

// sourceSeverities reads "health=medium,access-analyzer=high": the severity of what a source finds
// whose findings state none. Each entry that cannot be read is a mistake of its own.
func (l *loader) sourceSeverities(text string) map[string]finding.Severity {
	all := map[string]finding.Severity{}
	place := 0
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		place++
		source, grade, _ := strings.Cut(entry, "=")
		source, grade = strings.ToLower(strings.TrimSpace(source)), strings.TrimSpace(grade)
		severity := gradeOf(grade)
		_, isTwice := all[source]
		isGood := l.isGradable(source, place)
		switch {
		case severity == 0:
			l.mistake(sourceSeverity, "entry %d: want a source, = and low, medium, high, critical or a number from 1 to 10, such as health=medium", place)
		case isTwice:
			l.mistake(sourceSeverity, "entry %d: the source was named before", place)
		case isGood:
			all[source] = severity
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// isGradable reports whether there is such a source and its findings state no severity, or notes
// the mistake.
func (l *loader) isGradable(source string, place int) bool {
	isGraded, isKnown := l.options.Sources[source]
	gradable := slices.DeleteFunc(slices.Sorted(maps.Keys(l.options.Sources)), func(id string) bool { return l.options.Sources[id] })
	switch meant := suggest.Word(source, gradable); {
	case isKnown && isGraded:
		l.mistake(sourceSeverity, "entry %d: the findings of this source state a severity of their own; take it out", place)
	case isKnown:
		return true
	case meant != "":
		l.mistake(sourceSeverity, "entry %d: there is no such source; did you mean %s?", place, meant)
	default:
		l.mistake(sourceSeverity, "entry %d: there is no such source; there are: %s", place, strings.Join(gradable, ", "))
	}
	return false
}

// gradeOf returns the severity that a level or a number stands for, or the unknown one. A level is
// the middle of its band, as where a source states a word.
func gradeOf(text string) finding.Severity {
	words := map[string]finding.Severity{"informational": 1, "low": 2, "medium": 5, "high": 8, "critical": 9.5}
	if severity, isWord := words[strings.ToLower(text)]; isWord {
		return severity
	}
	severity, err := finding.ParseSeverity(text)
	if err != nil || !severity.Known() {
		return 0
	}
	return severity
}
