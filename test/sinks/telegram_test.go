package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks/telegram/telegramtest"
)

func telegramEnd(t *testing.T) *remote {
	server := telegramtest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: telegramtest.Secret, secret: "TELEGRAM_BOT_TOKEN",
		settings: func(base string) map[string]string {
			return map[string]string{"TELEGRAM_BOT_TOKEN": telegramtest.Token, "TELEGRAM_CHAT_ID": telegramtest.Chat, "TELEGRAM_API_URL": base}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Messages() {
				all = append(all, string(m.Body))
			}
			return all
		},
		throttle: says(http.StatusTooManyRequests,
			`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`),
		wait: time.Second, dead: says(http.StatusForbidden, `{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}`),
		rotate: func() string {
			const renewed = telegramtest.Token + "2"
			server.SetToken(renewed)
			return renewed
		},
		check: func(t testing.TB, message string) {
			m, err := telegramtest.Check([]byte(message))
			if err != nil {
				t.Error(err)
			}
			const joiner = "\u2060" // what the renderer breaks mentions and commands with
			formattertest.CheckText(t, strings.ReplaceAll(m.Text, joiner, ""), len(m.Text))
		},
	}
}
