package webhook_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
)

const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hooks-AbCdEf"

// vault is Secrets Manager with one secret, which tests change.
type vault struct{ value string }

func newVault(t *testing.T, value string) *vault {
	t.Helper()
	v := &vault{value}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": arn, "SecretString": v.value})
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	return v
}

func TestHeaders(t *testing.T) {
	newVault(t, `{"auth":"dXNlcjpz","whole":"X-Key: k | X-Other: arn:x"}`)
	for name, test := range map[string]struct {
		text string
		want map[string]string
	}{
		"a part":     {"Authorization: Basic " + arn + "#auth", map[string]string{"Authorization": "Basic dXNlcjpz"}},
		"a value":    {"x-api-key:" + arn + "#auth", map[string]string{"X-Api-Key": "dXNlcjpz"}},
		"the whole":  {arn + "#whole", map[string]string{"X-Key": "k", "X-Other": "arn:x"}},
		"plain":      {"Accept: a/b; q=1,  c\n\n X-A : 1:2 |X-B: =|", map[string]string{"Accept": "a/b; q=1,  c", "X-A": "1:2", "X-B": "="}},
		"media type": {"content-type: application/cloudevents+json", map[string]string{"Content-Type": "application/cloudevents+json"}},
	} {
		t.Run(name, func(t *testing.T) {
			var kept record
			server := httptest.NewServer(&kept)
			defer server.Close()
			sink := build(t, webhook.Config{URL: secret.New(server.URL), Headers: secret.New(test.text)})
			for range 2 {
				_, _ = sink.Notify(t.Context(), notification())
			}
			for _, header := range kept.headers {
				for name, want := range test.want {
					if got := header.Values(name); len(got) != 1 || got[0] != want {
						t.Errorf("%s: got %q, want %q", name, got, want)
					}
				}
			}
			if len(kept.headers) != 2 {
				t.Errorf("%d requests", len(kept.headers))
			}
		})
	}
}

// What a reference turns out to hold is judged as a plain value is, and sends nothing that is odd.
func TestReferencesThatHoldNonsense(t *testing.T) {
	v := newVault(t, "")
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	url := secret.New(server.URL)
	for want, test := range map[string]struct {
		value  string
		config webhook.Config
	}{
		"must begin with https://":         {"http://s3cr3t.example/", webhook.Config{URL: secret.New(arn)}},
		"SECRET: does not begin":           {"s3cr3t", webhook.Config{URL: url, Secret: secret.New(arn)}},
		"HEADERS: number 1 is no header":   {"s3cr3t", webhook.Config{URL: url, Headers: secret.New(arn)}},
		"HEADERS: Host is not yours":       {"Host: s3cr3t", webhook.Config{URL: url, Headers: secret.New(arn)}},
		"HEADERS: the secret for X-A hold": {"a\r\nHost: s3cr3t", webhook.Config{URL: url, Headers: secret.New("X-A: " + arn)}},
	} {
		v.value = test.value
		_, err := build(t, test.config).Notify(t.Context(), notification())
		if err == nil || notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") || called {
			t.Errorf("%s: no such error, or one that shows the value; called: %v", want, called)
		}
	}
}

