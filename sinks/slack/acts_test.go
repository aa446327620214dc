package slack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// buildPressed builds a bot whose messages have buttons. The secret that Slack signs by leads nowhere: it is never read.
func buildPressed(t testing.TB, api string) notify.Refresher {
	t.Helper()
	sink, err := slack.New(t.Context(), "slack", slack.Config{
		BotToken: secret.New(slacktest.Token), Channel: slacktest.Channel, ApiURL: api,
		SigningSecret: secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf"),
	}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// withActs returns a notification of which something can be done.
func withActs(n notify.Notification) notify.Notification {
	n.Acts = []notify.Act{{Name: notify.ActAcknowledge, Value: "v"}, {Name: notify.ActMute, Value: "v"}}
	return n
}

// acted returns what somebody did about the finding, and what undoes it.
func acted(previous notify.Receipt) notify.Notification {
	n := notification()
	n.Kind, n.Previous, n.Acts = notify.KindAction, previous, []notify.Act{{Name: notify.ActUnmute, Value: "v"}}
	n.Word = notify.Word{Name: "act_mute", ID: "r1", About: n.Findings[0].Key(), Values: []notify.Value{
		{Name: "who", Person: notify.Person{ID: "U012AB3CD", Name: "jane"}}, {Name: "reason", Text: "a scanner of ours"},
	}}
	return n
}

// buttons returns the names of the buttons of a message that are pressed, in their order.
func buttons(t *testing.T, body json.RawMessage) string {
	t.Helper()
	var message struct {
		Attachments []struct {
			Blocks []struct {
				ID       string `json:"block_id"`
				Elements []struct {
					ActionID string `json:"action_id"`
				}
			}
		}
	}
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range message.Attachments {
		for _, b := range a.Blocks {
			for _, e := range b.Elements {
				if strings.HasPrefix(b.ID, "acts-") {
					names = append(names, e.ActionID)
				}
			}
		}
	}
	return strings.Join(names, " ")
}

// A message has buttons where the secret is set by which their presses are known, and nowhere else.
func TestButtons(t *testing.T) {
	for name, test := range map[string]struct {
		build func(*slacktest.Server) notify.Notifier
		want  string
	}{
		"with the secret":    {func(s *slacktest.Server) notify.Notifier { return buildPressed(t, s.APIURL()) }, "acknowledge mute"},
		"without the secret": {func(s *slacktest.Server) notify.Notifier { return buildBot(t, s.APIURL()) }, ""},
		"a webhook": {func(s *slacktest.Server) notify.Notifier {
			sink, err := slack.New(t.Context(), "slack", slack.Config{WebhookURL: secret.New(s.URL())}, formattertest.Style(t, nil))
			if err != nil {
				t.Fatal(err)
			}
			return sink
		}, ""},
	} {
		server := slacktest.New(t)
		sinktest.Send(t, test.build(server), withActs(notification()))
		bodies := server.Messages()
		for _, m := range server.Conversation() {
			bodies = append(bodies, m.Body)
		}
		if len(bodies) != 1 || buttons(t, bodies[0]) != test.want {
			t.Errorf("%s: %s", name, bodies)
		}
	}
}

// An edit of the first message keeps its buttons, and says who has the finding.
func TestEditKeepsButtons(t *testing.T) {
	server := slacktest.New(t)
	sink := buildPressed(t, server.APIURL())
	receipt := sinktest.Send(t, sink, withActs(notification()))
	next := withActs(update(receipt, 8, severityChange("5.0", "8.0")))
	next.Taken = notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)}
	sinktest.Send(t, sink, next)
	first := server.Conversation()[0]
	if got := buttons(t, first.Body); first.Edits != 1 || got != "give_back mute" || !strings.Contains(string(first.Body), "Acknowledged by ") {
		t.Errorf("the first message has the buttons %q: %s", got, first.Body)
	}
	if reply := first.Replies[0]; !strings.Contains(string(reply.Body), "Acknowledged by jane") || !reply.Broadcast {
		t.Errorf("the thread says %s", reply.Body)
	}
	end := update(receipt, 8)
	end.Kind, end.Findings[0].State, end.Acts = notify.KindResolved, finding.Closed, next.Acts
	sinktest.Send(t, sink, end)
	if first = server.Conversation()[0]; buttons(t, first.Body) != "" || first.Edits != 2 {
		t.Errorf("what is over has buttons: %s", first.Body)
	}
	for _, err := range server.Refused() {
		t.Error(err)
	}
}

