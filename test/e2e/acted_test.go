package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// team is two channels of two workspaces whose messages have buttons, and a webhook whose messages have none.
type team struct {
	*testing.T
	slack, oncall, hook *slacktest.Server
	variables           map[string]string
}

func newTeam(t *testing.T, table string) *team {
	t.Helper()
	w := &team{t, newSlack(t), newSlack(t), newSlack(t), nil}
	w.variables = asBot(t, w.slack, table)
	maps.Copy(w.variables, map[string]string{
		"SINKS": "slack,oncall=slack,hook=slack", "SLACK_SIGNING_SECRET": secretARN + "#signing", "ACTIONS_ALLOW": "U012AB3CD",
		"ONCALL_BOT_TOKEN": slacktest.Token, "ONCALL_CHANNEL": slacktest.Channel, "ONCALL_API_URL": w.oncall.APIURL(), "HOOK_WEBHOOK_URL": w.hook.URL(),
		"MENTION": "<!here>", "MENTION_MIN_SEVERITY": "high", "RATE": "0",
	})
	return w
}

// button returns the value of a button of a message.
func button(t *testing.T, m slacktest.Message, act string) string {
	t.Helper()
	found := regexp.MustCompile(`"action_id":"` + act + `"[^{}]*"value":("(?:[^"\\]|\\.)*")`).FindSubmatch(m.Body)
	var value string
	if found == nil || json.Unmarshal(found[1], &value) != nil {
		t.Fatalf("the message has no button %s: %s", act, m.Body)
	}
	return value
}

// press returns the record that the function behind the buttons puts on the queue when jane presses one.
func (w *team) press(id, what, value string, at time.Time, mute action.Mute) string {
	w.Helper()
	subject, err := action.ReadSubject(value)
	if err != nil {
		w.Fatal(err)
	}
	first := w.slack.Conversation()[0]
	record, err := action.Request{
		ID: id, What: what, Subject: subject, By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: at, Mute: mute,
		From: action.From{Sink: "slack", Place: slacktest.Channel, Message: first.Timestamp},
	}.Record()
	if err != nil {
		w.Fatal(err)
	}
	return string(record)
}

// done lets a function do what stands in the queue, to its end.
func (f *function) done(t *testing.T, records ...string) {
	t.Helper()
	queue := map[string]string{}
	for i, record := range records {
		queue[fmt.Sprint("m", i)] = record
	}
	for deadline := time.Now().Add(20 * time.Second); len(f.batch(t, queue, 1)) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to its end")
		}
	}
}

// replies returns the lines of the thread of the only message.
func replies(t *testing.T, slack *slacktest.Server) []string {
	t.Helper()
	all := slack.Conversation()
	if len(all) != 1 {
		t.Fatalf("%d messages stand in the channel, want one", len(all))
	}
	var lines []string
	for _, reply := range all[0].Replies {
		lines = append(lines, string(reply.Body))
	}
	return lines
}

// calls reports whether a body that was sent to Slack calls everybody who is there.
func calls(body string) bool { return strings.Contains(body, `\u003c!here\u003e`) }

// Somebody takes a finding on: both threads say so once, whatever comes twice.
func TestTakenOn(t *testing.T) {
	w := newTeam(t, "taken-on")
	sent(t, w.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
	if strings.Contains(string(w.oncall.Conversation()[0].Body), `"acknowledge"`) {
		t.Error("an instance without a signing secret has buttons")
	}
	record := w.press("r1", notify.ActAcknowledge, button(t, w.slack.Conversation()[0], notify.ActAcknowledge), time.Now(), action.Mute{})
	f := start(t, w.variables)
	f.done(t, record, record)
	start(t, w.variables).done(t, record)
	for name, slack := range map[string]*slacktest.Server{"pressed": w.slack, "told": w.oncall} {
		if lines := replies(t, slack); len(lines) != 1 || !strings.Contains(lines[0], `\u003c@U012AB3CD\u003e has acknowledged this`) {
			t.Errorf("%s: the thread says %q", name, lines)
		}
	}
	if got := len(w.hook.Messages()); got != 1 {
		t.Errorf("the webhook was sent %d messages, want one", got)
	}
	f.logged(t, 1)
	for _, want := range []string{`"message":"action","action":"acknowledge","id":"r1"`, `"by":"jane (U012AB3CD)"`, `"Action":"acknowledge","Actions":1`} {
		if got := strings.Count(f.stdout.String(), want); got != 1 {
			t.Errorf("the log has %d times %s: %s", got, want, f.stdout.String())
		}
	}
}

// A finding that gets worse calls people, but for one that somebody has: no message about that calls anybody, at no
// sink, and each says who has it. Given back, it calls people again.
func TestTakenOnCallsNobody(t *testing.T) {
	for name, test := range map[string]struct {
		acts []string
		want bool
	}{
		"nobody has it": {nil, true}, "taken on": {[]string{notify.ActAcknowledge}, false}, "given back": {[]string{notify.ActAcknowledge, notify.ActGiveBack}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t, "calls-"+strings.ReplaceAll(name, " ", "-"))
			sent(t, w.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
			value := button(t, w.slack.Conversation()[0], notify.ActAcknowledge)
			for i, what := range test.acts {
				start(t, w.variables).done(t, w.press(fmt.Sprint("r", i), what, value, time.Now(), action.Mute{}))
			}
			sent(t, w.variables, version{8, 4, 2}, `{"delivered":3,"findings":1}`)
			webhook := w.hook.Messages()
			for name, body := range map[string]string{
				"the thread": replies(t, w.slack)[len(test.acts)], "the other thread": replies(t, w.oncall)[len(test.acts)], "the webhook": string(webhook[len(webhook)-1]),
			} {
				if calls(body) != test.want || strings.Contains(body, "Acknowledged by jane") == test.want {
					t.Errorf("%s: %s", name, body)
				}
			}
			undo := notify.ActGiveBack
			if test.want {
				undo = notify.ActAcknowledge
			}
			button(t, w.slack.Conversation()[0], undo)
		})
	}
}

