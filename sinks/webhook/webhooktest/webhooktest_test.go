package webhooktest_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

// Each API refuses what its vendor refuses.
func TestAPIs(t *testing.T) {
	for name, api := range webhooktest.APIs() {
		ask := func(method, path, key, body string) int {
			request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
			if api.Header != "" {
				request.Header.Set(api.Header, key)
			}
			answer := httptest.NewRecorder()
			if fault := api.Serve(answer, request, []byte(body)); fault == "" {
				t.Errorf("%s takes %s %s %q", name, method, path, body)
			}
			return answer.Code
		}
		refused := api.Refused("").Status
		for _, test := range []struct {
			method, path, key, body string
			want                    int
		}{
			{http.MethodPost, api.Path, api.Value, `{}`, refused},
			{http.MethodPost, api.Path, api.Value, `[]`, refused},
			{http.MethodPost, api.Path, api.Value, ``, refused},
			{http.MethodPost, api.Path, api.Value, `{"text":"@channel","title":"a\nb","event":""}`, refused},
			{http.MethodPost, "/elsewhere", api.Value, `{}`, 404},
			{http.MethodGet, api.Path, api.Value, `{}`, 405},
		} {
			if got := ask(test.method, test.path, test.key, test.body); got != test.want {
				t.Errorf("%s: %s %s %q: got %d, want %d", name, test.method, test.path, test.body, got, test.want)
			}
		}
		if api.Header == "" {
			continue
		}
		if got := ask(http.MethodPost, api.Path, "another", `{}`); got != api.Unknown.Status {
			t.Errorf("%s knows another key: %d", name, got)
		}
	}
}

// The receiver refuses what is not signed as the reference library wants it.
func TestJudge(t *testing.T) {
	server := webhooktest.New(t)
	path := server.URL()[strings.LastIndex(server.URL(), "/hooks/"):]
	library, err := standardwebhooks.NewWebhook(webhooktest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		id, method, body string
		at               time.Time
		tamper           func(http.Header)
		want             int
	}{
		"signed":       {"msg_1", "POST", `{}`, time.Now(), nil, 202},
		"unsigned":     {"msg_1", "POST", `{}`, time.Now(), func(h http.Header) { h.Del("Webhook-Signature") }, 401},
		"another id":   {"msg_1", "POST", `{}`, time.Now(), func(h http.Header) { h.Set("Webhook-Id", "msg_2") }, 401},
		"old":          {"msg_1", "POST", `{}`, time.Now().Add(-time.Hour), nil, 401},
		"full stop":    {"msg.1", "POST", `{}`, time.Now(), nil, 400},
		"no JSON":      {"msg_1", "POST", `{`, time.Now(), nil, 400},
		"PUT":          {"msg_1", "PUT", `{}`, time.Now(), nil, 405},
		"another type": {"msg_1", "POST", `{}`, time.Now(), func(h http.Header) { h.Set("Content-Type", "text/plain") }, 415},
		"too large":    {"msg_1", "POST", strings.Repeat(" ", 256<<10) + `{}`, time.Now(), nil, 413},
	} {
		request := httptest.NewRequestWithContext(t.Context(), test.method, path, strings.NewReader(test.body))
		signature, err := library.Sign(test.id, test.at, []byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Webhook-Id", test.id)
		request.Header.Set("Webhook-Timestamp", stamp(test.at))
		request.Header.Set("Webhook-Signature", signature)
		if test.tamper != nil {
			test.tamper(request.Header)
		}
		if got, err := webhooktest.Judge(request, []byte(test.body)); got != test.want || (err == nil) != (test.want == 202) {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
	}
}

func stamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
