package slack

import (
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Traits returns what the sink says of itself. Slack takes one message a second:
// https://docs.slack.dev/apis/web-api/rate-limits/
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 1, DigestAfter: traits.Readable,
		Mentions: traits.Mentions{
			Parse: slack.ParseMention, Forms: "<!channel>, <!here>, <@U012AB3CD>, <!subteam^S012AB3CD>", Everybody: true,
		},
		Answers: []string{"BOT_TOKEN", "SIGNING_SECRET", "CHANNEL", "API_URL"},
		Needs:   [][]string{{"WEBHOOK_URL"}, {"BOT_TOKEN", "CHANNEL"}},
		Placeholders: map[string]string{
			"WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/preview",
			"CHANNEL":     "C0123ABCDEF",
		},
		Pressed: "SIGNING_SECRET", Elsewhere: []string{"SIGNING_SECRET"}, TakesActions: true,
		Makes: []traits.Resource{{Kind: traits.WebhookSecret, Setting: "WEBHOOK_URL"}},
	}
}
