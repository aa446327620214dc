// Package googlechat posts to a space of Google Chat, through an incoming webhook.
//
// All messages about one finding stand in one thread, and a message that is sent again is the one
// that stands there already. A webhook edits nothing.
//
// https://developers.google.com/workspace/chat/quickstart/webhooks
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
package googlechat

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/chat"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

const jsonType = "application/json; charset=UTF-8"

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// WebhookURL is the webhook's URL with its key and its token, which are a secret.
	WebhookURL secret.Ref `split_words:"true"`
}

// Traits returns what the sink says of itself. A space takes 60 messages a minute from all apps and
// webhooks together, of which this is half:
// https://developers.google.com/workspace/chat/limits
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 0.5, DigestAfter: traits.Readable,
		Needs:        [][]string{{"WEBHOOK_URL"}},
		Placeholders: map[string]string{"WEBHOOK_URL": "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=preview&token=preview"},
		Mentions: traits.Mentions{
			Parse: chat.ParseMention, Forms: "<users/all>, <users/123456789012345678901>", Everybody: true,
		},
	}
}

// Sink posts to one space.
type Sink struct {
	client   *httpsend.Client
	url      secret.Ref
	instance string
	style    formatter.Style
}

// New builds the sink. Its error begins with the setting's name and shows no value.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	if !c.WebhookURL.IsSet() {
		return nil, errors.New("WEBHOOK_URL: is not set; give the URL of a webhook: " + whereURL)
	}
	if err := credential.CheckPlain(ctx, c.WebhookURL, checkURL); err != nil {
		return nil, fmt.Errorf("WEBHOOK_URL: %w", err)
	}
	return &Sink{client: httpsend.New(), url: c.WebhookURL, instance: instance, style: style}, nil
}

// Notify posts one message into the thread of its finding. The proof that it was taken is its name.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Google Chat: %w", err)
	}
	url, err := credential.Read(ctx, s.url, "webhook's URL", checkURL)
	if err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	response, err := s.client.Post(ctx, httpsend.Request{
		URL: url + s.parameters(n, url), ContentType: jsonType, Body: s.body(n),
	})
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Google Chat: %w", err)
	}
	receipt, err := read(response)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Google Chat: %w", err)
	}
	return receipt, nil
}

// Refresh reads the webhook's URL again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.url.Refresh(ctx) }

// Preview returns the body that Notify would post.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body := s.body(n)
	sizes, err := chat.Sizes(body)
	return notify.Preview{Form: notify.FormChat, Body: body, Sizes: sizes}, err
}

// body renders the message for the thread of its finding. What is about none has no thread.
func (s *Sink) body(n notify.Notification) []byte {
	thread := ""
	if len(n.Findings) > 0 {
		thread = n.FindingID()
	}
	return chat.Render(formatter.New(n, s.style), thread)
}

// parameters returns what stands behind the webhook's URL: that the message answers in its thread, or
// begins one, and what names the message, so that it stands there once however often it is sent.
// Chat refuses a name that another sender has used, such as a second webhook for the same findings, so
// that the name is made of the webhook as well. What is about no finding has no such name.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
func (s *Sink) parameters(n notify.Notification, url string) string {
	const reply = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
	if len(n.Findings) == 0 {
		return reply
	}
	return reply + "&requestId=" + requestID(n.MessageID(s.instance+"\n"+url))
}

// requestID returns a message's name in the form of a UUID (of version 8, RFC 9562). Google asks for
// no form here, and for that one elsewhere:
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces/create
func requestID(id string) string {
	return id[:8] + "-" + id[8:12] + "-8" + id[13:16] + "-8" + id[17:20] + "-" + id[20:32]
}
