//go:build !lambda.norpc

package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe asks whose the token is, whether the chat is there, and what the bot is in it.
// https://core.telegram.org/bots/api#getme
// https://core.telegram.org/bots/api#getchat
// https://core.telegram.org/bots/api#getchatmember
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const token, chat, member = "token", "chat", "membership"
	secret, err := credential.Read(ctx, s.token, "bot's secret", checkToken)
	if err != nil {
		return []notify.Check{probe.Failed(token, err)}
	}
	if err := s.ask(ctx, question{secret, "getMe", map[string]any{}}, new(struct{})); err != nil {
		return []notify.Check{probe.Failed(token, err)}
	}
	all := []notify.Check{probe.OK(token, "it is that of a bot")}
	var found struct {
		Type string `json:"type"`
	}
	if err := s.ask(ctx, question{secret, "getChat", map[string]any{"chat_id": s.post.Chat}}, &found); err != nil {
		return append(all, probe.Failed(chat, err))
	}
	all = append(all, probe.OK(chat, "it is there"))
	var is membership
	bot, _, _ := strings.Cut(secret, ":")
	user, _ := strconv.ParseInt(bot, 10, 64) // checkToken has seen to it
	if err := s.ask(ctx, question{secret, "getChatMember", map[string]any{"chat_id": s.post.Chat, "user_id": user}}, &is); err != nil {
		return append(all, probe.Failed(member, err))
	}
	if reason := is.fault(found.Type == "channel"); reason != "" {
		return append(all, probe.Fault(member, reason))
	}
	return append(all, probe.OK(member, "the bot may post"))
}

// membership is what a bot is in a chat: https://core.telegram.org/bots/api#chatmember
type membership struct {
	Status  string `json:"status"`
	CanPost bool   `json:"can_post_messages"`
	CanSend bool   `json:"can_send_messages"`
}

// fault says why the bot may not post; "" where it may.
func (m membership) fault(isChannel bool) string {
	switch {
	case m.Status == "left" || m.Status == "kicked":
		return "the bot is not in the chat: add it"
	case m.Status == "restricted" && !m.CanSend:
		return "the bot may not send messages in the chat: let it"
	case isChannel && m.Status != "creator" && (m.Status != "administrator" || !m.CanPost):
		return "the bot may not post in the channel: make it an administrator with the right to post messages"
	}
	return ""
}

// question is a call of a method that changes nothing.
type question struct {
	token, method string
	arguments     map[string]any
}

// ask calls a method, and reads its result into output.
func (s *Sink) ask(ctx context.Context, q question, output any) error {
	body, _ := json.Marshal(q.arguments) // texts and numbers have a JSON form
	response, err := s.client.Post(ctx, httpsend.Request{
		URL: s.api + "/bot" + q.token + "/" + q.method, ContentType: "application/json", Body: body,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", q.method, err)
	}
	var a struct {
		OK     bool            `json:"ok"`
		Result json.RawMessage `json:"result"`
	}
	if response.Status == http.StatusOK && json.Unmarshal(response.Body, &a) == nil && a.OK && json.Unmarshal(a.Result, output) == nil {
		return nil
	}
	if response.Status/100 != 2 {
		_, err := read(response).proof(response)
		return fmt.Errorf("%s: %w", q.method, err)
	}
	return notify.PermanentSink(fmt.Errorf("%s: the answer is not Telegram's (see that API_URL is that of a Bot API)", q.method))
}
