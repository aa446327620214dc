package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const secretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:tocsin/slack-AbCdEf"

// newVault is Secrets Manager with one secret; an empty value means that it has none yet.
func newVault(t *testing.T, value string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if value == "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","message":"no value for staging label AWSCURRENT"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": secretARN, "SecretString": value})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestWebhookInASecret(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "secret")
	variables := both(slack, tp)
	variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = newVault(t, `{"slack":"`+slack.URL()+`"}`)
	variables["SLACK_WEBHOOK_URL"] = secretARN + "#slack"
	f := start(t, variables)
	if got := f.succeeded(t, recipe(t)); got != `{"delivered":2,"findings":1}` {
		t.Errorf("got %s", got)
	}
}

// A secret without a value keeps its own sink waiting, and nobody else.
func TestSecretWithoutValue(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "no-secret")
	variables := both(slack, tp)
	variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = newVault(t, "")
	variables["SLACK_WEBHOOK_URL"] = secretARN
	f := start(t, variables)
	a := f.invoke(t, recipe(t), 20*time.Second)
	if !strings.Contains(a.failure, "slack: retry: ") || !strings.Contains(a.failure, "aws secretsmanager put-secret-value") {
		t.Errorf("got %q", a.failure)
	}
	if received := tp.received(t); len(received) != 1 || len(slack.Messages()) != 0 {
		t.Errorf("%d SNS messages, want 1", len(received))
	}
}
