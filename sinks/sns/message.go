package sns

import (
	"strconv"

	"github.com/tocsin-sec/tocsin/sinks/internal/attributes"
)

// message is what is published of a notification. A standard topic wants no group and no id.
type message struct {
	subject, text string
	group, id     string
	attributes    []attributes.Attribute
}

// size returns the size in bytes, as SNS counts.
func (m message) size() int {
	size := len(m.subject) + len(m.text)
	for _, a := range m.attributes {
		size += len(a.Name) + len(a.Type) + len(a.Value)
	}
	return size
}

// form is a request in the making, as SNS reads it.
// https://docs.aws.amazon.com/sns/latest/dg/sns-making-api-requests.html
type form struct{ text []byte }

// newForm returns a request that makes a call about a topic, with room for so many bytes.
func newForm(action, topic string, size int) *form {
	f := &form{make([]byte, 0, size)}
	f.set("", "Action", action)
	f.set("", "Version", "2010-03-31")
	f.set("", "TopicArn", topic)
	return f
}

// set adds a value. What is empty is left out.
func (f *form) set(prefix, name, value string) {
	if value == "" {
		return
	}
	if len(f.text) > 0 {
		f.text = append(f.text, '&')
	}
	f.text = append(f.text, prefix...)
	f.text = append(f.text, name...)
	f.text = append(f.text, '=')
	f.escape(value)
}

// escape adds a value as url.QueryEscape writes it, and without a copy of it.
func (f *form) escape(value string) {
	from := 0
	for i := range len(value) {
		c := value[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~' {
			continue
		}
		f.text = append(f.text, value[from:i]...)
		from = i + 1
		if c == ' ' {
			f.text = append(f.text, '+')
			continue
		}
		const digits = "0123456789ABCDEF"
		f.text = append(f.text, '%', digits[c>>4], digits[c&15])
	}
	f.text = append(f.text, value[from:]...)
}

// add adds a message, whose values have names with the prefix.
func (f *form) add(prefix string, m message) {
	f.set(prefix, "Subject", m.subject)
	f.set(prefix, "Message", m.text)
	f.set(prefix, "MessageGroupId", m.group)
	f.set(prefix, "MessageDeduplicationId", m.id)
	for i, a := range m.attributes {
		entry := prefix + "MessageAttributes.entry." + strconv.Itoa(i+1) + "."
		f.set(entry, "Name", a.Name)
		f.set(entry, "Value.DataType", a.Type)
		f.set(entry, "Value.StringValue", a.Value)
	}
}
