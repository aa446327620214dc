// Package telegram posts to a chat of Telegram as a bot: a group, a topic of a forum, a channel, or
// one person.
//
// What becomes of a finding answers the first message about it, which is itself brought to the
// newest state.
//
// https://core.telegram.org/bots/api#sendmessage
package telegram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/telegram"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

const (
	// publicAPI is where the Bot API is, but for a server of one's own.
	publicAPI = "https://api.telegram.org"
	// editTimeout bounds the edit of a first message: the next alert waits for it.
	editTimeout = 2 * time.Second
)

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// BotToken is the bot's token, which is a secret.
	BotToken secret.Ref `split_words:"true"`
	// ChatId is the chat's number, or @ and the name of a public one, with "/" and the number of a
	// topic behind it where there is one.
	ChatId string `split_words:"true"` //nolint:revive,staticcheck // envconfig makes CHAT_ID of this spelling alone
	// ApiURL is where the Bot API is; empty means https://api.telegram.org.
	ApiURL string `split_words:"true"` //nolint:revive,staticcheck // as above, API_URL
}

// Sink posts to one chat.
type Sink struct {
	client *httpsend.Client
	token  secret.Ref
	// api is the Bot API's address, without a slash at its end.
	api string
	// chat is what was set.
	chat  string
	post  telegram.Post
	style formatter.Style
}

// New builds the sink, whose messages are in the given style. The error joins one error for each
// mistake, which begins with the setting's name and shows no value.
func New(ctx context.Context, _ string, c Config, style formatter.Style) (*Sink, error) {
	post, err := c.check(ctx)
	if err != nil {
		return nil, err
	}
	return &Sink{
		client: httpsend.New(), token: c.BotToken, api: strings.TrimSuffix(cmp.Or(c.ApiURL, publicAPI), "/"), chat: c.ChatId,
		post: post, style: style,
	}, nil
}

// Refresh reads the token again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.token.Refresh(ctx) }

// Notify posts one message. What has become of a finding that stands in this chat answers the first
// message about it; the receipt is that of the first message.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not posted to Telegram: %w", err)
	}
	token, err := credential.Read(ctx, s.token, "bot's secret", checkToken)
	if err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	here := s.chatOf(token)
	isNext := n.Kind == notify.KindUpdate || n.Kind == notify.KindResolved
	if first, at := here.find(n.Previous); isNext && first > 0 {
		// The first message is brought to the newest state before it is answered: where it is gone,
		// nobody would know what an answer is about.
		if err := s.edit(ctx, at, n, first); !errors.Is(err, errNoMessage) {
			if receipt, err := s.reply(ctx, at, n, first); !errors.Is(err, errNoMessage) {
				return receipt, err
			}
		}
	}
	message := formatter.New(n, s.style)
	return s.call(ctx, here, message, s.posted(n, message))
}

// posted returns how a message is posted: with a sound when people should look up.
func (s *Sink) posted(n notify.Notification, m formatter.Message) telegram.Post {
	post := s.post
	switch n.Kind {
	case notify.KindUpdate:
		post.Silent = !n.Rises() && len(m.Mentions) == 0
	case notify.KindResolved, notify.KindHeartbeat, notify.KindSummary, notify.KindAction:
		post.Silent = true
	default:
	}
	return post
}

// reply answers the first message with what is new; the rest stands there.
func (s *Sink) reply(ctx context.Context, at chat, n notify.Notification, first int64) (notify.Receipt, error) {
	m := formatter.New(n, s.style)
	m.Summary, m.Description, m.Facts, m.Links = "", "", nil, m.Links[:min(len(m.Links), 1)]
	post := s.posted(n, m)
	post.Reply = &telegram.Reply{Message: first, Anyway: true}
	if _, err := s.call(ctx, at, m, post); err != nil {
		return notify.Receipt{}, err
	}
	return n.Previous, nil
}

// edit brings the first message to the newest state. The answer tells the news, so that any failure
// but errNoMessage may be left at that.
func (s *Sink) edit(ctx context.Context, at chat, n notify.Notification, first int64) error {
	ctx, cancel := context.WithTimeout(ctx, editTimeout)
	defer cancel()
	if n.Kind != notify.KindResolved { // which the first message shows, too
		n.Kind = notify.KindFinding
	}
	n.Changes, n.Minimal = nil, false
	m := formatter.New(n, s.style)
	m.Mentions = nil
	_, err := s.call(ctx, at, m, telegram.Post{Chat: s.post.Chat, Replaces: first})
	return err
}

// call posts a message, or edits one, and returns where it stands: its number is the proof of
// acceptance. Where a group has become a supergroup, which has another number, what is new is posted
// to that one.
func (s *Sink) call(ctx context.Context, at chat, m formatter.Message, post telegram.Post) (notify.Receipt, error) {
	method := "sendMessage"
	if post.Replaces != 0 {
		method = "editMessageText"
	}
	if at.moved != "" {
		post.Chat, post.Thread = at.moved, 0
	}
	for isAgain := false; ; isAgain = true {
		response, err := s.client.Post(ctx, httpsend.Request{
			URL: s.api + "/bot" + at.token + "/" + method, ContentType: "application/json", Body: telegram.Render(m, post),
		})
		if err != nil {
			return notify.Receipt{}, fmt.Errorf("%s: %w", method, err)
		}
		a := read(response)
		to := a.Parameters.MigrateTo
		if to == 0 || a.OK || isAgain {
			id, err := a.proof(response)
			if err != nil {
				return notify.Receipt{}, fmt.Errorf("%s: %w", method, err)
			}
			return notify.Receipt{ID: strconv.FormatInt(id, 10), Place: at.place()}, nil
		}
		if post.Replaces != 0 {
			return notify.Receipt{}, fmt.Errorf("%s: %w: it stands in the group that was", method, errNoMessage)
		}
		at.moved = strconv.FormatInt(to, 10)
		post.Chat, post.Thread, post.Reply = at.moved, 0, nil // whose number is another message's there
	}
}
