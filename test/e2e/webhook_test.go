package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

// What is signed is verified by the JavaScript library too, with the old secret and with the new
// one, and with no other.
func TestSignatureInJavaScript(t *testing.T) {
	if _, err := os.Stat("node_modules/standardwebhooks/package.json"); err != nil {
		if output, err := exec.CommandContext(t.Context(), "npm", "ci", "--no-progress").CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, output)
		}
	}
	type message struct {
		Secret  string            `json:"secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	sent := message{Headers: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent.Body = string(body)
		for name := range r.Header {
			sent.Headers[name] = r.Header.Get(name)
		}
	}))
	defer server.Close()
	const newer, other = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3", "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhl"
	sink, err := webhook.New(t.Context(), "webhook", webhook.Config{
		URL: secret.New(server.URL), Secret: secret.New(webhooktest.Secret + " " + newer),
	}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	f := formattertest.Exfiltration()
	f.Title = "検出 \u2028 🔥 </script>"
	if _, err := sink.Notify(t.Context(), notify.Notification{Findings: []finding.Finding{f}}); err != nil {
		t.Fatal(err)
	}
	for key, isRight := range map[string]bool{webhooktest.Secret: true, newer: true, other: false} {
		sent.Secret = key
		input, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		node := exec.CommandContext(t.Context(), "node", "verify.mjs")
		node.Stdin = bytes.NewReader(input)
		output, err := node.CombinedOutput()
		if verified := err == nil && strings.TrimSpace(string(output)) == f.ID; verified != isRight {
			t.Errorf("verified: %v, want %v\n%s", verified, isRight, output)
		}
	}
}
