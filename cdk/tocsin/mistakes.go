package tocsin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// mistakes collects what is wrong with the options, so that all of it is reported together.
type mistakes []error

// add reports a mistake by the option's name and its remedy, never by its value.
func (m *mistakes) add(option, format string, args ...any) {
	*m = append(*m, fmt.Errorf("%s: %s", option, fmt.Sprintf(format, args...)))
}

// addAt reports a mistake in a line of the configuration's file.
func (m *mistakes) addAt(origin, format string, args ...any) {
	*m = append(*m, config.At(origin, fmt.Errorf(format, args...)))
}

// err joins the mistakes, each once: first those in the file, by their lines.
func (m mistakes) err() error {
	var all mistakes
	seen := map[string]bool{}
	for _, one := range m {
		if !seen[one.Error()] {
			seen[one.Error()] = true
			all = append(all, one)
		}
	}
	config.ByLine(all)
	return errors.Join(all...)
}

// list writes numbers for a sentence.
func list(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
