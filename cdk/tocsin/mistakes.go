package tocsin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// mistakes collects what is wrong with the options, so that all of it is reported together.
type mistakes []error

// add reports a mistake by the option's name and its remedy, never by its value.
func (m *mistakes) add(option, format string, args ...any) {
	*m = append(*m, fmt.Errorf("%s: %s", option, fmt.Sprintf(format, args...)))
}

func (m mistakes) err() error { return errors.Join(m...) }

// list writes numbers for a sentence.
func list(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
