package telegram

import (
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/telegram"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Traits returns what the sink says of itself. A group takes 20 messages a minute:
// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 0.33, DigestAfter: traits.Readable,
		Mentions: traits.Mentions{Parse: telegram.ParseMention, Forms: "t.me/username, tg://user?id=123456789"},
		Needs:    [][]string{{"BOT_TOKEN", "CHAT_ID"}},
		Placeholders: map[string]string{ //nolint:gosec // they open nothing
			"BOT_TOKEN": "1:preview-preview", "CHAT_ID": "-1001234567890",
		},
	}
}

// Preview returns the body of the first message that the bot would post about n.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	m := formatter.New(n, s.style)
	body := telegram.Render(m, s.posted(n, m))
	sizes, err := telegram.Sizes(body)
	return notify.Preview{Form: notify.FormTelegram, Body: body, Sizes: sizes}, err
}
