// Package discord posts to a Discord channel through a webhook.
//
// A webhook can edit what it has posted, and cannot answer it. An edit notifies nobody, so that what
// people should hear of is a message of its own, and everything else brings the last message about a
// finding to the newest state.
//
// https://docs.discord.com/developers/resources/webhook#execute-webhook
package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/discord"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// editTimeout bounds an edit beside a message: the next alert waits for it.
const editTimeout = 2 * time.Second

// Config is what can be set; the field is a variable under the instance's prefix.
type Config struct {
	// WebhookURL is the webhook's URL, which is a secret. With "?thread_id=..." at its end it posts to
	// a thread.
	WebhookURL secret.Ref `split_words:"true"`
}

// Sink posts to the one channel, or thread, that its URL leads to.
type Sink struct {
	client *httpsend.Client
	url    secret.Ref
	style  formatter.Style
}

// New builds the sink, whose messages are in the given style. The error begins with the setting's
// name and shows no value.
func New(ctx context.Context, _ string, c Config, style formatter.Style) (*Sink, error) {
	if !c.WebhookURL.IsSet() {
		return nil, errors.New("WEBHOOK_URL: is not set; give the URL of a webhook " +
			"(in Discord, the channel's settings, Integrations, Webhooks, Copy Webhook URL)")
	}
	if err := credential.CheckPlain(ctx, c.WebhookURL, new(endpoint).parse); err != nil {
		return nil, fmt.Errorf("WEBHOOK_URL: %w", err)
	}
	return &Sink{client: httpsend.New(), url: c.WebhookURL, style: style}, nil
}

// Refresh reads the webhook's URL again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.url.Refresh(ctx) }

// Notify posts a message, or edits the last one about the same finding. The receipt is that of the
// message which the next update is to edit.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Discord: %w", err)
	}
	var to endpoint
	if _, err := credential.Read(ctx, s.url, "webhook's URL", to.parse); err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	receipt, err := s.send(ctx, to, n)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("posting to Discord: %w", err)
	}
	return receipt, nil
}

// send posts what people should hear of, and edits for everything else.
func (s *Sink) send(ctx context.Context, to endpoint, n notify.Notification) (notify.Receipt, error) {
	isNext := n.Kind == notify.KindUpdate || n.Kind == notify.KindResolved
	// A receipt from elsewhere is that of a webhook, or of a sink, which the instance had before.
	if !isNext || n.Previous.Place != to.place() || !isSnowflake(n.Previous.ID) {
		return s.post(ctx, to, n, discord.Post{})
	}
	message := formatter.New(n, s.style)
	switch {
	case n.Kind == notify.KindResolved:
		return s.end(ctx, to, n)
	case n.Rises() || len(message.Mentions) > 0:
		// The message before is brought to the newest state, so that it does not call for work that
		// another one calls for. Whatever becomes of it, the new one tells the news.
		_ = s.refresh(ctx, to, n)
		return s.post(ctx, to, n, discord.Post{})
	}
	receipt, err := s.call(ctx, to, n.Previous.ID, discord.Render(message, discord.Post{}))
	if errors.Is(err, errNoMessage) {
		return s.post(ctx, to, n, discord.Post{})
	}
	return receipt, err
}

// end shows in the message about a finding that it is over, and says so in a short one, which makes
// no sound. Where the message is gone, the whole of it is posted.
func (s *Sink) end(ctx context.Context, to endpoint, n notify.Notification) (notify.Receipt, error) {
	if err := s.refresh(ctx, to, n); errors.Is(err, errNoMessage) {
		return s.post(ctx, to, n, discord.Post{Silent: true})
	}
	short := n
	short.Minimal = true
	if _, err := s.post(ctx, to, short, discord.Post{Silent: true}); err != nil {
		return notify.Receipt{}, err
	}
	return n.Previous, nil
}

// refresh brings the message before to the newest state. A message tells the news, so that any
// failure but errNoMessage may be left at that.
func (s *Sink) refresh(ctx context.Context, to endpoint, n notify.Notification) error {
	ctx, cancel := context.WithTimeout(ctx, editTimeout)
	defer cancel()
	if n.Kind != notify.KindResolved { // which the edited message says, too
		n.Kind = notify.KindFinding
	}
	n.Changes, n.Minimal = nil, false
	message := formatter.New(n, s.style)
	message.Mentions = nil
	_, err := s.call(ctx, to, n.Previous.ID, discord.Render(message, discord.Post{}))
	return err
}

func (s *Sink) post(ctx context.Context, to endpoint, n notify.Notification, post discord.Post) (notify.Receipt, error) {
	return s.call(ctx, to, "", discord.Render(formatter.New(n, s.style), post))
}

// call posts a message, or edits the one of the given id, and returns where it stands: the proof
// that Discord has taken it is its id.
func (s *Sink) call(ctx context.Context, to endpoint, id string, body []byte) (notify.Receipt, error) {
	request := httpsend.Request{URL: to.post(), ContentType: "application/json", Body: body}
	if id != "" {
		request.Method, request.URL = http.MethodPatch, to.edit(id)
	}
	response, err := s.client.Post(ctx, request)
	if err != nil {
		return notify.Receipt{}, err
	}
	got, err := read(response)
	if err != nil {
		return notify.Receipt{}, err
	}
	return notify.Receipt{ID: got, Place: to.place()}, nil
}
