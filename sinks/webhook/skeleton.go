package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// place is how far the text of a JSON document has got. Two texts that have got to the same place
// can go on in the same way, so that the branches of a template may take turns where they end in
// one place. https://www.rfc-editor.org/rfc/rfc8259
type place struct {
	// open are the brackets that are open, the outermost first.
	open string
	next next
}

// next is what may come next.
type next int

const (
	nextValue    next = iota // a value
	nextElement              // a value, or the end of the list, at its beginning
	nextKey                  // a key
	nextMember               // a key, or the end of the object, at its beginning
	nextColon                // the colon after a key
	nextComma                // a comma, or the end of what is open, after a value
	insideString             // within a value that is a string
	insideKey                // within a key
)

// String says in words what may come next.
func (n next) String() string {
	return [...]string{
		"a value", "a value or ]", "a key in quotation marks", "a key in quotation marks or }", "a colon", "a comma or the end",
		"the rest of a string", "the rest of a key",
	}[n]
}

func (p place) isInString() bool { return p.next == insideString || p.next == insideKey }

// isEnd reports whether a document is complete.
func (p place) isEnd() bool { return p.open == "" && p.next == nextComma }

// valued returns the place after a value.
func (p place) valued() (place, error) {
	if p.next != nextValue && p.next != nextElement {
		return p, fmt.Errorf("a value stands where %s is wanted", p.next)
	}
	return place{p.open, nextComma}, nil
}

// joined returns the place from which a text can go on that has got to either of two; false where
// there is none. After a comma less can follow than at the beginning of a list or an object.
func joined(a, b place) (place, bool) {
	switch {
	case a == b:
		return a, true
	case a.open != b.open:
		return a, false
	}
	for _, pair := range [][2]next{{nextElement, nextValue}, {nextMember, nextKey}} {
		if a.next == pair[0] && b.next == pair[1] || a.next == pair[1] && b.next == pair[0] {
			return place{a.open, pair[1]}, true
		}
	}
	return a, false
}

// read returns the place after more text. An error comes with how many bytes before it are right.
func (p place) read(text string) (after place, at int, err error) {
	for at < len(text) {
		var n int
		if p.isInString() {
			p, n, err = p.readString(text[at:])
			at += n
		} else if p, n, err = p.readToken(text[at:]); err == nil {
			at += n
		}
		if err != nil {
			return p, at, err
		}
	}
	return p, at, nil
}

// readString reads a part of a string, to its end where it has one in the text.
func (p place) readString(text string) (place, int, error) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			if p.next == insideKey {
				return place{p.open, nextColon}, i + 1, nil
			}
			return place{p.open, nextComma}, i + 1, nil
		case c < ' ':
			return p, i, errors.New(`a string holds a line break or a control character; write \n, or end the string`)
		case c == '\\':
			length := 2
			if strings.HasPrefix(text[i:], `\u`) {
				length = 6
			}
			if len(text) < i+length || !json.Valid([]byte(`"`+text[i:i+length]+`"`)) {
				return p, i, errors.New(`a backslash begins nothing that JSON knows; write \\ for one`)
			}
			i += length - 1
		}
	}
	return p, len(text), nil
}

// readToken reads one token outside a string.
func (p place) readToken(text string) (place, int, error) {
	c := text[0]
	switch {
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return p, 1, nil
	case c == '"':
		after, err := p.quoted()
		return after, 1, err
	case c == '{' || c == '[':
		if _, err := p.valued(); err != nil {
			return p, 0, err
		}
		if c == '{' {
			return place{p.open + "{", nextMember}, 1, nil
		}
		return place{p.open + "[", nextElement}, 1, nil
	case c == ':' && p.next == nextColon:
		return place{p.open, nextValue}, 1, nil
	case c == ',' && p.next == nextComma && strings.HasSuffix(p.open, "{"):
		return place{p.open, nextKey}, 1, nil
	case c == ',' && p.next == nextComma && p.open != "":
		return place{p.open, nextValue}, 1, nil
	case c == '}' || c == ']':
		after, err := p.closed(c)
		return after, 1, err
	}
	isWord := func(r rune) bool {
		return strings.ContainsRune("+-.", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	word := text[:len(text)-len(strings.TrimLeftFunc(text, isWord))]
	if word == "" || !json.Valid([]byte(word)) {
		return p, 0, fmt.Errorf("this is no JSON; %s is wanted", p.next)
	}
	after, err := p.valued()
	return after, len(word), err
}

// quoted returns the place after a quotation mark that begins a string.
func (p place) quoted() (place, error) {
	if p.next == nextKey || p.next == nextMember {
		return place{p.open, insideKey}, nil
	}
	if _, err := p.valued(); err != nil {
		return p, fmt.Errorf("a string stands where %s is wanted", p.next)
	}
	return place{p.open, insideString}, nil
}

// closed returns the place after a closing bracket.
func (p place) closed(bracket byte) (place, error) {
	opened, atBeginning := "{", nextMember
	if bracket == ']' {
		opened, atBeginning = "[", nextElement
	}
	if !strings.HasSuffix(p.open, opened) || p.next != nextComma && p.next != atBeginning {
		return p, fmt.Errorf("%c stands where %s is wanted", bracket, p.next)
	}
	return place{strings.TrimSuffix(p.open, opened), nextComma}, nil
}
