package outside_test

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// setting is a variable and its value.
type setting struct{ name, value string }

// complete is a configuration with every sink, in which nothing is wrong.
func complete() map[string]string {
	return map[string]string{
		"SINKS": "slack,sns,console,oncall=slack", "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/s3cr3t", "SNS_TOPIC_ARN": topicARN,
		"ONCALL_BOT_TOKEN": "xoxb-s3cr3t", "ONCALL_CHANNEL": "C0123ABCD",
	}
}

// wrong are values that are refused: for each variable that there is, at least one, or that it is missing.
func wrong() []setting {
	return []setting{
		{"SINKS", ""}, {"SINKS", "slak"}, {"SINKS", "pigeon"}, {"SINKS", "Slack!=slack"}, {"SINKS", "console,console"},
		{"MIN_SEVERITY", "loud"}, {"MIN_SEVERITY", "11"}, {"SLACK_MIN_SEVERITY", "loud"},
		{"RATE", "fast"}, {"RATE", "5000"}, {"SNS_RATE", "-1"},
		{"DIGEST_AFTER", "x"}, {"DIGEST_AFTER", "-1"}, {"CONSOLE_DIGEST_AFTER", "1.5"}, {"DIGEST_EVERY", "1s"}, {"DIGEST_EVERY", "soon"},
		{"SUMMARY", "daily"}, {"SUMMARY", "weekly"}, {"SLACK_SUMMARY", "weekley"}, {"FALLBACK_SINK", "teams"}, {"FALLBACK_SINK", "onecall"},
		{"ACTIONS_ALLOW", "@jane"}, {"ACTIONS_ALLOW", "U012AB3CD"}, {"ACTIONS_ARCHIVE", "yes"}, {"ACTIONS_ARCHIVE", "true"},
		{"ESCALATE_AFTER", "soon"}, {"ESCALATE_AFTER", "15m"}, {"ESCALATE_TO", "oncall"}, {"ESCALATE_MIN_SEVERITY", "loud"}, {"ESCALATE_MIN_SEVERITY", "low"},
		{"ONCALL_ESCALATE_AFTER", "25h"}, {"ONCALL_ESCALATE_TO", "sns"}, {"SNS_ESCALATE_MIN_SEVERITY", "low"},
		{"QUEUE_URL", "findings"}, {"QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111122223333/findings.fifo"},
		{"ONCALL_SIGNING_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf"},
		{"REPEAT", "sometimes"}, {"ONCALL_REPEAT", "1s"}, {"DRILL", "daily"}, {"SLACK_DRILL", "yes"},
		{"WHEN", "sevrity > 3"}, {"WHEN", "severity >"}, {"SNS_WHEN", "severity"},
		{"MUTES", "- when: sample"}, {"MUTES", "file:/nowhere/mutes.yaml"}, {"MUTES", "what"},
		{"FIELDS", "nope"}, {"SLACK_FIELDS", "nothing,account"}, {"TITLE_TEMPLATE", "{{"}, {"SNS_TITLE_TEMPLATE", "{{.Nope}}"},
		{"BODY_TEMPLATE", "{{.Nope}}"}, {"CONSOLE_BODY_TEMPLATE", "{{end}}"}, {"SHOW_TAGS", "none,team"}, {"SLACK_SHOW_TAGS", "none,*"},
		{"RUNBOOK_URL", "wiki"}, {"SLACK_RUNBOOK_URL", "http://"}, {"MENTION", "bob"}, {"SLACK_MENTION", "@bob"},
		{"MENTION_MIN_SEVERITY", "loud"}, {"ONCALL_MENTION_MIN_SEVERITY", "11"}, {"MESSAGE_LANG", "xx"}, {"SNS_MESSAGE_LANG", "klingon"},
		{"ACCOUNT_NAMES", "1=a"}, {"ACCOUNT_NAMES", "prod"}, {"ACCOUNT_NAMES", `{"1":`},
		{"SOURCE_SEVERITY", "generic=loud"}, {"SOURCE_SEVERITY", "genric=low"}, {"SOURCE_SEVERITY", "guardduty=low"},
		{"LEDGER", "paper"}, {"LEDGER", "dynamodb"}, {"LEDGER_TABLE", "t"}, {"DEAD_LETTER_QUEUE_URL", "letters"},
		{"SLACK_WEBHOOK_URL", ""}, {"SLACK_WEBHOOK_URL", "http://hooks.slack.com/services/T0/B0/s3cr3t"}, {"SLACK_WEBHOOK_URL", "s3cr3t"},
		{"SLACK_BOT_TOKEN", "xoxb-s3cr3t"}, {"ONCALL_BOT_TOKEN", ""}, {"ONCALL_BOT_TOKEN", "xoxp-s3cr3t"}, {"ONCALL_CHANNEL", ""}, {"ONCALL_CHANNEL", "#alerts"},
		{"ONCALL_API_URL", "slack"}, {"SLACK_CHANNEL", "C0123ABCD"}, {"SLACK_API_URL", "https://slack.com/api/"},
		{"SNS_TOPIC_ARN", ""}, {"SNS_TOPIC_ARN", "topic"}, {"CONSOLE_FORMAT", "xml"},
		{"SLACK_WEBHOKO_URL", "x"}, {"CONSOLE_FROMAT", "x"}, {"SNS_MIN_SEVERTY", "low"},
	}
}

