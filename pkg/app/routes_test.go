package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// A condition decides about its sink alone; one that cannot be decided lets the finding through,
// counted.
func TestConditions(t *testing.T) {
	slack, oncall := newHook(t, http.StatusOK), newHook(t, http.StatusOK)
	a, log := load(t, map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(), "LEDGER": "off",
		"WHEN": `type startsWith "Recon:" and document.nothing.there == 1`, "ONCALL_WHEN": `account == "000022223333"`,
	})
	answer, err := a.Invoke(t.Context(), []byte(event("f1", 8)))
	if err != nil || string(answer) != `{"delivered":1,"findings":1,"unmatched":1}` {
		t.Errorf("got %s, %v", answer, err)
	}
	if len(slack.bodies) != 1 || len(oncall.bodies) != 0 {
		t.Errorf("slack was sent %d times, oncall %d times", len(slack.bodies), len(oncall.bodies))
	}
	if metrics := lastLine(t, log); metrics["ConditionErrors"] != 1.0 || metrics["Unmatched"] != 1.0 {
		t.Errorf("got %v", metrics)
	}
	for _, want := range []string{
		`"slack":"WHEN cannot be decided, and is taken to hold: line 1, column 47: cannot fetch there from \u003cnil\u003e"`,
		`"oncall":"ONCALL_WHEN does not hold: account \"111122223333\""`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in the log: %s", want, log)
		}
	}
}

// One sink that is sent to alone, as a replay does, gets as the default sink what no other would take.
func TestDefaultSinkAlone(t *testing.T) {
	for shop, want := range map[string]string{`severity >= 8`: `"unmatched":1`, `severity < 8`: `"delivered":1`} {
		rest := newHook(t, http.StatusOK)
		a, err := app.Load(t.Context(), app.Options{Only: "rest", Log: io.Discard, Settings: config.Texts(map[string]string{
			"SINKS": "shop=console,rest=slack", "SHOP_WHEN": shop, "REST_WEBHOOK_URL": rest.address(), "REST_WHEN": `account == "000022223333"`,
			"DEFAULT_SINK": "rest", "LEDGER": "off",
		})})
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := a.Invoke(t.Context(), []byte(event("f1", 8))); err != nil || !strings.Contains(string(answer), want) {
			t.Errorf("%s: got %s, %v; want %s", shop, answer, err, want)
		}
	}
}

const mutes = `
- name: scans
  when: type startsWith "Recon:"
  until: 9999-12-31
  reason: the scanner of the audit
  by: alice
- name: old
  when: "true"
  until: 2026-01-01
  reason: over
- name: odd
  when: document.a.b == 1
  until: 9999-12-31
  reason: cannot be decided
`

func TestMutes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mutes.yaml")
	if err := os.WriteFile(file, []byte(mutes), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]string{"inline": mutes, "a file": "file:" + file, "a path": file} {
		t.Run(name, func(t *testing.T) {
			slack, oncall := newHook(t, http.StatusOK), newHook(t, http.StatusOK)
			a, log := load(t, map[string]string{
				"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(),
				"LEDGER": "off", "ONCALL_MIN_SEVERITY": "high", "MUTES": where,
			})
			answer, err := a.Invoke(t.Context(), []byte(batch(event("f1", 8), event("f2", 5), event("f3", 9), event("f4", `"odd"`))))
			if err != nil || string(answer) != `{"batchItemFailures":[]}` {
				t.Errorf("got %s, %v", answer, err)
			}
			if len(slack.bodies) != 2 || len(oncall.bodies) != 2 {
				t.Errorf("slack was sent %d times, oncall %d times, want the critical and the unknown each", len(slack.bodies), len(oncall.bodies))
			}
			metrics := lastLine(t, log)
			if got := fmt.Sprint(metrics["Muted"], metrics["Below"], metrics["mutes"], metrics["ConditionErrors"]); got != "3 1 map[scans:3] 0" {
				t.Errorf("got %s", got)
			}
			for _, want := range []string{
				`"reasons":{"oncall":"muted by \"scans\" until 9999-12-31 (the scanner of the audit; alice)"`,
				`"message":"mute expired","mute":"old","until":"2026-01-01","reason":"over"}`,
				`"message":"warning","reason":"the mute \"scans\" lasts for more than 90 days; what is never to be sent is better left out by WHEN"}`,
			} {
				if strings.Count(log.String(), want) != 1 {
					t.Errorf("%s is not in the log once: %s", want, log)
				}
			}
		})
	}
}

