package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

const (
	// publicAPI is where the Web API is, but for GovSlack.
	publicAPI = "https://slack.com/api/"
	// editTimeout bounds the edit of a first message: the next alert waits for it.
	editTimeout = 2 * time.Second
)

// bot posts to one channel as the bot of a Slack app.
type bot struct {
	client *httpsend.Client
	token  secret.Ref
	// api is the Web API's address, which ends in a slash.
	api   string
	post  slack.Post
	style formatter.Style
	// hasButtons says that the messages have buttons that people press.
	hasButtons bool
}

// Notify posts one message: what has become of a finding that stands in this channel, and what somebody did
// about it, goes into the thread of the first message, everything else into the channel. The receipt is that
// of the first message.
func (b *bot) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Slack: %w", err)
	}
	// A receipt from elsewhere is that of a channel, or of a sink, which the instance had before.
	isNext := n.Kind == notify.KindUpdate || n.Kind == notify.KindResolved || n.Kind == notify.KindAction
	if isNext && n.Previous.ID != "" && n.Previous.Place == b.post.Channel {
		receipt, err := b.reply(ctx, n)
		if !errors.Is(err, errNoParent) {
			return receipt, err
		}
	}
	posted, err := b.call(ctx, "chat.postMessage", slack.Render(formatter.New(n, b.style), b.post))
	return posted.receipt(), err
}

// Refresh reads the token again where it is a reference.
func (b *bot) Refresh(ctx context.Context) (changed bool, err error) { return b.token.Refresh(ctx) }

// reply puts an update, the end, or what somebody did into the thread of the first message, and then shows the
// newest state in that one; what somebody did is no state of the finding, and leaves it as it is. errNoParent
// means that the first message is gone, so that nobody sees the thread.
func (b *bot) reply(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	post := b.post
	post.Thread, post.Broadcast = n.Previous.ID, n.Rises()
	posted, err := b.call(ctx, "chat.postMessage", slack.Render(formatter.New(n, b.style), post))
	if err != nil {
		return notify.Receipt{}, err
	}
	if posted.isOutside(n.Previous.ID) {
		return posted.receipt(), nil // and so it is the first message of a new thread
	}
	if n.Kind == notify.KindAction {
		return n.Previous, nil
	}
	if err := b.edit(ctx, n); errors.Is(err, errNoParent) {
		return notify.Receipt{}, err
	}
	return n.Previous, nil
}

// edit brings the first message to the newest state. The thread already holds the news, so that any
// failure but errNoParent may be left at that: the next update makes up for it.
func (b *bot) edit(ctx context.Context, n notify.Notification) error {
	ctx, cancel := context.WithTimeout(ctx, editTimeout)
	defer cancel()
	if n.Kind != notify.KindResolved { // which the first message shows, too
		n.Kind = notify.KindFinding
	}
	n.Changes, n.Minimal = nil, false
	post := slack.Post{Channel: n.Previous.Place, Replaces: n.Previous.ID}
	_, err := b.call(ctx, "chat.update", slack.Render(formatter.New(n, b.style), post))
	return err
}

// call asks one method of the Web API and gives its answer, if that is the proof of acceptance.
func (b *bot) call(ctx context.Context, method string, body []byte) (answer, error) {
	token, err := credential.Read(ctx, b.token, "bot's secret", checkToken)
	if err != nil {
		return answer{}, err //nolint:wrapcheck // it says what is wrong
	}
	response, err := b.client.Post(ctx, httpsend.Request{
		URL: b.api + method, ContentType: jsonType, Body: body, Header: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", method, err)
	}
	a, err := read(response)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", method, err)
	}
	return a, nil
}
