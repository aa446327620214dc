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

// syntaxError says in plain words why text is not JSON.
func (o opener) syntaxError(text []byte, err error) *NoEventError {
	e := &NoEventError{Reason: "the JSON cannot be read", Remedy: o.remedyEvent(), Err: err}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return e
	}
	// Offset counts the bytes read, the offending one included.
	offset := max(int(syntax.Offset)-1, 0)
	switch {
	case int(syntax.Offset) >= len(text) && err.Error() == "unexpected end of JSON input":
		e.Reason, e.Remedy = fmt.Sprintf("the JSON is cut off after %d bytes", len(text)), "give the whole event"
	case isPython(text, offset):
		e.Reason = "this is the text of a Python dict, not JSON"
		e.Remedy = "print it with json.dumps(event, default=str), or convert it: " +
			`python3 -c 'import ast,json,sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))'`
	case strings.HasSuffix(err.Error(), "exceeded max depth"):
		e.Reason = "the JSON is nested too deeply to be read"
	case offset < len(text) && json.Valid(text[:offset]):
		e.Reason = fmt.Sprintf("there is more text after the end of the JSON, from byte %d on", offset+1)
		e.Remedy = "give one event at a time"
	default:
		e.Reason = fmt.Sprintf("not JSON: %v (byte %d)", err, offset+1)
	}
	return e
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
