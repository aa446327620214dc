package lenient

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// reader decodes a text in one pass, which checks it too.
type reader struct {
	text []byte
	// shared is the text as a string, in the same memory. Names and scalars are parts of it.
	shared  string
	decoder *jsontext.Decoder
	// members and elements are those of the objects and lists that are not at their end yet.
	members  []Member
	elements []Document
}

// typicalMembers is room for the members of an object and of those that it stands in.
const typicalMembers = 32

// Read decodes a text, and reports whether it is one JSON value. What encoding/json accepts is
// accepted: a name may stand twice, and a string may have bytes that are no UTF-8.
//
// What is read shares the memory of text, which nobody may change from then on: to have each event
// in memory twice, as the text that it came as and as the strings of its findings, would take as
// much again as all else that is known of it.
func Read(text []byte) (Document, bool) {
	lenient := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	r := reader{
		text: text, decoder: jsontext.NewDecoder(bytes.NewBuffer(text), lenient...),
		shared:  unsafe.String(unsafe.SliceData(text), len(text)), //nolint:gosec // nobody changes it
		members: make([]Member, 0, min(typicalMembers, len(text)/32)),
	}
	d, err := r.value()
	if err == nil {
		_, err = r.decoder.ReadToken()
	}
	if !errors.Is(err, io.EOF) || d.Kind() == 0 {
		return Document{}, false
	}
	return d, true
}

// value decodes the next value.
func (r *reader) value() (Document, error) {
	kind := r.decoder.PeekKind()
	if kind != '{' && kind != '[' {
		text, err := r.scalar()
		return Document{scalar: text}, err
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return Document{}, err
	}
	start := r.decoder.InputOffset() - 1
	var err error
	parts := &inside{}
	if kind == '{' {
		parts.members, err = r.object()
	} else {
		parts.elements, err = r.list()
	}
	if err != nil {
		return Document{}, err
	}
	_, err = r.decoder.ReadToken()
	end := r.decoder.InputOffset()
	parts.raw = r.text[start:end:end] // what is appended to it changes nothing of the text
	return Document{inside: parts}, err
}

// object decodes the members of an object up to its end.
func (r *reader) object() ([]Member, error) {
	start := len(r.members)
	for r.decoder.PeekKind() != '}' {
		name, err := r.scalar()
		if err != nil {
			return nil, err
		}
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		r.members = append(r.members, Member{decoded(name), value})
	}
	members := slices.Clone(r.members[start:])
	r.members = r.members[:start]
	return members, nil
}

// list decodes the elements of a list up to its end.
func (r *reader) list() ([]Document, error) {
	start := len(r.elements)
	for r.decoder.PeekKind() != ']' {
		element, err := r.value()
		if err != nil {
			return nil, err
		}
		r.elements = append(r.elements, element)
	}
	elements := slices.Clone(r.elements[start:])
	r.elements = r.elements[:start]
	return elements, nil
}

// scalar reads the next value as it stands in the text.
func (r *reader) scalar() (string, error) {
	raw, err := r.decoder.ReadValue()
	end := int(r.decoder.InputOffset())
	return r.shared[end-len(raw) : end], err
}

// decoded returns the text of a JSON string. Without escapes it shares the string's memory.
func decoded(raw string) string {
	if inner := raw[1 : len(raw)-1]; strings.IndexByte(inner, '\\') < 0 && utf8.ValidString(inner) {
		return inner
	}
	return string(unquoted(raw))
}

// unquoted returns the text of a JSON string. What is no UTF-8 in it becomes U+FFFD.
func unquoted(raw string) []byte {
	text, _ := jsontext.AppendUnquote(nil, raw) // it is valid: the error is of bytes that are no UTF-8
	return text
}
