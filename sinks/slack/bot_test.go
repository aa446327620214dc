package slack_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/slack"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// buildBot builds a bot against the Web API at api.
func buildBot(t testing.TB, api string) notify.Refresher {
	t.Helper()
	sink, err := slack.New(t.Context(), "slack", slack.Config{
		BotToken: secret.New(slacktest.Token), Channel: slacktest.Channel, ApiURL: api,
	}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestBotConformance(t *testing.T) {
	server := slacktest.New(t)
	notifytest.Run(t, notifytest.Kit{
		New:    func(t testing.TB, baseURL string) notify.Notifier { return buildBot(t, baseURL+"/api/") },
		Accept: server.ServeHTTP,
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
		},
		Secret: slacktest.Secret,
	})
	for _, err := range server.Refused() {
		t.Errorf("Slack would refuse a message: %v", err)
	}
}

// tell sends to the sink and fails the test when that fails.
// update is what has become of the finding: another count and, for another severity, another level.
func update(previous notify.Receipt, severity float64, changes ...notify.Change) notify.Notification {
	n := notification()
	n.Kind, n.Previous, n.Changes = notify.KindUpdate, previous, changes
	n.Findings[0].Severity = finding.NewSeverity(severity)
	n.Findings[0].Count = 120
	return n
}

func severityChange(from, to string) notify.Change {
	return notify.Change{What: "severity", From: from, To: to}
}

// read lets somebody else's library decode a message.
func read(t *testing.T, body json.RawMessage) slackgo.Msg {
	t.Helper()
	var m slackgo.Msg
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func headerOf(t *testing.T, m slackgo.Msg) string {
	t.Helper()
	header, ok := m.Blocks.BlockSet[0].(*slackgo.HeaderBlock)
	if !ok {
		t.Fatalf("got %+v", m.Blocks.BlockSet)
	}
	return header.Text.Text
}

func TestThread(t *testing.T) {
	server := slacktest.New(t)
	sink := buildBot(t, server.APIURL())
	first := notification()
	first.Findings[0].Severity = 5
	receipt := sinktest.Send(t, sink, first)
	if receipt.ID == "" || receipt.Place != slacktest.Channel {
		t.Fatalf("got %+v", receipt)
	}
	for _, n := range []notify.Notification{
		update(receipt, 6, severityChange("5.0", "6.0"), notify.Change{What: "count", From: "1", To: "120"}),
		update(receipt, 8, severityChange("6.0", "8.0")),
		update(receipt, 5, severityChange("8.0", "5.0")),
		update(receipt, 0, severityChange("5.0", "unknown")),
		update(receipt, 9, severityChange("unknown", "9.0")),
	} {
		if got := sinktest.Send(t, sink, n); got != receipt {
			t.Errorf("the receipt became %+v, want that of the first message", got)
		}
	}
	all := server.Conversation()
	if len(all) != 1 || all[0].Timestamp != receipt.ID || len(all[0].Replies) != 5 || all[0].Edits != 5 {
		t.Fatalf("got %+v", all)
	}
	edited := read(t, all[0].Body)
	if got := headerOf(t, edited); !strings.HasPrefix(got, "🟥 CRITICAL · Data exfiltration through DNS") {
		t.Errorf("the first message says %q", got)
	}
	if len(edited.Attachments) != 1 || !strings.Contains(string(all[0].Body), "120") {
		t.Errorf("the first message lacks the facts: %s", all[0].Body)
	}
	if edited.Timestamp != receipt.ID || edited.Channel != slacktest.Channel || edited.ThreadTimestamp != "" {
		t.Errorf("got %+v", edited)
	}
	for i, isShown := range []bool{false, true, false, true, true} {
		reply := all[0].Replies[i]
		if got := headerOf(t, read(t, reply.Body)); !strings.Contains(got, "UPDATE") || reply.Broadcast != isShown {
			t.Errorf("answer %d: %q, shown in the channel: %v, want %v", i, got, reply.Broadcast, isShown)
		}
	}
	for _, err := range server.Refused() {
		t.Error(err)
	}
}

// The end of a finding stands in the thread of its first message, which says so too; when it opens
// again the channel hears of it.
func TestEndInThread(t *testing.T) {
	server := slacktest.New(t)
	sink := buildBot(t, server.APIURL())
	receipt := sinktest.Send(t, sink, notification())
	end := update(receipt, 8, severityChange("5.0", "8.0"))
	end.Kind, end.Findings[0].State = notify.KindResolved, finding.Closed
	again := update(receipt, 8, notify.Change{What: "state", From: "closed", To: "open"})
	for _, n := range []notify.Notification{end, again} {
		if got := sinktest.Send(t, sink, n); got != receipt {
			t.Errorf("the receipt became %+v, want that of the first message", got)
		}
		if n.Kind == notify.KindResolved && !strings.Contains(string(server.Conversation()[0].Body), "This finding is over") {
			t.Errorf("the first message does not say it: %s", server.Conversation()[0].Body)
		}
	}
	all := server.Conversation()
	if len(all) != 1 || len(all[0].Replies) != 2 || all[0].Edits != 2 || strings.Contains(string(all[0].Body), "This finding is over") {
		t.Fatalf("got %+v", all)
	}
	if all[0].Replies[0].Broadcast || !all[0].Replies[1].Broadcast {
		t.Errorf("shown in the channel: %v and %v", all[0].Replies[0].Broadcast, all[0].Replies[1].Broadcast)
	}
	for _, err := range server.Refused() {
		t.Error(err)
	}
}

func TestNameAndIcon(t *testing.T) {
	server := slacktest.New(t)
	sink, err := slack.New(t.Context(), "slack", slack.Config{
		BotToken: secret.New(slacktest.Token), Channel: slacktest.Channel, ApiURL: server.APIURL(), Username: "GuardDuty", IconEmoji: ":bell:",
	}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	sinktest.Send(t, sink, notification())
	if m := read(t, server.Conversation()[0].Body); m.Username != "GuardDuty" || m.Icons != nil || !strings.Contains(string(server.Conversation()[0].Body), `"icon_emoji":":bell:"`) {
		t.Errorf("got %+v", m)
	}
}

// A first message that is gone starts anew, within the same notification.
func TestFirstMessageIsGone(t *testing.T) {
	answered := func(word string) func(*slacktest.Server, notify.Receipt) {
		return func(server *slacktest.Server, _ notify.Receipt) {
			server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				var args struct {
					Thread string `json:"thread_ts"`
				}
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				if json.Unmarshal(body, &args) != nil || args.Thread == "" {
					return false
				}
				_, _ = io.WriteString(w, `{"ok":false,"error":"`+word+`"}`)
				return true
			})
		}
	}
	tests := map[string]func(*slacktest.Server, notify.Receipt){
		"deleted": func(server *slacktest.Server, receipt notify.Receipt) { server.Delete(receipt.ID) },
	}
	for _, word := range []string{
		"cannot_reply_to_message", "restricted_action_thread_locked", "restricted_action_non_threadable_channel",
		"invalid_thread_ts", "thread_not_found", "message_not_found",
	} {
		tests[word] = answered(word)
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			server := slacktest.New(t)
			sink := buildBot(t, server.APIURL())
			receipt := sinktest.Send(t, sink, notification())
			spoil(server, receipt)
			anew := sinktest.Send(t, sink, update(receipt, 8, severityChange("5.0", "8.0")))
			if anew.ID == receipt.ID || anew.ID == "" || anew.Place != slacktest.Channel {
				t.Errorf("got %+v after %+v", anew, receipt)
			}
			server.Answer(nil)
			if again := sinktest.Send(t, sink, update(anew, 8)); again != anew {
				t.Errorf("the next update went to %+v, want %+v", again, anew)
			}
			all := server.Conversation()
			last := all[len(all)-1]
			before := len(all) - 1 // the first message, where it was not deleted
			if last.Timestamp != anew.ID || len(last.Replies) != 1 || last.Edits != 1 || name == "deleted" && before > 0 {
				t.Errorf("got %+v", all)
			}
		})
	}
}

