package teamstest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

// message returns a body with elements, buttons and what Teams alone reads.
func message(elements, buttons, teams string) string {
	return fmt.Sprintf(`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,`+
		`"content":{"type":"AdaptiveCard","version":"1.4","body":[%s],"actions":[%s],"msteams":{"width":"Full"%s}}}]}`, elements, buttons, teams)
}

const (
	words  = `{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"x"}]}`
	button = `{"type":"Action.OpenUrl","title":"Open","url":"https://example.com/"}`
	ann    = `{"type":"TextBlock","text":"<at>ann</at>"}`
	entity = `{"type":"mention","text":"<at>ann</at>","mentioned":{"id":"ann@example.com","name":"ann"}}`
)

func TestCheck(t *testing.T) {
	for body, want := range map[string]string{
		message(words, button, ""):                   "",
		message(ann, "", `,"entities":[`+entity+`]`): "",
		`{`:                                     "not one card",
		`{"type":"message","attachments":[{}]}`: "no Adaptive Card",
		strings.Replace(message(words, "", ""), "1.4", "1.6", 1): "a version",
		message("", "", ""): "no list of elements",
		message(`{"type":"FactSet","facts":[]}`, "", ""):                                                 "type \"FactSet\"",
		message(`{"type":"Container","items":[]}`, "", ""):                                               "no list of elements",
		message(`{"type":"ColumnSet","columns":[{"type":"Column","items":[{"type":"Image"}]}]}`, "", ""): "type \"Image\"",
		message(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":3}]}`, "", ""):              "without a text",
		message(`{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":""}]}`, "", ""):             "without a text",
		message(`{"type":"TextBlock","text":" "}`, "", ""):                                               "without a text",
		message(`{"type":"Container","style":"red","items":[`+words+`]}`, "", ""):                        "style red",
		message(words, strings.Repeat(button+",", 6)+button, ""):                                         "7 buttons",
		message(words, strings.Replace(button, "https", "http", 1), ""):                                  "no link",
		message(words, `{"type":"Action.Submit","title":"Go"}`, ""):                                      "no link",
		message(ann, "", ""):                                                                   "mention of nobody",
		message(words, "", `,"entities":[`+entity+`]`):                                         "does not stand in the card",
		message(ann, "", `,"entities":[`+entity+`,`+entity+`]`):                                "does not stand in the card",
		message(words, "", `,"width":"Half"`):                                                  "not Full",
		message(strings.Repeat(words+",", 400)+words, "", ""):                                  "MessageSizeExceeded",
		message(strings.Replace(words, `"x"`, `"`+strings.Repeat(`\"`, 8_000)+`"`, 1), "", ""): "MessageSizeExceeded",
	} {
		err := teamstest.Check([]byte(body))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.200s: got %v, want %q", body, err, want)
		}
	}
}

func TestServer(t *testing.T) {
	server := teamstest.New(t)
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
	whole := message(words, button, "")
	for _, test := range []struct{ url, contentType, body, want string }{
		{server.URL(), kind, whole, "202 "},
		{server.URL(), kind, message(words, "", `,"entities":[`+entity+`]`), "202 "}, // the run fails, and nobody is told
		{strings.Replace(server.URL(), "%2F", "/", 1), kind, whole, "AuthorizationFailed"},
		{strings.Replace(server.URL(), "&sig=", "&x=", 1), kind, whole, "DirectApiAuthorizationRequired"},
		{strings.Replace(server.URL(), "workflows", "flows", 1), kind, whole, "WorkflowNotFound"},
		{server.URL(), "text/plain", whole, "InvalidRequestContent"},
		{server.URL(), kind, `{"type":"AdaptiveCard"}`, "TriggerInputSchemaMismatch"},
		{server.URL(), kind, `{"type":"message","attachments":[]}`, "TriggerInputSchemaMismatch"},
	} {
		if got := post(test.url, test.contentType, test.body); !strings.Contains(got, test.want) {
			t.Errorf("%.60s: got %s, want %s", test.body, got, test.want)
		}
	}
	if len(server.Messages()) != 1 || len(server.Failed()) != 1 || len(server.Refused()) != 6 {
		t.Errorf("%d posted, %d failed, %d refused", len(server.Messages()), len(server.Failed()), len(server.Refused()))
	}
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	if got := post(server.URL(), kind, whole); got != "429 " {
		t.Errorf("got %s", got)
	}
}
