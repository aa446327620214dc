package text

import (
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Coloured returns the same text as Render for a terminal that shows colours: the headline has that of its level. The
// escape sequences come on top of limit.
func Coloured(m formatter.Message, limit int) string {
	headline, rest, _ := strings.Cut(Render(m, limit), "\n")
	return colour(m.Level) + headline + "\x1b[0m\n" + rest
}

func colour(level finding.Level) string {
	return map[finding.Level]string{
		finding.LevelUnknown:  "\x1b[1m",
		finding.LevelLow:      "\x1b[1;34m",
		finding.LevelMedium:   "\x1b[1;33m",
		finding.LevelHigh:     "\x1b[1;31m",
		finding.LevelCritical: "\x1b[1;97;41m",
	}[level]
}
