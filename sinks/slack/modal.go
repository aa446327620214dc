//go:build !lambda.norpc

package slack

import (
	"fmt"
	"slices"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// PreviewAsk returns the modal that Slack opens when somebody presses to mute the finding of n. It is another
// function that opens it, so that the one that sends links none of this.
func (b *bot) PreviewAsk(n notify.Notification) (notify.Preview, error) {
	m := formatter.New(n, b.style)
	at := slices.IndexFunc(m.Acts, func(a formatter.Act) bool { return a.Name == notify.ActMute })
	if at < 0 {
		return notify.Preview{}, nil
	}
	subject, err := action.ReadSubject(m.Acts[at].Value)
	if err != nil {
		return notify.Preview{}, fmt.Errorf("the value of a button: %w", err)
	}
	words, _, _ := interaction.NewWords(m.Lang)
	view, err := words.Mute(interaction.Draft{Subject: subject, From: action.From{Sink: "preview", Place: b.post.Channel}})
	if err != nil {
		return notify.Preview{}, fmt.Errorf("the modal: %w", err)
	}
	return notify.Preview{Form: notify.FormSlack, Body: view}, nil
}
