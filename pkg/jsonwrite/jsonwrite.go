// Package jsonwrite writes JSON objects member by member, for forms of which all is known: in less than half
// the time that encoding/json takes to find out what there is. What is read from either is the same.
package jsonwrite

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// Object is a JSON object in the making. Its methods add members in the order in which they are called; of
// two with one name none is left out. Its zero value is not ready for use.
type Object struct {
	text []byte
	err  error
}

// New returns an object without members, with room for so many bytes.
func New(size int) *Object { return &Object{text: append(make([]byte, 0, max(size, 1)), '{')} }

// Name adds the name of a member, whose value has to follow.
func (o *Object) Name(name string) {
	if o.text[len(o.text)-1] != '{' {
		o.text = append(o.text, ',')
	}
	o.quote(name)
	o.text = append(o.text, ':')
}

// Begin begins a member that is an object: the next ones are its own, until End.
func (o *Object) Begin(name string) {
	o.Name(name)
	o.text = append(o.text, '{')
}

// End ends an object that was begun.
func (o *Object) End() { o.text = append(o.text, '}') }

// Text adds a member that is a text. What is no UTF-8 in it is replaced.
func (o *Object) Text(name, value string) {
	o.Name(name)
	o.quote(value)
}

// Some adds a member that is a text, unless it is empty.
func (o *Object) Some(name, value string) {
	if value != "" {
		o.Text(name, value)
	}
}

// Texts adds a member that is a list of texts, unless it is empty.
func (o *Object) Texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	o.Name(name)
	o.text = append(o.text, '[')
	for i, value := range values {
		if i > 0 {
			o.text = append(o.text, ',')
		}
		o.quote(value)
	}
	o.text = append(o.text, ']')
}

// Int adds a member that is a number.
func (o *Object) Int(name string, n int64) {
	o.Name(name)
	o.text = strconv.AppendInt(o.text, n, 10)
}

// True adds a member that is true where it is so, and else none.
func (o *Object) True(name string, isSo bool) {
	if isSo {
		o.Name(name)
		o.text = append(o.text, "true"...)
	}
}

// Time adds a member that is a time, as time.Time has itself written. One without a form there is an error.
func (o *Object) Time(name string, at time.Time) {
	o.Name(name)
	o.text = append(o.text, '"')
	text, err := at.AppendText(o.text)
	o.keep(err)
	o.text = append(text, '"') //nolint:gocritic // it is the same text
}

// Since adds a member that is a time, unless it is zero.
func (o *Object) Since(name string, at time.Time) {
	if !at.IsZero() {
		o.Time(name, at)
	}
}

// Any adds a member as encoding/json writes it. What has no form there is an error.
func (o *Object) Any(name string, value any) {
	o.Name(name)
	text, err := json.Marshal(value)
	o.keep(err)
	o.text = append(o.text, text...)
}

// Raw adds a member that is JSON already.
func (o *Object) Raw(name, value string) {
	o.Name(name)
	o.text = append(o.text, value...)
}

func (o *Object) keep(err error) {
	if o.err == nil {
		o.err = err
	}
}

// JSON ends the object itself and returns it, or the first error.
func (o *Object) JSON() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(o.text, '}'), nil
}

// quote adds a text with its quotation marks. Most are mostly of what stands as it is.
func (o *Object) quote(text string) {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // with U+FFFD for each byte that is none
	}
	o.text = append(o.text, '"')
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		o.text = append(o.text, text[from:i]...)
		from = i + 1
		if c >= ' ' {
			o.text = append(o.text, '\\', c)
			continue
		}
		const digits = "0123456789abcdef"
		o.text = append(o.text, `\u00`...)
		o.text = append(o.text, digits[c>>4], digits[c&15])
	}
	o.text = append(o.text, text[from:]...)
	o.text = append(o.text, '"')
}