// What somebody did goes into the thread, and neither into the channel nor into the first message.
func TestActionInThread(t *testing.T) {
	server := slacktest.New(t)
	sink := buildPressed(t, server.APIURL())
	receipt := sinktest.Send(t, sink, withActs(notification()))
	before := string(server.Conversation()[0].Body)
	if got := sinktest.Send(t, sink, acted(receipt)); got != receipt {
		t.Errorf("the receipt became %+v, want that of the first message", got)
	}
	all := server.Conversation()
	if len(all) != 1 || len(all[0].Replies) != 1 || all[0].Edits != 0 || string(all[0].Body) != before || all[0].Replies[0].Broadcast {
		t.Fatalf("got %+v", all)
	}
	if reply := all[0].Replies[0].Body; buttons(t, reply) != "unmute" || !strings.Contains(string(reply), "@U012AB3CD") || strings.Contains(string(reply), `"header"`) {
		t.Errorf("the thread says %s", reply)
	}
	for _, err := range server.Refused() {
		t.Error(err)
	}
}

// Where there is no thread, it goes into the channel: nobody looks into another one.
func TestActionWithoutThread(t *testing.T) {
	for name, spoil := range map[string]func(*slacktest.Server, *notify.Receipt){
		"never told":      func(_ *slacktest.Server, r *notify.Receipt) { *r = notify.Receipt{} },
		"another channel": func(_ *slacktest.Server, r *notify.Receipt) { r.Place = "C0ANOTHER" },
		"deleted":         func(s *slacktest.Server, r *notify.Receipt) { s.Delete(r.ID) },
		"locked": func(s *slacktest.Server, _ *notify.Receipt) {
			s.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				if !strings.Contains(string(body), "thread_ts") {
					return false
				}
				_, _ = io.WriteString(w, `{"ok":false,"error":"restricted_action_thread_locked"}`)
				return true
			})
		},
	} {
		server := slacktest.New(t)
		sink := buildPressed(t, server.APIURL())
		receipt := sinktest.Send(t, sink, withActs(notification()))
		spoil(server, &receipt)
		got := sinktest.Send(t, sink, acted(receipt))
		all := server.Conversation()
		if last := all[len(all)-1]; got.ID != last.Timestamp || got == receipt || buttons(t, last.Body) != "unmute" || len(last.Replies) != 0 {
			t.Errorf("%s: got %+v and %+v", name, got, all)
		}
	}
}

func TestNotesOfButtons(t *testing.T) {
	server := slacktest.New(t)
	for name, test := range map[string]struct {
		sink notify.Notifier
		want int
	}{"with": {buildPressed(t, server.APIURL()), 1}, "without": {buildBot(t, server.APIURL()), 0}} {
		noted, ok := test.sink.(notify.Noted)
		if !ok {
			t.Fatal("it says nothing")
		}
		if notes := noted.Notes(t.Context()); len(notes) != test.want || test.want > 0 && !strings.Contains(notes[0], "Request URL") {
			t.Errorf("%s buttons: %q", name, notes)
		}
	}
}

// Which groups may do things can be asked with a scope of its own; the buttons are judged as the rest is.
func TestProbeOfButtons(t *testing.T) {
	for want, scopes := range map[string][]string{
		"token: ok: Slack knows it; without the scope usergroups:read": {"chat:write", "channels:read"},
		"token: ok: Slack knows it":                                    {"chat:write", "channels:read", "usergroups:read"},
	} {
		server := slacktest.New(t)
		server.SetScopes(scopes...)
		sinktest.Probes(t, buildPressed(t, server.APIURL()), slacktest.Secret, want, "channel: ok: in it", "form of a message: ok: no fault")
	}
}