// until waits until something is so.
func (w *team) until(isSo func() bool) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); !isSo(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatal("it does not come to that")
		}
	}
}

// isSaid reports whether the table knows that an instance was told what came of a request.
func (w *team) isSaid(id string) bool {
	var all struct {
		Items []map[string]struct{ S string }
	}
	if err := json.Unmarshal([]byte(records(w.T, w.variables["LEDGER_TABLE"])), &all); err != nil {
		w.Fatal(err)
	}
	return slices.ContainsFunc(all.Items, func(item map[string]struct{ S string }) bool {
		return item["pk"].S == "tocsin///"+id && strings.Contains(item["record"].S, `"last"`)
	})
}

// The function is killed while Slack has the line of the thread: the next one ends it, and the other instance is told
// once.
func TestKilledWhileItSaysWhatWasDone(t *testing.T) {
	w := newTeam(t, "killed-action")
	sent(t, w.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
	record := w.press("r1", notify.ActAcknowledge, button(t, w.slack.Conversation()[0], notify.ActAcknowledge), time.Now(), action.Mute{})
	reached := newTrap(t)
	w.slack.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		reached.hold(r)
		return true
	})
	victim := start(t, w.variables)
	abandoned := make(chan struct{})
	go func() {
		defer close(abandoned)
		victim.abandon(record, 3*time.Second)
	}()
	<-reached.entered
	w.until(func() bool { return w.isSaid("r1") }) // to the other one, and the table knows
	if err := victim.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-abandoned
	w.slack.Answer(nil)
	start(t, w.variables).done(t, record)
	if here, there := replies(t, w.slack), replies(t, w.oncall); len(here) != 1 || len(there) != 1 {
		t.Errorf("the threads have %d and %d lines, want one each: %q %q", len(here), len(there), here, there)
	}
	if all := records(t, w.variables["LEDGER_TABLE"]); strings.Count(all, `/audit/`) != 1 {
		t.Errorf("the audit has %d records, want one", strings.Count(all, `/audit/`))
	}
}

