package config

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// logLevel is the variable of Config.LogLevel.
const logLevel = "LOG_LEVEL"

// logLevel reads the name of a level; empty stays that.
func (l *loader) logLevel(text string) string {
	levels := []string{LogError, LogWarn, LogInfo, LogDebug}
	switch {
	case text == "", slices.Contains(levels, text):
		return text
	}
	if text == "warning" { // as others call it
		text = LogWarn
	}
	if meant := suggest.Word(text, levels); meant != "" {
		l.mistake(logLevel, "not a level of the log; did you mean %s?", meant)
	} else {
		l.mistake(logLevel, "not a level of the log: want %s", strings.Join(levels, ", "))
	}
	return ""
}
