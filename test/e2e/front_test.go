package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// actionsWorld is what the function that answers buttons speaks to.
type actionsWorld struct {
	slack     *slacktest.Server
	variables map[string]string
	queue     string
	message   string // one with buttons
}

const allowed, somebody = "U0ALLOWED", "U0SOMEBODY"

// newActions makes a table, a queue and a message with buttons, of a finding of a severity.
func newActions(t *testing.T, name string, severity float64) *actionsWorld {
	t.Helper()
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name}, &queue)
	w := &actionsWorld{slack: newSlack(t), queue: queue.QueueURL}
	w.variables = map[string]string{
		"SINKS": "slack", "SLACK_BOT_TOKEN": secretARN + "#bot", "SLACK_SIGNING_SECRET": secretARN + "#signing", "SLACK_CHANNEL": slacktest.Channel,
		"SLACK_API_URL": w.slack.APIURL(), "LEDGER": "dynamodb", "LEDGER_TABLE": newTable(t, name), "QUEUE_URL": queue.QueueURL, "ACTIONS_ALLOW": allowed,
		"AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables, "AWS_ENDPOINT_URL_SQS": shared.emulator.url,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": newVault(t, `{"bot":"`+slacktest.Token+`","signing":"`+slacktest.SigningSecret+`"}`),
	}
	w.message = w.slack.Post(t, pressable(severity))
	return w
}

// pressable is a message with the buttons of a finding.
func pressable(severity float64) string {
	value := fmt.Sprintf(`{"s":"com.example","a":"111122223333","r":"eu-west-1","i":"f1","t":"Recon:EC2/Portscan","o":"i-0abc","v":%v}`, severity)
	ending := strings.Replace(value, "{", `{"m":"slack-20261129-ab12",`, 1)
	var buttons []string
	for _, b := range [][2]string{{"acknowledge", value}, {"mute", value}, {"archive", value}, {"unmute", ending}} {
		buttons = append(buttons, fmt.Sprintf(`{"type":"button","text":{"type":"plain_text","text":%q},"action_id":%q,"value":%q}`, b[0], b[0], b[1]))
	}
	return `{"text":"what happened","blocks":[{"type":"header","text":{"type":"plain_text","text":"HIGH"}}],"attachments":[{"color":"#E01E5A","blocks":[
		{"type":"section","text":{"type":"mrkdwn","text":"a fact"}},{"type":"actions","block_id":"acts-1","elements":[` + strings.Join(buttons, ",") + `]}]}]}`
}

// answered is what the function answers a request.
type answered struct {
	Status int `json:"statusCode"`
	Body   string
}

