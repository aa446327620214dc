package slack

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

const jsonType = "application/json; charset=utf-8"

// webhook posts to the one channel that its URL leads to.
type webhook struct {
	client *httpsend.Client
	url    secret.Ref
	// proof says what counts as accepted at an address.
	proof func(address string) proof
	post  slack.Post
	style formatter.Style
}

// Notify posts one message. What proves that it was taken depends on the URL; there is no message
// id.
func (w *webhook) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Slack: %w", err)
	}
	url, err := w.url.Value(ctx)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("the webhook's URL cannot be had: %w", err)
	}
	answer, err := w.client.Post(ctx, httpsend.Request{
		URL: url, ContentType: jsonType, Body: slack.Render(formatter.New(n, w.style), w.post),
	})
	if err == nil {
		err = webhookFault(answer, func() proof { return w.proof(url) })
	}
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Slack: %w", err)
	}
	return notify.Receipt{}, nil
}

// Refresh reads the webhook's URL again where it is a reference.
func (w *webhook) Refresh(ctx context.Context) (changed bool, err error) { return w.url.Refresh(ctx) }

// webhookFault says what an answer means where proofOf gives the proof of acceptance; nil is success. Only
// Slack's own words are shown, since an answer can repeat the request. A 2xx without the proof is
// not posted again: the message may well stand in the channel, and the next answer would be the
// same.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors
func webhookFault(response httpsend.Response, proofOf func() proof) error {
	if response.Status/100 != 2 && response.Status/100 != 4 {
		return httpsend.Fault(response)
	}
	a := readWebhook(response.Body)
	if response.Status == http.StatusOK && a.isOK { // which is proof of every kind
		return nil
	}
	err := fmt.Errorf("status %d", response.Status)
	switch {
	case slices.Contains(refusedByWebhook(), a.word):
		return notify.PermanentMessage(fmt.Errorf("%w: %s", err, a.word))
	case slices.Contains(brokenWebhook(), a.word):
		return notify.PermanentSink(fmt.Errorf("%w: %s", err, a.word))
	case a.word == "rate_limited" || a.word == "ratelimited":
		return notify.RetryAfter(fmt.Errorf("%w: %s", err, a.word), response.Delay())
	case proofOf().isIn(response, a):
		return nil
	case response.Status/100 == 4:
		return httpsend.Fault(response)
	case a.refuses && isWord(a.word):
		return notify.PermanentSink(fmt.Errorf("%w: %s", err, a.word))
	}
	return notify.PermanentSink(fmt.Errorf("%w without Slack's ok (see that the URL is all of a webhook's)", err))
}

// refusedByWebhook lists Slack's words for a message that it will never take.
func refusedByWebhook() []string {
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
