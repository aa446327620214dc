package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// noYAML returns an error without the parser's own, which shows a part of the text, and whose line is
// that where the whole begins in which something is wrong. The first line from there on that can be
// wrong by itself is named, and what is wrong with it.
func noYAML(name, text string, err error) error {
	begin := 1
	if found := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error()); found != nil {
		begin, _ = strconv.Atoi(found[1])
	}
	for i, line := range strings.Split(text, "\n") {
		if i+1 < begin {
			continue
		}
		if wrong := noLine(strings.TrimRight(line, " \t\r")); wrong != "" {
			return fmt.Errorf("%s:%d: this is no YAML: %s", name, i+1, wrong)
		}
	}
	return fmt.Errorf("%s:%d: this is no YAML: a key and its value have a colon and a space between them, and what belongs "+
		"to a key stands further in", name, begin)
}

// noLine returns what is probably wrong with a line of a text that is no YAML.
func noLine(line string) string {
	content := strings.TrimLeft(line, " \t")
	if content == "" || content[0] == '#' {
		return ""
	}
	if strings.Contains(line[:len(line)-len(content)], "\t") {
		return "a tab stands at the beginning of the line; use spaces"
	}
	for strings.HasPrefix(content, "- ") {
		content = strings.TrimLeft(content[2:], " ")
	}
	_, value, found := strings.Cut(content, ": ")
	if value = strings.TrimLeft(value, " "); !found || value == "" {
		return ""
	}
	switch value[0] {
	case '@', '`', '%', '*':
		return "a value that begins with a sign such as @ or * stands in quotes"
	case '{', '[':
		if strings.Contains(value, "{{") {
			return "a template stands in single quotes"
		}
		return ""
	case '"', '\'':
		return noQuotes(value)
	}
	if plain, _, _ := strings.Cut(value, " #"); strings.Contains(plain, ": ") {
		return "a value that holds a colon and a space stands in single quotes"
	}
	return ""
}

// noQuotes returns what is wrong with a value that begins with a quote.
func noQuotes(value string) string {
	_, rest, ends := strings.Cut(value[1:], value[:1])
	switch {
	case !ends:
		return "the quotes that begin in this line do not end in it"
	case rest != "" && !strings.HasPrefix(rest, " #") && !strings.Contains(rest, value[:1]):
		return "text stands behind the quotes with which the value begins; put all of the value in other quotes"
	default:
		return ""
	}
}
