package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// account is an AWS account with a deployment, in which things can be broken and mended.
type account interface {
	// deploy makes the stack Tocsin, whose function has the variables. Secrets are in Secrets Manager under
	// the names by which the variables refer to them.
	deploy(variables map[string]string)
	// secret makes a secret, and returns its ARN.
	secret(name, value string) string
	// topic returns the ARN of the topic, and url where the account's services are.
	topic() string
	url() string
	// faults are what can be broken here: each function breaks it, or mends it.
	faults() map[string]func(isBroken bool)
}

// deployment is an account with the far ends of its sinks.
type deployment struct {
	account

	slack *slacktest.Server
	ses   *sestest.Server
}

func newDeployment(t *testing.T, a account) *deployment {
	t.Helper()
	d := &deployment{a, slacktest.New(t), sestest.New(t)}
	d.ses.Verify(false, "example.com")
	accounts := a.secret("tocsin/accounts", `{"names":"{\"111122223333\":\"prod\"}"}`)
	token := a.secret("tocsin/slack", slacktest.Token)
	for name, value := range sestest.Environment(d.ses.URL()) {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_ENDPOINT_URL", a.url())
	a.deploy(map[string]string{
		"SINKS": "slack,mail=ses,topic=sns", "ACCOUNT_NAMES": accounts + "#names",
		"SLACK_BOT_TOKEN": token, "SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": d.slack.APIURL(),
		"MAIL_FROM": "alerts@example.com", "MAIL_TO": "soc@example.org", "TOPIC_TOPIC_ARN": a.topic(),
	})
	return d
}

// all returns everything that can be broken, by where and what the check names it.
func (d *deployment) all() map[string]func(isBroken bool) {
	all := d.faults()
	all["sink slack: token"] = func(isBroken bool) {
		token := slacktest.Token
		if isBroken {
			token = "xoxb-another"
		}
		d.slack.SetToken(token)
	}
	all["sink mail: sender"] = func(isBroken bool) {
		if isBroken {
			d.ses.Verify(false, "example.net")
		} else {
			d.ses.Verify(false, "example.com")
		}
	}
	return all
}

// lookAtStates looks at the stack, and returns the states of what was looked at.
func lookAtStates(t *testing.T, settings map[string]string, args ...string) (code int, states map[string]string) {
	t.Helper()
	code, stdout, stderr := tocsin(t, "", settings, append([]string{"check", "--live", "--json"}, args...)...)
	states = map[string]string{}
	for line := range strings.Lines(stdout) {
		var check struct{ Where, What, State, Says string }
		if err := json.Unmarshal([]byte(line), &check); err != nil || check.Where == "" || check.What == "" || check.Says == "" {
			t.Fatalf("%s: %v", line, err)
		}
		states[check.Where+": "+check.What] = check.State
	}
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	for _, hidden := range []string{slacktest.Secret, sestest.Secret, "xoxb"} {
		if strings.Contains(stdout, hidden) {
			t.Errorf("the secret shows in:\n%s", stdout)
		}
	}
	return code, states
}

// faulty returns the names of those that have a fault, and of those that are not known.
func faulty(states map[string]string) (faults, unknown []string) {
	for _, name := range slices.Sorted(maps.Keys(states)) {
		switch states[name] {
		case "fault":
			faults = append(faults, name)
		case "not known":
			unknown = append(unknown, name)
		}
	}
	return faults, unknown
}

// testLive breaks everything, and mends one thing after another: each fault is named for as long as it is
// there. Without one the check passes.
func testLive(t *testing.T, d *deployment) {
	t.Helper()
	arguments := []string{"--stack", "Tocsin"}
	code, states := lookAtStates(t, nil, arguments...)
	if faults, unknown := faulty(states); code != exitDone || len(faults)+len(unknown) > 0 || len(states) < 14 {
		t.Fatalf("without a fault: exit code %d, %v", code, states)
	}
	all := d.all()
	names := slices.Sorted(maps.Keys(all))
	if len(names) < 7 {
		t.Fatalf("there are only %d faults", len(names))
	}
	for _, name := range names {
		all[name](true)
	}
	for i := range append(names, "") {
		code, states := lookAtStates(t, nil, arguments...)
		want := exitFailed
		if i == len(names) {
			want = exitDone
		}
		if faults, _ := faulty(states); !slices.Equal(faults, names[i:]) || code != want {
			t.Errorf("exit code %d, faults %q, want %q", code, faults, names[i:])
		}
		if i < len(names) {
			all[names[i]](false)
		}
	}
	if len(d.slack.Conversation()) > 0 || len(d.slack.Messages()) > 0 || len(d.ses.Mails()) > 0 {
		t.Error("a look has sent something")
	}
}

func TestLive(t *testing.T) { testLive(t, newDeployment(t, newFakeAccount(t))) }

// The table says where, what, the state and the remedy, and counts.
func TestLiveToPeople(t *testing.T) {
	a := newFakeAccount(t)
	d := newDeployment(t, a)
	d.all()["stack: mapping"](true)
	d.ses.Verify(true, "example.com", "example.org")
	code, stdout, stderr := tocsin(t, "", nil, "check", "--live", "--stack", "Tocsin")
	for _, want := range []string{
		"the configuration is good; ledger: dynamodb\n", "  sink topic  (sns)",
		"fault    it is Disabled, so that findings wait in the queue and are deleted in the end; aws lambda update-event-source-mapping --enabled --uuid 7f",
		"\n  secret      SLACK_BOT_TOKEN    ok       it can be read: arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin/slack-AbCdEf\n",
		"\n  sink mail   account            warning  it is in SES's sandbox",
		" ok, 1 warning, 1 fault, 0 not known\n",
	} {
		if code != exitFailed || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d: %q is not in:\n%s%s", code, want, stdout, stderr)
		}
	}
}