// What the Lambda says of each wrong setting when it starts.
func TestWrongSettings(t *testing.T) {
	var text strings.Builder
	for _, s := range wrong() {
		variables := complete()
		variables[s.name] = s.value
		fmt.Fprintf(&text, "== %s=%s\n%s\n", s.name, s.value, refused(t, variables))
	}
	golden(t, "variables-wrong.txt", text.String())
}

// Names under an instance's prefix that nobody knows are refused, whatever is proposed in their place.
func TestUnknownNames(t *testing.T) {
	for _, name := range strings.Fields("ONCALL_NOTHING_LIKE_IT SNS_TOPIC SNS_USERNAME SLACK_LEDGER SLACK_ACCOUNT_NAMES SLACK_DIGEST_EVERY SLACK_FORMAT CONSOLE_TOPIC_ARN") {
		variables := complete()
		variables[name] = "x"
		if got := refused(t, variables); !strings.HasPrefix(got, "exit code 1\ntocsin: configuration: "+name+": no such setting; ") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Names that no instance may have, since variables that begin so are other programs' or Tocsin's own.
func TestReservedNames(t *testing.T) {
	var text strings.Builder
	for _, name := range strings.Fields("account aws aws_x body dead digest digest_after fields go http https lambda lambda_x lc ld ledger mention " +
		"message min mutes no otel rate repeat runbook show sinks source title tocsin when xdg") {
		variables := map[string]string{"SINKS": name + "=console"}
		fmt.Fprintf(&text, "== %s\n%s\n", name, refused(t, variables))
	}
	golden(t, "variables-reserved.txt", text.String())
}

// refused starts the Lambda, which refuses to start, and gives its exit code and what it says.
func refused(t *testing.T, variables map[string]string) string {
	t.Helper()
	command := exec.Command(shared.lambda)
	command.Env = append(environment(variables), "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strings.Contains(string(output), "next invoke") {
		t.Errorf("it starts with %v", variables)
		return fmt.Sprintf("it starts: %v\n%s", err, output)
	}
	if strings.Contains(string(output), "s3cr3t") {
		t.Error("a secret shows")
	}
	return fmt.Sprintf("exit code %d\n%s", exit.ExitCode(), worded(string(output)))
}

// right is a value for every variable that there is, of every form that it takes in general and for one instance.
func right() map[string]string {
	variables := complete()
	shared := map[string]string{
		"MIN_SEVERITY": "high", "WHEN": "not sample", "RATE": "2", "REPEAT": "24h", "DIGEST_AFTER": "5", "FIELDS": "account,region",
		"TITLE_TEMPLATE": "{{.title}}", "BODY_TEMPLATE": "{{.description}}", "SHOW_TAGS": "team", "RUNBOOK_URL": "https://wiki.example.com/", "MENTION": "<!here>",
		"MENTION_MIN_SEVERITY": "critical", "MESSAGE_LANG": "ja", "DRILL": "true", "SUMMARY": "off",
	}
	for name, value := range shared {
		variables[name] = value
		for _, instance := range []string{"SLACK_", "SNS_", "CONSOLE_", "ONCALL_"} {
			variables[instance+name] = value
		}
	}
	for name, value := range map[string]string{
		"MUTES": `[{"when":"sample","until":"2099-01-01","reason":"samples"}]`, "DIGEST_EVERY": "30s", "ACCOUNT_NAMES": "111122223333=prod", "SOURCE_SEVERITY": "generic=low",
		"LEDGER": "memory", "FALLBACK_SINK": "oncall", "DEAD_LETTER_QUEUE_URL": deadLetters, "SLACK_USERNAME": "Tocsin", "SLACK_ICON_EMOJI": ":bell:",
		"ONCALL_USERNAME": "Tocsin", "ONCALL_ICON_EMOJI": ":bell:", "ONCALL_API_URL": "https://slack-gov.com/api/", "CONSOLE_FORMAT": "json",
	} {
		variables[name] = value
	}
	return variables
}

// escalating is a configuration by which what nobody takes on in a channel is told to a topic.
func escalating() map[string]string {
	variables := complete()
	for name, value := range map[string]string{
		"ONCALL_SIGNING_SECRET": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf", "ONCALL_ESCALATE_AFTER": "90m", "ONCALL_ESCALATE_TO": "sns",
		"ONCALL_ESCALATE_MIN_SEVERITY": "medium", "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/findings",
	} {
		variables[name] = value
	}
	return variables
}

// Every variable is known, and check shows what is in force.
func TestRightSettings(t *testing.T) {
	var text strings.Builder
	days := regexp.MustCompile(`\d+ days left`)
	for name, variables := range map[string]map[string]string{"complete": complete(), "right": right(), "escalating": escalating()} {
		text.Reset()
		fmt.Fprint(&text, days.ReplaceAllString(run(t, call{args: []string{"check"}, variables: variables}), "<n> days left"))
		golden(t, "variables-"+name+".txt", text.String())
	}
}
