package sinks_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
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
	// sends reports whether a request sends something; nil where all do.
	sends func(r *http.Request) bool
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

// kinds returns the types of sink with their far ends. For a new type, add a file with its far end, like
// that of any other, and its line here.
func kinds() []kind {
	// Where a message has no name, the far end has it twice when its answer was lost.
	twice := func(more ...string) map[string]string {
		all := map[string]string{rowCut: "delivered: 2 messages by 2 requests"}
		for i := 0; i+1 < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	// Some answer the first message, and bring it to the newest state.
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
		{"discord", "discord", discordEnd, twice(rowUpdate, answered, rowOver, answered)},
		{"telegram", "telegram", telegramEnd, twice(rowUpdate, answered, rowOver, answered)},
		{"eventbridge", "eventbridge", eventBridgeEnd, twice()},
		{"pagerduty", "pagerduty", pagerDutyEnd, nil},
		{"jsm", "jsm", jsmEnd, map[string]string{rowUpdate: answered}},
		{"ses", "ses", mailEnd, twice()},
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

// distinct returns texts, each once: where what is sent again is known by its name and changes nothing.
func distinct(texts []string) []string {
	var all []string
	for _, text := range texts {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// checkDocument wants one JSON document, of which a program reads the texts.
func checkDocument(t testing.TB, message string) {
	t.Helper()
	if !json.Valid([]byte(message)) {
		t.Errorf("no JSON: %.300s", message)
	}
}
