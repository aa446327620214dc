//go:build !lambda.norpc

package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe posts a message without a text, which Slack refuses by a word that it has for webhooks that are
// there, and by others for those that are not. Nobody sees anything of it. A workflow would be started,
// and what another receiver does is not known, so that nothing is posted to these.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors
// https://github.com/streaak/keyhacks#slack-webhook
func (w *webhook) Probe(ctx context.Context) []notify.Check {
	const what = "webhook"
	address, err := credential.Read(ctx, w.url, "webhook's URL", httpsend.CheckURL)
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	if w.proof(address) != proofWord {
		return []notify.Check{probe.OK(what, "the URL has the form of one; only a message shows whether it is taken there")}
	}
	response, err := w.client.Post(ctx, httpsend.Request{URL: address, ContentType: jsonType, Body: []byte(`{"text":""}`)})
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	word := readWebhook(response.Body).word
	switch {
	case response.Status/100 == 2: // what it has taken is nothing
		return []notify.Check{probe.Unknown(what, fmt.Sprintf("status %d is no answer to a message without a text", response.Status))}
	case word == "no_text" || word == "missing_text_or_fallback_or_attachments":
		return []notify.Check{probe.OK(what, "it is there; only a message shows whether its channel takes messages")}
	case slices.Contains(brokenWebhook(), word):
		return []notify.Check{probe.Fault(what, fmt.Sprintf("status %d: %s (make a webhook anew, and put its URL in the place of this one)", response.Status, word))}
	}
	return []notify.Check{probe.Failed(what, httpsend.Fault(response))}
}

// Probe asks whose the token is and what it may do, whether the bot may post to the channel, and whether
// Slack finds fault with the form of a message.
func (b *bot) Probe(ctx context.Context) []notify.Check {
	const what = "token"
	token, err := credential.Read(ctx, b.token, "bot's secret", checkToken)
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	a, err := b.ask(ctx, token, "auth.test", nil)
	if err == nil && !a.OK {
		err = refusal(a.Error, a.response)
	}
	if err != nil {
		return []notify.Check{probe.Failed(what, fmt.Errorf("auth.test: %w", err))}
	}
	all := []notify.Check{probe.OK(what, "Slack knows it")}
	if missing := b.missing(a.scopes()); missing != "" {
		all[0] = probe.Fault(what, "the app lacks "+missing+"; add it under OAuth & Permissions, and install the app again")
	} else if scopes := a.scopes(); b.hasButtons && len(scopes) > 0 && !slices.Contains(scopes, "usergroups:read") {
		all[0].Says += "; without the scope usergroups:read ACTIONS_ALLOW lets the people in no user group do anything"
	}
	all = append(all, b.probeChannel(ctx, token, a.scopes()))
	return append(all, b.probeMessage(ctx, token)...)
}

// asked is the answer to a method that changes nothing.
type asked struct {
	OK      bool         `json:"ok"`
	Error   string       `json:"error"`
	Channel conversation `json:"channel"`
	Errors  []struct {
		Pointer string `json:"pointer"`
	} `json:"errors"`

	response httpsend.Response
}

// conversation is a channel: https://docs.slack.dev/reference/objects/conversation-object/
type conversation struct {
	IsArchived bool `json:"is_archived"`
	IsMember   bool `json:"is_member"`
	IsPrivate  bool `json:"is_private"`
	IsDirect   bool `json:"is_im"`
}

// scopes returns what the token may do, as the header of every answer says; nothing where it does not.
// https://docs.slack.dev/authentication/installing-with-oauth#inspecting
func (a asked) scopes() []string {
	isNone := func(r rune) bool { return r == ',' || r == ' ' }
	return strings.FieldsFunc(a.response.Header.Get("X-Oauth-Scopes"), isNone)
}

