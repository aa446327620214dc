package teams_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/teams"
	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

const (
	value = "s3cr3t"
	query = "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + value
)

// bad are URLs to which nothing can be sent, and what is said of them.
func bad() map[string][2]string {
	const flow = "https://0a1b.2c.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/s3cr3t/triggers/manual/paths/invoke"
	return map[string][2]string{
		"no URL":              {value, "is not a URL"},
		"plain http":          {"http://flows.example.com/x" + query, "must begin with https://"},
		"blanks":              {flow + "?sig= " + value, "holds characters"},
		"signed in callers":   {flow + "?api-version=1", "to Anyone"},
		"empty signature":     {flow + "?api-version=1&sig=", "to Anyone"},
		"another name":        {flow + "?api-version=1&xsig=" + value, "to Anyone"},
		"no query":            {flow, "to Anyone"},
		"from a page":         {flow + "?api-version=1&amp;sv=1.0&amp;sig=" + value, "&amp;"},
		"connector":           {"https://example.webhook.office.com/webhookb2/s3cr3t@x/IncomingWebhook/y/z", "make a webhook in Teams"},
		"connector, with sig": {"https://EXAMPLE.Webhook.Office.com./webhookb2/x?sig=" + value, "make a webhook in Teams"},
		"old connector":       {"https://outlook.office.com/webhook/s3cr3t", "make a webhook in Teams"},
		"logic apps":          {"https://prod-96.westeurope.logic.azure.com:443/workflows/s3cr3t/triggers/manual/paths/invoke" + query, "copy its URL again"},
	}
}

func TestMistakes(t *testing.T) {
	for name, test := range bad() {
		_, err := teams.New(t.Context(), "oncall", teams.Config{WebhookURL: secret.New(test[0])}, formatter.Style{})
		if err == nil || !strings.HasPrefix(err.Error(), "WEBHOOK_URL: ") || !strings.Contains(err.Error(), test[1]) ||
			strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v, want %q", name, err, test[1])
		}
	}
	_, err := teams.New(t.Context(), "oncall", teams.Config{}, formatter.Style{})
	if err == nil || !strings.HasPrefix(err.Error(), "WEBHOOK_URL: is not set; ") {
		t.Errorf("got %v", err)
	}
}

// vault is Secrets Manager with one secret, to which the returned reference leads.
func vault(t *testing.T, value *string) secret.Ref {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": *value})
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	return secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:teams-AbCdEf")
}

// What is wrong with a URL that is referred to is said when it is read, and breaks the sink.
func TestMistakesInASecret(t *testing.T) {
	for name, test := range bad() {
		t.Run(name, func(t *testing.T) {
			sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: vault(t, &test[0])}, formatter.Style{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = sink.Notify(t.Context(), notification())
			if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), test[1]) || strings.Contains(err.Error(), value) {
				t.Errorf("got %v, want %q", err, test[1])
			}
		})
	}
}

// A URL that was made anew is read again, once the old one is refused.
func TestURLIsReadAgain(t *testing.T) {
	server := teamstest.New(t)
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Connection", "close") // nothing is left behind in the bubble
		return false
	})
	url := server.URL() + "old"
	ref := vault(t, &url)
	synctest.Test(t, func(t *testing.T) {
		sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: ref}, formatter.Style{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = sink.Notify(t.Context(), notification())
		if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "AuthorizationFailed") || strings.Contains(err.Error(), teamstest.Secret) {
			t.Fatalf("got %v", err)
		}
		url = server.URL()
		time.Sleep(2 * time.Minute)
		if changed, err := sink.Refresh(t.Context()); !changed || err != nil {
			t.Errorf("changed: %v, %v", changed, err)
		}
		if _, err := sink.Notify(t.Context(), notification()); err != nil || len(server.Messages()) != 1 {
			t.Errorf("%d messages, %v", len(server.Messages()), err)
		}
	})
}

func TestGoodSettings(t *testing.T) {
	for name, url := range map[string]string{
		"a reference":    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:teams-AbCdEf",
		"today's":        "https://0a1b.2c.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke" + query,
		"without a port": "https://0a1b.2c.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/x" + query,
		"first in query": "https://flows.example.com/x?sig=" + value + "&a=b",
		"a gov cloud":    "https://0a1b.2c.environment.api.gov.powerplatform.microsoft.us/powerautomate/x" + query,
		"another cloud":  "https://prod-01.usgovtexas.logic.azure.us:443/workflows/x" + query,
		"a tunnel":       "http://127.0.0.1:8080/x" + query,
	} {
		if _, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: secret.New(url)}, formatter.Style{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
