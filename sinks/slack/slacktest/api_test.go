package slacktest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// caller calls methods of the Web API.
type caller struct {
	testing.TB
	server *slacktest.Server
}

// answer is what the Web API says.
type answer struct {
	OK      bool                  `json:"ok"`
	Error   string                `json:"error"`
	Channel string                `json:"channel"`
	TS      string                `json:"ts"`
	Message struct{ Text string } `json:"message"`
}

const jsonUTF8 = "application/json; charset=utf-8"

func (c caller) send(method, contentType, authorization, body string) (int, answer, string) {
	c.Helper()
	request, err := http.NewRequestWithContext(c.Context(), http.MethodPost, c.server.APIURL()+method, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		c.Fatal(err)
	}
	return response.StatusCode, a, string(text)
}

// call calls a method as the bot does and gives the timestamp, or the error's name.
func (c caller) call(method, fields string) string {
	c.Helper()
	_, a, _ := c.send(method, jsonUTF8, "Bearer "+slacktest.Token, `{"channel":"`+slacktest.Channel+`","text":"x"`+fields+`}`)
	if a.OK {
		return a.TS
	}
	return a.Error
}

func (c caller) want(got, want string) {
	c.Helper()
	if got != want {
		c.Errorf("got %q, want %q", got, want)
	}
}

func TestAPIRefuses(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	const bearer = "Bearer " + slacktest.Token
	good := fmt.Sprintf(`{"channel":%q,"text":"x"}`, slacktest.Channel)
	for name, test := range map[string]struct{ method, contentType, authorization, body, want string }{
		"another method":   {"chat.delete", jsonUTF8, bearer, good, "unknown_method"},
		"a form":           {"chat.postMessage", "application/x-www-form-urlencoded", bearer, good, "invalid_post_type"},
		"no charset":       {"chat.postMessage", "application/json", bearer, good, "invalid_charset"},
		"no token":         {"chat.postMessage", jsonUTF8, "", good, "not_authed"},
		"a bare token":     {"chat.postMessage", jsonUTF8, slacktest.Token, good, "not_authed"},
		"another token":    {"chat.postMessage", jsonUTF8, bearer + "x", good, "invalid_auth"},
		"no JSON":          {"chat.postMessage", jsonUTF8, bearer, "{", "invalid_arguments"},
		"another channel":  {"chat.postMessage", jsonUTF8, bearer, `{"channel":"C0ANOTHER","text":"x"}`, "channel_not_found"},
		"a channel's name": {"chat.postMessage", jsonUTF8, bearer, `{"channel":"#alerts","text":"x"}`, "channel_not_found"},
		"no text":          {"chat.postMessage", jsonUTF8, bearer, `{"channel":"C0TESTING"}`, "no_text"},
		"a bad block":      {"chat.postMessage", jsonUTF8, bearer, `{"channel":"C0TESTING","blocks":[{"type":"wheel"}]}`, "invalid_blocks"},
		"a long update":    {"chat.update", jsonUTF8, bearer, `{"channel":"C0TESTING","ts":"1","text":"` + strings.Repeat("é", 2001) + `"}`, "msg_too_long"},
	} {
		status, a, _ := c.send(test.method, test.contentType, test.authorization, test.body)
		if status != http.StatusOK || a.OK || a.Error != test.want {
			t.Errorf("%s: got status %d and %+v, want %s", name, status, a, test.want)
		}
	}
	if all := c.server.Conversation(); len(all) != 0 {
		t.Errorf("got %+v", all)
	}
}

func TestThreads(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	first := c.call("chat.postMessage", "")
	reply := c.call("chat.postMessage", `,"reply_broadcast":true,"thread_ts":"`+first+`"`)
	c.want(c.call("chat.postMessage", `,"thread_ts":"`+reply+`"`), "cannot_reply_to_message")
	c.want(c.call("chat.postMessage", `,"thread_ts":"1503435956.999999"`), "thread_not_found")
	c.want(c.call("chat.update", `,"ts":"`+first+`"`), first)
	c.want(c.call("chat.update", `,"ts":"1503435956.999999"`), "message_not_found")
	c.want(c.call("chat.update", `,"ts":"`+c.server.Say("hello")+`"`), "cant_update_message")
	all := c.server.Conversation()
	if len(all) != 2 || all[0].Edits != 1 || len(all[0].Replies) != 1 || !all[0].Replies[0].Broadcast || all[1].Edits != 0 {
		t.Errorf("got %+v", all)
	}
}

func TestDeletedMessages(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	c.server.Delete("1503435956.999999")
	lonely, answered := c.call("chat.postMessage", ""), c.call("chat.postMessage", "")
	c.call("chat.postMessage", `,"thread_ts":"`+answered+`"`)
	c.server.Delete(lonely)
	c.server.Delete(answered)
	c.want(c.call("chat.update", `,"ts":"`+lonely+`"`), "message_not_found")
	c.want(c.call("chat.update", `,"ts":"`+answered+`"`), "message_not_found")
	_, _, text := c.send("chat.postMessage", jsonUTF8, "Bearer "+slacktest.Token, `{"channel":"C0TESTING","text":"x","thread_ts":"`+lonely+`"}`)
	if strings.Contains(text, "thread_ts") {
		t.Errorf("an answer to a message without a trace stands in a thread: %s", text)
	}
	c.call("chat.postMessage", `,"thread_ts":"`+answered+`"`)
	all := c.server.Conversation()
	if len(all) != 2 || !all[0].Deleted || len(all[0].Replies) != 2 || len(all[1].Replies) != 0 {
		t.Errorf("got %+v", all)
	}
}

func TestTokens(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	c.server.SetToken("xoxb-2")
	c.want(c.call("chat.postMessage", ""), "token_revoked")
	if _, a, _ := c.send("chat.postMessage", jsonUTF8, "Bearer xoxb-2", `{"channel":"C0TESTING","text":"x"}`); !a.OK || a.Channel != slacktest.Channel {
		t.Errorf("got %+v", a)
	}
}

func TestRate(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	c.server.Limit(2)
	first := c.call("chat.postMessage", "")
	c.call("chat.postMessage", "")
	for range 4 { // some of them may come so late that the channel takes them
		status, a, _ := c.send("chat.postMessage", jsonUTF8, "Bearer "+slacktest.Token, `{"channel":"C0TESTING","text":"x"}`)
		if status == http.StatusTooManyRequests && a.Error == "ratelimited" {
			c.want(c.call("chat.update", `,"ts":"`+first+`"`), first) // edits have a rate of their own
			return
		}
	}
	t.Error("the channel took six messages at once")
}

func TestAnswerIsASCII(t *testing.T) {
	c := caller{t, slacktest.New(t)}
	_, a, text := c.send("chat.postMessage", jsonUTF8, "Bearer "+slacktest.Token, `{"channel":"C0TESTING","text":"é🔥"}`)
	if a.Message.Text != "é🔥" || !strings.Contains(text, `\u00e9\ud83d\udd25`) {
		t.Errorf("got %s", text)
	}
}
