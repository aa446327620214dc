package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MistakeInYAML returns what is wrong with a text as YAML, in the words of the library, and on which line;
// "" where nothing is. The words may show a part of the text.
func MistakeInYAML(text []byte) string {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var err error
	for err == nil {
		err = decoder.Decode(new(yaml.Node))
	}
	if errors.Is(err, io.EOF) {
		return ""
	}
	return whereInYAML(err)
}

// whereInYAML returns a mistake with its line, as far as the library knows that. Of what is wrong in the
// order of its parts it names the line before, or before the one on which the part begins; of what is
// wrong on the first line it names none. That is so in fail of decode.go, of version 3.0.5:
// https://pkg.go.dev/go.yaml.in/yaml/v3
func whereInYAML(err error) string {
	line, what := 0, strings.TrimPrefix(err.Error(), "yaml: ")
	if number, rest, ok := strings.Cut(what, ": "); ok {
		if _, scanErr := fmt.Sscanf(number, "line %d", &line); scanErr == nil {
			what = rest
		}
	}
	isOrder := strings.HasPrefix(what, "did not find expected ") && what != "did not find expected comment or line break"
	switch {
	case isOrder:
		return fmt.Sprintf("%s (line %d or after)", what, line+1)
	case line > 0:
		return fmt.Sprintf("%s (line %d)", what, line)
	case what == "mapping values are not allowed in this context":
		return what + " (line 1)"
	default:
		return what
	}
}