// What stands for a deleted message takes answers that nobody sees.
func TestDeletedMessageWithAnswers(t *testing.T) {
	server := slacktest.New(t)
	sink := buildBot(t, server.APIURL())
	receipt := sinktest.Send(t, sink, notification())
	sinktest.Send(t, sink, update(receipt, 8))
	server.Delete(receipt.ID)
	anew := sinktest.Send(t, sink, update(receipt, 8))
	all := server.Conversation()
	if len(all) != 2 || anew.ID != all[1].Timestamp || !all[0].Deleted {
		t.Errorf("got %+v and %+v", anew, all)
	}
}

// The receipt of a channel, or of a sink, that the instance had before leads nowhere in this one.
func TestReceiptFromElsewhere(t *testing.T) {
	for name, previous := range map[string]notify.Receipt{
		"webhook": {}, "another channel": {ID: "1503435956.000001", Place: "C0ANOTHER"}, "SNS": {ID: "1f2e3d"},
	} {
		server := slacktest.New(t)
		got := sinktest.Send(t, buildBot(t, server.APIURL()), update(previous, 8))
		if all := server.Conversation(); len(all) != 1 || len(all[0].Replies) != 0 || all[0].Timestamp != got.ID {
			t.Errorf("%s: got %+v", name, all)
		}
	}
}

