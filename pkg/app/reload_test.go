package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// lockedLog is a log that several write to.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// taken returns what was written since it was last asked.
func (l *lockedLog) taken() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	l.text.Reset()
	return text
}

// vault is Secrets Manager with one secret; an empty text stands for one that may not be read.
func vault(t *testing.T) (text *atomic.Pointer[string], reads *atomic.Int32) {
	t.Helper()
	text, reads = new(atomic.Pointer[string]), new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reads.Add(1)
		w.Header().Set("Connection", "close") // nothing is left behind in a bubble
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if *text.Load() == "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"AccessDeniedException"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": *text.Load()})
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	return text, reads
}

// A new version of the configuration is in force within minutes, on a function that keeps running: a
// bad one leaves the one before in force, and nothing that was told is told again.
func TestReloading(t *testing.T) {
	version, reads := vault(t)
	put := func(text string) { version.Store(&text) }
	put("sinks:\n  console:\n")
	log := &lockedLog{}
	synctest.Test(t, func(t *testing.T) {
		r, err := app.LoadReloading(t.Context(), app.Options{
			Settings: config.Texts(map[string]string{"CONFIG": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf"}), Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		invoke := func(severity string) string {
			_, err := r.Invoke(t.Context(), []byte(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"f`+severity+`","severity":`+severity+`,"updatedAt":"2026-05-01T00:00:00Z"}}`))
			if err != nil {
				t.Fatal(err)
			}
			return log.taken()
		}
		expect := func(when, got, want string) {
			t.Helper()
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s does not stand in %s", when, want, got)
			}
		}
		first := invoke("5")
		expect("at first", first, `"console":"delivered"`)
		expect("the start", first, `"message":"start"`)
		expect("the start", first, `"ledger":"memory","sinks":[{"sink":"console","type":"console","minSeverity":"4.0"}]`)
		put("min_severity: high\nsinks:\n  console:\n")
		expect("at once", invoke("5.1"), `"console":"delivered"`)
		time.Sleep(6 * time.Minute)
		changed := invoke("5.2")
		expect("after minutes", changed, `"console":"below"`)
		expect("after minutes", changed, `"message":"new configuration"`)
		expect("after minutes", changed, `"minSeverity":"7.0"`)
		put("min_severity: low\nsinks:\n  console:\n    rate: fast\n")
		time.Sleep(6 * time.Minute)
		got := invoke("5.3")
		expect("a bad version", got, `"console":"below"`)
		expect("a bad version", got, `CONFIG:4: CONSOLE_RATE: not a number of messages a second`)
		expect("a bad version", got, `"ConfigurationRejected":1`)
		put("min_severity: low\nrat: 1\nsinks:\n  console:\n    rate: fast\n")
		time.Sleep(6 * time.Minute)
		got = invoke("5.4")
		expect("a worse version", got, `"console":"below"`)
		expect("a worse version", got, `CONFIG:2: rat: there is no such key; did you mean rate?`)
		expect("a worse version", got, `CONFIG:5: CONSOLE_RATE: not a number of messages a second`)
		expect("a worse version", got, `"ConfigurationRejected":1`)
		put("min_severity: low\nrat: 1\nsinks:\n  console:\n")
		time.Sleep(6 * time.Minute)
		got = invoke("5.6")
		expect("one wrong key", got, `"console":"below"`)
		expect("one wrong key", got, `"ConfigurationRejected":1`)
		time.Sleep(6 * time.Minute)
		expect("a bad version later", invoke("5.7"), `"ConfigurationRejected":1`)
		put("")
		time.Sleep(6 * time.Minute)
		expect("no version", invoke("5.5"), `"ConfigurationRejected":1`)
		put("min_severity: low\nsinks:\n  console:\n")
		time.Sleep(6 * time.Minute)
		got = invoke("5.0")
		expect("a good version", got, `"console":"delivered"`)
		if strings.Contains(got, "ConfigurationRejected") || strings.Contains(got, `"message":"start"`) {
			t.Errorf("a good version is rejected: %s", got)
		}
		expect("what was told before", invoke("5"), `"console":"duplicate"`)
	})
	if n := reads.Load(); n > 9 { // at the start, and once each time that it is old
		t.Errorf("the secret was read %d times", n)
	}
}

// A version that was rejected for what passes is in force once that has passed.
func TestReloadingAgain(t *testing.T) {
	version, _ := vault(t)
	first, second := "sinks:\n  console:\n", "min_severity: high\nmutes: file:mutes.yaml\nsinks:\n  console:\n"
	version.Store(&first)
	log := &lockedLog{}
	var isThere atomic.Bool
	synctest.Test(t, func(t *testing.T) {
		r, err := app.LoadReloading(t.Context(), app.Options{
			Settings: config.Texts(map[string]string{"CONFIG": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf"}), Log: log,
			ReadFile: func(string) ([]byte, error) {
				if !isThere.Load() {
					return nil, fs.ErrPermission
				}
				return nil, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		version.Store(&second)
		for i, want := range []string{`"ConfigurationRejected":1`, `"ConfigurationRejected":1`, `"console":"below"`} {
			isThere.Store(i == 2)
			time.Sleep(6 * time.Minute)
			if _, err := r.Invoke(t.Context(), []byte(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"f","severity":5}}`)); err != nil {
				t.Fatal(err)
			}
			if got := log.taken(); !strings.Contains(got, want) {
				t.Errorf("%d: got %s, want %s", i, got, want)
			}
		}
	})
}
