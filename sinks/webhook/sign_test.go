package webhook_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

// The vector of the reference libraries:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go
func TestVector(t *testing.T) {
	header := http.Header{}
	err := webhook.Sign(header, webhooktest.Secret, webhook.Attempt{
		ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", At: time.Unix(1614265330, 0), Body: []byte(`{"test": 2432232314}`),
	})
	want := http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	for name := range want {
		if header.Get(name) != want.Get(name) || err != nil {
			t.Errorf("%s: got %q, %v", name, header.Get(name), err)
		}
	}
}

// record is a receiver that keeps what it is sent and takes nothing.
type record struct {
	headers []http.Header
	bodies  [][]byte
}

func (r *record) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.headers, r.bodies = append(r.headers, request.Header.Clone()), append(r.bodies, body)
	w.WriteHeader(http.StatusServiceUnavailable)
}

// A message that is sent again, by another process too, has the same id; time and signature are
// those of the attempt.
func TestAttempts(t *testing.T) {
	var kept record
	server := httptest.NewServer(&kept)
	defer server.Close()
	base := time.Now().Add(-2 * time.Minute)
	for i := range 3 {
		sink := build(t, webhook.Config{URL: secret.New(server.URL), Secret: secret.New(webhooktest.Secret)})
		webhook.At(sink, base.Add(time.Duration(i)*time.Minute))
		if _, err := sink.Notify(t.Context(), notification()); err == nil {
			t.Fatal("want an error")
		}
	}
	library, err := standardwebhooks.NewWebhook(webhooktest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, header := range kept.headers {
		if err := library.Verify(kept.bodies[i], header); err != nil {
			t.Errorf("attempt %d: %v", i, err)
		}
		if header.Get("webhook-id") != kept.headers[0].Get("webhook-id") {
			t.Errorf("attempt %d has another id", i)
		}
		seen[header.Get("webhook-timestamp")], seen[header.Get("webhook-signature")] = true, true
	}
	if len(seen) != 6 {
		t.Errorf("timestamps and signatures are not those of each attempt: %v", seen)
	}
}

// Whatever the message is, its id differs from that of others, and has no full stop in it.
func TestIDs(t *testing.T) {
	server := webhooktest.New(t)
	sink := build(t, webhook.Config{URL: secret.New(server.URL()), Secret: secret.New(webhooktest.Secret)})
	ended := notification()
	ended.Kind = notify.KindResolved
	newer := notification()
	newer.Findings[0].Updated = newer.Findings[0].Updated.Add(time.Hour)
	now := time.Now()
	for i, n := range []notify.Notification{notification(), ended, newer, {Kind: notify.KindHeartbeat}, {Kind: notify.KindHeartbeat}} {
		webhook.At(sink, now.Add(time.Duration(i)*time.Second))
		if _, err := sink.Notify(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.Deliveries()) != 5 || server.Again() != 0 || len(server.Refused()) != 0 {
		t.Errorf("%d were taken, %d came again, %v", len(server.Deliveries()), server.Again(), server.Refused())
	}
	if _, err := sink.Notify(t.Context(), notification()); err != nil || server.Again() != 1 {
		t.Errorf("a message that is sent again is not known again: %d, %v", server.Again(), err)
	}
	for _, d := range server.Deliveries() {
		if !strings.HasPrefix(d.ID, "msg_") || strings.Contains(d.ID, ".") || len(d.ID) > 90 {
			t.Errorf("got the id %s", d.ID)
		}
	}
}

// A heartbeat's id is one, whenever it is asked for.
func TestIDInTheBody(t *testing.T) {
	var kept record
	server := httptest.NewServer(&kept)
	defer server.Close()
	sink := build(t, webhook.Config{
		URL: secret.New(server.URL), Secret: secret.New(webhooktest.Secret), PayloadTemplate: `{{message_id}}`,
	})
	at := time.Now()
	webhook.Clock(sink, func() time.Time { at = at.Add(time.Second); return at })
	_, _ = sink.Notify(t.Context(), notify.Notification{Kind: notify.KindHeartbeat})
	if id := kept.headers[0].Get("Webhook-Id"); string(kept.bodies[0]) != `"`+id+`"` {
		t.Errorf("the body holds %s and the header %s", kept.bodies[0], id)
	}
}

// While the secret is being changed, receivers with the old and with the new one take the message.
func TestTwoSecrets(t *testing.T) {
	var kept record
	server := httptest.NewServer(&kept)
	defer server.Close()
	newer := "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("n", 64)))
	sink := build(t, webhook.Config{URL: secret.New(server.URL), Secret: secret.New(webhooktest.Secret + " " + newer)})
	_, _ = sink.Notify(t.Context(), notification())
	if got := kept.headers[0].Values("Webhook-Signature"); len(got) != 1 || len(strings.Split(got[0], " ")) != 2 {
		t.Fatalf("got %q", got)
	}
	for _, text := range []string{webhooktest.Secret, newer} {
		library, err := standardwebhooks.NewWebhook(text)
		if err == nil {
			err = library.Verify(kept.bodies[0], kept.headers[0])
		}
		if err != nil {
			t.Error(err)
		}
	}
	other, err := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("o", 24))))
	if err != nil || other.Verify(kept.bodies[0], kept.headers[0]) == nil {
		t.Errorf("a third secret is right too, or %v", err)
	}
}

// Without a secret there are no headers of a signature.
func TestUnsigned(t *testing.T) {
	var kept record
	server := httptest.NewServer(&kept)
	defer server.Close()
	_, _ = build(t, webhook.Config{URL: secret.New(server.URL)}).Notify(t.Context(), notify.Notification{Findings: []finding.Finding{{ID: "f"}}})
	for name := range kept.headers[0] {
		if strings.HasPrefix(name, "Webhook-") {
			t.Errorf("there is %s", name)
		}
	}
	if got := kept.headers[0].Get("Content-Type"); got != "application/json" {
		t.Errorf("got %s", got)
	}
}