// A mute that cannot be decided mutes nothing, and is counted.
func TestMuteThatFails(t *testing.T) {
	slack := newHook(t, http.StatusOK)
	a, log := load(t, map[string]string{
		"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.address(), "LEDGER": "off",
		"MUTES": `[{name: odd, when: document.a.b == 1, until: 9999-12-31, reason: x}]`,
	})
	if _, err := a.Invoke(t.Context(), []byte(event("f1", 8))); err != nil || len(slack.bodies) != 1 {
		t.Errorf("sent %d times, error %v", len(slack.bodies), err)
	}
	want := `; the mute \"odd\" cannot be decided, and mutes nothing: line 1, column 12: cannot fetch b`
	if lastLine(t, log)["ConditionErrors"] != 1.0 || !strings.Contains(log.String(), want) {
		t.Errorf("got %s", log)
	}
}

func TestMistakesInMutes(t *testing.T) {
	for where, want := range map[string]string{
		"- when: smaple":                   "MUTES: line 1: when: line 1, column 1: unknown name smaple; did you mean sample?\nMUTES: line 1: until is missing\nMUTES: line 1: reason is missing",
		"file:nowhere.yaml":                "MUTES: the file that it names cannot be read (no such file or directory); in Lambda it lies beside the bootstrap",
		"nowhere.yml":                      "MUTES: the file that it names cannot be read",
		"sample":                           "MUTES: want a list of mutes in YAML",
		"arn:aws:sns:eu-west-1:1:whatever": "MUTES: want a list of mutes in YAML",
	} {
		t.Setenv("SINKS", "console")
		t.Setenv("MUTES", where)
		if _, err := app.Load(t.Context(), app.Options{Settings: config.Environment()}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", where, err, want)
		}
	}
}

// Mutes in a secret are read with the first finding. While it cannot be read, nothing is muted; a
// mistake in it costs its own mute alone.
func TestMutesInASecret(t *testing.T) {
	for name, test := range map[string]struct {
		status        int
		text          string
		sent, trouble int
	}{
		"a list":       {http.StatusOK, `[{when: sample or true, until: 9999-12-31, reason: x}]`, 0, 0},
		"a mistake":    {http.StatusOK, `[{when: smaple, until: 9999-12-31, reason: x}, {when: not sample, until: 9999-12-31, reason: x}]`, 0, 1},
		"always holds": {http.StatusOK, `[{when: not (level == "hihg"), until: 9999-12-31, reason: x}]`, 1, 1},
		"no YAML":      {http.StatusOK, `[s3cret`, 1, 1},
		"not readable": {http.StatusBadRequest, ``, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			manager := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, fmt.Sprintf(`{"__type":"AccessDeniedException","SecretString":%q}`, test.text))
			}))
			defer manager.Close()
			for variable, value := range map[string]string{
				"AWS_ENDPOINT_URL_SECRETS_MANAGER": manager.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
			} {
				t.Setenv(variable, value)
			}
			slack := newHook(t, http.StatusOK)
			a, log := load(t, map[string]string{
				"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.address(), "LEDGER": "off",
				"MUTES": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes-AbCdEf",
			})
			if _, err := a.Invoke(t.Context(), []byte(event("f1", 8))); err != nil {
				t.Error(err)
			}
			trouble := strings.Count(log.String(), `"message":"trouble","reason":"MUTES: `)
			if len(slack.bodies) != test.sent || trouble != test.trouble || strings.Contains(log.String(), "s3cret") {
				t.Errorf("sent %d times, want %d; trouble %d times, want %d: %s", len(slack.bodies), test.sent, trouble, test.trouble, log)
			}
		})
	}
}
