package slacktest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

func section(text string) string {
	return fmt.Sprintf(`{"type":"section","text":{"type":"mrkdwn","text":%q}}`, text)
}

// fields is a section of n fields.
func fields(n int, text string) string {
	field := fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, text)
	return `{"type":"section","fields":[` + strings.Repeat(field+",", n-1) + field + `]}`
}

// contextOf is a context of n elements.
func contextOf(n int) string {
	const element = `{"type":"mrkdwn","text":"x"}`
	return `{"type":"context","elements":[` + strings.Repeat(element+",", n-1) + element + `]}`
}

// row is a row of n buttons, each with an id and an address of its own.
func row(n int, label, address string) string {
	var buttons []string
	for i := range n {
		buttons = append(buttons, fmt.Sprintf(`{"type":"button","text":{"type":"plain_text","text":%q},"action_id":"%d","url":%q}`, label, i, address))
	}
	return `{"blocks":[{"type":"actions","elements":[` + strings.Join(buttons, ",") + `]}]}`
}

// pressed is a row of one button that is pressed.
func pressed(value, style, confirm string) string {
	return fmt.Sprintf(`{"blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"},"action_id":"a",`+
		`"value":%q,"style":%q,"confirm":%s}]}]}`, value, style, confirm)
}

// question is what is asked before a button counts as pressed.
func question(title, text string) string {
	const part = `{"type":"plain_text","text":%q}`
	return fmt.Sprintf(`{"title":`+part+`,"text":`+part+`,"confirm":`+part+`,"deny":`+part+`,"style":"danger"}`, title, text, "Yes", "No")
}

func TestCheck(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for body, want := range map[string]string{
		`{"text":"x"}`: "",
		`{"blocks":[{"type":"header","text":{"type":"plain_text","text":"x"}},{"type":"divider"}]}`: "",
		`{"blocks":[` + section(long(3000)) + `]}`:                                                  "",
		`{"blocks":[{"type":"context","elements":[{"type":"mrkdwn","text":"x"}]}]}`:                 "",
		`{`:                              "invalid_payload",
		`{}`:                             "no_text",
		`[1]`:                            "invalid_payload",
		`{"text":"` + long(40001) + `"}`: "invalid_payload",
		`{"text":"x","attachments":[` + strings.Repeat(`{},`, 100) + `{}]}`:                      "too_many_attachments",
		`{"blocks":[` + section("") + `]}`:                                                       "invalid_blocks",
		`{"blocks":[` + section(long(3001)) + `]}`:                                               "invalid_blocks",
		`{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`:                     "invalid_blocks",
		`{"blocks":[{"type":"header","text":{"type":"plain_text","text":"` + long(151) + `"}}]}`: "invalid_blocks",
		`{"blocks":[{"type":"wheel"}]}`:                                                          "invalid_blocks",
		`{"blocks":[{"type":"section"}]}`:                                                        "invalid_blocks",
		`{"blocks":[` + fields(10, long(1)) + `]}`:                                               "",
		`{"blocks":[` + fields(11, "x") + `]}`:                                                   "invalid_blocks",
		`{"blocks":[` + fields(1, long(2001)) + `]}`:                                             "invalid_blocks",
		`{"blocks":[` + contextOf(10) + `]}`:                                                     "",
		`{"blocks":[` + contextOf(11) + `]}`:                                                     "invalid_blocks",
		`{"blocks":[{"type":"divider"}],"attachments":[{"blocks":[` +
			strings.Repeat(`{"type":"divider"},`, 49) + `{"type":"divider"}]}]}`: "invalid_blocks",
		row(25, long(75), "https://example.com/"):                                                                 "",
		row(26, "x", "https://example.com/"):                                                                      "invalid_blocks",
		row(0, "x", "https://example.com/"):                                                                       "invalid_blocks",
		row(1, long(76), "https://example.com/"):                                                                  "invalid_blocks",
		row(1, "", "https://example.com/"):                                                                        "invalid_blocks",
		row(1, "x", "http://example.com/"):                                                                        "invalid_blocks",
		row(1, "x", "https://example.com/"+long(2981)):                                                            "invalid_blocks",
		pressed(long(2000), "primary", question("Sure?", "It weakens it.")):                                       "",
		pressed(long(2001), "", "null"):                                                                           "invalid_blocks",
		pressed("x", "green", "null"):                                                                             "invalid_blocks",
		pressed("x", "", question(long(101), "x")):                                                                "invalid_blocks",
		pressed("x", "", question("x", long(301))):                                                                "invalid_blocks",
		pressed("x", "", question("x", "")):                                                                       "invalid_blocks",
		strings.Replace(row(2, "x", "https://example.com/"), `"1"`, `"0"`, 1):                                     "invalid_blocks",
		`{"blocks":[{"type":"divider","block_id":"x"},{"type":"divider","block_id":"x"}]}`:                        "invalid_blocks",
		`{"blocks":[{"type":"context","elements":[]}]}`:                                                           "invalid_blocks",
		`{"blocks":[` + strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}]}`:                        "invalid_blocks",
		`{"attachments":[{"blocks":[` + strings.Repeat(section(long(2999))+",", 4) + section(long(2999)) + `]}]}`: "msg_blocks_too_long",
	} {
		err := slacktest.Check([]byte(body))
		word := ""
		if err != nil {
			word, _, _ = strings.Cut(err.Error(), ":")
		}
		if word != want {
			t.Errorf("%.80s: got %v, want %q", body, err, want)
		}
	}
}

func TestServer(t *testing.T) {
	server := slacktest.New(t)
	post := func(url, contentType, body string) string {
		t.Helper()
		answer, err := http.Post(url, contentType, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(answer.StatusCode, " ", string(text))
	}
	const kind = "application/json"
	for _, step := range []struct{ url, contentType, body, want string }{
		{server.URL(), kind, `{"text":"x"}`, "200 ok"},
		{server.URL(), kind, `{}`, "400 no_text"},
		{server.URL(), "text/plain", `{"text":"x"}`, "400 invalid_payload"},
		{server.URL(), kind, `{`, "400 invalid_payload"},
		{server.URL() + "x", kind, `{"text":"x"}`, "404 no_service"},
	} {
		if got := post(step.url, step.contentType, step.body); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
	answer, err := http.Get(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a GET: got status %d, want 400", answer.StatusCode)
	}
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	if got := post(server.URL(), kind, `{"text":"x"}`); got != "502 " {
		t.Errorf("got %q", got)
	}
	if len(server.Messages()) != 1 || len(server.Refused()) != 5 || !strings.Contains(server.URL(), slacktest.Secret) {
		t.Errorf("got %d messages, %d refused", len(server.Messages()), len(server.Refused()))
	}
}
