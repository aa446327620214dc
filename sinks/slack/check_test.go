package slack_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	hook, token := secret.New("https://hooks.slack.com/services/"+value), secret.New("xoxb-1-"+value)
	signing := secret.New("0123456789abcdef" + value)
	for name, test := range map[string]struct {
		config slack.Config
		want   []string
	}{
		"nothing": {slack.Config{}, []string{
			"WEBHOOK_URL: is not set; give the URL of an incoming webhook, or set ONCALL_BOT_TOKEN and ONCALL_CHANNEL to post as a bot",
		}},
		"plain http":        {slack.Config{WebhookURL: secret.New("http://hooks.slack.com/" + value)}, []string{"WEBHOOK_URL: must begin with https://"}},
		"not a URL":         {slack.Config{WebhookURL: secret.New(value)}, []string{"WEBHOOK_URL: is not a URL"}},
		"two mistakes":      {slack.Config{IconEmoji: "bell"}, []string{"WEBHOOK_URL: is not set", "ICON_EMOJI: an emoji's name"}},
		"with spaces":       {slack.Config{WebhookURL: secret.New("https://hooks.slack.com/ " + value)}, []string{"WEBHOOK_URL: holds characters"}},
		"webhook and bot":   {slack.Config{WebhookURL: hook, BotToken: token, Channel: "C0123ABCD"}, []string{"BOT_TOKEN: stands beside ONCALL_WEBHOOK_URL; remove one"}},
		"hook, channel":     {slack.Config{WebhookURL: hook, Channel: "C0123ABCD"}, []string{"CHANNEL: is a bot's setting"}},
		"hook, API":         {slack.Config{WebhookURL: hook, ApiURL: "https://slack.com/api/"}, []string{"API_URL: is a bot's setting"}},
		"no channel":        {slack.Config{BotToken: token}, []string{"CHANNEL: is not set; give the channel's id, such as C0123ABCD"}},
		"no token":          {slack.Config{Channel: "C0123ABCD"}, []string{"BOT_TOKEN: is not set; a bot needs its token (xoxb-...) beside ONCALL_CHANNEL"}},
		"API alone":         {slack.Config{ApiURL: "https://slack.com/api/"}, []string{"BOT_TOKEN: is not set", "CHANNEL: is not set"}},
		"channel's name":    {slack.Config{BotToken: token, Channel: "#alerts"}, []string{"CHANNEL: is not a channel's id (a name can change hands); give the channel's id"}},
		"name without hash": {slack.Config{BotToken: token, Channel: "CHANNEL-1"}, []string{"CHANNEL: is not a channel's id"}},
		"short":             {slack.Config{BotToken: token, Channel: "C0123"}, []string{"CHANNEL: is not a channel's id"}},
		"person":            {slack.Config{BotToken: token, Channel: "U0123ABCD"}, []string{"CHANNEL: is not a channel's id"}},
		"user's token":      {slack.Config{BotToken: secret.New("xoxp-1-" + value), Channel: "C0123ABCD"}, []string{"BOT_TOKEN: is not the token of a bot, which begins with xoxb-"}},
		"no token at all":   {slack.Config{BotToken: secret.New("xoxb-"), Channel: "C0123ABCD"}, []string{"BOT_TOKEN: is not the token"}},
		"token and more":    {slack.Config{BotToken: secret.New("xoxb-1\r\nX: " + value), Channel: "C0123ABCD"}, []string{"BOT_TOKEN: is not the token"}},
		"hook, buttons":     {slack.Config{WebhookURL: hook, SigningSecret: signing}, []string{"SIGNING_SECRET: gives messages buttons, which a webhook's cannot have; remove it, or set ONCALL_BOT_TOKEN"}},
		"buttons alone":     {slack.Config{SigningSecret: signing}, []string{"BOT_TOKEN: is not set; a bot needs its token", "CHANNEL: is not set"}},
		"a token for the signing secret": {slack.Config{BotToken: token, Channel: "C0123ABCD", SigningSecret: token}, []string{
			"SIGNING_SECRET: is not the signing secret of an app, which is one word of letters and digits (in the app's settings, Basic Information",
		}},
		"API by http": {slack.Config{BotToken: token, Channel: "C0123ABCD", ApiURL: "http://slack.com/" + value}, []string{
			"API_URL: must begin with https://",
		}},
		"all at once": {slack.Config{BotToken: secret.New(value), Channel: value, ApiURL: value, IconEmoji: value}, []string{
			"BOT_TOKEN: is not the token", "CHANNEL: is not a channel's id", "API_URL: is not a URL", "ICON_EMOJI: an emoji's name",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := slack.New(t.Context(), "oncall", test.config, formatter.Style{})
			sinktest.Mistakes(t, err, test.want, value)
		})
	}
}

func TestGoodSettings(t *testing.T) {
	reference := secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf")
	for name, config := range map[string]slack.Config{
		"webhook in a secret": {WebhookURL: reference},
		"bot in a secret":     {BotToken: reference, Channel: "G0123ABCD"},
		"bot":                 {BotToken: secret.New(slacktest.Token), Channel: "C0123ABCDEF", Username: "GuardDuty", IconEmoji: ":bell:"},
		"bot with buttons":    {BotToken: reference, Channel: "C0123ABCD", SigningSecret: reference},
		"bot, plain secrets":  {BotToken: secret.New(slacktest.Token), Channel: "C0123ABCD", SigningSecret: secret.New("8f742231b10e8888abcd99efefe85a51")},
		"bot of GovSlack":     {BotToken: secret.New(slacktest.Token), Channel: "D0123ABCD", ApiURL: "https://slack-gov.com/api"},
	} {
		if _, err := slack.New(t.Context(), "slack", config, formatter.Style{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
