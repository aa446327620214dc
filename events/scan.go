package events

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// scanner walks through JSON that has been found valid. So it need not look for mistakes, what it gives
// shares the memory of the text, and a wrapper is taken off without reading what is inside it once more. Of a text
// that is not valid it gives something or nothing, but it always comes to an end.
type scanner struct {
	text []byte
	at   int
	// copied is text once more, when values are decoded: their texts share its memory, and outlive that of text.
	copied string
	// members and values are those of the objects and lists that are not at their end yet.
	members []member
	values  []any
	// room is for what is decoded.
	room struct {
		objects slab[fields]
		members slab[member]
		values  slab[any]
		texts   slab[string]
		numbers slab[json.Number]
	}
}

// left gives how many values are to be expected in the rest of the text, when there is one in so many bytes.
func (s *scanner) left(bytes int) int { return (len(s.text) - s.at) / bytes }

// peek gives the first byte of the next value or mark, or 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

// skip gives the next value as it stands in the text.
func (s *scanner) skip() json.RawMessage {
	first, start, depth := s.peek(), s.at, 0
	if first != '"' && first != '{' && first != '[' {
		for s.at < len(s.text) && !isEnd(s.text[s.at]) {
			s.at++
		}
		return s.text[start:s.at]
	}
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		default:
			s.at++
			continue
		}
		if depth <= 0 {
			break
		}
	}
	return s.text[start:s.at]
}

// isEnd reports whether a byte ends a number or a word.
func isEnd(c byte) bool {
	switch c {
	case ',', ':', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// skipString goes behind the string that begins here.
func (s *scanner) skipString() {
	start := s.at
	for s.at++; ; {
		quote := bytes.IndexByte(s.text[s.at:], '"')
		if quote < 0 {
			s.at = len(s.text)
			return
		}
		s.at += quote + 1
		if !isEscaped(s.text[start : s.at-1]) {
			return
		}
	}
}

// isEscaped reports whether a text ends within an escape: with an odd number of backslashes.
func isEscaped(text []byte) bool {
	end := len(text)
	for end > 0 && text[end-1] == '\\' {
		end--
	}
	return (len(text)-end)%2 == 1
}

// object calls each with the name of every member of the object that begins here, as it stands in the text; each
// takes the value.
func (s *scanner) object(each func(name json.RawMessage)) {
	for s.at++; s.peek() == '"'; {
		each(s.skip())
	}
	s.at++
}

// list calls each before every element of the list that begins here; each takes the element.
func (s *scanner) list(each func()) {
	s.at++
	for c := s.peek(); c != ']' && c != '}' && c != 0; c = s.peek() {
		each()
	}
	s.at++
}

// usualMembers is room for the members of an object and of those that it stands in.
const usualMembers = 24

// value decodes the next value: an object as *fields, a list as []any, a text as *string, a number as *json.Number.
func (s *scanner) value() any {
	switch s.peek() {
	case '{':
		if s.members == nil {
			s.members = make([]member, 0, usualMembers)
		}
		start := len(s.members)
		s.object(func(name json.RawMessage) {
			m := member{name: s.decoded(name)}
			m.value = s.value()
			s.members = append(s.members, m)
		})
		all := fields{allKept(&s.room.members, s.members[start:], s.left(32))}
		s.members = s.members[:start]
		return kept(&s.room.objects, all, s.left(128))
	case '[':
		start := len(s.values)
		s.list(func() { s.values = append(s.values, s.value()) })
		list := allKept(&s.room.values, s.values[start:], s.left(256))
		s.values = s.values[:start]
		return list
	case '"':
		return kept(&s.room.texts, s.decoded(s.skip()), s.left(32))
	}
	switch word := s.skip(); string(word) {
	case "null", "":
		return nil
	case "true":
		return true
	case "false":
		return false
	default:
		return kept(&s.room.numbers, json.Number(s.copied[s.at-len(word):s.at]), s.left(256))
	}
}

// decoded gives the text of the JSON string that was skipped last.
func (s *scanner) decoded(raw json.RawMessage) string {
	if len(raw) >= 2 && isVerbatim(raw[1:len(raw)-1]) {
		return s.copied[s.at-len(raw)+1 : s.at-1]
	}
	return string(unquote(raw))
}

// isVerbatim reports whether the inside of a JSON string is its text: ASCII without escapes.
func isVerbatim(inner []byte) bool {
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unquote gives the text of a JSON string, and any other value as it is. Without escapes it shares the
// string's memory.
func unquote(raw json.RawMessage) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return raw
	}
	inner := raw[1 : len(raw)-1]
	isUTF8 := utf8.Valid(inner)
	if isUTF8 && bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	if text, ok := unescape(inner); ok && isUTF8 {
		return text
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	return []byte(text)
}

// unescape resolves the escapes of one letter, which are all that JSON inside a JSON string has as a rule. It
// reports false for a text with others.
func unescape(inner []byte) ([]byte, bool) {
	text, end := make([]byte, len(inner)), 0
	for at := 0; at < len(inner); at++ {
		c := inner[at]
		if c == '\\' {
			if at++; at == len(inner) {
				return nil, false
			}
			switch c = inner[at]; c {
			case '"', '\\', '/':
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			default:
				return nil, false
			}
		}
		text[end] = c
		end++
	}
	return text[:end], true
}