// An event bus, on which many may put events, asks for nothing in somebody's name.
func TestActionByABus(t *testing.T) {
	w := newTeam(t, "by-a-bus")
	sent(t, w.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
	record := w.press("r1", notify.ActAcknowledge, button(t, w.slack.Conversation()[0], notify.ActAcknowledge), time.Now(), action.Mute{})
	forged := strings.Replace(record, "{", `{"id":"e1","account":"111122223333","region":"us-east-1",`, 1)
	f := start(t, w.variables)
	f.done(t, forged)
	f.logged(t, 1)
	if lines := replies(t, w.slack); len(lines) > 0 || !strings.Contains(f.stdout.String(), "Tocsin Action: refused") {
		t.Errorf("the thread says %q, the log %s", lines, f.stdout.String())
	}
	sent(t, w.variables, version{8, 4, 2}, `{"delivered":3,"findings":1}`)
	if lines := replies(t, w.slack); len(lines) != 1 || strings.Contains(lines[0], "Acknowledged by") {
		t.Errorf("the thread says %q", lines)
	}
}

// A type that somebody has muted by a button stays quiet on every instance for its time, at once in the execution that
// has made the mute and within a minute in any other, and comes back after it. Operators see who it was, and why.
func TestMutedByAButton(t *testing.T) {
	clock := newClock(t)
	w := newTeam(t, "muted-by-a-button")
	port := func(id string, severity float64) string {
		return strings.Replace(version{severity, 1, 1}.event(), `"id":"threaded"`, `"id":"`+id+`"`, 1)
	}
	const everywhere, nowhere = `{"delivered":3,"findings":1}`, `{"findings":1,"muted":3}`
	f, other := clock.start(t, w.variables), clock.start(t, w.variables)
	expect := func(f *function, event, want string) {
		t.Helper()
		if got := f.succeeded(t, event); got != want {
			t.Errorf("at %s: got %s, want %s", clock.at, got, want)
		}
	}
	expect(f, version{5, 3, 1}.event(), everywhere)
	expect(other, port("other", 5), everywhere)
	first := w.slack.Conversation()[0]
	mute := action.Mute{Scope: action.ScopeAccount, For: 2 * time.Hour, Reason: "the scanner of the audit"}
	record := w.press("r1", notify.ActMute, button(t, first, notify.ActMute), clock.at, mute)
	f.done(t, record, record)
	expect(f, port("at-once", 5), nowhere)
	expect(f, port("critical", 9), everywhere)
	clock.pass(t, time.Minute)
	expect(other, port("a-minute-later", 8), nowhere)
	clock.pass(t, time.Hour+58*time.Minute)
	expect(other, port("at-its-end", 8), nowhere)
	clock.pass(t, time.Minute)
	expect(f, port("after-it", 8), everywhere)
	expect(other, port("after-it-too", 8), everywhere)
	lines := w.slack.Conversation()[0].Replies
	if len(lines) != 1 || !strings.Contains(string(lines[0].Body), "has muted this type in this account") || !strings.Contains(string(lines[0].Body), "the scanner of the audit") {
		t.Fatalf("the thread says %+v", lines)
	}
	button(t, lines[0], notify.ActUnmute)
}

// What people have muted by a button, the command line lists, explains, exports and ends as any other mute; and a button
// ends it too.
func TestOperatorsSeeMutesOfButtons(t *testing.T) {
	w := newTeam(t, "mutes-of-buttons")
	sent(t, w.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
	ask := action.Mute{Scope: action.ScopeFinding, For: 2 * time.Hour, Reason: "known, and being mended"}
	value := button(t, w.slack.Conversation()[0], notify.ActMute)
	f := start(t, w.variables)
	f.done(t, w.press("r1", notify.ActMute, value, time.Now(), ask))
	operate := func(input string, args ...string) string {
		t.Helper()
		variables := map[string]string{"USER": "alice", "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables, "LEDGER": "dynamodb", "LEDGER_TABLE": w.variables["LEDGER_TABLE"]}
		if input != "" {
			args = append(args, input)
		}
		code, output := tocsin(t, variables, args...)
		if code != 0 {
			t.Fatalf("tocsin %v: exit code %d\n%s", args, code, output)
		}
		return output
	}
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(version{8, 9, 9}.event()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, show := range [][]string{{"mute", "list"}, {"mute", "export"}, {"mute", "list", "--history"}, {"explain", "--ledger", event}} {
		output := operate("", show...)
		for _, want := range []string{"slack-2", "jane (U012AB3CD)", "known, and being mended"} {
			if !strings.Contains(output, want) {
				t.Errorf("tocsin %v says %s, want %s", show, output, want)
			}
		}
	}
	name := regexp.MustCompile(`slack-\d{8}-[0-9a-f]{6}`).FindString(operate("", "mute", "list"))
	operate(name, "mute", "end")
	sent(t, w.variables, version{8, 4, 2}, `{"delivered":3,"findings":1}`)

	f.done(t, w.press("r2", notify.ActMute, value, time.Now(), ask))
	if got := f.succeeded(t, version{9, 5, 3}.event()); got != `{"delivered":3,"findings":1}` {
		t.Errorf("a mute holds back what is critical: %s", got)
	}
	thread := w.slack.Conversation()[0].Replies
	muted := thread[len(thread)-2]
	f.done(t, w.press("r3", notify.ActUnmute, button(t, muted, notify.ActUnmute), time.Now(), action.Mute{}))
	if output := operate("", "mute", "list"); !strings.Contains(output, "there are no mutes") {
		t.Errorf("the mute is there yet: %s", output)
	}
	if output := operate("", "mute", "list", "--history"); !strings.Contains(output, `by jane (U012AB3CD), made by jane`) {
		t.Errorf("the history says %s", output)
	}
}
