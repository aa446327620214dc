package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// drillOf is a drill as a rule hands it over to the queue.
func drillOf(rule string, at time.Time) string {
	stamp := at.UTC().Format(time.RFC3339)
	return fmt.Sprintf(`{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"Tocsin Drill","source":"tocsin","account":"111122223333",
		"time":%[2]q,"region":"us-east-1","resources":[],"detail":{"rule":%[1]q,"drill":%[2]q,"at":%[2]q}}`, rule, stamp)
}

// checkOf is a check as a schedule puts it into the queue.
func checkOf(at time.Time, rules ...string) string {
	names, _ := json.Marshal(rules)
	return fmt.Sprintf(`{"version":"0","id":"d32c5kddcf5bb8c3","source":"tocsin","detail-type":"Tocsin Drill Check","account":"111122223333",
		"region":"us-east-1","time":%q,"detail":{"rules":%s,"within":"25h"}}`, at.UTC().Format(time.RFC3339), names)
}

// drilled are the settings of a function over a table: one sink accepts drills, and one does not.
func drilled(t *testing.T, table string) (variables map[string]string, wants, other func() int) {
	t.Helper()
	slack, quiet := newSlack(t), newSlack(t)
	variables = map[string]string{
		"SINKS": "slack,quiet=slack", "SLACK_WEBHOOK_URL": slack.URL(), "QUIET_WEBHOOK_URL": quiet.URL(), "RATE": "0", "SLACK_DRILL": "true",
		"LEDGER": "dynamodb", "LEDGER_TABLE": newTable(t, table), "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables,
	}
	return variables, func() int { return len(slack.Messages()) }, func() int { return len(quiet.Messages()) }
}