// Whatever becomes of the edit, the thread has the news: it is tried once, and the notification
// succeeds.
func TestEditFails(t *testing.T) {
	word := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	for name, fail := range map[string]http.HandlerFunc{
		"500": word(500, ""), "404": word(404, ""), "throttled": word(429, `{"ok":false,"error":"ratelimited"}`),
		"not ours": word(200, `{"ok":false,"error":"cant_update_message"}`), "too late": word(200, `{"ok":false,"error":"edit_window_closed"}`),
		"revoked": word(200, `{"ok":false,"error":"token_revoked"}`), "too long": word(200, `{"ok":false,"error":"msg_too_long"}`),
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			server := slacktest.New(t)
			sink := buildBot(t, server.APIURL())
			receipt := sinktest.Send(t, sink, notification())
			var edits atomic.Int32
			server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/chat.update") {
					return false
				}
				edits.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				fail(w, r)
				return true
			})
			if got := sinktest.Send(t, sink, update(receipt, 8)); got != receipt {
				t.Errorf("got %+v, want %+v", got, receipt)
			}
			if all := server.Conversation(); edits.Load() != 1 || len(all) != 1 || len(all[0].Replies) != 1 {
				t.Errorf("%d edits, conversation %+v", edits.Load(), all)
			}
		})
	}
}

// A message of somebody else's takes the answer, and stays as it is.
func TestEditOfAnothersMessage(t *testing.T) {
	server := slacktest.New(t)
	receipt := notify.Receipt{ID: server.Say("hello"), Place: slacktest.Channel}
	if got := sinktest.Send(t, buildBot(t, server.APIURL()), update(receipt, 8)); got != receipt {
		t.Errorf("got %+v", got)
	}
	if all := server.Conversation(); all[0].Edits != 0 || len(all[0].Replies) != 1 {
		t.Errorf("got %+v", all)
	}
}

// The context that ends during the edit ends the edit, and the notification has succeeded.
func TestContextEndsDuringTheEdit(t *testing.T) {
	server := slacktest.New(t)
	sink := buildBot(t, server.APIURL())
	receipt := sinktest.Send(t, sink, notification())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/chat.update") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
		return true
	})
	if got, err := sink.Notify(ctx, update(receipt, 8)); err != nil || got != receipt {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A full form that is refused goes into the thread in the minimal form.
func TestMinimalUpdate(t *testing.T) {
	server := slacktest.New(t)
	sink := buildBot(t, server.APIURL())
	n := update(sinktest.Send(t, sink, notification()), 8)
	n.Minimal = true
	sinktest.Send(t, sink, n)
	first := server.Conversation()[0]
	if reply := read(t, first.Replies[0].Body); len(reply.Blocks.BlockSet) != 0 || reply.Text == "" {
		t.Errorf("the answer is %+v", reply)
	}
	if edited := read(t, first.Body); len(edited.Blocks.BlockSet) == 0 || len(edited.Attachments) == 0 {
		t.Errorf("the first message lost its blocks: %+v", edited)
	}
}

func TestBotRate(t *testing.T) {
	server := slacktest.New(t)
	server.Limit(1)
	sink := buildBot(t, server.APIURL())
	sinktest.Send(t, sink, notification())
	for range 3 { // one of them may come so late that the channel takes it
		if _, err := sink.Notify(t.Context(), notification()); err != nil {
			if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != time.Second {
				t.Errorf("got %v (%v, %v)", err, notify.KindOf(err), notify.Delay(err))
			}
			return
		}
	}
	t.Error("the channel took four messages at once")
}

// The answer repeats the message: at Slack's limits, with twelve bytes for every letter, it is
// still a proof.
func TestLongestAnswer(t *testing.T) {
	server := slacktest.New(t)
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C0TESTING","ts":"1503435956.000247","message":{"text":"`+
			strings.Repeat(`\ud83d\udd25`, 13_200+40_000/2)+`"}}`)
		return true
	})
	if receipt := sinktest.Send(t, buildBot(t, server.APIURL()), notification()); receipt.ID != "1503435956.000247" {
		t.Errorf("got %+v", receipt)
	}
}

func TestRotatedSecret(t *testing.T) {
	server := slacktest.New(t)
	const next = "xoxb-2-" + slacktest.Secret
	sinktest.Rotation{
		FarEnd: server,
		New: func(t *testing.T, ref secret.Ref) notify.Notifier {
			sink, err := slack.New(t.Context(), "slack", slack.Config{BotToken: ref, Channel: slacktest.Channel, ApiURL: server.APIURL()}, formatter.Style{})
			if err != nil {
				t.Fatal(err)
			}
			return sink
		},
		Notification: notification(),
		First:        slacktest.Token, Second: next,
		Rotate:  func() { server.SetToken(next) },
		Refusal: "token_revoked",
		Wrong:   []string{"xoxp-" + slacktest.Secret, "xoxb-a b" + slacktest.Secret},
		Hidden:  []string{slacktest.Secret},
	}.Run(t)
	if all := server.Conversation(); len(all) != 2 {
		t.Errorf("%d messages, want 2", len(all))
	}
}
