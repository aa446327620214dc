package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Settings of the AWS SDK may stand in an environment file as those of Tocsin may, though the SDK
// reads the environment of the process alone.
func TestEnvFileReachesAWS(t *testing.T) {
	manager := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "AKIAFROMTHEFILE") {
			w.WriteHeader(http.StatusForbidden)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"SecretString":"[{when: sample, until: 9999-12-31, reason: from the secret}]"}`)
	}))
	defer manager.Close()
	for _, name := range []string{"AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "MUTES"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	file := put(t, filepath.Join(t.TempDir(), "tocsin.env"), fmt.Sprintf(`SINKS=console
MUTES=arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes-AbCdEf
AWS_ENDPOINT_URL_SECRETS_MANAGER=%s
AWS_ACCESS_KEY_ID=AKIAFROMTHEFILE
AWS_SECRET_ACCESS_KEY=x
`, manager.URL))
	code, stdout, stderr := tocsin(t, "", nil, "check", "--env-file", file)
	if code != exitDone || !strings.Contains(stdout, "days left") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if os.Getenv("AWS_ACCESS_KEY_ID") != "" || os.Getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER") != "" {
		t.Error("the environment was left changed")
	}
}

func TestForOthers(t *testing.T) {
	for name, want := range map[string]bool{
		"AWS_PROFILE": true, "HTTPS_PROXY": true, "no_proxy": true, "SSL_CERT_FILE": true, "HOME": true,
		"SINKS": false, "MUTES": false, "SLACK_WEBHOOK_URL": false, "NO_COLOR": false,
	} {
		if isForOthers(name) != want {
			t.Errorf("%s: got %v", name, !want)
		}
	}
}

// An empty value in the file hides that of the environment, and the last of two lines counts.
func TestEnvFileOverTheEnvironment(t *testing.T) {
	settings := map[string]string{"SINKS": "console", "MIN_SEVERITY": "nonsense", "WHEN": "region == 'x'"}
	file := put(t, filepath.Join(t.TempDir(), "tocsin.env"), "MIN_SEVERITY=low\nMIN_SEVERITY=critical\nWHEN=\n")
	code, stdout, stderr := tocsin(t, "", settings, "check", "--env-file", file)
	if code != exitDone || !strings.Contains(stdout, "from 9.0") || strings.Contains(stdout, "WHEN") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
