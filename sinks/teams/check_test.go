package teams_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
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

// What is wrong with a URL that is referred to is said when it is read, and breaks the sink.
func TestMistakesInASecret(t *testing.T) {
	for name, test := range bad() {
		t.Run(name, func(t *testing.T) {
			sinktest.Vault(t, test[0])
			sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: secret.New(sinktest.Reference)}, formatter.Style{})
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

func TestRotatedSecret(t *testing.T) {
	server := teamstest.New(t)
	sinktest.Rotation{
		FarEnd: server,
		New: func(t *testing.T, ref secret.Ref) notify.Notifier {
			sink, err := teams.New(t.Context(), "teams", teams.Config{WebhookURL: ref}, formatter.Style{})
			if err != nil {
				t.Fatal(err)
			}
			return sink
		},
		Notification: notification(),
		First:        server.URL(), Second: server.URL() + "new",
		Rotate:  func() { server.MakeAnew("new") },
		Refusal: "AuthorizationFailed",
		Wrong:   []string{teamstest.Secret},
		Hidden:  []string{teamstest.Secret},
	}.Run(t)
	if messages := server.Messages(); len(messages) != 2 {
		t.Errorf("%d messages, want 2", len(messages))
	}
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
