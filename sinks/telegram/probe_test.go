package telegram_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/telegram/telegramtest"
)

func TestProbe(t *testing.T) {
	const token, chat = "token: ok: that of a bot", "chat: ok: it is there"
	for name, test := range map[string]struct {
		with func(*telegramtest.Server)
		want []string
	}{
		"good":       {func(*telegramtest.Server) {}, []string{token, chat, "membership: ok: may post"}},
		"revoked":    {func(s *telegramtest.Server) { s.SetToken("1:other") }, []string{"token: fault: ask @BotFather"}},
		"left":       {func(s *telegramtest.Server) { s.SetMember("supergroup", "left") }, []string{token, chat, "membership: fault: add it"}},
		"restricted": {func(s *telegramtest.Server) { s.SetMember("group", "restricted") }, []string{token, chat, "membership: fault: let it"}},
		"may send": {
			func(s *telegramtest.Server) { s.SetMember("group", "restricted", "can_send_messages") },
			[]string{token, chat, "membership: ok: may post"},
		},
		"reader": {
			func(s *telegramtest.Server) { s.SetMember("channel", "administrator") },
			[]string{token, chat, "membership: fault: administrator with the right"},
		},
		"writer": {
			func(s *telegramtest.Server) { s.SetMember("channel", "administrator", "can_post_messages") },
			[]string{token, chat, "membership: ok: may post"},
		},
	} {
		server := telegramtest.New(t)
		test.with(server)
		sinktest.Probes(t, build(t, server.URL()), telegramtest.Secret, test.want...)
		if len(server.Messages()) > 0 {
			t.Errorf("%s: a probe has posted a message", name)
		}
	}
	server := telegramtest.New(t)
	sinktest.Probes(t, buildFor(t, server.URL(), "-999/7"), telegramtest.Secret, token, "chat: fault: check CHAT_ID")
	sinktest.Probes(t, buildFor(t, server.URL(), telegramtest.Name+"/42"), telegramtest.Secret, token, chat, "membership: ok: may post")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, "<html>")), telegramtest.Secret, "token: fault: see that API_URL")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusBadGateway, nil, "")), telegramtest.Secret, "token: not known: status 502")
}