// Without a stack the variables say what there is; the rules and the mapping follow from the queue.
func TestLiveWithoutAStack(t *testing.T) {
	a := newFakeAccount(t)
	d := newDeployment(t, a)
	arguments := []string{"--queue-url", a.url() + "/111122223333/findings"}
	code, states := lookAtStates(t, a.variables, arguments...)
	if faults, unknown := faulty(states); code != exitDone || len(faults)+len(unknown) > 0 || len(states) < 13 {
		t.Fatalf("without a fault: exit code %d, %v", code, states)
	}
	all := d.all()
	delete(all, "stack: buttons") // the variables say nothing of another function
	for _, name := range slices.Sorted(maps.Keys(all)) {
		where := strings.NewReplacer("stack: dead letters", "dead letters: dead letters", "stack: table", "ledger: table", "stack: expiry", "ledger: expiry",
			"stack: rule", "queue: rule", "stack: mapping", "queue: mapping", "stack: queue", "queue: queue", "stack: redrive", "queue: redrive").Replace(name)
		all[name](true)
		code, states := lookAtStates(t, a.variables, arguments...)
		if faults, _ := faulty(states); code != exitFailed || !slices.Equal(faults, []string{where}) {
			t.Errorf("exit code %d, faults %q, want %q", code, faults, where)
		}
		all[name](false)
	}
}

// What is gone is a fault; what may not be looked at is not known, and the right is named.
func TestLiveGoneAndDenied(t *testing.T) {
	a := newFakeAccount(t)
	newDeployment(t, a)
	a.refuse("DynamoDB_20120810.DescribeTable", "ResourceNotFoundException")
	a.refuse("AWSEvents.DescribeRule", "AccessDeniedException")
	a.refuse("GET /2015-03-31/event-source-mappings/7f000000-0000-4000-8000-000000000000", "ResourceNotFoundException")
	a.refuse("secretsmanager.GetSecretValue", "AccessDeniedException")
	code, stdout, _ := tocsin(t, "", nil, "check", "--live", "--stack", "Tocsin")
	for _, want := range []string{
		"table             fault      there is no table ledger", "rule findings     not known  AccessDeniedException: whoever runs this needs the right events:DescribeRule",
		"mapping           fault      there is no such mapping", "ACCOUNT_NAMES     not known  arn:aws:secretsmanager", "secretsmanager:GetSecretValue on it",
		"token             not known  the bot's secret cannot be had",
	} {
		if code != exitFailed || !strings.Contains(strings.Join(strings.Fields(stdout), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("exit code %d: %q is not in:\n%s", code, want, stdout)
		}
	}
	a.refuse("DescribeStacks", "AccessDenied")
	code, states := lookAtStates(t, nil, "--stack", "Tocsin")
	if code != exitFailed || states["stack: stack Tocsin"] != "not known" {
		t.Errorf("exit code %d, %v", code, states)
	}
	a.refuse("DescribeStacks", "ValidationError")
	if code, states := lookAtStates(t, nil, "--stack", "Tocsin"); code != exitFailed || states["stack: stack Tocsin"] != "fault" {
		t.Errorf("exit code %d, %v", code, states)
	}
}

// The page names every right that is needed, and none that is not.
func TestRightsOnThePage(t *testing.T) {
	a := newFakeAccount(t)
	newDeployment(t, a)
	lookAtStates(t, nil, "--stack", "Tocsin")
	lookAtStates(t, a.variables, "--queue-url", a.url()+"/111122223333/findings")
	asked := slices.Collect(maps.Keys(a.asked))
	asked = append(asked, "ses:GetAccount", "ses:GetEmailIdentity", "ses:GetConfigurationSet") // of another server, and on occasion
	slices.Sort(asked)
	page, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```json\n")
	text, _, _ = strings.Cut(text, "```")
	var policy struct {
		Statement []struct{ Action []string }
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, statement := range policy.Statement {
		named = append(named, statement.Action...)
	}
	slices.Sort(named)
	if !slices.Equal(named, asked) {
		t.Errorf("the page names %q, and %q are asked for", named, asked)
	}
}

func TestLiveCommandLine(t *testing.T) {
	for arguments, want := range map[string]string{
		"--stack Tocsin": "give that too", "--json": "give that too", "--queue-url https://x.example/1/q": "give that too",
		"--live --stack Tocsin --queue-url https://x.example/1/q": "leave out --queue-url", "--live a.json": "leave out their files",
		"--live --expect a.txt": "name their files", "--live --queue-url q": "--queue-url: is not the URL of a queue",
	} {
		code, stdout, stderr := tocsin(t, "", nil, append([]string{"check"}, strings.Fields(arguments)...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s%s", arguments, code, stdout, stderr)
		}
	}
	code, stdout, stderr := tocsin(t, "", map[string]string{"SINKS": "console"}, "check", "--live")
	if want := fmt.Sprintf("  sink console  output  ok  %s\n1 looked at: 1 ok, 0 warnings, 0 faults, 0 not known\n", "it writes to its own output: the terminal, or the function's log"); code != exitDone || !strings.HasSuffix(stdout, want) || stderr != "" {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, _ := tocsin(t, "", map[string]string{"SINKS": "slack"}, "check", "--live"); code != exitUsage {
		t.Errorf("a configuration with mistakes: exit code %d", code)
	}
}
