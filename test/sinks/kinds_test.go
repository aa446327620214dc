package sinks_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
	"github.com/tocsin-sec/tocsin/sinks/sqs/sqstest"
	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

// kind is a type of sink, by what SINKS calls it, in one of the ways to set it up.
type kind struct {
	// label is what the table calls it, name what SINKS does.
	label, name string
	// open starts the far end of an instance.
	open func(t *testing.T) *remote
	// expect holds what is seen in the rows where it is not what is seen of every sink.
	expect map[string]string
}

// remote is the far end of an instance.
type remote struct {
	// handler answers as the far end does; nil where it is no server.
	handler http.Handler
	// settings returns the variables of an instance that sends to a far end at the base URL. AWS's own
	// (AWS_ENDPOINT_URL_SNS) become variables of the process.
	settings func(base string) map[string]string
	// arrived returns the messages that stand there, refused why others were refused. It is asked after
	// each invocation.
	arrived func() []string
	refused func() []error
	// throttle asks for less, in the far end's own words, and for wait until the next request; dead is
	// what it answers when there is nothing any more to send to.
	throttle, dead http.HandlerFunc
	wait           time.Duration
	// secret is a variable that can refer to a secret, "" where there is none. rotate replaces what it
	// stands for and returns the new value; nil where the secret is the address.
	secret string
	rotate func() string
	// hidden is a part of the secret that must not show.
	hidden string
	// check holds a message against what keeps its text inert.
	check func(t testing.TB, message string)
}

// kinds returns the types of sink with their far ends. For a new type, add a function like those below
// and its line here.
func kinds() []kind {
	// Where a message has no name, the far end has it twice when its answer was lost.
	twice := func(more ...string) map[string]string {
		all := map[string]string{rowCut: "delivered: 2 messages by 2 requests"}
		for i := 0; i+1 < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	// A bot answers in the thread, and brings the first message to the newest state.
	const answered = "delivered: 2 messages by 2 requests"
	return []kind{
		{"slack", "slack", slackEnd, twice()},
		{"slack, a bot", "slack", botEnd, twice(rowUpdate, answered, rowOver, answered)},
		{"sns", "sns", snsEnd, twice()},
		{"teams", "teams", teamsEnd, twice()},
		{"sqs", "sqs", sqsEnd("findings"), twice()},
		{"sqs, FIFO", "sqs", sqsEnd("findings.fifo"), nil},
		{"webhook", "webhook", webhookEnd, nil},
		{"googlechat", "googlechat", chatEnd, nil},
		{"console", local, consoleEnd, map[string]string{rowThrottled: never, rowDead: never, rowCut: never}},
	}
}

// asks returns an answer of status 429 whose header asks for a second.
func asks(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, body)
	}
}

// says returns an answer of a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// moved returns an address with another base.
func moved(address, base string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return base + strings.TrimPrefix(address, u.Scheme+"://"+u.Host)
}

// texts returns bodies as texts.
func texts(bodies []json.RawMessage) []string {
	var all []string
	for _, body := range bodies {
		all = append(all, string(body))
	}
	return all
}

func slackEnd(t *testing.T) *remote {
	server := slacktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: slacktest.Secret, secret: "SLACK_WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"SLACK_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived:  func() []string { return texts(server.Messages()) },
		throttle: asks("rate_limited"), wait: time.Second, dead: says(http.StatusNotFound, "no_service"),
		check: func(t testing.TB, message string) { formattertest.CheckSlack(t, []byte(message)) },
	}
}

// botEnd is the Web API. What stands there is a channel with its threads.
func botEnd(t *testing.T) *remote {
	server := slacktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: slacktest.Secret, secret: "SLACK_BOT_TOKEN",
		settings: func(base string) map[string]string {
			return map[string]string{
				"SLACK_BOT_TOKEN": slacktest.Token, "SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": moved(server.APIURL(), base),
			}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Conversation() {
				all = append(all, string(m.Body))
				for _, answer := range m.Replies {
					all = append(all, string(answer.Body))
				}
			}
			return all
		},
		throttle: asks(`{"ok":false,"error":"ratelimited"}`), wait: time.Second,
		dead: says(http.StatusOK, `{"ok":false,"error":"channel_not_found"}`),
		rotate: func() string {
			const renewed = slacktest.Token + "-2"
			server.SetToken(renewed)
			return renewed
		},
		check: func(t testing.TB, message string) { formattertest.CheckSlack(t, []byte(message)) },
	}
}

