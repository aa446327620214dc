package sns

import (
	"net/url"
	"strconv"
	"strings"

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
type form struct{ strings.Builder }

// newForm returns a request that makes a call about a topic, with room for so many bytes.
func newForm(action, topic string, size int) *form {
	f := new(form)
	f.Grow(size)
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
	if f.Len() > 0 {
		f.WriteByte('&')
	}
	f.WriteString(prefix)
	f.WriteString(name)
	f.WriteByte('=')
	f.WriteString(url.QueryEscape(value))
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
