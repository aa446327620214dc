package telegramtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/telegram/telegramtest"
)

func TestCheck(t *testing.T) {
	message := func(text, entities string) string {
		return fmt.Sprintf(`{"chat_id":"-1","text":%q,"entities":[%s]}`, text, entities)
	}
	bold := func(offset, length int) string {
		return fmt.Sprintf(`{"type":"bold","offset":%d,"length":%d}`, offset, length)
	}
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(bold(0, 1)+",", n), ",") }
	for body, want := range map[string]string{
		message("x", ""):                                           "",
		message("x", bold(0, 1)):                                   "",
		message(strings.Repeat("é", 4096), ""):                     "",
		message(strings.Repeat("é", 4097), ""):                     "message is too long",
		message(strings.Repeat("🔥", 2048), ""):                     "",
		message(strings.Repeat("🔥", 2049), ""):                     "message is too long",
		message(" \n", ""):                                         "message text is empty",
		message("x", bold(0, 2)):                                   "can't parse entities",
		message("x", bold(-1, 1)):                                  "can't parse entities",
		message("x", bold(0, 0)):                                   "can't parse entities",
		message("🔥", bold(0, 2)):                                   "",
		message("🔥", bold(0, 1)):                                   "can't parse entities",
		message("🔥", bold(1, 1)):                                   "can't parse entities",
		message("x", many(100)):                                    "",
		message("x", many(101)):                                    "can't parse entities",
		message("x", `{"type":"spin","offset":0,"length":1}`):      "can't parse entities",
		message("x", `{"type":"text_link","offset":0,"length":1}`): "can't parse entities",
		message("x", `{"type":"text_link","offset":0,"length":1,"url":"javascript:x"}`):      "can't parse entities",
		message("x", `{"type":"text_link","offset":0,"length":1,"url":"https://a.example"}`): "",
		message("x", `{"type":"text_mention","offset":0,"length":1}`):                        "can't parse entities",
		message("x", `{"type":"text_mention","offset":0,"length":1,"user":{"id":7}}`):        "",
		`{"text":"x","parse_mode":"HTML"}`:                                                   "can't parse entities",
		`{`:                                                                                  "can't parse the request's JSON object",
		"{\"text\":\"\xff\"}":                                                                "strings must be encoded in UTF-8",
	} {
		_, err := telegramtest.Check([]byte(body))
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), ":")
		}
		if got != want {
			t.Errorf("%.80s: got %v, want %q", body, err, want)
		}
	}
}

func TestServer(t *testing.T) {
	server := telegramtest.New(t)
	send := func(path, body string) (status int, description string) {
		t.Helper()
		response, err := http.Post(server.URL()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var a struct {
			OK          bool
			Description string
			Result      struct {
				ID int64 `json:"message_id"`
			}
			Parameters map[string]int64
		}
		if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.OK {
			return response.StatusCode, fmt.Sprint(a.Result.ID)
		}
		for name, value := range a.Parameters {
			a.Description = fmt.Sprint(name, " ", value)
		}
		return response.StatusCode, a.Description
	}
	const method, edit = "/bot" + telegramtest.Token + "/sendMessage", "/bot" + telegramtest.Token + "/editMessageText"
	body := func(more string) string { return `{"chat_id":"` + telegramtest.Chat + `","text":"x"` + more + `}` }
	for i, step := range []struct {
		path, body, want string
		status           int
	}{
		{method, body(""), "1", 200},
		{method, body(`,"reply_parameters":{"message_id":1}`), "2", 200},
		{method, body(`,"reply_parameters":{"message_id":9}`), "Bad Request: message to be replied not found", 400},
		{method, body(`,"reply_parameters":{"message_id":9,"allow_sending_without_reply":true}`), "3", 200},
		{method, body(`,"message_thread_id":42`), "4", 200},
		{method, body(`,"message_thread_id":43`), "Bad Request: message thread not found", 400},
		{method, strings.Replace(body(""), "-100", "-101", 1), "Bad Request: chat not found", 400},
		{method, body(`,"text":""`), "Bad Request: message text is empty", 400},
		{edit, body(`,"message_id":1,"text":"y"`), "1", 200},
		{edit, body(`,"message_id":9`), "Bad Request: message to edit not found", 400},
		{strings.Replace(method, "AAH", "AAX", 1), body(""), "Unauthorized", 401},
		{"/sendMessage", body(""), "Not Found", 404},
		{"/bot" + telegramtest.Token + "/getUpdates", body(""), "Not Found: method not found", 404},
	} {
		if status, got := send(step.path, step.body); status != step.status || got != step.want {
			t.Errorf("step %d: got %d %s, want %d %s", i, status, got, step.status, step.want)
		}
	}
	if _, got := send(edit, body(`,"message_id":1,"text":"y"`)); !strings.HasPrefix(got, "Bad Request: message is not modified") {
		t.Errorf("an edit that changes nothing: got %s", got)
	}
	all := server.Messages()
	if len(all) != 4 || all[0].Edits != 1 || all[0].Message.Text != "y" || all[1].ReplyTo != 1 || all[2].ReplyTo != 0 || len(server.Refused()) != 1 {
		t.Errorf("got %+v", all)
	}
	server.Limit(0)
	if status, got := send(method, body("")); status != 429 || got != "retry_after 7" {
		t.Errorf("got %d %s", status, got)
	}
	server.Migrate("-1005")
	if status, got := send(method, body("")); status != 400 || got != "migrate_to_chat_id -1005" {
		t.Errorf("got %d %s", status, got)
	}
}