func teamsEnd(t *testing.T) *remote {
	server := teamstest.New(t)
	return &remote{
		handler: server, hidden: teamstest.Secret, secret: "TEAMS_WEBHOOK_URL",
		refused: func() []error { return append(server.Refused(), server.Failed()...) },
		settings: func(base string) map[string]string {
			return map[string]string{"TEAMS_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived:  func() []string { return texts(server.Messages()) },
		throttle: asks(""), wait: time.Second, dead: says(http.StatusNotFound, `{"error":{"code":"WorkflowNotFound"}}`),
		check: func(t testing.TB, message string) {
			if err := teamstest.Check([]byte(message)); err != nil {
				t.Error(err)
			}
		},
	}
}

func chatEnd(t *testing.T) *remote {
	server := googlechattest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: googlechattest.Secret, secret: "GOOGLECHAT_WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"GOOGLECHAT_WEBHOOK_URL": moved(server.URL(), base)}
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Messages() {
				all = append(all, string(m.Body))
			}
			return all
		},
		throttle: says(http.StatusTooManyRequests, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
			{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1s"}]}}`),
		wait: time.Second, dead: says(http.StatusNotFound, `{"error":{"code":404,"status":"NOT_FOUND"}}`),
		check: func(t testing.TB, message string) {
			if err := googlechattest.Check([]byte(message)); err != nil || strings.Contains(message, "<users/") {
				t.Errorf("%v in %.300s", err, message)
			}
		},
	}
}

func webhookEnd(t *testing.T) *remote {
	server := webhooktest.New(t)
	return &remote{
		handler: server, refused: server.Refused, hidden: webhooktest.Token, secret: "WEBHOOK_URL",
		settings: func(base string) map[string]string {
			return map[string]string{"WEBHOOK_URL": moved(server.URL(), base), "WEBHOOK_SECRET": webhooktest.Secret}
		},
		arrived: func() []string {
			var all []string
			for _, d := range server.Deliveries() {
				all = append(all, string(d.Body))
			}
			return all
		},
		throttle: asks(""), wait: time.Second, dead: says(http.StatusGone, ""),
		check: checkDocument,
	}
}

// checkDocument wants one JSON document, of which a program reads the texts.
func checkDocument(t testing.TB, message string) {
	t.Helper()
	if !json.Valid([]byte(message)) {
		t.Errorf("no JSON: %.300s", message)
	}
}

func sqsEnd(queue string) func(t *testing.T) *remote {
	return func(t *testing.T) *remote {
		server := sqstest.New(t)
		return &remote{
			handler: server, refused: server.Refused,
			settings: func(base string) map[string]string {
				return map[string]string{"SQS_QUEUE_URL": moved(server.URL(queue), base)}
			},
			arrived: func() []string {
				var all []string
				for _, m := range server.Messages() {
					all = append(all, m.Body)
				}
				return all
			},
			throttle: func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, "RequestThrottled", "") },
			dead:     func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, "QueueDoesNotExist", "") },
			check:    checkDocument,
		}
	}
}

// snsEnd is a topic with a list of what was published.
func snsEnd(*testing.T) *remote {
	var mu sync.Mutex
	var published []string
	var refused []error
	fault := func(code string) http.HandlerFunc {
		return says(http.StatusBadRequest, "<ErrorResponse><Error><Type>Sender</Type><Code>"+code+"</Code></Error></ErrorResponse>")
	}
	return &remote{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			accepted, proof := "", snstest.Published("m-1")
			for _, form := range snstest.Entries(r) {
				if text := form.Get("Message"); len(text) > 256<<10 || len(form.Get("Subject")) >= 100 {
					refused = append(refused, fmt.Errorf("%d bytes", len(text)))
					fault("InvalidParameter")(w, r)
					return
				}
				published = append(published, form.Get("Subject")+"\n"+form.Get("Message"))
				if id := form.Get("Id"); id != "" {
					accepted += snstest.Accepted(id, "m-1")
					proof = snstest.Batch("", accepted)
				}
			}
			_, _ = io.WriteString(w, proof)
		}),
		settings: func(base string) map[string]string {
			return map[string]string{"SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:alerts", "AWS_ENDPOINT_URL_SNS": base}
		},
		arrived: func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(published)
		},
		refused: func() []error {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(refused)
		},
		throttle: fault("Throttled"), dead: fault("NotFound"),
		check: func(t testing.TB, message string) {
			subject, text, _ := strings.Cut(message, "\n")
			formattertest.CheckSubject(t, subject)
			formattertest.CheckText(t, text, 256<<10)
		},
	}
}

// consoleEnd is the standard output, which is a file here. What was written since somebody last asked
// is one message.
func consoleEnd(t *testing.T) *remote {
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = file
	t.Cleanup(func() {
		os.Stdout = stdout
		_ = file.Close()
	})
	var all []string
	known := 0
	return &remote{
		settings: func(string) map[string]string { return nil },
		arrived: func() []string {
			text, err := os.ReadFile(file.Name())
			if err != nil {
				t.Error(err)
			}
			if len(text) > known {
				all = append(all, string(text[known:]))
			}
			known = len(text)
			return slices.Clone(all)
		},
		refused: func() []error { return nil },
		check:   func(t testing.TB, message string) { formattertest.CheckText(t, message, len(message)) },
	}
}