// ask calls a method with arguments. An answer of Slack's is no error, whatever it says; an error shows
// nothing of it.
func (b *bot) ask(ctx context.Context, token, method string, arguments url.Values) (asked, error) {
	response, err := b.client.Post(ctx, httpsend.Request{
		URL: b.api + method, ContentType: "application/x-www-form-urlencoded", Body: []byte(arguments.Encode()),
		Header: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return asked{}, err
	}
	a := asked{response: response}
	isOwn := json.Unmarshal(response.Body, &a) == nil && (a.OK || isWord(a.Error))
	switch {
	case response.Status/100 != 2 && !isOwn:
		return asked{}, httpsend.Fault(response)
	case !isOwn:
		return asked{}, notify.PermanentSink(fmt.Errorf("status %d is no answer of Slack's (see that API_URL is that of the Web API)", response.Status))
	}
	return a, nil
}

// missing returns the scope that the app lacks of those that it needs, or "".
func (b *bot) missing(scopes []string) string {
	needed := []string{"chat:write"}
	if b.post.Username != "" || b.post.IconEmoji != "" {
		needed = append(needed, "chat:write.customize")
	}
	for _, scope := range needed {
		if len(scopes) > 0 && !slices.Contains(scopes, scope) {
			return scope
		}
	}
	return ""
}

// probeChannel asks whether the bot may post to the channel.
// https://docs.slack.dev/reference/methods/conversations.info/
func (b *bot) probeChannel(ctx context.Context, token string, scopes []string) notify.Check {
	const what = "channel"
	a, err := b.ask(ctx, token, "conversations.info", url.Values{"channel": {b.post.Channel}})
	switch {
	case err != nil:
		return probe.Failed(what, fmt.Errorf("conversations.info: %w", err))
	case a.Error == "missing_scope":
		return probe.Unknown(what, "the app may not look at it; give it channels:read, or groups:read for a private channel, or im:read for "+
			"a conversation with one person, and install it again")
	case !a.OK:
		return probe.Failed(what, fmt.Errorf("conversations.info: %w", refusal(a.Error, a.response)))
	case a.Channel.IsArchived:
		return probe.Fault(what, "it is archived; open it again, or give another in CHANNEL")
	case a.Channel.IsMember || a.Channel.IsDirect:
		return probe.OK(what, "the bot is in it")
	case slices.Contains(scopes, "chat:write.public") && !a.Channel.IsPrivate:
		return probe.OK(what, "the bot is not in it, and may post to public channels")
	}
	return probe.Fault(what, "not_in_channel"+remedy("not_in_channel"))
}

// probeMessage has Slack judge the form of a message, which nobody sees. Where Slack has no such method
// there is nothing to say. https://docs.slack.dev/reference/methods/blocks.validate
func (b *bot) probeMessage(ctx context.Context, token string) []notify.Check {
	const what = "form of a message"
	sample := notify.Notification{Findings: []finding.Finding{{
		Source: "tocsin", ID: "check", Type: "Tocsin:Check/Live", Title: "A finding that is not sent",
		Severity: finding.NewSeverity(8),
	}}}
	if b.hasButtons {
		for _, name := range []string{notify.ActAcknowledge, notify.ActMute, notify.ActArchive} {
			sample.Acts = append(sample.Acts, notify.Act{Name: name, Value: "check"})
		}
	}
	body := slack.Render(formatter.New(sample, b.style), b.post)
	a, err := b.ask(ctx, token, "blocks.validate", url.Values{"message": {string(body)}})
	switch {
	case err != nil:
		return []notify.Check{probe.Failed(what, fmt.Errorf("blocks.validate: %w", err))}
	case a.OK:
		return []notify.Check{probe.OK(what, "Slack finds no fault with it")}
	case a.Error == "unknown_method":
		return nil
	case slices.Contains([]string{"invalid_blocks", "invalid_message"}, a.Error):
		return []notify.Check{probe.Fault(what, fmt.Sprintf("blocks.validate: %s, %d mistakes; see TITLE_TEMPLATE and BODY_TEMPLATE, and report it where they are not set",
			a.Error, len(a.Errors)))}
	}
	return []notify.Check{probe.Unknown(what, "blocks.validate: "+a.Error)}
}
