package telegramtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// membership is what the bot is in the chat.
type membership struct {
	kind, status string
	rights       []string
}

// SetMember says what sort of chat it is ("supergroup", "channel"), what the bot is in it ("member",
// "left"), and which rights it has: "can_post_messages".
func (s *Server) SetMember(kind, status string, rights ...string) {
	farendtest.Set(s, &s.is, membership{kind, status, rights})
}

// answersQuestion answers a method that changes nothing, and reports whether it is one.
// https://core.telegram.org/bots/api#getchatmember
func (s *Server) answersQuestion(w http.ResponseWriter, method string, body []byte) bool {
	var in struct {
		Chat string `json:"chat_id"`
		User int64  `json:"user_id"`
	}
	_ = json.Unmarshal(body, &in)
	bot, _, _ := strings.Cut(s.token, ":")
	result := map[string]any{}
	switch method {
	case "getMe":
		result["id"], result["is_bot"] = json.Number(bot), true
	case "getChat", "getChatMember":
		switch {
		case in.Chat != Chat && in.Chat != Name:
			fail(w, http.StatusBadRequest, "Bad Request: chat not found", nil)
			return true
		case method == "getChat":
			result["id"], result["type"] = json.Number(Chat), s.is.kind
		case strconv.FormatInt(in.User, 10) != bot:
			fail(w, http.StatusBadRequest, "Bad Request: user not found", nil)
			return true
		default:
			result["status"] = s.is.status
			for _, right := range s.is.rights {
				result[right] = true
			}
		}
	default:
		return false
	}
	farendtest.JSON(w, http.StatusOK, map[string]any{"ok": true, "result": result})
	return true
}
