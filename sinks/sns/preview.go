package sns

import (
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// SNS's limits: the subject in characters, message and attributes together in bytes.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99
	maxPublish = 262_144
)

// Preview gives the subject and the text that would be published.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	subject, text := s.texts(n)
	size := len(text)
	for name, value := range attributes(n) {
		size += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	return notify.Preview{Form: notify.FormText, Subject: subject, Body: []byte(text), Sizes: []notify.Size{
		{What: "characters in the subject", Value: len(subject), Limit: maxSubject},
		{What: "bytes of message and attributes", Value: size, Limit: maxPublish},
	}}, nil
}

// texts gives the subject and the message that are published for a notification.
func (s *Sink) texts(n notify.Notification) (subject, message string) {
	m := formatter.New(n, s.style)
	return text.Subject(m), text.Render(m, maxMessage)
}