// press hands a request to a function.
func press(t *testing.T, f *function, event string) answered {
	t.Helper()
	var r answered
	if err := json.Unmarshal([]byte(f.succeeded(t, event)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// pressedWell is press, of what is answered well and with nothing to show.
func pressedWell(t *testing.T, f *function, event string) {
	t.Helper()
	if r := press(t, f, event); r.Status != http.StatusOK || r.Body != "" {
		t.Errorf("answered %+v\n%s", r, f.stdout.String())
	}
}

// asked takes what was asked for out of the queue.
func (w *actionsWorld) asked(t *testing.T) (all []action.Request) {
	t.Helper()
	for _, message := range received(t, w.queue) {
		var record struct {
			Source     string
			DetailType string `json:"detail-type"`
			Detail     json.RawMessage
		}
		if err := json.Unmarshal([]byte(message.Body), &record); err != nil {
			t.Fatal(err)
		}
		r, err := action.Read(record.Detail)
		if err != nil || record.Source != "tocsin" || record.DetailType != action.DetailType {
			t.Fatalf("%v: %s", err, message.Body)
		}
		all = append(all, r)
	}
	return all
}

func (w *actionsWorld) body(t *testing.T) string {
	t.Helper()
	all := w.slack.Conversation()
	return string(all[slices.IndexFunc(all, func(m slacktest.Message) bool { return m.Timestamp == w.message })].Body)
}

// Two people take a finding on at once, each by a process of its own: one has it, the other is told who. It is
// given back by a third process, and can be taken on again.
func TestAcknowledgeByTwoProcesses(t *testing.T) {
	w := newActions(t, "actions-two", 8)
	one, other := startProgram(t, shared.actions, w.variables), startProgram(t, shared.actions, w.variables)
	first := w.slack.Presser(t, somebody, "jane").Press(w.message, "acknowledge").Event()
	second := w.slack.Presser(t, allowed, "ali").Press(w.message, "acknowledge").Event()
	var both sync.WaitGroup
	both.Go(func() { pressedWell(t, one, first) })
	both.Go(func() { pressedWell(t, other, second) })
	both.Wait()
	asked, told := w.asked(t), w.slack.Told()
	if len(asked) != 1 || asked[0].What != "acknowledge" || len(told) != 1 || !strings.Contains(told[0].Text, "<@"+asked[0].By.ID+">") {
		t.Fatalf("asked for %+v, told %+v", asked, told)
	}
	if body := w.body(t); !strings.Contains(body, "Acknowledged by <@"+asked[0].By.ID+">") || !strings.Contains(body, `"give_back"`) {
		t.Errorf("the message does not say who has it: %s", body)
	}
	// A copy of what was done comes to the other process.
	if r := press(t, other, first); r.Status != http.StatusUnauthorized {
		t.Errorf("a copy is answered %+v", r)
	}
	third := startProgram(t, shared.actions, w.variables)
	pressedWell(t, third, w.slack.Presser(t, somebody, "jane").Press(w.message, "give_back").Event())
	pressedWell(t, one, w.slack.Presser(t, somebody, "jane").Press(w.message, "acknowledge").Event())
	asked = w.asked(t)
	if len(asked) != 2 || asked[0].What != "give_back" || asked[1].By.ID != somebody || !strings.Contains(w.body(t), "<@"+somebody+">") {
		t.Errorf("asked for %+v\n%s", asked, w.body(t))
	}
}

// A mute by a modal, and one of critical findings by two; archive, and what ends a mute.
func TestMuteByModal(t *testing.T) {
	w := newActions(t, "actions-mute", 9.5)
	f, jane := startProgram(t, shared.actions, w.variables), w.slack.Presser(t, allowed, "jane")
	pressedWell(t, f, jane.Press(w.message, "mute").Event())
	modal := w.slack.Views()[0].Body
	if r := press(t, f, jane.Submit(modal, map[string]any{"scope": "finding", "why": "x"}).Event()); !strings.Contains(r.Body, `"errors":{"critical"`) {
		t.Errorf("a critical finding, not ticked: %+v", r)
	}
	pressedWell(t, f, jane.Submit(modal, map[string]any{"scope": "account", "for": "7d", "why": "the scanner"}).Event())
	r := press(t, f, jane.Submit(modal, map[string]any{"scope": "resource", "for": "1h", "why": "known", "critical": "tick"}).Event())
	var said struct {
		Action string `json:"response_action"`
		View   json.RawMessage
	}
	if err := json.Unmarshal([]byte(r.Body), &said); err != nil || said.Action != "update" || slacktest.CheckView(said.View) != nil {
		t.Fatalf("%v, %v: %+v", err, slacktest.CheckView(said.View), r)
	}
	if asked := w.asked(t); len(asked) != 1 || asked[0].Mute != (action.Mute{Scope: "account", For: 7 * 24 * time.Hour, Reason: "the scanner"}) {
		t.Errorf("asked for %+v", asked)
	}
	pressedWell(t, f, jane.Submit(said.View, nil).Event())
	pressedWell(t, f, jane.Press(w.message, "archive").Event())
	pressedWell(t, f, jane.Press(w.message, "unmute").Event())
	asked := w.asked(t)
	if len(asked) != 3 || asked[0].Mute != (action.Mute{Scope: "resource", For: time.Hour, Reason: "known", EvenCritical: true}) ||
		asked[1].What != "archive" || asked[2].Mute.Name != "slack-20261129-ab12" {
		t.Errorf("asked for %+v", asked)
	}
	// Who may not, learns that, and it is kept.
	nobody := w.slack.Presser(t, somebody, "joe")
	pressedWell(t, f, nobody.Press(w.message, "archive").Event())
	if told := w.slack.Told(); len(told) != 1 || !strings.Contains(told[0].Text, "You may not") || !strings.Contains(records(t, w.variables["LEDGER_TABLE"]), somebody) {
		t.Errorf("told %+v", told)
	}
}

// What is not proven to be Slack's reaches nobody: no far end is asked anything.
func TestRefusedWithoutACall(t *testing.T) {
	w := newActions(t, "actions-refused", 8)
	tables := tableserver.New()
	table := httptest.NewServer(tables)
	t.Cleanup(table.Close)
	var others atomic.Int32
	counted := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { others.Add(1) }))
	t.Cleanup(counted.Close)
	w.variables["AWS_ENDPOINT_URL_DYNAMODB"], w.variables["AWS_ENDPOINT_URL_SQS"] = table.URL, counted.URL
	f := startProgram(t, shared.actions, w.variables)
	good := w.slack.Presser(t, allowed, "jane").Press(w.message, "archive")
	unsigned := good
	unsigned.Signature = ""
	for name, test := range map[string]struct {
		request slacktest.Request
		want    int
	}{
		"unsigned":  {unsigned, http.StatusUnauthorized},
		"forged":    {slacktest.Sign("another", good.Body, time.Now()), http.StatusUnauthorized},
		"old":       {slacktest.Sign(slacktest.SigningSecret, good.Body, time.Now().Add(-6*time.Minute)), http.StatusUnauthorized},
		"future":    {slacktest.Sign(slacktest.SigningSecret, good.Body, time.Now().Add(6*time.Minute)), http.StatusUnauthorized},
		"oversized": {slacktest.Sign(slacktest.SigningSecret, "payload="+strings.Repeat("x", 300<<10), time.Now()), http.StatusRequestEntityTooLarge},
	} {
		if r := press(t, f, test.request.Event()); r.Status != test.want || r.Body != "" {
			t.Errorf("%s: answered %+v", name, r)
		}
	}
	if calls := tables.Counts().Total().Calls; calls > 0 || others.Load() > 0 || len(w.slack.Calls()) > 0 {
		t.Errorf("%d calls of the table, %d of the queue, %v of Slack", calls, others.Load(), w.slack.Calls())
	}
	// What a process has written comes by a pipe, after its answer.
	areCounted := func() bool {
		log := f.stdout.String()
		return strings.Count(log, `"ActionsRefused":1`) == 5 && strings.Count(log, `"message":"refused"`) == 5
	}
	for end := time.Now().Add(20 * time.Second); !areCounted() && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
	}
	if !areCounted() {
		t.Errorf("not all are counted: %s", f.stdout.String())
	}
	t.Run("replayed", func(t *testing.T) {
		w := newActions(t, "actions-replayed", 8)
		f := startProgram(t, shared.actions, w.variables)
		event := w.slack.Presser(t, allowed, "jane").Press(w.message, "archive").Event()
		pressedWell(t, f, event)
		before := records(t, w.variables["LEDGER_TABLE"])
		if r := press(t, f, event); r.Status != http.StatusUnauthorized || len(w.asked(t)) != 1 || len(w.slack.Calls()) > 0 ||
			records(t, w.variables["LEDGER_TABLE"]) != before {
			t.Errorf("answered %+v", r)
		}
	})
}

