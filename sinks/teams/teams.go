// Package teams posts to a channel or a chat of Microsoft Teams, through a webhook of Workflows.
//
// A webhook starts a flow, which posts the card afterwards. That the flow was started is all that
// Teams says: a card that the flow cannot post fails in the flow's own history. There are neither
// threads nor edits, so that each message is a new one.
//
// https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
package teams

import (
	"context"
	"fmt"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/card"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

const jsonType = "application/json; charset=utf-8"

// Config is what can be set; the field is a variable under the instance's prefix.
type Config struct {
	// WebhookURL is the webhook's URL, which is a secret.
	WebhookURL secret.Ref `split_words:"true"`
}

// Traits returns what the sink says of itself. Teams takes four requests a second, and a flow posts
// one card after another:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 1, DigestAfter: traits.Readable,
		Mentions: traits.Mentions{Parse: card.ParseMention, Forms: "<at>ann@example.com</at>"},
		Needs:    [][]string{{"WEBHOOK_URL"}},
		Placeholders: map[string]string{
			"WEBHOOK_URL": "https://preview.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/0/triggers/manual/paths/invoke?sig=preview",
		},
	}
}

// Sink posts to the one place that its webhook's flow leads to.
type Sink struct {
	client *httpsend.Client
	url    secret.Ref
	style  formatter.Style
}

// New builds the sink, whose messages are in the given style. The error begins with the setting's
// name and shows no value.
func New(ctx context.Context, _ string, c Config, style formatter.Style) (*Sink, error) {
	if err := c.check(ctx); err != nil {
		return nil, fmt.Errorf("WEBHOOK_URL: %w", err)
	}
	return &Sink{client: httpsend.New(), url: c.WebhookURL, style: style}, nil
}

// Notify posts one message. The proof is Teams' word that it has started the flow; the receipt holds
// the name of the flow's run, where Teams says it.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Teams: %w", err)
	}
	url, err := credential.Read(ctx, s.url, "webhook's URL", checkURL)
	if err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	answer, err := s.client.Post(ctx, httpsend.Request{URL: url, ContentType: jsonType, Body: s.render(n)})
	if err == nil {
		err = fault(answer)
	}
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Teams: %w", err)
	}
	return notify.Receipt{ID: runOf(answer)}, nil
}

// Refresh reads the webhook's URL again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.url.Refresh(ctx) }

// Notes says what a delivered message of this sink is.
func (s *Sink) Notes(context.Context) []string {
	return []string{"Teams says that it has started the flow, and not whether the flow has posted the card: " +
		"have a sink of another sort beside this one for what must not be lost"}
}

// Preview returns the body that Notify would post.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body := s.render(n)
	sizes, err := card.Sizes(body)
	return notify.Preview{Form: notify.FormTeams, Body: body, Sizes: sizes}, err
}

func (s *Sink) render(n notify.Notification) []byte { return card.Render(formatter.New(n, s.style)) }
