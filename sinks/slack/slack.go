// Package slack tells a Slack channel through an incoming webhook.
//
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Config is what the sink can be told; each field is a variable under the instance's prefix.
type Config struct {
	// WebhookURL is the webhook's URL, which is a secret.
	WebhookURL secret.Ref `split_words:"true"`
	// Username is the name to post under, IconEmoji the icon, such as :rotating_light:. Only legacy
	// webhooks heed them.
	Username  string
	IconEmoji string `split_words:"true"`
}

// Sink is one Slack channel.
type Sink struct {
	client *httpsend.Client
	url    secret.Ref
	post   formatter.SlackPost
	style  formatter.Style
}

// New builds the sink. The error joins one error for each mistake, which begins with the setting's name
// and shows no value.
func New(ctx context.Context, _ string, c Config, style formatter.Style) (*Sink, error) {
	var mistakes []error
	if err := checkWebhook(ctx, c.WebhookURL); err != nil {
		mistakes = append(mistakes, fmt.Errorf("WEBHOOK_URL: %w", err))
	}
	icon := c.IconEmoji
	if icon != "" && (len(icon) < 3 || !strings.HasPrefix(icon, ":") || !strings.HasSuffix(icon, ":")) {
		mistakes = append(mistakes, errors.New("ICON_EMOJI: an emoji's name stands between colons (:rotating_light:)"))
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return &Sink{
		client: httpsend.New(), url: c.WebhookURL, style: style,
		post: formatter.SlackPost{Username: c.Username, IconEmoji: icon},
	}, nil
}

func checkWebhook(ctx context.Context, url secret.Ref) error {
	if !url.IsSet() {
		return errors.New("is not set; give the URL of an incoming webhook")
	}
	if url.IsReference() {
		return nil // it is read at the first message, so that the other sinks can start without it
	}
	value, err := url.Value(ctx)
	if err != nil {
		return err
	}
	return httpsend.CheckURL(value)
}

// Notify posts one message. Slack's "ok" is the proof of acceptance; a webhook gives no message id.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Slack: %w", err)
	}
	url, err := s.url.Value(ctx)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("the webhook's URL cannot be had: %w", err)
	}
	answer, err := s.client.Post(ctx, httpsend.Request{
		URL: url, ContentType: "application/json; charset=utf-8", Body: formatter.Slack(formatter.New(n, s.style), s.post),
	})
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Slack: %w", err)
	}
	if err := fault(answer); err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Slack: %w", err)
	}
	return notify.Receipt{}, nil
}

// Refresh reads the webhook's URL again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.url.Refresh(ctx) }

// fault says what Slack's answer means; nil is success. Only Slack's own words are shown, since an answer
// can repeat the request.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors
func fault(answer httpsend.Response) error {
	word := strings.TrimSpace(string(answer.Body))
	if answer.Status == http.StatusOK && word == "ok" {
		return nil
	}
	if answer.Status/100 != 2 && answer.Status/100 != 4 {
		return httpsend.Fault(answer)
	}
	err := fmt.Errorf("status %d", answer.Status)
	switch {
	case slices.Contains(refusedMessage(), word):
		return notify.PermanentMessage(fmt.Errorf("%w: %s", err, word))
	case slices.Contains(brokenWebhook(), word):
		return notify.PermanentSink(fmt.Errorf("%w: %s", err, word))
	case word == "rate_limited" || word == "ratelimited":
		return notify.RetryAfter(fmt.Errorf("%w: %s", err, word), answer.Delay())
	case answer.Status/100 == 2:
		return fmt.Errorf("%w without Slack's ok", err)
	}
	return httpsend.Fault(answer)
}

// refusedMessage lists Slack's words for a message that it will never take.
func refusedMessage() []string {
	return []string{
		"invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text", "too_many_attachments",
		"msg_blocks_too_long", "msg_too_long",
	}
}

// brokenWebhook lists Slack's words for a webhook that takes nothing any more.
func brokenWebhook() []string {
	return []string{
		"user_not_found", "channel_not_found", "channel_is_archived", "action_prohibited",
		"posting_to_general_channel_denied", "invalid_token", "team_disabled", "no_team", "no_service",
		"no_service_id", "no_active_hooks",
	}
}
