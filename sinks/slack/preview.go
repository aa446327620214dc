package slack

import (
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Preview returns the body that the webhook would be posted.
func (w *webhook) Preview(n notify.Notification) (notify.Preview, error) {
	return preview(slack.Render(formatter.New(n, w.style), w.post))
}

// Preview returns the body of the first message that the bot would post about n.
func (b *bot) Preview(n notify.Notification) (notify.Preview, error) {
	return preview(slack.Render(formatter.New(n, b.style), b.post))
}

func preview(body []byte) (notify.Preview, error) {
	sizes, err := slack.Sizes(body)
	return notify.Preview{Form: notify.FormSlack, Body: body, Sizes: sizes}, err
}
