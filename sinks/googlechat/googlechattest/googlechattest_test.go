package googlechattest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
)

func paragraph(text string) string { return `{"textParagraph":{"text":"` + text + `"}}` }

func cards(widgets ...string) string {
	return `{"cardsV2":[{"cardId":"c","card":{"sections":[{"widgets":[` + strings.Join(widgets, ",") + `]}]}}]}`
}

func TestCheck(t *testing.T) {
	const button = `{"text":"Open","onClick":{"openLink":{"url":"https://a.example"}}}`
	many := make([]string, 101)
	for i := range many {
		many[i] = paragraph("x")
	}
	exact := `{"text":"` + strings.Repeat("é", 15_994) + `x"}` // 32,000 bytes
	for body, isGood := range map[string]bool{
		`{"text":"x"}`:                       true,
		exact:                                true,
		strings.Replace(exact, "x", "xx", 1): false,
		cards(paragraph("x")):                true,
		cards(many[:100]...):                 true,
		cards(many...):                       false,
		cards(append(many[:98:98], `{"buttonList":{"buttons":[`+button+`]}}`)...): true,
		cards(append(many[:99:99], `{"buttonList":{"buttons":[`+button+`]}}`)...): false,
		cards(): false, cards(paragraph(" ")): false, cards(`{}`): false, cards(`{"divider":{}}`): false,
		cards(`{"buttonList":{"buttons":[]}}`): false,
		cards(`{"buttonList":{"buttons":[{"text":"Open","onClick":{"openLink":{"url":"javascript:x"}}}]}}`): false,
		`{"cardsV2":[{"card":{"sections":[]}}]}`:                                                            false,
		`{}`:                                                                                                false, `{`: false, `[1]`: false, `{"text":"x"}{}`: false, `{"text":"x","blocks":[]}`: false, `{"text":1}`: false,
		"{\"text\":\"\xff\"}": false,
	} {
		if err := googlechattest.Check([]byte(body)); (err == nil) != isGood {
			t.Errorf("%.100s: got %v", body, err)
		}
	}
}

// post posts and returns the status, the message's name and thread, or the error's status.
func post(t *testing.T, url, body string) (code int, name, thread string) {
	t.Helper()
	response, err := http.Post(url, "application/json; charset=UTF-8", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Name   string
		Thread struct{ Name string }
		Error  struct{ Status string }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer.Name + answer.Error.Status, answer.Thread.Name
}

func TestThreads(t *testing.T) {
	const reply = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
	const body = `{"text":"x","thread":{"threadKey":"k1"}}`
	server := googlechattest.New(t)
	_, first, thread := post(t, server.URL()+reply+"&requestId=r1", body)
	for name, test := range map[string]struct {
		parameters, body string
		isSame, isWithin bool
	}{
		"the same request":   {reply + "&requestId=r1", body, true, true},
		"the next one":       {reply + "&requestId=r2", body, false, true},
		"without the option": {"&requestId=r3", body, false, false},
		"another key":        {reply + "&requestId=r4", strings.Replace(body, "k1", "k2", 1), false, false},
		"without a key":      {reply, `{"text":"x"}`, false, false},
	} {
		code, other, place := post(t, server.URL()+test.parameters, test.body)
		if code != 200 || (other == first) != test.isSame || (place == thread) != test.isWithin {
			t.Errorf("%s: got %d %s in %s", name, code, other, place)
		}
	}
	if len(server.Messages()) != 5 || server.Repeats() != 1 {
		t.Errorf("%d messages, %d repeats", len(server.Messages()), server.Repeats())
	}
}

func TestRefusals(t *testing.T) {
	server := googlechattest.New(t)
	good := server.URL()
	for name, test := range map[string]struct {
		url, body string
		code      int
		status    string
	}{
		"another space":  {strings.Replace(good, "AAAATESTING", "BBBB", 1), `{"text":"x"}`, 404, "NOT_FOUND"},
		"another key":    {strings.Replace(good, "key=", "key=x", 1), `{"text":"x"}`, 400, "INVALID_ARGUMENT"},
		"another token":  {good + "x", `{"text":"x"}`, 403, "PERMISSION_DENIED"},
		"no message":     {good, `{}`, 400, "INVALID_ARGUMENT"},
		"two tokens":     {good + "&token=x", `{"text":"x"}`, 400, "INVALID_ARGUMENT"},
		"another option": {good + "&messageReplyOption=MAYBE", `{"text":"x"}`, 400, "INVALID_ARGUMENT"},
		"a long key":     {good, `{"text":"x","thread":{"threadKey":"` + strings.Repeat("k", 4_001) + `"}}`, 400, "INVALID_ARGUMENT"},
	} {
		if code, status, _ := post(t, test.url, test.body); code != test.code || status != test.status {
			t.Errorf("%s: got %d %s", name, code, status)
		}
	}
	if len(server.Refused()) != 7 || len(server.Messages()) != 0 {
		t.Errorf("%d refused", len(server.Refused()))
	}
	server.SetToken("another")
	if code, _, _ := post(t, good, `{"text":"x"}`); code != 403 {
		t.Errorf("the old token: got %d", code)
	}
	server.Limit(2)
	for i, want := range []int{200, 200, 429} {
		if code, _, _ := post(t, server.URL(), `{"text":"x"}`); code != want {
			t.Errorf("message %d: got %d", i, code)
		}
	}
}
