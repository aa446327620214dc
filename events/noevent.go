package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// NoEventError says that a payload, or a record of a batch, holds no event, and repeats neither.
type NoEventError struct {
	// Reason says what is wrong, Remedy what to do about it.
	Reason, Remedy string
	// Err is the cause, where there is one.
	Err error
}

// Error returns reason and remedy in one line.
func (e *NoEventError) Error() string {
	if e.Remedy == "" {
		return "no event: " + e.Reason
	}
	return "no event: " + e.Reason + "; " + e.Remedy
}

// Unwrap returns the cause, such as a *json.SyntaxError.
func (e *NoEventError) Unwrap() error { return e.Err }

// remedyEvent says what to give.
func (o opener) remedyEvent() string {
	remedy := "give an EventBridge event (with detail-type, source and detail)"
	if product := o.example(); product != "" {
		remedy += " or a " + product + " finding"
	}
	return remedy
}

// example returns the product that advice speaks of: the first whose findings need no envelope.
func (o opener) example() string {
	for _, s := range o.table {
		if s.Recognises != nil {
			return s.Product
		}
	}
	return ""
}

// remedyOtherSource says what to send here.
func (o opener) remedyOtherSource() string {
	return "send " + strings.TrimSpace(o.example()+" findings") + " here by an EventBridge rule, a queue or a topic"
}

// syntaxError says in plain words why text is not JSON. It stands in whole, maybe with white space
// around it, by which the place of the mistake is counted.
func (o opener) syntaxError(whole, text []byte, err error) *NoEventError {
	e := &NoEventError{Reason: "the JSON cannot be read", Remedy: o.remedyEvent(), Err: err}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return e
	}
	// Offset counts the bytes read, the offending one included.
	offset := max(int(syntax.Offset)-1, 0)
	place := placeIn(whole, bytes.Index(whole, text)+offset)
	switch {
	case int(syntax.Offset) >= len(text) && err.Error() == "unexpected end of JSON input":
		e.Reason, e.Remedy = fmt.Sprintf("the JSON is cut off after %d bytes", len(text)), "give the whole event"
		if strings.HasPrefix(place, "line") {
			e.Reason = "the JSON is cut off at " + placeIn(whole, bytes.Index(whole, text)+len(text))
		}
	case isYAML(text):
		e.Reason, e.Remedy = "this is YAML, not JSON", "convert it, as with yq -o json"
	case isPython(text, offset):
		e.Reason = "this is the text of a Python dict, not JSON"
		e.Remedy = "print it with json.dumps(event, default=str), or convert it: " +
			`python3 -c 'import ast,json,sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))'`
	case strings.HasSuffix(err.Error(), "exceeded max depth"):
		e.Reason = "the JSON is nested too deeply to be read"
	case offset < len(text) && json.Valid(text[:offset]):
		e.Reason = "there is more text after the end of the JSON, from " + place + " on"
		e.Remedy = "give one event at a time"
	default:
		e.Reason = fmt.Sprintf("not JSON: %v (%s)", err, place)
	}
	return e
}

// placeIn says where a byte of a text is: in a text of one line by its number, which is what a log or
// a queue shows, else by line and column.
func placeIn(text []byte, offset int) string {
	before := text[:min(offset, len(text))]
	if bytes.IndexByte(text, '\n') < 0 {
		return fmt.Sprintf("byte %d", offset+1)
	}
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}

// isYAML reports whether a text is an event in YAML.
func isYAML(text []byte) bool {
	return len(text) > 0 && text[0] != '{' && text[0] != '[' && bytes.Contains(append([]byte("\n"), text...), []byte("\ndetail-type: "))
}

// isPython reports whether JSON ends where Python's notation begins: at a quote or a constant.
func isPython(text []byte, offset int) bool {
	if len(text) == 0 || (text[0] != '{' && text[0] != '[') || offset >= len(text) {
		return false
	}
	rest := text[offset:]
	for _, mark := range []string{"'", "u'", "b'", "True", "False", "None", "datetime.", "Decimal("} {
		if bytes.HasPrefix(rest, []byte(mark)) {
			return true
		}
	}
	return false
}
