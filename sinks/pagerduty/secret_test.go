package pagerduty_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

// A key in Secrets Manager is read again once it is refused; one that can be no key breaks the sink and
// is not shown.
func TestKeyInASecret(t *testing.T) {
	var stored atomic.Pointer[string]
	vault := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": *stored.Load()})
	}))
	defer vault.Close()
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", vault.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	server := pagerdutytest.New(t)
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Connection", "close") // nothing is left behind in the bubble
		return false
	})
	first, second, n := pagerdutytest.Key, strings.Repeat("b", len(pagerdutytest.Key)), about(formattertest.Exfiltration(), notify.KindFinding)
	stored.Store(&first)
	synctest.Test(t, func(t *testing.T) {
		sink, err := pagerduty.New(t.Context(), "oncall", pagerduty.Config{
			RoutingKey: secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:pagerduty-AbCdEf"), ApiURL: server.URL(),
		}, formatter.Style{})
		if err != nil {
			t.Fatal(err)
		}
		send(t, sink, n)
		server.Rotate(second)
		stored.Store(&second)
		time.Sleep(2 * time.Minute)
		if _, err := sink.Notify(t.Context(), n); notify.KindOf(err) != notify.Broken {
			t.Errorf("the old key: got %v", err)
		}
		if changed, err := sink.Refresh(t.Context()); !changed || err != nil {
			t.Errorf("got %v, %v", changed, err)
		}
		send(t, sink, n)
		for _, wrong := range []string{"s3cr3t", first + "\r\nX: s3cr3t"} {
			stored.Store(&wrong)
			time.Sleep(2 * time.Minute)
			if _, err := sink.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			_, err = sink.Notify(t.Context(), n)
			if notify.KindOf(err) != notify.Broken || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), first) {
				t.Error("a secret that is no key: the sink is not broken, or the error shows it")
			}
		}
	})
	if alerts := server.Alerts(); len(alerts) != 1 {
		t.Errorf("%d alerts, want 1", len(alerts))
	}
}
