package lenient

import (
	"math"
	"strconv"
	"strings"
)

// Text returns a value as text: that of the named member, or of the first of several that has one,
// or of d itself when no name is given. An object has none; of a list it is the first element's.
// The words "null" and "undefined" are what careless tools write for nothing, so they are nothing.
func (d Document) Text(names ...string) string {
	for _, name := range names {
		if text := d.Get(name).text(); text != "" {
			return text
		}
	}
	if len(names) > 0 {
		return ""
	}
	return d.text()
}

// text returns d itself as text.
func (d Document) text() string {
	switch d.Kind() {
	case 0, 'n', '{':
	case '"':
		if text := decoded(d.scalar); !isNothing(text) {
			return text
		}
	case 't', 'f':
		return d.scalar
	case '[':
		if elements := d.inside.elements; len(elements) > 0 && elements[0].Kind() != '[' {
			return elements[0].text()
		}
	default:
		return numberText(d.scalar)
	}
	return ""
}

// Pick returns the first text that stands at one of the paths; a path has dots.
func (d Document) Pick(paths ...string) string {
	for _, path := range paths {
		if text := d.At(path).text(); text != "" {
			return text
		}
	}
	return ""
}

func isNothing(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || strings.EqualFold(text, "null") || strings.EqualFold(text, "undefined")
}

// numberText returns a whole number without a decimal point ("22" for 22.0), others as they came.
func numberText(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) >= 1<<53 {
		return text
	}
	return strconv.FormatFloat(value, 'f', 0, 64)
}

// Number returns a number, or a text that holds one.
func (d Document) Number() (float64, bool) {
	text := strings.TrimSpace(d.Text())
	if d.isBool() || text == "" {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, false
	}
	return value, true
}

// Integer returns a whole number that is not negative, or 0.
func (d Document) Integer() int {
	value, ok := d.Number()
	if !ok || value < 0 || value > math.MaxInt32 {
		return 0
	}
	return int(value)
}

// isBool reports whether the value is true or false.
func (d Document) isBool() bool { return d.Kind() == 't' || d.Kind() == 'f' }

// boolean returns the value of a bool or of a text that says one, and whether it is one.
func (d Document) boolean() (value, ok bool) {
	text := d.Text()
	if text == "" {
		return false, false // without an error, which would take memory
	}
	value, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
	return value, err == nil
}

// IsTrue reports whether the value is true, or a text that says so.
func (d Document) IsTrue() bool {
	value, ok := d.boolean()
	return value && ok
}

// Flag returns "true" or "false", or "" when the value is neither.
func (d Document) Flag() string {
	value, ok := d.boolean()
	if !ok {
		return ""
	}
	return strconv.FormatBool(value)
}

// Account returns an account id. It has 12 digits: a JSON number has lost its leading zeros.
func (d Document) Account() string {
	if d.isBool() {
		return ""
	}
	text := strings.TrimSpace(d.Text())
	if isNumber := d.Kind() == '-' || '0' <= d.Kind() && d.Kind() <= '9'; isNumber && len(text) < 12 {
		return strings.Repeat("0", 12-len(text)) + text
	}
	return text
}

// Lines returns a text with a line break for each that it holds as a backslash and an n, as texts of
// AWS do that were escaped twice. A text with a path of Windows in it stays as it is.
func Lines(text string) string {
	if strings.Contains(text, `:\`) {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, `\r\n`, "\n"), `\n`, "\n")
}
