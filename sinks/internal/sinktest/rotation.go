// Package sinktest has the tests that are the same for many sinks, and that a conformance kit without
// secrets and previews cannot have.
package sinktest

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

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// Reference leads to the secret that Vault keeps.
const Reference = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf"

// Vault starts Secrets Manager with one secret, which Reference leads to until the test ends. What it
// returns gives the secret another text. A test can ask for the secret in a bubble of synctest, where
// no connection stays.
func Vault(t *testing.T, text string) (put func(string)) {
	t.Helper()
	var stored atomic.Pointer[string]
	stored.Store(&text)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": *stored.Load()})
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{ //nolint:gosec // they open nothing
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	return func(text string) { stored.Store(&text) }
}

// FarEnd is a server that a sink sends to; Answer is that of farendtest.
type FarEnd interface {
	Answer(answer func(http.ResponseWriter, *http.Request) bool)
}

// Rotation is a secret that is replaced while a sink uses it.
type Rotation struct {
	// FarEnd is where the sink sends to.
	FarEnd FarEnd
	// New builds the sink with the reference to its secret.
	New func(*testing.T, secret.Ref) notify.Notifier
	// Notification is what is sent.
	Notification notify.Notification
	// First is the secret until Rotate, and Second the one from then on.
	First, Second string
	// Rotate makes the far end take Second in the place of First.
	Rotate func()
	// Refusal is what the error holds where the far end has refused First.
	Refusal string
	// Wrong are texts that can be no such secret; one at least.
	Wrong []string
	// Hidden are texts that no error may show.
	Hidden []string
}

// Run tries that the secret is read again once it has been refused, and that one which can be no secret
// breaks the sink and is not shown, at the first reading and later. Two notifications arrive.
func (r Rotation) Run(t *testing.T) {
	t.Helper()
	put := Vault(t, r.Wrong[0])
	r.FarEnd.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Connection", "close") // nothing is left behind in the bubble
		return false
	})
	synctest.Test(t, func(t *testing.T) {
		sink := r.New(t, secret.New(Reference))
		replace := func(text string) {
			put(text)
			time.Sleep(2 * time.Minute) // longer than a secret is kept
		}
		r.fails(t, sink, "")
		replace(r.First)
		r.refresh(t, sink)
		r.Rotate()
		replace(r.Second)
		r.fails(t, sink, r.Refusal)
		r.refresh(t, sink)
		for _, wrong := range r.Wrong {
			replace(wrong)
			if _, err := sink.(notify.Refresher).Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			r.fails(t, sink, "")
		}
	})
}

// fails wants the sink to be broken, with an error that holds why and no secret.
func (r Rotation) fails(t *testing.T, sink notify.Notifier, why string) {
	t.Helper()
	_, err := sink.Notify(t.Context(), r.Notification)
	if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), why) {
		t.Fatalf("the sink is not broken, or does not say %q: a kind of %v", why, notify.KindOf(err))
	}
	for i, hidden := range r.Hidden {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("the error shows the text %d that is hidden", i)
		}
	}
}

// refresh reads the secret again, and sends with it.
func (r Rotation) refresh(t *testing.T, sink notify.Notifier) {
	t.Helper()
	if changed, err := sink.(notify.Refresher).Refresh(t.Context()); !changed || err != nil {
		t.Fatalf("read again: changed is %v, %v", changed, err)
	}
	if _, err := sink.Notify(t.Context(), r.Notification); err != nil {
		t.Fatal(err)
	}
}
