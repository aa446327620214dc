package outside_test

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// buttonSecret begins the ARNs of the secrets of a Slack bot with buttons.
const buttonSecret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:"

// The logical ids of the templates, with what else replaces a resource when it changes: another id gives a new queue,
// and orphans a table that is kept.
func TestTemplates(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]string{
		"defaults": nil,
		"rich": {
			"sinks=slack,oncall=slack,sns", "hub=true", "orgId=o-a1b2c3d4e5", "emails=a@example.com,b@example.com", "opsEmails=ops@example.com",
			"kmsKey=create", "namePrefix=sec", "tags=team=sec", "tracing=true", "subnetIds=subnet-0123456789abcdef0", "vpcId=vpc-0123456789abcdef0",
			"enableGuardDuty=true", "accountNames=111122223333=prod", "minSeverity=high", "env.SLACK_MIN_SEVERITY=low",
		},
		"given": {
			"sinks=slack,sns", "slackWebhookSecret=tocsin/slack", "snsTopicArn=" + topicARN, "opsTopicArn=arn:aws:sns:us-east-1:111122223333:ops",
			"kmsKey=arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef", "memberAccounts=111122223333", "hub=true",
			"architecture=amd64", "subnetIds=subnet-0123456789abcdef0", "securityGroupIds=sg-0123456789abcdef0",
		},
		"buttons": {
			"sinks=slack,sns", "actions=true", "env.SLACK_CHANNEL=C0123ABCD", "env.SLACK_BOT_TOKEN=" + buttonSecret + "bot-AbCdEf",
			"env.SLACK_SIGNING_SECRET=" + buttonSecret + "signing-AbCdEf", "kmsKey=create", "namePrefix=sec",
		},
		"drilled": {"sources=guardduty,health", "hub=true", "orgId=o-a1b2c3d4e5", "drill=rate(1 day)", "env.SUMMARY=weekly"},
	} {
		folder := t.TempDir()
		args := []string{"-template", folder}
		for _, option := range options {
			args = append(args, "-c", option)
		}
		synthesise(t, folder, nil, args...)
		for _, file := range []string{"tocsin", "tocsin-member"} {
			golden(t, "template-"+name+"-"+file+".txt", outline(t, filepath.Join(folder, file+".template.json")))
		}
	}
}

// The stacks of the CDK app, whose ids the CDK's command line deploys.
func TestStacks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synthesise(t, folder, []string{"CDK_OUTDIR=" + folder}, "-c", "codeBucket=code", "-c", "codeKey=tocsin.zip")
	golden(t, "stack-tocsin.txt", outline(t, filepath.Join(folder, "Tocsin.template.json")))
	folder = t.TempDir()
	synthesise(t, folder, []string{"CDK_OUTDIR=" + folder}, "-c", "hubBusArn=arn:aws:events:eu-west-1:111122223333:event-bus/hub")
	golden(t, "stack-tocsin-member.txt", outline(t, filepath.Join(folder, "TocsinMember.template.json")))
}

// synthesise runs the CDK app outside of the project.
func synthesise(t *testing.T, folder string, env []string, args ...string) {
	t.Helper()
	command := exec.Command(shared.cdk, args...)
	command.Dir = folder
	command.Env = append(append(command.Environ(), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20"), env...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, output)
	}
}

// outline gives the names in a template, and of each resource what must not change.
func outline(t *testing.T, path string) string {
	t.Helper()
	template := decoded(t, []byte(read(t, path))).(map[string]any)
	var text bytes.Buffer
	for _, part := range []string{"Parameters", "Resources", "Outputs"} {
		members, _ := template[part].(map[string]any)
		fmt.Fprintf(&text, "== %s\n", part)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			fmt.Fprintln(&text, strings.TrimSpace(name+" "+fixed(t, members[name].(map[string]any))))
		}
	}
	return text.String()
}

// fixed gives the type of a resource, what happens to it when it is taken away, its name, its keys and the names of its
// variables.
func fixed(t *testing.T, resource map[string]any) string {
	t.Helper()
	parts := []string{}
	for _, name := range []string{"Type", "DeletionPolicy", "UpdateReplacePolicy"} {
		if value, ok := resource[name].(string); ok {
			parts = append(parts, value)
		}
	}
	properties, _ := resource["Properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		switch {
		case strings.HasSuffix(name, "Name") || name == "KeySchema" || name == "TimeToLiveSpecification":
			parts = append(parts, name+"="+compact(t, properties[name]))
		case name == "Environment":
			variables := properties[name].(map[string]any)["Variables"].(map[string]any)
			parts = append(parts, "variables="+strings.Join(slices.Sorted(maps.Keys(variables)), ","))
		}
	}
	return strings.Join(parts, " ")
}
