package main

import (
	"fmt"
	"io"
	"maps"
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

// What is for others is no mistake in an environment file, and reaches those who read the process's
// environment: one list says both. What nobody reads is a mistake, and reaches nobody.
func TestForOthers(t *testing.T) {
	type use struct{ isRefused, isPut bool }
	others, ours, nobodys := use{false, true}, use{false, false}, use{true, false}
	folder := t.TempDir() // before TMPDIR is another
	for name, want := range map[string]use{
		"AWS_PROFILE": others, "HTTPS_PROXY": others, "no_proxy": others, "SSL_CERT_FILE": others, "HOME": others, "LAMBDA_TASK_ROOT": others,
		"GODEBUG": others, "OTEL_SDK_DISABLED": others, "XDG_CONFIG_HOME": others, "LC_ALL": others, "_HANDLER": others, "PATH": others,
		"TZ": others, "LANG": others, "TMPDIR": others,
		"RUNBOOK_URL": ours, "CONSOLE_FORMAT": ours, "NO_COLOR": ours, "TERM": ours,
		"SLACK_WEBHOOK_URL": nobodys, "GOOGLECHAT_WEBHOOK_URL": nobodys, "EDITOR": nobodys,
	} {
		t.Setenv(name, "before")
		file := put(t, filepath.Join(folder, "tocsin.env"), "SINKS=console\n"+name+"=/there\n")
		forOthers := overlay{}
		if _, err := forOthers.over(settingFiles{env: file}); err != nil {
			t.Fatal(err)
		}
		got := use{isPut: os.Getenv(name) == "/there"}
		forOthers.restore()
		if os.Getenv(name) != "before" {
			t.Errorf("%s: the environment was left changed", name)
		}
		_, _, stderr := tocsin(t, "", nil, "check", "--env-file", file)
		got.isRefused = strings.Contains(stderr, "  "+name+": no such setting")
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		_ = os.Unsetenv(name)
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

// Quotes are those of a shell, and a comment behind a value is none of it.
func TestValuesOfAnEnvFile(t *testing.T) {
	for text, want := range map[string]string{
		`a`: `a`, ` a `: `a`, `a b`: `a b`, `"a b"`: `a b`, `'a b'`: `a b`, `"a" # b`: `a`, `a # b`: `a`, `a #b`: `a`, `a#b`: `a#b`, `#b`: `#b`, ` # b`: ``,
		`"a\"b\\c\$d\n"`: `a"b\c$d\n`, `'a\"b'`: `a\"b`, `"a # b"`: `a # b`, `type == "a # b" # c`: `type == "a # b"`, `"a`: `"a`, ``: ``, `""`: ``, `"a"	#b`: `a`,
		`"shop" in tags`: `"shop" in tags`, `"a" in tags and "b" in tags # c`: `"a" in tags and "b" in tags`, `'it''s'`: `'it''s'`,
		`'it'\''s' # c`: `it's`, `'a "b" '\'''`: `a "b" '`,
		`arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf#key`: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf#key`,
	} {
		if got := valueOf(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Every command takes the configuration's file, over which variables are put.
func TestConfigurationFile(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "tocsin.yaml"), "min_severity: critical\nsinks:\n  console:\n    min_severity: 8\n    when: not archived\n")
	code, stdout, stderr := tocsin(t, "", nil, "check", "--config", file)
	if code != exitDone || !strings.Contains(stdout, "from 8.0") || !strings.Contains(stdout, "CONSOLE_WHEN=not archived") {
		t.Errorf("check: exit code %d: %s%s", code, stdout, stderr)
	}
	_, finding, _ := tocsin(t, "", nil, "samples", "--showcase")
	code, stdout, stderr = tocsin(t, finding, map[string]string{"CONSOLE_MIN_SEVERITY": "critical"}, "explain", "--config", file)
	if code != exitDone || !strings.Contains(stdout, "CRITICAL") || !strings.Contains(stdout, "below") {
		t.Errorf("explain: exit code %d: %s%s", code, stdout, stderr)
	}
	for _, command := range [][]string{{"send"}, {"replay", "-"}} {
		code, stdout, stderr = tocsin(t, finding, nil, append(command, "--config", file)...)
		if code != exitDone || !strings.Contains(stderr, "console: ") {
			t.Errorf("%v: exit code %d: %s%s", command, code, stdout, stderr)
		}
	}
	put(t, file, "sinks:\n  console:\n    rate: fast\n")
	for _, command := range []string{"check", "explain", "send", "preview"} {
		arguments := []string{command, "--config", file}
		if command == "preview" {
			arguments = append(arguments, "--out", t.TempDir())
		}
		code, _, stderr = tocsin(t, finding, nil, arguments...)
		if code != exitUsage || !strings.Contains(stderr, "tocsin.yaml:3: CONSOLE_RATE: not a number of messages a second") {
			t.Errorf("%s: exit code %d: %s", command, code, stderr)
		}
	}
}

// What is converted is the same configuration, and the schema is a document.
func TestConvertedConfiguration(t *testing.T) {
	folder := t.TempDir()
	env := put(t, filepath.Join(folder, "tocsin.env"), "SINKS=shop=console # one\nSHOP_WHEN='severity >= 7'\nAWS_REGION=eu-west-1\n")
	file := filepath.Join(folder, "tocsin.yaml")
	if code, stdout, stderr := tocsin(t, "", nil, "config", "convert", "--env-file", env, "--out", file); code != exitDone || stdout != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	_, ofEnv, _ := tocsin(t, "", nil, "check", "--env-file", env)
	code, ofFile, stderr := tocsin(t, "", nil, "check", "--config", file)
	if code != exitDone || ofEnv != ofFile || !strings.Contains(ofFile, "severity >= 7") {
		t.Errorf("exit code %d: %s, want %s: %s", code, ofFile, ofEnv, stderr)
	}
	if code, _, stderr := tocsin(t, "", nil, "check", "--env-file", file); code != exitUsage || !strings.Contains(stderr, "give it with --config") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	code, stdout, stderr := tocsin(t, "", map[string]string{"CONFIG": "file:" + file}, "config", "convert")
	if code == exitDone || stdout != "" || !strings.Contains(stderr, "CONFIG: names a file already") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := tocsin(t, "", nil, "config", "schema"); code != exitDone || !strings.Contains(stdout, `"$schema"`) {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// A value in quotes may go over several lines. A quote that nothing ends is a part of the value.
func TestEnvFileWithLongValues(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tocsin.env")
	for text, want := range map[string]map[string]string{
		"A='{\n  \"x\": \"y\"\n}'\nB=1":   {"A": "{\n  \"x\": \"y\"\n}", "B": "1"},
		"export A=\"1\r\n2\" \r\nB=1\r\n": {"A": "1\r\n2", "B": "1"},
		"A='1'\nB='2'":                    {"A": "1", "B": "2"},
		"A='tis\nB=it's'\nC=2":            {"A": "'tis", "B": "it's'", "C": "2"},
		"A='\nB=2":                        {"A": "'", "B": "2"},
		"# A='\nB=2'":                     {"B": "2'"},
		"A=\"x\" == 'y'\nB='\n\n'":        {"A": "\"x\" == 'y'", "B": "\n\n"},
	} {
		settings, err := readSettings(put(t, file, text))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for name, value := range settings {
			got[name] = value.Text
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	_, err := readSettings(put(t, file, "A={\n  s3cr3t\n}\n"))
	if err == nil || !strings.Contains(err.Error(), ":2: want NAME=value, and quotes around") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}

// What was checked and looked at is what is sent.
func TestSendWithAnEnvFile(t *testing.T) {
	var got string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = string(body)
	}))
	defer receiver.Close()
	file := put(t, filepath.Join(t.TempDir(), "tocsin.env"), "SINKS=own=webhook\nOWN_URL="+receiver.URL+
		"\nOWN_PAYLOAD_TEMPLATE='{\n  \"title\": {{.title}}\n}'\n")
	event := put(t, filepath.Join(t.TempDir(), "event.json"), `{"title":"Something","severity":"8"}`)
	code, _, stderr := tocsin(t, "", nil, "send", "--env-file", file, event)
	if code != exitDone || !strings.Contains(stderr, "own: 1 delivered") || !strings.HasPrefix(got, "{\n  \"title\": \"") {
		t.Errorf("exit code %d: %s%s", code, stderr, got)
	}
	if code, _, stderr = tocsin(t, "", nil, "send", "--env-file", file+".not", event); code != exitUsage || !strings.Contains(stderr, "--env-file") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
