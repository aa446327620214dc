package secret_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/secret"
)

const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin/slack-AbCdEf"

// vault is Secrets Manager with one secret.
type vault struct {
	mu    sync.Mutex
	value string // the JSON of the answer's body
	code  string // the error's code; empty means success
	asked int
}

func newVault(t *testing.T, text string) *vault {
	t.Helper()
	v := &vault{}
	v.put(text)
	server := httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	return v
}

func (v *vault) put(text string) {
	body, err := json.Marshal(map[string]string{"ARN": arn, "SecretString": text})
	if err != nil {
		panic(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.value, v.code = string(body), ""
}

func (v *vault) fail(code string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.code = code
}

func (v *vault) serve(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	isRight := r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue" && strings.Contains(string(body), arn) &&
		!strings.Contains(string(body), "#") && strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/secretsmanager/")
	switch {
	case !isRight:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ValidationException"}`)
	case v.code != "":
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"s3cr3t"}`, v.code)
	default:
		_, _ = io.WriteString(w, v.value)
	}
}

func TestReference(t *testing.T) {
	v := newVault(t, " https://hooks.example.com/x\n")
	ref := secret.New(arn)
	if !ref.IsReference() || secret.New("https://hooks.example.com/#arn").IsReference() {
		t.Fatal("IsReference")
	}
	start := time.Now()
	for range 3 {
		value, err := ref.Value(t.Context())
		if err != nil || value != "https://hooks.example.com/x" {
			t.Fatalf("error %v", err)
		}
	}
	if v.asked != 1 {
		t.Errorf("asked %d times, want once", v.asked)
	}
	v.put("new")
	if value, _ := ref.ValueAt(t.Context(), start.Add(59*time.Minute)); value == "new" {
		t.Error("read again within the hour")
	}
	if value, err := ref.ValueAt(t.Context(), start.Add(61*time.Minute)); value != "new" || err != nil {
		t.Errorf("not read again after an hour: %v", err)
	}
	v.fail("InternalServiceError")
	if value, err := ref.ValueAt(t.Context(), start.Add(200*time.Minute)); value != "new" || err != nil {
		t.Errorf("the last good value is gone: %v", err)
	}
}

func TestRefresh(t *testing.T) {
	v := newVault(t, "old")
	ref := secret.New(arn)
	start := time.Now()
	if _, err := ref.Value(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.put("new")
	for _, step := range []struct {
		after time.Duration
		want  bool
	}{{30 * time.Second, false}, {2 * time.Minute, true}, {150 * time.Second, false}, {4 * time.Minute, false}} {
		changed, err := ref.RefreshAt(t.Context(), start.Add(step.after))
		if err != nil || changed != step.want {
			t.Errorf("after %v: changed %v, error %v", step.after, changed, err)
		}
	}
	if v.asked != 3 {
		t.Errorf("asked %d times, want 3", v.asked)
	}
	if changed, err := secret.New("plain").Refresh(t.Context()); changed || err != nil {
		t.Error("a plain secret changes")
	}
}

func TestNoValueYet(t *testing.T) {
	v := newVault(t, "")
	v.fail("ResourceNotFoundException")
	ref := secret.New(arn)
	start := time.Now()
	_, err := ref.Value(t.Context())
	if err == nil || !strings.Contains(err.Error(), "put-secret-value --region eu-west-1 --secret-id "+arn) {
		t.Fatalf("got %v", err)
	}
	asked := v.asked
	if _, err := ref.Value(t.Context()); err == nil || v.asked != asked {
		t.Errorf("asked again at once, or no error: %v", err)
	}
	v.put("now")
	if value, err := ref.ValueAt(t.Context(), start.Add(2*time.Minute)); value != "now" || err != nil {
		t.Errorf("not read later: %v", err)
	}
}

// Settings that cannot be read are no answer of Secrets Manager, which is asked as soon as they
// can.
func TestSettingsThatCannotBeReadYet(t *testing.T) {
	v := newVault(t, "x")
	t.Setenv("AWS_PROFILE", "s3cr3t")
	ref, start := secret.New(arn), time.Now()
	if _, err := ref.ValueAt(t.Context(), start); err == nil || v.asked > 0 || strings.Contains(err.Error(), "s3cr3t") {
		t.Fatalf("got %v, asked %d times", err, v.asked)
	}
	t.Setenv("AWS_PROFILE", "")
	if value, err := ref.ValueAt(t.Context(), start.Add(time.Second)); value != "x" || err != nil {
		t.Errorf("got %v", err)
	}
}

func TestKeys(t *testing.T) {
	v := newVault(t, `{"slack":"https://a","oncall":"https://b","number":7}`)
	for key, want := range map[string]string{"slack": "https://a", "oncall": "https://b"} {
		if value, err := secret.New(arn + "#" + key).Value(t.Context()); value != want || err != nil {
			t.Errorf("%s: error %v", key, err)
		}
	}
	for key, want := range map[string]string{"nope": "no text under the key", "number": "no text under the key"} {
		if _, err := secret.New(arn + "#" + key).Value(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", key, err)
		}
	}
	for text, want := range map[string]string{"s3cr3t{": "no JSON object", "": "no JSON object"} {
		v.put(text)
		if _, err := secret.New(arn + "#slack").Value(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("got %v", err)
		}
	}
	v.put("  ")
	if _, err := secret.New(arn).Value(t.Context()); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsShowNothing(t *testing.T) {
	v := newVault(t, "")
	for _, code := range []string{"AccessDeniedException", "DecryptionFailure", "s3cr3t", "InternalServiceError"} {
		v.fail(code)
		_, err := secret.New(arn).Value(t.Context())
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: no error, or one that shows the answer", code)
		}
	}
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
	if _, err := secret.New(arn).Value(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer from Secrets Manager") {
		t.Errorf("got %v", err)
	}
}

func TestOneRequestForManyUsers(t *testing.T) {
	v := newVault(t, "x")
	ref := secret.New(arn)
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			if _, err := ref.Value(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	users.Wait()
	if v.asked != 1 {
		t.Errorf("asked %d times, want once", v.asked)
	}
}

// Some errors say that something is wrong with the secret, and others leave that open.
func TestIsUnread(t *testing.T) {
	for code, want := range map[string]bool{
		"ResourceNotFoundException": false, "DecryptionFailure": false, "InvalidRequestException": false,
		"AccessDeniedException": true, "ThrottlingException": true, "ExpiredTokenException": true, "SomethingElse": true,
	} {
		newVault(t, "x").fail(code)
		if _, err := secret.New(arn).Value(t.Context()); err == nil || secret.IsUnread(err) != want {
			t.Errorf("%s: got %v, want %v", code, err, want)
		}
	}
	newVault(t, "no JSON")
	if _, err := secret.New(arn + "#key").Value(t.Context()); err == nil || secret.IsUnread(err) {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
	if _, err := secret.New(arn).Value(t.Context()); !secret.IsUnread(err) {
		t.Errorf("got %v", err)
	}
}
