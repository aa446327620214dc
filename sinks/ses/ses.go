// Package ses sends mail through Amazon SES, by its API v2: HTML beside plain text, with all mail
// about one finding in one thread.
//
// The mail is written here, whole: SES's own way of making one has no say in the order of the parts,
// nor in how a subject is encoded.
package ses

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
)

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// From is the sender's address: alerts@example.com or Tocsin <alerts@example.com>.
	From string
	// To are the addresses of the recipients, separated by commas.
	To string
	// ReplyTo are the addresses that an answer goes to; the sender's where it is empty.
	ReplyTo string `split_words:"true"`
	// ConfigurationSet is the name of a configuration set of SES, which says what becomes of bounces
	// and complaints.
	ConfigurationSet string `split_words:"true"`
}

// Sink sends to the same recipients always. It is safe for concurrent use.
type Sink struct {
	client *awssend.Client
	head   letterhead
	set    string
	prefix string
	style  formatter.Style
}

// sendPath is where SendEmail is:
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
const sendPath = "/v2/email/outbound-emails"

// New builds the sink. Each of its errors begins with a setting's name and shows no value.
// Credentials are looked for as by every AWS tool, when the first mail is sent.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	head, err := c.parsed()
	if err != nil {
		return nil, err
	}
	client, err := awssend.New(ctx, awssend.Service{Name: "SES", SDK: "SESv2", Host: "email", Signing: "ses"}, "")
	if err != nil {
		return nil, fmt.Errorf("FROM: %w", err)
	}
	return &Sink{
		client: client, head: head, set: strings.TrimSpace(c.ConfigurationSet), prefix: strings.ToUpper(instance) + "_", style: style,
	}, nil
}

// Notify sends one mail. The MessageId is the proof that SES has taken it; what becomes of it then
// SES says to the configuration set.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	body, err := json.Marshal(s.request(n, s.mailOf(n)))
	if err != nil {
		return notify.Receipt{}, notify.PermanentMessage(fmt.Errorf("mail for SES: %w", err))
	}
	answer, err := s.client.Post(ctx, sendPath, nil, body)
	if err == nil {
		var id string
		if id, err = s.proof(answer); err == nil {
			return notify.Receipt{ID: id}, nil
		}
	}
	return notify.Receipt{}, fmt.Errorf("sending mail through SES: %w", err)
}

// Preview returns the subject and the HTML part of the mail that would be sent.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	m := s.mailOf(n)
	return notify.Preview{Form: notify.FormHTML, Subject: m.subject, Body: []byte(m.html), Sizes: []notify.Size{
		{What: "bytes of the HTML (Gmail hides the rest)", Value: len(m.html), Limit: maxShown},
		{What: "bytes of the mail", Value: len(m.whole), Limit: maxMail},
		{What: "recipients", Value: len(s.head.to), Limit: maxRecipients},
	}}, nil
}
