//go:build !lambda.norpc

package source

import (
	"bytes"
	"encoding/json"
	"strings"
)

// sampleMark begins the title of a sample of AWS.
const sampleMark = "[SAMPLE]"

// WithoutMarks returns the event of a sample without what marks it as one: a member "sample" that is
// true, in whatever case, and the mark at the beginning of a title. names puts other names in the
// place of those that only samples have; nil changes none. Whoever takes the event takes it for a real one.
func WithoutMarks(event json.RawMessage, names *strings.Replacer) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.UseNumber() // as it is written
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if names == nil {
		names = strings.NewReplacer()
	}
	return json.Marshal(unmarked(value, names))
}

// unmarked returns a value of JSON without the marks.
func unmarked(value any, names *strings.Replacer) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			text, isText := member.(string)
			switch {
			case strings.EqualFold(key, "sample") && member == true:
				delete(v, key)
			case isText && strings.EqualFold(key, "title"):
				v[key] = names.Replace(withoutMark(text))
			default:
				v[key] = unmarked(member, names)
			}
		}
	case string:
		if inner, err := WithoutMarks([]byte(v), names); err == nil && strings.HasPrefix(v, "{") { // JSON in a text
			return string(inner)
		}
		return names.Replace(v)
	case []any:
		for i := range v {
			v[i] = unmarked(v[i], names)
		}
	}
	return value
}

// withoutMark returns a title without the mark of a sample.
func withoutMark(title string) string {
	if len(title) < len(sampleMark) || !strings.EqualFold(title[:len(sampleMark)], sampleMark) {
		return title
	}
	return strings.TrimSpace(title[len(sampleMark):])
}
