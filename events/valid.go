package events

import "encoding/json"

// valid reports whether a text is one JSON value, as json.Valid does, in a fraction of its time: every event is looked
// at once for each wrapper around it.
func valid(text []byte) bool {
	v := validator{text: text}
	return v.value(0) && v.space() == 0 && v.at == len(text)
}

// outline is a JSON value taken apart: the members of an object, and the elements of the list that the value is or has for
// its Records.
type outline struct {
	members  object
	list     json.RawMessage // as it stands in the text
	elements []json.RawMessage
}

// listAt gives the elements of a list that stands in the value, and whether raw is one.
func (o *outline) listAt(raw json.RawMessage) ([]json.RawMessage, bool) {
	if len(raw) > 0 && len(o.list) > 0 && &o.list[0] == &raw[0] {
		return o.elements, true
	}
	return readList(raw)
}

// outlined takes a text apart and checks it at once, and reports whether it is valid. Else there is no outline.
func outlined(text []byte) (outline, bool) {
	v := validator{text: text, outline: &outline{}}
	if !v.value(0) || v.space() != 0 || v.at != len(text) {
		return outline{}, false
	}
	return *v.outline, true
}

// deepest is how deep encoding/json lets values be nested.
const deepest = 10_000

// validator walks through a text. Each method goes behind what it is named after, and reports whether that is there.
type validator struct {
	text []byte
	at   int
	// outline is filled in on the way, unless it is nil.
	outline *outline
}

// space goes behind white space, and gives the byte that follows, or 0 at the end.
func (v *validator) space() byte {
	for ; v.at < len(v.text); v.at++ {
		switch c := v.text[v.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (v *validator) value(depth int) bool {
	switch c := v.space(); c {
	case '{':
		return depth < deepest && v.object(depth+1)
	case '[':
		return depth < deepest && v.list(depth+1)
	case '"':
		return v.string()
	case 't':
		return v.word("true")
	case 'f':
		return v.word("false")
	case 'n':
		return v.word("null")
	default:
		return v.number()
	}
}

func (v *validator) object(depth int) bool {
	if v.outline == nil || depth > 1 {
		return v.members(depth, nil)
	}
	v.outline.members = make(object, 0, usualNames)
	return v.members(depth, &v.outline.members)
}

// members goes behind an object, and puts its members into taken unless that is nil.
func (v *validator) members(depth int, taken *object) bool {
	v.at++
	if v.space() == '}' {
		v.at++
		return true
	}
	for {
		c, start := v.space(), v.at
		if c != '"' || !v.string() {
			return false
		}
		name := v.text[start:v.at]
		if v.space() != ':' {
			return false
		}
		v.at++
		c, start = v.space(), v.at
		if taken != nil && c == '[' && string(name) == `"Records"` {
			if !v.takenList(depth + 1) {
				return false
			}
		} else if !v.value(depth) {
			return false
		}
		if taken != nil {
			*taken = append(*taken, rawMember{name, v.text[start:v.at]})
		}
		if more, ok := v.next('}'); !more {
			return ok
		}
	}
}

func (v *validator) list(depth int) bool {
	if v.outline == nil || depth > 1 {
		return v.elements(depth, nil)
	}
	return v.takenList(depth)
}

// takenList goes behind a list and takes it apart, in the place of one that was taken apart before it.
func (v *validator) takenList(depth int) bool {
	start, elements := v.at, v.outline.elements[:0]
	if elements == nil {
		elements = []json.RawMessage{}
	}
	if !v.elements(depth, &elements) {
		return false
	}
	v.outline.list, v.outline.elements = v.text[start:v.at], elements
	return true
}

// elements goes behind a list, and puts its elements into taken unless that is nil.
func (v *validator) elements(depth int, taken *[]json.RawMessage) bool {
	v.at++
	if v.space() == ']' {
		v.at++
		return true
	}
	for {
		v.space()
		start := v.at
		if !v.value(depth) {
			return false
		}
		if taken != nil {
			*taken = append(*taken, v.text[start:v.at])
		}
		if more, ok := v.next(']'); !more {
			return ok
		}
	}
}

// next goes behind a comma, after which there is more, or behind the end; ok is false for anything else.
func (v *validator) next(end byte) (more, ok bool) {
	c := v.space()
	v.at++
	return c == ',', c == ',' || c == end
}

func (v *validator) string() bool {
	for v.at++; v.at < len(v.text); v.at++ {
		switch c := v.text[v.at]; {
		case c == '"':
			v.at++
			return true
		case c == '\\':
			if !v.escape() {
				return false
			}
		case c < ' ':
			return false
		}
	}
	return false
}

// escape goes to the last byte of an escape.
func (v *validator) escape() bool {
	v.at++
	if v.at >= len(v.text) {
		return false
	}
	switch v.text[v.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			v.at++
			if v.at >= len(v.text) || !isHex(v.text[v.at]) {
				return false
			}
		}
		return true
	}
	return false
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (v *validator) word(word string) bool {
	end := v.at + len(word)
	if end > len(v.text) || string(v.text[v.at:end]) != word {
		return false
	}
	v.at = end
	return true
}

func (v *validator) number() bool {
	v.sign("-")
	if v.at < len(v.text) && v.text[v.at] == '0' {
		v.at++
	} else if !v.digits() {
		return false
	}
	if v.at < len(v.text) && v.text[v.at] == '.' {
		v.at++
		if !v.digits() {
			return false
		}
	}
	if v.at < len(v.text) && (v.text[v.at] == 'e' || v.text[v.at] == 'E') {
		v.at++
		v.sign("+-")
		return v.digits()
	}
	return true
}

// sign goes behind one of the signs, if there is one.
func (v *validator) sign(signs string) {
	for i := range len(signs) {
		if v.at < len(v.text) && v.text[v.at] == signs[i] {
			v.at++
			return
		}
	}
}

// digits goes behind one digit or more.
func (v *validator) digits() bool {
	start := v.at
	for v.at < len(v.text) && isDigit(v.text[v.at]) {
		v.at++
	}
	return v.at > start
}
