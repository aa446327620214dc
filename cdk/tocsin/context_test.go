package tocsin_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

func TestFromContext(t *testing.T) {
	got, err := tocsin.FromContext(map[string]any{
		"sinks": "slack, sns", "sources": "guardduty, macie", "withoutEndings": true, "emails": "a@x.de, b@y.de,", "enableGuardDuty": "true", "hub": true,
		"memberAccounts": []any{"111122223333", "444455556666"}, "orgId": "", "logRetentionDays": float64(30),
		"tags": "team=sec,stage=prod", "env.SLACK_USERNAME": "Tocsin", "env.AUDIT_MIN_SEVERITY": float64(4),
		"codePath": "x.zip", "opsTopicArn": topicArn, "subnetIds": "subnet-1,subnet-2",
		"@aws-cdk/core:checkSecretUsage": true, "aws:cdk:enable-path-metadata": true,
		"availability-zones:account=1:region=x": []any{"a"}, "somethingOfAnotherProgram": "x", "stackName": "Sec",
	}, "stackName")
	if err != nil {
		t.Fatal(err)
	}
	want := &tocsin.Props{
		Sinks: "slack, sns", Sources: []string{"guardduty", "macie"}, WithoutEndings: true, Emails: []string{"a@x.de", "b@y.de"}, Code: tocsin.Code{Path: "x.zip"},
		Env: map[string]string{"SLACK_USERNAME": "Tocsin", "AUDIT_MIN_SEVERITY": "4"}, Ops: tocsin.Ops{TopicArn: topicArn},
		Accounts: tocsin.Accounts{EnableGuardDuty: true, Hub: true, MemberAccounts: []string{"111122223333", "444455556666"}},
		Platform: tocsin.Platform{
			LogRetentionDays: 30, Tags: map[string]string{"team": "sec", "stage": "prod"},
			Vpc: tocsin.Vpc{SubnetIDs: []string{"subnet-1", "subnet-2"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestContextMistakes(t *testing.T) {
	_, err := tocsin.FromContext(map[string]any{
		"hub": "yes please", "logRetentionDays": "ninety", "tags": "team", "sinks": map[string]any{},
		"slackWebhokSecret": "hook", "e-mails": "left alone",
		"SINKS": "slack", "Sinks": "slack",
	})
	checkLines(t, err, []string{
		"hub: want true or false", "logRetentionDays: want a whole number", "sinks: want a text", "tags: want name=value pairs",
		"SINKS: there is no such option; a variable of the function is given as env.SINKS",
		"Sinks: there is no such option; did you mean sinks?",
		"slackWebhokSecret: there is no such option; did you mean slackWebhookSecret?",
	})
}

// Each option has the same name as its field, with or without the name of the group that it is in.
func TestNames(t *testing.T) {
	var check func(structure reflect.Type, group string)
	check = func(structure reflect.Type, group string) {
		for i := range structure.NumField() {
			field := structure.Field(i)
			name, tagged := field.Tag.Lookup("context")
			name = strings.TrimSuffix(name, ".")
			switch {
			case !field.IsExported() && !tagged: // is nobody's to set
			case !tagged && field.Type.Kind() == reflect.Struct:
				check(field.Type, field.Name)
			case name == "-" && (field.Name == "SinkTypes" || field.Name == "SourceTable"): // are code, and can be no text
			case !tagged:
				t.Errorf("%s.%s has no option", structure.Name(), field.Name)
			case !strings.EqualFold(name, field.Name) && !strings.EqualFold(name, group+field.Name):
				t.Errorf("%s.%s has the option %s", structure.Name(), field.Name, name)
			}
		}
	}
	check(reflect.TypeFor[tocsin.Props](), "")
}

// The table in the README lists every option.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range tocsin.Options() {
		if !strings.Contains(string(readme), "| `"+option) {
			t.Errorf("the option %s is not in the README's table", option)
		}
	}
}
