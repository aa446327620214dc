package discord

import (
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/discord"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Traits returns what the sink says of itself. Discord documents no limit of a webhook, and says in
// each answer what is left of it; what people have seen is 30 messages a minute for a channel:
// https://docs.discord.com/developers/topics/rate-limits
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 0.5, DigestAfter: traits.Readable,
		Mentions: traits.Mentions{
			Parse: discord.ParseMention, Forms: "<@80351110224678912>, <@&165511591545143296>", Everybody: true,
		},
		Needs:        [][]string{{"WEBHOOK_URL"}},
		Placeholders: map[string]string{"WEBHOOK_URL": "https://discord.com/api/webhooks/1/preview"},
	}
}

// Preview returns the body of the first message that the webhook would be posted about n.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body := discord.Render(formatter.New(n, s.style), discord.Post{})
	sizes, err := discord.Sizes(body)
	return notify.Preview{Form: notify.FormDiscord, Body: body, Sizes: sizes}, err
}
