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

// colour returns the terminal's escape sequence for a level.
func colour(level finding.Level) string {
	switch level {
	case finding.LevelCritical:
		return "\x1b[1;97;41m"
	case finding.LevelHigh:
		return "\x1b[1;31m"
	case finding.LevelMedium:
		return "\x1b[1;33m"
	case finding.LevelLow:
		return "\x1b[1;34m"
	default:
		return "\x1b[1m"
	}
}
