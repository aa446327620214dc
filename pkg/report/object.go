package report

import (
	"encoding/json"
	"strconv"

	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
)

// object is a JSON object on its way. A batch has a thousand of them, for which encoding/json would
// take several times as long. Names are those of the log itself, of metrics or of instances, all of
// letters, digits and "_"; texts can be anything.
type object []byte

// name begins a member.
func (o object) name(name string) object {
	if last := o[len(o)-1]; last != '{' {
		o = append(o, ',')
	}
	return append(append(append(o, '"'), name...), `":`...)
}

// text adds a member that is a text.
func (o object) text(name, text string) object { return appendText(o.name(name), text) }

// some adds a text, unless it is empty.
func (o object) some(name, text string) object {
	if text == "" {
		return o
	}
	return o.text(name, text)
}

// number adds a member that is a number.
func (o object) number(name string, n int64) object { return strconv.AppendInt(o.name(name), n, 10) }

// numbers adds a member that is a list of numbers; a list of none is left out.
func (o object) numbers(name string, list []int64) object {
	if len(list) == 0 {
		return o
	}
	o = append(o.name(name), '[')
	for i, n := range list {
		if i > 0 {
			o = append(o, ',')
		}
		o = strconv.AppendInt(o, n, 10)
	}
	return append(o, ']')
}

// end ends an object that is a line.
func (o object) end() object { return append(o, '}', '\n') }

// appendText adds a text as JSON has it. In most there is nothing to be escaped; in the rest nothing may
// reach a terminal that it obeys.
func appendText(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return append(to, encoded(text)...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

// encoded returns any value as JSON. There is none of ours that has no such form.
func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		return []byte("null")
	}
	return findingjson.Escape(text)
}
