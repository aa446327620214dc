// Package slack posts to a Slack channel, through an incoming webhook or as a bot.
//
// A webhook posts, and that is all. A bot puts what becomes of a finding, and what people do about it, into the
// thread of its first message, and keeps that message at the newest state. Its messages can have buttons, which
// another function answers.
//
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
// https://docs.slack.dev/reference/methods/chat.postMessage/
package slack

import (
	"cmp"
	"context"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Config is what can be set; each field is a variable under the instance's prefix. Either
// WebhookURL is set, or BotToken and Channel are.
type Config struct {
	// WebhookURL is the webhook's URL, which is a secret.
	WebhookURL secret.Ref `split_words:"true"`
	// BotToken is a bot's token ("xoxb-..."), which is a secret.
	BotToken secret.Ref `split_words:"true"`
	// Channel is the id of the channel that the bot posts to.
	Channel string
	// SigningSecret is what Slack signs by that a button was pressed, which is a secret. That it is set gives the
	// bot's messages buttons; the function that answers them reads it, and this sink never does.
	SigningSecret secret.Ref `split_words:"true"`
	// Username is the name to post under, IconEmoji the icon, such as :rotating_light:. Only legacy
	// webhooks heed them, and bots with the scope chat:write.customize.
	Username  string
	IconEmoji string `split_words:"true"`
	// ApiURL is where the Web API is; empty means https://slack.com/api/.
	ApiURL string `split_words:"true"` //nolint:revive,staticcheck // envconfig makes API_URL of this spelling alone
}

// New builds the sink: one channel, to which a webhook or a bot posts in the given style. The error
// joins one error for each mistake, which begins with the setting's name and shows no value.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (notify.Refresher, error) {
	if err := c.check(ctx, strings.ToUpper(instance)+"_"); err != nil {
		return nil, err
	}
	style = style.WithParts()
	post := slack.Post{Username: c.Username, IconEmoji: c.IconEmoji}
	if c.WebhookURL.IsSet() {
		return &webhook{client: httpsend.New(), url: c.WebhookURL, proof: proofAt, post: post, style: style}, nil
	}
	post.Channel = c.Channel
	if c.SigningSecret.IsSet() {
		style = style.WithActs()
	}
	api := strings.TrimSuffix(cmp.Or(c.ApiURL, publicAPI), "/") + "/"
	return &bot{
		client: httpsend.New(), token: c.BotToken, api: api, post: post, style: style, hasButtons: c.SigningSecret.IsSet(),
	}, nil
}
