package googlechat_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

// refusal is an error as Google's APIs word it.
func refusal(status, details string) string {
	return `{"error":{"code":0,"message":"` + hookToken + `","status":"` + status + `","details":[` + details + `]}}`
}

func reason(word string) string {
	return `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"` + word + `"}`
}

func TestAnswers(t *testing.T) {
	const name = `{"name":"spaces/AAAA/messages/B.B"}`
	for title, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
		says   string
	}{
		"a bad message":            {400, refusal("INVALID_ARGUMENT", ""), notify.Unacceptable, "status 400 INVALID_ARGUMENT"},
		"a bad message, unworded":  {400, "<html>", notify.Unacceptable, "status 400"},
		"a failed precondition":    {400, refusal("FAILED_PRECONDITION", ""), notify.Unacceptable, "FAILED_PRECONDITION"},
		"a wrong key":              {400, refusal("INVALID_ARGUMENT", reason("API_KEY_INVALID")), notify.Broken, "API_KEY_INVALID (the key in the URL"},
		"a key without the API":    {403, refusal("PERMISSION_DENIED", reason("API_KEY_SERVICE_BLOCKED")), notify.Broken, "(the key in the URL"},
		"no token":                 {401, refusal("UNAUTHENTICATED", ""), notify.Broken, "UNAUTHENTICATED (the token in the URL"},
		"a wrong token":            {403, refusal("PERMISSION_DENIED", ""), notify.Broken, "PERMISSION_DENIED (the token in the URL"},
		"no space":                 {404, refusal("NOT_FOUND", ""), notify.Broken, "NOT_FOUND (the space or the webhook is gone"},
		"an unworded 404":          {404, "", notify.Broken, "status 404 (the space"},
		"gone":                     {410, "", notify.Broken, "status 410"},
		"too many":                 {429, refusal("RESOURCE_EXHAUSTED", ""), notify.Throttled, "RESOURCE_EXHAUSTED"},
		"too many, unworded":       {429, "slow down", notify.Throttled, "status 429"},
		"too many under 403":       {403, refusal("RESOURCE_EXHAUSTED", reason("RATE_LIMIT_EXCEEDED")), notify.Throttled, "RATE_LIMIT_EXCEEDED"},
		"two at once":              {409, refusal("ABORTED", ""), notify.Transient, "ABORTED"},
		"it is there":              {409, refusal("ALREADY_EXISTS", ""), notify.Unacceptable, "ALREADY_EXISTS"},
		"an internal error":        {500, refusal("INTERNAL", ""), notify.Transient, "status 500"},
		"not now":                  {503, refusal("UNAVAILABLE", ""), notify.Transient, "status 503"},
		"a timeout":                {504, refusal("DEADLINE_EXCEEDED", ""), notify.Transient, "status 504"},
		"a proof under 500":        {500, name, notify.Transient, "status 500"},
		"too long":                 {413, "", notify.Unacceptable, "status 413"},
		"a redirect":               {302, name, notify.Broken, "status 302"},
		"a page under 200":         {200, "<html>", notify.Broken, "without the message's name"},
		"nothing under 200":        {200, "{}", notify.Broken, "without the message's name"},
		"no message's name":        {200, `{"name":"spaces/AAAA"}`, notify.Broken, "without the message's name"},
		"half a name":              {200, `{"name":"spaces//messages/"}`, notify.Broken, "without the message's name"},
		"a proof under 202":        {202, name, notify.Broken, "without the message's name"},
		"words of somebody else's": {400, refusal(hookToken, reason(hookToken)), notify.Unacceptable, "status 400"},
	} {
		t.Run(title, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			_, err := buildAt(t, server.URL).Notify(t.Context(), sinktest.First())
			if err == nil || notify.KindOf(err) != test.want || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v (%v), want %v", err, notify.KindOf(err), test.want)
			}
			if strings.Contains(err.Error(), hookToken) {
				t.Error("the error shows a secret")
			}
		})
	}
}

// How long Chat wants to be left alone stands in the header, or in the answer.
func TestHowLong(t *testing.T) {
	retry := func(delay string) string {
		return `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"` + delay + `"}`
	}
	for title, test := range map[string]struct {
		header, details string
		want            time.Duration
	}{
		"the header": {"7", "", 7 * time.Second}, "the answer": {"", reason("RATE_LIMIT_EXCEEDED") + "," + retry("30s"), 30 * time.Second},
		"both":        {"7", retry("1.5s"), 7 * time.Second},
		"a long time": {"", retry("1000h"), 24 * time.Hour},
		"no time":     {"", retry("soon"), 0}, "less than none": {"", retry("-5s"), 0}, "no word": {"", "", 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", test.header)
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, refusal("RESOURCE_EXHAUSTED", test.details))
		}))
		_, err := buildAt(t, server.URL).Notify(t.Context(), sinktest.First())
		server.Close()
		if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != test.want {
			t.Errorf("%s: got %v (%v)", title, notify.Delay(err), err)
		}
	}
}

// A space that has had enough throttles, and a webhook that has been replaced is broken.
func TestServerRefuses(t *testing.T) {
	server := googlechattest.New(t)
	sink := build(t, server.URL())
	server.Limit(1)
	sinktest.Send(t, sink, sinktest.First())
	n := sinktest.First()
	n.Findings[0].ID = "another"
	if _, err := sink.Notify(t.Context(), n); notify.KindOf(err) != notify.Throttled {
		t.Errorf("beyond the rate: got %v", err)
	}
	server.SetToken("another")
	if _, err := sink.Notify(t.Context(), n); notify.KindOf(err) != notify.Broken {
		t.Errorf("with the old token: got %v", err)
	}
}
