package front_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// newest returns the newest state of the message with buttons.
func (w *world) newest() string {
	w.t.Helper()
	for _, m := range w.slack.Conversation() {
		if m.Timestamp == w.message {
			return string(m.Body)
		}
	}
	w.t.Fatal("the message is gone")
	return ""
}

// Somebody takes a finding on, and gives it back: the message says so, and the function that sends is told.
func TestAcknowledgeAndGiveBack(t *testing.T) {
	w := newWorld(t)
	f := w.front()
	before := w.calls()
	if r := w.send(f, w.presser("U0SOMEONE").Press(w.message, "acknowledge").Event()); r.Status != 200 || r.Body != "" {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	if got, want := w.calls().since(before), (calls{table: 2, slack: 1, queue: 1}); got != want {
		t.Errorf("calls: %v, want %v", got, want)
	}
	body := w.newest()
	for _, want := range []string{`"block_id":"taken-`, "Acknowledged by <@U0SOMEONE>, <!date^", `"action_id":"give_back"`, `"Give back"`, `"action_id":"mute"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the message lacks %s: %s", want, body)
		}
	}
	if strings.Contains(body, `"acts-1"`) || strings.Contains(body, `"action_id":"acknowledge"`) {
		t.Errorf("the row is the same: %s", body)
	}
	if r := w.send(f, w.presser("U0OTHER").Press(w.message, "give_back").Event()); r.Status != 200 {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	if body = w.newest(); strings.Contains(body, "taken-") || !strings.Contains(body, `"action_id":"acknowledge"`) {
		t.Errorf("the message still says that somebody has it: %s", body)
	}
	all := w.requests()
	if len(all) != 2 || all[0].What != "acknowledge" || all[0].By.String() != "jane (U0SOMEONE)" || all[0].Subject != w.subject ||
		all[0].From != (action.From{Sink: "slack", Place: slacktest.Channel, Message: w.message}) ||
		all[1].What != "give_back" || all[1].By.ID != "U0OTHER" || all[0].ID == all[1].ID {
		t.Errorf("asked for: %+v", all)
	}
	if refused := w.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refuses %v", refused)
	}
}

// Two people press at once, at two processes: one has it, the other is told who.
func TestTwoAtOnce(t *testing.T) {
	w := newWorld(t)
	one, other := w.front(), w.front()
	first, second := w.presser("U0FIRST").Press(w.message, "acknowledge"), w.presser("U0SECOND").Press(w.message, "acknowledge")
	var both sync.WaitGroup
	both.Go(func() { one.Invoke(t.Context(), []byte(first.Event())) })
	both.Go(func() { other.Invoke(t.Context(), []byte(second.Event())) })
	both.Wait()
	all, told := w.requests(), w.slack.Told()
	if len(all) != 1 || len(told) != 1 || !strings.Contains(told[0].Text, "<@"+all[0].By.ID+"> has this already") {
		t.Fatalf("asked for %+v, told %+v", all, told)
	}
	if !strings.Contains(w.newest(), "Acknowledged by <@"+all[0].By.ID+">") {
		t.Errorf("the message says: %s", w.newest())
	}
}

// Whoever presses again what got no further asks for the same.
func TestQueueFails(t *testing.T) {
	w := newWorld(t)
	f := w.front()
	w.queue.set(true)
	jane := w.presser("U0JANE")
	if r := w.send(f, jane.Press(w.message, "acknowledge").Event()); r.Status != 503 || w.newest() == "" {
		t.Errorf("%+v", r)
	}
	w.queue.set(false)
	if r := w.send(f, jane.Press(w.message, "acknowledge").Event()); r.Status != 200 {
		t.Errorf("%+v\n%s", r, w.log)
	}
	if all := w.requests(); len(all) != 2 || all[0].ID != all[1].ID {
		t.Errorf("%+v", all)
	}
	w.queue.set(true)
	if r := w.send(f, jane.Press(w.message, "give_back").Event()); r.Status != 503 {
		t.Errorf("%+v", r)
	}
	w.queue.set(false)
	if r := w.send(f, jane.Press(w.message, "give_back").Event()); r.Status != 200 || len(w.slack.Told()) > 0 {
		t.Errorf("it was given back though nobody was told: %+v", w.slack.Told())
	}
	jane = w.presser("U0ALLOWED")
	w.queue.set(true)
	w.send(f, jane.Press(w.message, "mute").Event())
	r := w.send(f, jane.Submit(w.slack.Views()[0].Body, map[string]any{"why": "x"}).Event())
	if r.Status != 200 || !strings.Contains(r.Body, "could not be handed on") {
		t.Errorf("%+v", r)
	}
}

// A queue that hangs takes a part of the time alone: what nobody will learn of is undone, and whoever pressed is answered.
func TestQueueHangs(t *testing.T) {
	w := newWorld(t)
	f := w.front()
	if r := w.send(f, w.presser("U0JANE").Press(w.message, "acknowledge").Event()); r.Status != 200 {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		<-request.Context().Done()
	}))
	defer hanging.Close()
	t.Setenv("AWS_ENDPOINT_URL_SQS", hanging.URL)
	if r := w.send(w.front(), w.presser("U0JANE").Press(w.message, "give_back").Event()); r.Status != 503 {
		t.Errorf("%+v", r)
	}
	taken, err := action.NewTakings(w.store(), time.Now).Of(awscall.WithSettings(t.Context(), new(awscall.Settings)), w.subject.Key())
	if err != nil || taken.By.ID != "U0JANE" {
		t.Errorf("it is with %v, %v: given back, and nobody was told\n%s", taken, err, w.log)
	}
}

// A modal that is sent once more, since its first answer got lost, asks for the same mute: two would not end by one
// button. What was changed, or asked for anew, is another one.
func TestMuteSentTwice(t *testing.T) {
	w := newWorld(t)
	f, jane := w.front(), w.presser("U0ALLOWED")
	for range 2 {
		w.send(f, jane.Press(w.message, "mute").Event())
	}
	first, other := w.slack.Views()[0].Body, w.slack.Views()[1].Body
	send := func(modal json.RawMessage, values map[string]any) string {
		values["why"] = "the scanner"
		r := w.send(f, jane.Submit(modal, values).Event())
		if r.Body != "" {
			r = w.send(f, jane.Submit(r.view(t), nil).Event())
		}
		all := w.requests()
		if r.Status != 200 || r.Body != "" || len(all) == 0 {
			t.Fatalf("%+v\n%s", r, w.log)
		}
		return all[len(all)-1].ID
	}
	same := send(first, map[string]any{})
	for name, test := range map[string]struct {
		modal  json.RawMessage
		values map[string]any
		isSame bool
	}{
		"once more": {first, map[string]any{}, true}, "for longer": {first, map[string]any{"for": "30d"}, false},
		"asked anew": {other, map[string]any{}, false}, "critical ones too": {first, map[string]any{"critical": "tick"}, false},
	} {
		if again := send(test.modal, test.values); (again == same) != test.isSame {
			t.Errorf("%s: %s after %s", name, again, same)
		}
	}
}

// A mute is asked for by a modal, and one that holds critical findings back by two.
func TestMute(t *testing.T) {
	w := newWorld(t)
	f, jane := w.front(), w.presser("U0ALLOWED")
	if r := w.send(f, jane.Press(w.message, "mute").Event()); r.Status != 200 || len(w.slack.Views()) != 1 {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	modal := w.slack.Views()[0].Body
	r := w.send(f, jane.Submit(modal, map[string]any{"scope": "resource", "for": "30d", "why": " the  scanner\n of the <!channel> audit\u202e "}).Event())
	if r.Status != 200 || r.Body != "" {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	r = w.send(f, jane.Submit(modal, map[string]any{"scope": "account", "for": "1h", "why": "x", "critical": "tick"}).Event())
	second := r.view(t)
	if len(w.requests()) != 1 {
		t.Error("it is muted before it was confirmed")
	}
	if r = w.send(f, jane.Submit(second, nil).Event()); r.Status != 200 || r.Body != "" {
		t.Fatalf("%+v\n%s", r, w.log)
	}
	want := []action.Mute{
		{Scope: "resource", For: 30 * 24 * time.Hour, Reason: "the scanner of the <!channel> audit"},
		{Scope: "account", For: time.Hour, Reason: "x", EvenCritical: true},
	}
	all := w.requests()
	if len(all) != 2 || all[0].Mute != want[0] || all[1].Mute != want[1] || all[1].From.Message != w.message {
		t.Errorf("asked for: %+v", all)
	}
	if refused := w.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refuses %v", refused)
	}
}

// What ends what the buttons do is handed on as they are.
func TestArchiveAndUndo(t *testing.T) {
	w := newWorld(t)
	f, jane := w.front(), w.presser("U0ALLOWED")
	for _, act := range []string{"archive", "unmute"} {
		if r := w.send(f, jane.Press(w.message, act).Event()); r.Status != 200 || r.Body != "" {
			t.Fatalf("%+v\n%s", r, w.log)
		}
	}
	all := w.requests()
	if len(all) != 2 || all[0].What != "archive" || all[1].What != "unmute" || all[1].Mute.Name != "slack-20261129-ab12" {
		t.Errorf("asked for: %+v", all)
	}
}

// Who is in a group is asked once in five minutes.
func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.settings["ACTIONS_ALLOW"] = "S0AAAA,S0BBBB"
	w.slack.SetScopes("chat:write", "usergroups:read")
	w.slack.SetGroup("S0AAAA", "U0OTHER")
	w.slack.SetGroup("S0BBBB", "U0JANE")
	start := time.Now()
	f, jane := w.front(), w.presser("U0JANE")
	archive := func() int {
		before := len(w.slack.Calls())
		if r := w.send(f, jane.Press(w.message, "archive").Event()); r.Status != 200 {
			t.Fatalf("%+v\n%s", r, w.log)
		}
		return len(w.slack.Calls()) - before
	}
	if first, second := archive(), archive(); first != 2 || second != 0 {
		t.Errorf("%d and %d calls", first, second)
	}
	w.now = func() time.Time { return start.Add(4 * time.Minute) } // as long as what is pressed now is accepted
	if again := archive(); again != 0 {
		t.Errorf("%d calls after four minutes", again)
	}
	if len(w.requests()) != 3 {
		t.Errorf("asked for: %+v", w.requests())
	}
}

// A secret that was replaced is read again: at once where five minutes are over, and seldom where somebody sends
// what nobody has signed.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	start := time.Now()
	now := start
	w.now = func() time.Time { return now }
	f := w.front()
	var current string
	read := 0
	f.ReadKeysBy(func(ctx context.Context, again bool) (interaction.Keys, error) {
		if !again {
			t.Error("what was read before would do")
		}
		read++
		return interaction.Config{BotToken: secret.New(slacktest.Token), SigningSecret: secret.New(current)}.ReadKeys(ctx, again)
	})
	press := func(secret string, wantStatus, wantRead int) {
		t.Helper()
		body := w.presser("U0JANE").Press(w.message, "mute").Body
		read = 0
		before := w.calls()
		r := w.send(f, slacktest.Sign(secret, body, now).Event())
		if c := w.calls().since(before); r.Status != wantStatus || read != wantRead || wantStatus != 200 && c != (calls{}) {
			t.Errorf("%+v, read %d times, calls %v", r, read, c)
		}
	}
	const second, third = "second-" + slacktest.Secret, "third-" + slacktest.Secret
	current = second
	press(second, 401, 0) // the first was read a moment ago
	now = start.Add(5 * time.Minute)
	press("forged", 401, 1)
	press("forged", 401, 0)
	press(second, 200, 0)
	now, current = now.Add(5*time.Minute), third
	press(second, 200, 1) // which was right when it came
	press(second, 401, 0)
	press(third, 200, 0)
}

// Without a signing secret nobody can tell whose a request is: that is no refusal.
func TestNoSecretYet(t *testing.T) {
	w := newWorld(t)
	w.secrets.set(true)
	f := w.front()
	press := w.presser("U0JANE").Press(w.message, "acknowledge").Event()
	before := w.calls()
	if r := w.send(f, press); r.Status != 503 || w.calls() != before || !strings.Contains(w.log.String(), "no signing secret can be read") {
		t.Errorf("%+v\n%s", r, w.log)
	}
	if r := w.send(f, slacktest.Request{Body: "x"}.Event()); r.Status != 401 || strings.Contains(w.log.String(), "s3cr3t") {
		t.Errorf("%+v", r)
	}
}

// The log has a line for each press and no text of anybody's, and metrics that CloudWatch takes.
func TestLog(t *testing.T) {
	w := newWorld(t)
	f := w.front()
	w.send(f, w.presser("U0JANE").Press(w.message, "acknowledge").Event())
	w.send(f, w.presser("U0JANE").Press(w.message, "archive").Event())
	w.send(f, slacktest.Request{Body: "hello"}.Event())
	w.send(f, slacktest.Sign("forged", "payload={}", time.Now()).Event())
	var lines []string
	for line := range strings.Lines(w.log.String()) {
		var l struct{ Time, Level, Message, Request, Action, By, Sink, Finding, Result, Reason string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if l.Message != "metrics of actions" && l.Message != "start" {
			if at, err := time.Parse(time.RFC3339Nano, l.Time); err != nil || time.Since(at) > time.Minute || l.Request != "r1" {
				t.Errorf("%s", line)
			}
			lines = append(lines, strings.Join([]string{l.Level, l.Message, l.Action, l.By, l.Sink, l.Finding, l.Result, l.Reason}, "|"))
		}
	}
	key := w.subject.Key()
	want := []string{
		"info|pressed|acknowledge|jane (U0JANE)|slack|" + key + "|taken|",
		"warn|pressed|archive|jane (U0JANE)|slack|" + key + "|not allowed|",
		"warn|refused||||||it bears no signature",
		"warn|refused||||||its signature is another one",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	metrics, err := metricreader.Read(w.log.String(), time.Now())
	if err != nil || metrics.Sum("Tocsin ActionsRefused") != 2 {
		t.Errorf("%v, %v", metrics, err)
	}
}