// drills are the numbers of the metric, one for each check.
func (f *function) drills(t *testing.T, invocations int) (metrics []int) {
	t.Helper()
	f.logged(t, invocations)
	for line := range strings.Lines(f.stdout.String()) {
		var got struct {
			Drill *int
			AWS   struct {
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		decode(t, line, &got)
		if got.Drill == nil {
			continue
		}
		isDeclared := false
		for _, directive := range got.AWS.CloudWatchMetrics {
			for _, metric := range directive.Metrics {
				isPlain := len(directive.Dimensions) == 1 && len(directive.Dimensions[0]) == 0
				isDeclared = isDeclared || metric.Name == "Drill" && directive.Namespace == "Tocsin" && isPlain
			}
		}
		if !isDeclared {
			t.Errorf("CloudWatch is not told of the metric: %s", line)
		}
		metrics = append(metrics, *got.Drill)
	}
	return metrics
}

// The drills of three rules come to two execution environments, one of them twice: one message to the sink that
// accepts drills, and a check says that all came. The next day one is swallowed.
func TestDrills(t *testing.T) {
	variables, wants, other := drilled(t, "drills")
	functions := []*function{start(t, variables), start(t, variables)}
	rules := []string{"tocsin-findings", "tocsin-findings-health", "tocsin-hub-findings"}
	today := time.Now().Add(-time.Minute).Truncate(time.Second)
	yesterday := today.Add(-26 * time.Hour)

	for i, rule := range append(rules, rules[0]) {
		if failed := functions[i%2].batch(t, map[string]string{"drill": drillOf(rule, yesterday)}, 1); len(failed) != 0 {
			t.Errorf("%s comes again", rule)
		}
	}
	if wants() != 1 || other() != 0 {
		t.Fatalf("%d and %d messages, want one for the round, and none to the sink that wants none", wants(), other())
	}
	functions[1].batch(t, map[string]string{"check": checkOf(yesterday, rules...)}, 1)
	// Today the drill of one rule is swallowed.
	functions[0].batch(t, map[string]string{"a": drillOf(rules[0], today), "b": drillOf(rules[2], today), "finding": event(8, "drilled")}, 1)
	for range 2 {
		functions[0].batch(t, map[string]string{"check": checkOf(today, rules...)}, 1)
	}
	if wants() != 4 || other() != 1 {
		t.Errorf("%d and %d messages, want two rounds, a finding and that a drill was missed, and the finding", wants(), other())
	}
	if got := functions[1].drills(t, 3); len(got) != 1 || got[0] != 1 {
		t.Errorf("all came: the metric is %v, want 1", got)
	}
	if got := functions[0].drills(t, 5); len(got) != 2 || got[0] != 0 || got[1] != 0 {
		t.Errorf("one was swallowed: the metric is %v, want 0 and, of the copy, 0", got)
	}
	want := "the drill of the rule tocsin-findings-health in 111122223333 us-east-1 was missed: the last one came " + yesterday.UTC().Format(time.RFC3339)
	log := functions[0].stdout.String()
	if strings.Count(log, want) != 1 || strings.Contains(log, "rule tocsin-findings in") || strings.Contains(log, "rule tocsin-hub-findings in") {
		t.Errorf("the log lacks %q, or names another rule:\n%s", want, log)
	}
	for _, f := range functions {
		for _, m := range f.logged(t, map[*function]int{functions[0]: 5, functions[1]: 3}[f]).metrics {
			sum := 0
			for _, outcomes := range m.Outcomes {
				for _, n := range outcomes {
					sum += n
				}
			}
			if sum != 2*m.Findings || m.Unreadable != 0 {
				t.Errorf("drills are in the balance of findings: %+v", m)
			}
		}
	}
}

// Without a table that outlives the process a check cannot know, and one that does not answer leaves the
// metric out: both let the alarm go off.
func TestDrillsWithoutATable(t *testing.T) {
	variables, wants, _ := drilled(t, "drills-gone")
	memory := maps.Clone(variables)
	memory["LEDGER"] = "memory"
	delete(memory, "LEDGER_TABLE")
	now := time.Now().Add(-time.Minute)
	f := start(t, memory)
	f.batch(t, map[string]string{"drill": drillOf("tocsin-findings", now)}, 1)
	if failed := f.batch(t, map[string]string{"check": checkOf(now, "tocsin-findings")}, 1); len(failed) != 0 {
		t.Error("a check comes again that can never be answered")
	}
	if got := f.drills(t, 2); wants() != 1 || len(got) != 1 || got[0] != 0 || !strings.Contains(f.stdout.String(), "set LEDGER=dynamodb") {
		t.Errorf("%d messages, metric %v, %s", wants(), got, f.stdout)
	}

	variables["LEDGER_TABLE"] = "drills-never-made"
	f = start(t, variables)
	records := map[string]string{"drill": drillOf("tocsin-findings", now), "check": checkOf(now, "tocsin-findings"), "finding": event(8, "beside")}
	if failed := f.batch(t, records, 1); len(failed) != 2 || failed["finding"] {
		t.Errorf("a table that is not there: %v, want the drill and the check again", failed)
	}
	if got := f.drills(t, 1); len(got) != 0 || wants() != 2 {
		t.Errorf("metric %v and %d messages, want none, and the finding", got, wants())
	}
}

// A drill that somebody puts into the queue is said, and is no proof that a rule works.
func TestDrillByHand(t *testing.T) {
	variables, wants, other := drilled(t, "drills-by-hand")
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": "drills-by-hand"}, &queue)
	if code, output := tocsin(t, map[string]string{"AWS_ENDPOINT_URL_SQS": shared.emulator.url}, "drill", "--queue", queue.QueueURL); code != 0 {
		t.Fatalf("exit code %d: %s", code, output)
	}
	messages := received(t, queue.QueueURL)
	if len(messages) != 1 {
		t.Fatalf("%d messages in the queue, want 1", len(messages))
	}
	f := start(t, variables)
	for range 2 { // SQS may hand it over twice
		f.batch(t, map[string]string{"m": messages[0].Body}, 1)
	}
	f.batch(t, map[string]string{"check": checkOf(time.Now().Add(-time.Minute), "tocsin-findings")}, 1)
	if got := f.drills(t, 3); len(got) != 1 || got[0] != 0 || wants() != 2 || other() != 0 {
		t.Errorf("metric %v, %d and %d messages, want 0, the drill and that one was missed", got, wants(), other())
	}
	if code, output := tocsin(t, variables, "drill"); code != 0 || !strings.Contains(output, "slack: delivered\n  quiet: accepts no drills") || wants() != 3 {
		t.Errorf("from here: exit code %d, %s", code, output)
	}
}