// A secret that cannot be read yet is no reason to give the message up.
func TestSecretsThatCannotBeHad(t *testing.T) {
	newVault(t, " ")
	url := secret.New("https://hooks.example/")
	for name, c := range map[string]webhook.Config{
		"URL": {URL: secret.New(arn)}, "secret": {URL: url, Secret: secret.New(arn)}, "headers": {URL: url, Headers: secret.New(arn)},
		"the header X-A": {URL: url, Headers: secret.New("X-A: " + arn)},
	} {
		_, err := build(t, c).Notify(t.Context(), notification())
		if err == nil || notify.KindOf(err) != notify.Transient || !strings.Contains(err.Error(), name+" cannot be had") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A reference inside a word would be sent as it stands.
func TestReferencesInsideWords(t *testing.T) {
	for _, text := range []string{"Authorization: Token token=" + arn + "#t", "A: b, x," + arn, `A: "` + arn + `"`} {
		_, err := webhook.New(t.Context(), "webhook", webhook.Config{URL: secret.New("https://hooks.example/"), Headers: secret.New(text)}, formatter.Style{})
		if err == nil || !strings.Contains(err.Error(), "HEADERS: ") || !strings.Contains(err.Error(), "a word by itself") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// Each reference is read again, wherever it stands.
func TestRefresh(t *testing.T) {
	v := newVault(t, "X-A: b")
	url := secret.New("https://hooks.example/")
	for name, c := range map[string]webhook.Config{
		"URL": {URL: secret.New(arn)}, "secret": {URL: url, Secret: secret.New(arn)}, "headers": {URL: url, Headers: secret.New(arn)},
		"a header": {URL: url, Headers: secret.New("X-A: b | Authorization: Bearer " + arn)},
	} {
		// What has not been read yet counts as changed once it is.
		if changed, err := build(t, c).Refresh(t.Context()); !changed || err != nil {
			t.Errorf("%s: got %v, %v", name, changed, err)
		}
	}
	if changed, err := build(t, webhook.Config{URL: url, Headers: secret.New("X-A: b")}).Refresh(t.Context()); changed || err != nil {
		t.Errorf("plain: got %v, %v", changed, err)
	}
	v.value = " "
	if changed, err := build(t, webhook.Config{URL: secret.New(arn)}).Refresh(t.Context()); changed || err == nil {
		t.Errorf("without a value: got %v, %v", changed, err)
	}
}

// Whoever writes HEADERS where others read it learns which references stand in it, and which
// secrets.
func TestReferences(t *testing.T) {
	isReference := func(word string) bool { return secret.New(word).IsReference() }
	for text, want := range map[string][]string{
		"":                                  nil,
		arn + "#x":                          {arn + "#x"},
		"Authorization: Basic " + arn:       {arn},
		"X-Api-Key: " + arn + "#k|X-B: c":   {arn + "#k"},
		"A: " + arn + "\nB: " + arn + "#2":  {arn, arn + "#2"},
		"Content-Type: a/b | Accept: c":     nil,
		"Authorization: Bearer s3cr3t":      {"the header Authorization holds the secret itself"},
		"DD-API-KEY: s3cr3t | X-B: " + arn:  {"the header DD-API-KEY holds the secret itself"},
		"cookie: s3cr3t\nx-ntfy-token: x":   {"the header cookie holds the secret itself\nthe header x-ntfy-token holds the secret itself"},
		"X-Splunk-Request-Channel: A-B-C-D": nil,
		"Authorization Bearer s3cr3t":       {"a header holds the secret itself"},
		"A: b\nmy token is s3cr3t: x":       {"a header holds the secret itself"},
	} {
		got, err := webhook.References(text, isReference)
		if err != nil {
			got = []string{err.Error()}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s", strings.ReplaceAll(diff, "s3cr3t", "***"))
		}
	}
}

// FuzzHeaders holds that whatever HEADERS holds, each of its fields is one line of a request, and none
// is one that is not the operator's.
func FuzzHeaders(f *testing.F) {
	f.Add("Authorization: Basic x | Accept: a/b\nX-A: b")
	f.Add("A: b\r\nHost: evil.example")
	f.Add("webhook-id : x|transfer-encoding: chunked")
	f.Add("A: \u2028b|B:\x00")
	f.Fuzz(func(t *testing.T, text string) {
		header, err := webhook.Header(text)
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := header.Write(&written); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(written.String(), "\n"); lines != len(header) || strings.Count(written.String(), "\r") != lines {
			t.Errorf("%d fields are %d lines", len(header), lines)
		}
		for name := range header {
			lower := strings.ToLower(name)
			if lower == "host" || lower == "content-length" || lower == "transfer-encoding" || strings.HasPrefix(lower, "webhook-") {
				t.Errorf("%s is let through", name)
			}
		}
	})
}
