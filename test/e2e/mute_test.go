package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// Somebody mutes findings with the command line: within a minute, and for one read of the table, a
// function that runs in another process is silent, and so is one that starts then. Critical findings
// go on, and all go on when the mute is ended.
func TestMutedByAnotherProcess(t *testing.T) {
	tableStore(t, "mute-now") // with the settings of this process
	slack := newSlack(t)
	variables := map[string]string{
		"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.URL(), "RATE": "0", "LEDGER": "dynamodb", "LEDGER_TABLE": "mute-now",
		"AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables,
	}
	operate := func(args ...string) string {
		t.Helper()
		code, output := tocsin(t, map[string]string{"USER": "alice", "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables}, append([]string{"mute"}, args...)...)
		if code != 0 {
			t.Fatalf("tocsin mute %v: exit code %d\n%s", args, code, output)
		}
		return output
	}

	now := time.Now()
	ctx := awscall.WithSettings(t.Context(), new(awscall.Settings))
	running, err := app.Load(ctx, app.Options{Settings: config.Texts(variables), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	findings := 0
	after := func(wait time.Duration, severity float64, want string) {
		t.Helper()
		now = now.Add(wait)
		findings++
		r, err := running.Handle(ctx, []byte(event(severity, fmt.Sprint("mute-", findings))))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Records[0].Findings[0].Results[0].Outcome; string(got) != want || r.LedgerUnavailable > 0 {
			t.Errorf("finding %d: %s, want %s", findings, got, want)
		}
	}
	after(0, 5, "delivered")
	operate("add", "load-tests", "--table", "mute-now", "--when", `account == "111122223333"`, "--for", "2h", "--reason", "load tests")
	after(59*time.Second, 5, "delivered") // the list was read less than a minute ago
	after(time.Second, 5, "muted")
	after(0, 9, "delivered")
	started := start(t, variables)
	if got := started.succeeded(t, event(5, "mute-started")); got != `{"findings":1,"muted":1}` {
		t.Errorf("a function that starts then: %s", got)
	}
	started.logged(t, 1)
	if log := started.stdout.String(); !strings.Contains(log, `\"load-tests\" until `) || !strings.Contains(log, `"tableMutes":{"load-tests":1}`) {
		t.Errorf("its log: %s", log)
	}
	operate("end", "load-tests", "--by", "bob", "--table", "mute-now")
	after(time.Minute, 5, "delivered")
	if got := len(slack.Messages()); got != 4 {
		t.Errorf("%d messages, want 4", got)
	}
	history := operate("list", "--history", "--table", "mute-now")
	for _, want := range []string{`added  "load-tests" by alice`, `ended  "load-tests" by bob`} {
		if !strings.Contains(history, want) {
			t.Errorf("the history is %s, want %s", history, want)
		}
	}
}
