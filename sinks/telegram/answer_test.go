package telegram_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/telegram"
	"github.com/tocsin-sec/tocsin/sinks/telegram/telegramtest"
)

// answering returns the error of a sink whose Telegram answers in this way.
func answering(t *testing.T, status int, header http.Header, body string) error {
	t.Helper()
	_, err := build(t, sinktest.Answering(t, status, header, body)).Notify(t.Context(), sinktest.First())
	return err
}

func TestErrors(t *testing.T) {
	for kind, descriptions := range map[notify.ErrorKind][]string{
		notify.Broken: {
			"Bad Request: chat not found", "Bad Request: chat_id is empty", "Bad Request: PEER_ID_INVALID",
			"Bad Request: group chat was upgraded to a supergroup chat", "Forbidden: the group chat was deleted", "Bad Request: group chat was deactivated",
			"Bad Request: message thread not found", "Bad Request: TOPIC_CLOSED", "Bad Request: TOPIC_DELETED",
			"Bad Request: not enough rights to send text messages to the chat", "Bad Request: have no rights to send a message",
			"Bad Request: need administrator rights in the channel chat", "Bad Request: CHAT_WRITE_FORBIDDEN", "Bad Request: CHAT_ADMIN_REQUIRED",
			"Bad Request: CHAT_RESTRICTED", "Bad Request: CHANNEL_PRIVATE", "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN",
			"Forbidden: bot was blocked by the user", "Forbidden: bot was kicked from the supergroup chat", "Forbidden: bot is not a member of the channel chat",
			"Forbidden: user is deactivated", "Forbidden: bot can't initiate conversation with a user", "Forbidden: bot can't send messages to bots",
			"Forbidden: bot can't send messages to the user", "Unauthorized",
		},
		notify.Unacceptable: {
			"Bad Request: message text is empty", "Bad Request: text must be non-empty", "Bad Request: message is too long", "Bad Request: MESSAGE_TOO_LONG",
			"Bad Request: can't parse entities: Can't find end of the entity", "Bad Request: ENTITY_MENTION_USER_INVALID", "Bad Request: ENTITIES_TOO_LONG",
			"Bad Request: wrong HTTP URL specified", "Bad Request: strings must be encoded in UTF-8", "Bad Request: what is this",
		},
	} {
		for _, description := range descriptions {
			status := http.StatusBadRequest
			switch {
			case strings.HasPrefix(description, "Forbidden"):
				status = http.StatusForbidden
			case strings.HasPrefix(description, "Unauthorized"):
				status = http.StatusUnauthorized
			}
			body, _ := json.Marshal(map[string]any{"ok": false, "error_code": status, "description": description + " " + telegramtest.Secret})
			err := answering(t, status, nil, string(body))
			if err == nil || notify.KindOf(err) != kind || strings.Contains(err.Error(), telegramtest.Secret) {
				t.Errorf("%s: got a kind of %v, want %v, or the description is shown", description, notify.KindOf(err), kind)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	const accepted notify.ErrorKind = -1
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
	}{
		"proof":                 {200, `{"ok":true,"result":{"message_id":7}}`, accepted},
		"no number":             {200, `{"ok":true,"result":{}}`, notify.Broken},
		"only true":             {200, `{"ok":true,"result":true}`, notify.Broken},
		"a text for a number":   {200, `{"ok":true,"result":{"message_id":"7"}}`, notify.Broken},
		"not ok":                {200, `{"ok":false,"result":{"message_id":7}}`, notify.Broken},
		"proof under 202":       {202, `{"ok":true,"result":{"message_id":7}}`, notify.Broken},
		"a page":                {200, "<html>", notify.Broken},
		"redirect":              {302, "", notify.Broken},
		"wrong token":           {401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, notify.Broken},
		"no bot":                {404, `{"ok":false,"error_code":404,"description":"Not Found"}`, notify.Broken},
		"no Bot API":            {404, "<html>", notify.Broken},
		"unknown under 403":     {403, `{"ok":false,"error_code":403,"description":"Forbidden: what is this"}`, notify.Broken},
		"another bot":           {409, `{"ok":false,"error_code":409,"description":"Conflict"}`, notify.Unacceptable},
		"large":                 {413, "", notify.Unacceptable},
		"limited":               {429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`, notify.Throttled},
		"limited by a page":     {429, "<html>", notify.Throttled},
		"error":                 {500, `{"ok":false,"error_code":500,"description":"Internal Server Error"}`, notify.Transient},
		"down":                  {502, `{"ok":false,"error_code":502,"description":"Bad Gateway"}`, notify.Transient},
		"a sink's error in 5xx": {500, `{"ok":false,"error_code":500,"description":"chat not found"}`, notify.Transient},
		"proof under 400":       {400, `{"ok":true,"result":{"message_id":7}}`, notify.Unacceptable},
	} {
		err := answering(t, test.status, nil, test.body)
		if test.want == accepted {
			if err != nil {
				t.Errorf("%s: got %v", name, err)
			}
		} else if err == nil || notify.KindOf(err) != test.want {
			t.Errorf("%s: got %v (%v), want %v", name, err, notify.KindOf(err), test.want)
		}
	}
}

func TestDelay(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		header http.Header
		want   time.Duration
	}{
		"in the body":     {`{"parameters":{"retry_after":35}}`, nil, 35 * time.Second},
		"in the header":   {`{"parameters":{"retry_after":3}}`, http.Header{"Retry-After": {"4"}}, 4 * time.Second},
		"nowhere":         {"", nil, 0},
		"below":           {`{"parameters":{"retry_after":-1}}`, nil, 0},
		"beyond all time": {`{"parameters":{"retry_after":1e300}}`, nil, 24 * time.Hour},
	} {
		err := answering(t, http.StatusTooManyRequests, test.header, test.body)
		if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, notify.Delay(err), test.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	good := secret.New("123456:AAH-" + value + value)
	for name, test := range map[string]struct {
		config telegram.Config
		want   []string
	}{
		"nothing":         {telegram.Config{}, []string{"BOT_TOKEN: is not set; give the token that @BotFather gave", "CHAT_ID: is not set; give the chat's number"}},
		"no token":        {telegram.Config{BotToken: secret.New(value), ChatId: "-1"}, []string{"BOT_TOKEN: is not the token of a bot"}},
		"bot and token":   {telegram.Config{BotToken: secret.New("bot123456:AAH-" + value + value), ChatId: "-1"}, []string{"BOT_TOKEN: is not the token of a bot"}},
		"token with path": {telegram.Config{BotToken: secret.New("123456:AAH-" + value + "/" + value), ChatId: "-1"}, []string{"BOT_TOKEN: is not the token of a bot"}},
		"no chat":         {telegram.Config{BotToken: good}, []string{"CHAT_ID: is not set"}},
		"a chat's title":  {telegram.Config{BotToken: good, ChatId: value + " alerts"}, []string{"CHAT_ID: is not that of a chat; give the chat's number"}},
		"a link":          {telegram.Config{BotToken: good, ChatId: "https://t.me/" + value}, []string{"CHAT_ID: is not that of a chat"}},
		"nought":          {telegram.Config{BotToken: good, ChatId: "0"}, []string{"CHAT_ID: is not that of a chat"}},
		"topic's name":    {telegram.Config{BotToken: good, ChatId: "-1/" + value}, []string{"CHAT_ID: names a topic that is no number"}},
		"no topic":        {telegram.Config{BotToken: good, ChatId: "-1/"}, []string{"CHAT_ID: names a topic that is no number"}},
		"topic with sign": {telegram.Config{BotToken: good, ChatId: "-1/+42"}, []string{"CHAT_ID: names a topic that is no number"}},
		"all at once": {telegram.Config{BotToken: secret.New(value), ChatId: value, ApiURL: value}, []string{
			"BOT_TOKEN: is not the token", "CHAT_ID: is not that of a chat", "API_URL: is not a URL",
		}},
		"API with a token": {telegram.Config{BotToken: good, ChatId: "-1", ApiURL: "https://api.telegram.org/bot1:" + value}, []string{"API_URL: is more than"}},
		"API with bot":     {telegram.Config{BotToken: good, ChatId: "-1", ApiURL: "https://api.telegram.org/bot/"}, []string{"API_URL: is more than"}},
		"API with a query": {telegram.Config{BotToken: good, ChatId: "-1", ApiURL: "https://api.telegram.org/?" + value}, []string{"API_URL: is more than"}},
		"API by http":      {telegram.Config{BotToken: good, ChatId: "-1", ApiURL: "http://telegram.example.com/" + value}, []string{"API_URL: must begin with https://"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := telegram.New(t.Context(), "oncall", test.config, formatter.Style{})
			sinktest.Mistakes(t, err, test.want, value)
		})
	}
}

func TestGoodSettings(t *testing.T) {
	reference := secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:telegram-AbCdEf")
	for name, config := range map[string]telegram.Config{
		"reference": {BotToken: reference, ChatId: "-1001234567890"}, "person": {BotToken: secret.New(telegramtest.Token), ChatId: "123456789"},
		"channel": {BotToken: reference, ChatId: "@tocsin_alerts"}, "topic": {BotToken: reference, ChatId: "-1001234567890/42"},
		"server of one's own": {BotToken: reference, ChatId: "-1", ApiURL: "https://telegram.example.com:8081/api"},
		"server named bot":    {BotToken: reference, ChatId: "-1", ApiURL: "https://bot.example.com/"},
		"a path with bot":     {BotToken: reference, ChatId: "-1", ApiURL: "https://telegram.example.com/bot-api"},
	} {
		if _, err := telegram.New(t.Context(), "telegram", config, formatter.Style{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
