//go:build !lambda.norpc

package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/sinks/console"
)

// Every reference is found wherever it stands, and a secret that stands there itself is none.
func TestReferences(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf"
	references, err := app.References(t.Context(), app.Options{Settings: config.Texts(map[string]string{
		"SINKS": "slack,oncall=slack,api=webhook", "SLACK_WEBHOOK_URL": arn + "#slack", "ONCALL_WEBHOOK_URL": "https://hooks.slack.com/services/x",
		"API_URL": "https://api.example.com/", "API_SECRET": arn + "#signing", "API_HEADERS": "Authorization: Bearer " + arn + "#token | X-Key: " + arn + "#key",
		"ACCOUNT_NAMES": arn + "#names", "MUTES": arn,
	})})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, r := range references {
		got[r.Variable] = append(got[r.Variable], r.Place.Key)
		if r.Place.ARN != arn || r.Place.Region != "eu-west-1" || !r.Secret.IsReference() {
			t.Errorf("got %+v", r)
		}
	}
	if diff := cmp.Diff(map[string][]string{
		"SLACK_WEBHOOK_URL": {"slack"}, "API_SECRET": {"signing"}, "API_HEADERS": {"token", "key"}, "ACCOUNT_NAMES": {"names"}, "MUTES": {""},
	}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := app.References(t.Context(), app.Options{Settings: config.Texts(map[string]string{"SINKS": "nope"})}); err == nil {
		t.Error("a mistake is no error")
	}
}

// A dry run has its sinks still, which it sends nothing to.
func TestDestinations(t *testing.T) {
	for ledger, table := range map[string]string{config.LedgerDynamoDB: "t", config.LedgerMemory: ""} {
		settings := map[string]string{"SINKS": "out=console", "LEDGER": ledger, "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/dead"}
		if table != "" {
			settings["LEDGER_TABLE"] = table
		}
		a, err := app.Load(t.Context(), app.Options{Settings: config.Texts(settings), DryRun: &app.DryRun{}})
		if err != nil {
			t.Fatal(err)
		}
		all := a.Destinations()
		if len(all) != 1 || all[0].Name != "out" || all[0].Type != "console" {
			t.Errorf("got %+v", all)
		}
		if _, isItself := all[0].Sink.(*console.Sink); !isItself || a.LedgerTable() != table || a.DeadLetterQueueURL() != settings["DEAD_LETTER_QUEUE_URL"] {
			t.Errorf("got %T, %q, %q", all[0].Sink, a.LedgerTable(), a.DeadLetterQueueURL())
		}
	}
}
