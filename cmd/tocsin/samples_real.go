package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/source"
)

// realWarning is what is said with samples that are not marked.
const realWarning = "tocsin: these findings are not marked as samples: whoever gets them takes them for real ones"

// sampleMark begins the title of a sample of AWS.
const sampleMark = "[SAMPLE]"

// withoutMarks returns an event without what its source marks samples by: a member "sample" that is
// true, in whatever case, the mark at the beginning of a title, and GuardDuty's placeholders. The
// function takes it as it takes a real one.
func withoutMarks(event json.RawMessage) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.UseNumber() // as it is written
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return json.Marshal(unmarked(value))
}

// placeholders returns what takes the place of the names that GuardDuty gives to no resource but
// those of its samples: https://docs.aws.amazon.com/guardduty/latest/ug/sample_findings.html
func placeholders() *strings.Replacer {
	return strings.NewReplacer("i-99999999", "i-0a1b2c3d4e5f60718", "GeneratedFinding", "Example")
}

// unmarkedEvents returns what makes events of types without their marks.
func unmarkedEvents(
	events func(findingType string, o source.SampleOptions) (json.RawMessage, error),
) func(findingType string, o source.SampleOptions) (json.RawMessage, error) {
	return func(findingType string, o source.SampleOptions) (json.RawMessage, error) {
		event, err := events(findingType, o)
		if err != nil {
			return nil, err
		}
		return withoutMarks(event)
	}
}

// unmarked returns a value of JSON without the marks.
func unmarked(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			text, isText := member.(string)
			switch {
			case strings.EqualFold(key, "sample") && member == true:
				delete(v, key)
			case isText && strings.EqualFold(key, "title"):
				v[key] = placeholders().Replace(withoutMark(text))
			default:
				v[key] = unmarked(member)
			}
		}
	case string:
		if inner, err := withoutMarks([]byte(v)); err == nil && strings.HasPrefix(v, "{") { // GuardDuty's additionalInfo.value
			return string(inner)
		}
		return placeholders().Replace(v)
	case []any:
		for i := range v {
			v[i] = unmarked(v[i])
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