// Slack waits for three seconds. The start of a cold environment is a part of them, and so are a table that takes
// 300 ms for each call, and a Slack that takes as much.
func TestAnswersInTime(t *testing.T) {
	const latency = 300 * time.Millisecond
	w := newActions(t, "actions-time", 8)
	tables := tableserver.New()
	table := httptest.NewServer(tables)
	t.Cleanup(table.Close)
	awsJSON(t, table.URL, "DynamoDB_20120810.CreateTable", map[string]any{"TableName": "slow", "KeySchema": []any{
		map[string]string{"AttributeName": "pk", "KeyType": "HASH"}, map[string]string{"AttributeName": "sk", "KeyType": "RANGE"},
	}})
	tables.Latency = latency
	w.slack.Answer(func(http.ResponseWriter, *http.Request) bool { time.Sleep(latency); return false })
	variables := maps.Clone(w.variables)
	variables["AWS_ENDPOINT_URL_DYNAMODB"], variables["LEDGER_TABLE"], variables["ACTIONS_ALLOW"] = table.URL, "slow", allowed+",S0ONCALL"
	w.slack.SetScopes("chat:write", "usergroups:read")
	w.slack.SetGroup("S0ONCALL", somebody)
	jane, joe := w.slack.Presser(t, allowed, "jane"), w.slack.Presser(t, somebody, "joe")
	timed := func(name string, since time.Time) {
		took := time.Since(since)
		t.Logf("%-45s %4d ms", name, took.Milliseconds())
		if took > 3*time.Second {
			t.Errorf("%s: answered after %v", name, took)
		}
	}
	for name, event := range map[string]func() string{
		"cold: acknowledge":              func() string { return jane.Press(w.message, "acknowledge").Event() },
		"cold: mute, allowed by a group": func() string { return joe.Press(w.message, "mute").Event() },
	} {
		e := event()
		began := time.Now()
		pressedWell(t, startProgram(t, shared.actions, variables), e)
		timed(name, began)
	}
	f := startProgram(t, shared.actions, variables)
	for _, step := range []struct {
		name  string
		event func() string
	}{
		{"warm: given back by somebody else", func() string { return joe.Press(w.message, "give_back").Event() }},
		{"warm: acknowledge", func() string { return joe.Press(w.message, "acknowledge").Event() }},
		{"warm: give back", func() string { return jane.Press(w.message, "give_back").Event() }},
		{"warm: mute", func() string { return jane.Press(w.message, "mute").Event() }},
		{"warm: modal filled in", func() string { return jane.Submit(w.slack.Views()[1].Body, map[string]any{"why": "x"}).Event() }},
		{"warm: archive", func() string { return jane.Press(w.message, "archive").Event() }},
		{"warm: not allowed", func() string { return w.slack.Presser(t, "U0NOBODY", "x").Press(w.message, "archive").Event() }},
	} {
		event := step.event()
		began := time.Now()
		pressedWell(t, f, event)
		timed(step.name, began)
	}
}

func TestBadConfigurationOfActions(t *testing.T) {
	process := exec.Command(shared.actions)
	process.Env = environment(newRuntimeAPI(t), map[string]string{
		"SINKS": "slack", "SLACK_SIGNING_SECRET": "s3cr3t", "SLACK_CHANNEL": "s3cr3t", "ACTIONS_ALLOW": "s3cr3t", "LEDGER": "memory",
	})
	var stdout, stderr output
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Run()
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || stdout.String() != "" {
		t.Errorf("got %v, want exit code 1; %s", err, stdout.String())
	}
	var got []string
	for line := range strings.Lines(stderr.String()) {
		mistake, isOne := strings.CutPrefix(line, "tocsin: configuration: ")
		if !isOne || strings.Contains(line, "s3cr3t") {
			t.Errorf("no mistake, or one that shows a value: %s", line)
		}
		got = append(got, strings.SplitN(mistake, ":", 2)[0])
	}
	if want := "SLACK_BOT_TOKEN SLACK_SIGNING_SECRET SLACK_CHANNEL LEDGER ACTIONS_ALLOW QUEUE_URL"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
