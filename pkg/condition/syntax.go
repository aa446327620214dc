package condition

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// placed makes an error of a message and its place, both counted from 1.
func placed(place *file.Error, message string) error {
	return fmt.Errorf("line %d, column %d: %s", place.Line, place.Column+1, message)
}

// syntaxError returns what is wrong with a text in which the given names can stand.
func syntaxError(text string, err error, known []string) error {
	var place *file.Error
	if !errors.As(err, &place) {
		return errors.New(speak(firstLine(err.Error())))
	}
	message := speak(firstLine(place.Message))
	if meant := meant(message, known); meant != "" {
		message += "; did you mean " + meant + "?"
	} else if name, isName := strings.CutPrefix(message, "unknown name "); isName && isCompared([]rune(text), place.From, name) {
		message += "; a text stands in quotes"
	}
	return placed(place.Bind(file.NewSource(text)), message)
}

// isCompared reports whether a name stands where texts mostly do: behind a comparison, or in a list.
func isCompared(text []rune, at int, name string) bool {
	if at > len(text) || strings.HasPrefix(name, "$") || strings.HasPrefix(strings.TrimPrefix(string(text[at:]), name), "(") {
		return false
	}
	before := strings.TrimRight(string(text[:at]), " \t\r\n")
	for _, operator := range []string{"==", "!=", ">", "<", ">=", "<=", "[", ",", " " + opIn, " " + opStarts, " " + opEnds, " " + opContains, " matches"} {
		if strings.HasSuffix(before, operator) {
			return true
		}
	}
	return false
}

// meant returns what was probably meant by a name that there is not, or by an equals sign alone.
func meant(message string, known []string) string {
	if message == "unexpected token =" {
		return "=="
	}
	if name, ok := strings.CutPrefix(message, "unknown name "); ok {
		return suggest.Word(name, slices.Concat(known, builtins(), []string{functionCIDR, functionDate}))
	}
	if variable, member, ok := strings.Cut(message, " has no "); ok {
		return suggest.Word(variable+"."+member, known)
	}
	return ""
}

// rewordings are patterns of the library's messages and Tocsin's words for them, applied in their
// order. The first ones show tokens that are no constants; those after them hide all that can be
// one: tokens with a value, what stands in quotation marks, numbers.
func rewordings() [][2]string {
	return [][2]string{
		{`\b(Operator|Bracket|Identifier)\("((?:[^"\\]|\\.)*)"\)`, "$2"},
		{`\b\w+\("(?:[^"\\]|\\.)*"\)`, "..."},
		{"`[^`]*`|'[^']*'|\"[^\"]*\"|\\b\\d[\\w.]*", "..."},
		{`\bEOF\b`, "end"},
		{`\b(float64|int|integer|float)\b`, "number"},
		{`\bstring\b`, "text"},
		{`\binterface \{\}|\bunknown$`, "anything"},
		{`\*?\btime\.Time\b`, "time"},
		{`\btime\.Duration\b`, "duration"},
		{`^invalid operation: (\S+) \(mismatched types (.+) and (.+)\)$`, "$1 stands between $2 and $3"},
		{`^type condition\.(\w+) has no (?:field|method) (.+)$`, "$1 has no $2"},
		{`\bcondition\.\w+`, "an object"},
		{`^type (.+) has no (?:field|method) (.+)$`, "$1 has no $2"},
		{`^expected bool, but got anything$`, "gives anything, not true or false; compare it with something, such as == true"},
		{`^expected bool, but got (.+)$`, "gives $1, not true or false"},
	}
}

// speak puts a message of the library into Tocsin's words and takes the constants out of it.
func speak(message string) string {
	for _, r := range rewordings() {
		message = regexp.MustCompile(r[0]).ReplaceAllString(message, r[1])
	}
	return strings.TrimSpace(message)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// names returns the variables of a condition, with their members.
func names() []string { return namesOf(reflect.TypeFor[variables]()) }

func namesOf(structure reflect.Type) []string {
	var all []string
	for field := range structure.Fields() {
		if field.Anonymous {
			all = append(all, namesOf(field.Type)...)
			continue
		}
		name := field.Tag.Get("expr")
		if name == nameMeter {
			continue
		}
		all = append(all, name)
		if field.Type.Kind() == reflect.Struct {
			for member := range field.Type.Fields() {
				all = append(all, name+"."+member.Tag.Get("expr"))
			}
		}
	}
	return all
}

// longestReason bounds the text of an error at run time, in bytes: parts of the finding can stand
// in it.
const longestReason = 200

func runError(err error) error {
	if errors.Is(err, errCost) {
		return errCost
	}
	message := firstLine(err.Error())
	var place *file.Error
	if errors.As(err, &place) {
		message = placed(place, firstLine(place.Message)).Error()
	}
	if strings.Contains(message, "memory budget exceeded") {
		return errCost
	}
	if len(message) > longestReason {
		message = strings.ToValidUTF8(message[:longestReason], "") + "..."
	}
	return errors.New(message)
}
