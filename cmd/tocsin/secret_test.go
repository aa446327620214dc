package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const hooksARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin/hooks-AbCdEf"

// newVault is Secrets Manager with one JSON object, and gives what was last stored.
func newVault(t *testing.T) (stored func() string) {
	t.Helper()
	put := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretString string }
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in)
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutSecretValue") {
			put = in.SecretString
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"ARN":"`+hooksARN+`","SecretString":"{\"oncall\":\"kept\"}"}`)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	return func() string { return put }
}

func secretSettings() map[string]string {
	return map[string]string{
		"SINKS": "slack,bot=slack,hook=webhook,open=slack,console", "SLACK_WEBHOOK_URL": hooksARN + "#slack",
		"BOT_BOT_TOKEN": hooksARN + "#bot", "BOT_CHANNEL": "C0123ABCD", "HOOK_URL": "https://example.com/", "HOOK_SECRET": hooksARN + "#sign",
		"HOOK_HEADERS": hooksARN + "#headers", "OPEN_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/s3cr3t",
	}
}

// A value is checked as the sink does, and goes to where the configuration refers to; nothing shows it.
func TestSecretSet(t *testing.T) {
	const url, token = "https://hooks.slack.com/services/T00000000/B00000000/s3cr3t", "xoxb-1-2-s3cr3t"
	for named, test := range map[string]struct{ value, want, ref string }{
		"slack":             {url + "\n", `{"oncall":"kept","slack":"` + url + `"}`, hooksARN + "#slack"},
		"slack.WEBHOOK_URL": {url, `{"oncall":"kept","slack":"` + url + `"}`, hooksARN + "#slack"},
		"bot.bot_token":     {" " + token, `{"bot":"` + token + `","oncall":"kept"}`, hooksARN + "#bot"},
	} {
		stored := newVault(t)
		code, stdout, stderr := tocsin(t, test.value, secretSettings(), "secret", "set", named)
		if code != exitDone || stored() != test.want || !strings.Contains(stdout, "stored in "+test.ref+";") || strings.Contains(stdout+stderr, "s3cr3t") {
			t.Errorf("%s: exit code %d, stored %s: %s%s", named, code, stored(), stdout, stderr)
		}
	}
}

// What is wrong with a name or a value is said, and nothing is written.
func TestSecretMistakes(t *testing.T) {
	const url = "https://hooks.slack.com/services/T00000000/B00000000/s3cr3t"
	for _, test := range []struct{ named, value, want string }{
		{"slack", "", "SLACK_WEBHOOK_URL: the value is empty"},
		{"slack", "s3cr3t", "SLACK_WEBHOOK_URL: "},
		{"slack", "http://hooks.slack.com/services/s3cr3t", "SLACK_WEBHOOK_URL: "},
		{"slack", hooksARN, "SLACK_WEBHOOK_URL: the value is the ARN of a secret, and no secret"},
		{"bot", url, "BOT_BOT_TOKEN: is not the token of a bot, which begins with xoxb-"},
		{"slack", strings.Repeat("s3cr3t", 20_000), "SLACK_WEBHOOK_URL: the value is longer than 65536 bytes"},
		{"slak", url, "SINKS: names no such instance; did you mean slack?"},
		{"nobody", url, "SINKS: names no such instance; there are: slack, bot, hook, open, console"},
		{"slack.CHANNEL", url, "CHANNEL: is no secret of the sink slack; there are: "},
		{"bot.xoxb-1-s3cr3t", url, "that: is no secret of the sink slack; there are: "},
		{"slack.BOT_TOKEN", url, "the sink slack refers to no secret; set one of: SLACK_BOT_TOKEN"},
		{"hook", url, "the sink has several secrets; name one of: hook."},
		{"open", url, "OPEN_WEBHOOK_URL: holds the secret itself; put the ARN"},
		{"console", url, "the sink console refers to no secret"},
	} {
		stored := newVault(t)
		code, stdout, stderr := tocsin(t, test.value, secretSettings(), "secret", "set", test.named)
		if code != exitUsage || stored() != "" || !strings.Contains(stderr, test.want) || strings.Contains(strings.ToLower(stdout+stderr), "s3cr3t") {
			t.Errorf("%s: exit code %d, stored %q: %s%s, want %s", test.named, code, stored(), stdout, stderr, test.want)
		}
	}
	newVault(t)
	if code, _, stderr := tocsin(t, url, secretSettings(), "secret", "set"); code != exitUsage || !strings.Contains(stderr, "accepts 1 arg") {
		t.Errorf("no name: exit code %d: %s", code, stderr)
	}
}
