package telegram_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/telegram"
	"github.com/tocsin-sec/tocsin/sinks/telegram/telegramtest"
)

// place is how a receipt names the chat.
const place = "123456/" + telegramtest.Chat

func buildFor(t testing.TB, api, chat string) *telegram.Sink {
	t.Helper()
	return buildOf(t, telegram.Config{BotToken: secret.New(telegramtest.Token), ChatId: chat, ApiURL: api})
}

func buildOf(t testing.TB, config telegram.Config) *telegram.Sink {
	t.Helper()
	sink, err := telegram.New(t.Context(), "telegram", config, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func build(t testing.TB, api string) *telegram.Sink { return buildFor(t, api, telegramtest.Chat) }

func refusesNothing(t *testing.T, server *telegramtest.Server) {
	t.Helper()
	for _, err := range server.Refused() {
		t.Errorf("Telegram would refuse a message: %v", err)
	}
}

func TestConformance(t *testing.T) {
	server := telegramtest.New(t)
	notifytest.Run(t, notifytest.Kit{
		New:    func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL) },
		Accept: server.ServeHTTP,
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`)
		},
		Secret: telegramtest.Secret,
	})
	refusesNothing(t, server)
}

// Every case that renderers know, and the longest findings, arrive.
func TestEverythingArrives(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	n := 0
	for name, one := range formattertest.Cases() {
		if _, err := sink.Notify(t.Context(), one.Notification); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		n++
	}
	for name, one := range formattertest.Huge() {
		if _, err := sink.Notify(t.Context(), one); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		n++
	}
	if got := len(server.Messages()); got != n {
		t.Errorf("%d of %d messages stand in the chat", got, n)
	}
	refusesNothing(t, server)
}

// Updates and the end answer the first message, which shows the newest state; those make a sound
// that people should hear.
func TestUpdates(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.Update(notify.Receipt{}, 5))
	if first.ID != "1" || first.Place != place {
		t.Fatalf("got %+v", first)
	}
	for i, step := range []struct {
		n        notify.Notification
		isSilent bool
		shows    string
	}{
		{sinktest.Update(first, 6, notify.Change{What: "severity", From: "5.0", To: "6.0"}), true, "🟡 MEDIUM"},
		{sinktest.Update(first, 8, notify.Change{What: "severity", From: "6.0", To: "8.0"}), false, "🟠 HIGH"},
		{sinktest.Update(first, 8, notify.Change{What: "count", From: "1", To: "120"}), true, "🟠 HIGH"},
		{sinktest.Ended(first), true, "✅ HIGH · [CLOSED]"},
		{sinktest.Update(first, 8, notify.Change{What: "state", From: "closed", To: "open"}), false, "🟠 HIGH"},
	} {
		if got := sinktest.Send(t, sink, step.n); got != first {
			t.Errorf("the receipt became %+v, want that of the first message", got)
		}
		all := server.Messages()
		answer := all[len(all)-1]
		if len(all) != i+2 || answer.ReplyTo != 1 || answer.Message.Silent != step.isSilent || !answer.Message.Preview.IsDisabled {
			t.Errorf("step %d: %d messages, the last is %+v", i, len(all), answer.Message)
		}
		if !strings.HasPrefix(all[0].Message.Text, step.shows) {
			t.Errorf("step %d: the first message shows %.80q, want %s", i, all[0].Message.Text, step.shows)
		}
		if strings.Contains(answer.Message.Text, "Account:") || !strings.Contains(all[0].Message.Text, "Account:") || strings.Contains(all[0].Message.Text, "UPDATE") {
			t.Errorf("step %d: the answer is %q, the first message %q", i, answer.Message.Text, all[0].Message.Text)
		}
	}
	if all := server.Messages(); all[0].Edits < 3 || !strings.Contains(all[4].Message.Text, "This finding is over: closed") {
		t.Errorf("got %+v", all)
	}
	refusesNothing(t, server)
}

// A first message that is gone, or is edited no more, starts anew within the same notification.
func TestFirstMessageIsGone(t *testing.T) {
	for name, description := range map[string]string{
		"deleted": "", "not found": "Bad Request: message to edit not found", "too old": "Bad Request: message can't be edited",
		"no number": "Bad Request: MESSAGE_ID_INVALID",
	} {
		t.Run(name, func(t *testing.T) {
			for _, next := range []func(notify.Receipt) notify.Notification{sinktest.Ended, func(r notify.Receipt) notify.Notification { return sinktest.Update(r, 8) }} {
				server := telegramtest.New(t)
				sink := build(t, server.URL())
				first := sinktest.Send(t, sink, sinktest.First())
				if description == "" {
					server.Delete(1)
				} else {
					server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
						if !strings.HasSuffix(r.URL.Path, "/editMessageText") {
							return false
						}
						w.WriteHeader(http.StatusBadRequest)
						_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error_code": 400, "description": description})
						return true
					})
				}
				anew := sinktest.Send(t, sink, next(first))
				all := server.Messages()
				last := all[len(all)-1]
				if anew == first || anew.ID != strconv.FormatInt(last.ID, 10) || last.ReplyTo != 0 || !strings.Contains(last.Message.Text, "Account:") {
					t.Errorf("got %+v, %+v", anew, last)
				}
			}
		})
	}
}

// Whatever becomes of the edit, the answer tells the news; one that changes nothing is none.
func TestEditFails(t *testing.T) {
	for name, status := range map[string]int{"500": 500, "403": 403, "throttled": 429, "no answer": 0, "nothing to edit": -1} {
		t.Run(name, func(t *testing.T) {
			server := telegramtest.New(t)
			sink := build(t, server.URL())
			first := sinktest.Send(t, sink, sinktest.First())
			var edits atomic.Int32
			server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/editMessageText") {
					return false
				}
				edits.Add(1)
				switch status {
				case -1:
					return false
				case 0:
					_, _ = io.Copy(io.Discard, r.Body)
					<-r.Context().Done()
				default:
					w.WriteHeader(status)
				}
				return true
			})
			n := sinktest.Update(first, 8)
			if status == -1 {
				n = sinktest.First()
				n.Kind, n.Previous, n.Changes = notify.KindUpdate, first, []notify.Change{{What: "count", From: "1", To: "3"}}
			}
			if got := sinktest.Send(t, sink, n); got != first || edits.Load() != 1 || len(server.Messages()) != 2 || server.Messages()[1].ReplyTo != 1 {
				t.Errorf("got %+v, %d edits, %+v", got, edits.Load(), server.Messages())
			}
		})
	}
}

// The first message goes between its edit and the answer: the answer stands alone, and nothing is lost.
func TestFirstMessageGoesMeanwhile(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.First())
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/editMessageText") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		server.Delete(1)
		w.WriteHeader(http.StatusInternalServerError)
		return true
	})
	sinktest.Send(t, sink, sinktest.Update(first, 8))
	if all := server.Messages(); len(all) != 1 || all[0].ReplyTo != 0 {
		t.Errorf("got %+v", all)
	}
}

// Telegram knows the number of the first message no more when it is answered: the update stands alone,
// with all of the facts.
func TestNumberIsRefused(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.First())
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		isAnswer := bytes.Contains(body, []byte("reply_parameters"))
		if isAnswer {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"ok":false,"error_code":400,"description":"Bad Request: REPLY_MESSAGE_ID_INVALID"}`)
		}
		return isAnswer
	})
	got := sinktest.Send(t, sink, sinktest.Update(first, 8))
	if all := server.Messages(); len(all) != 2 || got.ID != "2" || all[1].ReplyTo != 0 || !strings.Contains(all[1].Message.Text, "Account:") {
		t.Errorf("got %+v, %+v", got, all)
	}
}

// A receipt of another chat or another type of sink leads nowhere.
func TestReceiptFromElsewhere(t *testing.T) {
	for name, previous := range map[string]notify.Receipt{
		"nothing": {}, "another chat": {ID: "1", Place: "123456/-1009876543210"}, "Slack": {ID: "1503435956.000001", Place: "C0TESTING"},
		"another topic": {ID: "1", Place: place + "/42"}, "no number": {ID: "x", Place: place}, "below": {ID: "-1", Place: place},
		"moved elsewhere": {ID: "1", Place: "123456/-5>" + telegramtest.Chat}, "moved nowhere": {ID: "1", Place: place + ">x"},
	} {
		server := telegramtest.New(t)
		sink := build(t, server.URL())
		sinktest.Send(t, sink, sinktest.First())
		got := sinktest.Send(t, sink, sinktest.Update(previous, 8))
		if all := server.Messages(); got.ID != "2" || all[0].Edits != 0 || all[1].ReplyTo != 0 {
			t.Errorf("%s: got %+v, %+v", name, got, all)
		}
	}
}

// Each bot numbers its messages to a person by itself: of another bot, a number is another message.
func TestReceiptOfAnotherBot(t *testing.T) {
	server := telegramtest.New(t)
	first := sinktest.Send(t, build(t, server.URL()), sinktest.First())
	const other = "654321:AAH-" + telegramtest.Secret
	server.SetToken(other)
	sink, err := telegram.New(t.Context(), "telegram", telegram.Config{
		BotToken: secret.New(other), ChatId: telegramtest.Chat, ApiURL: server.URL(),
	}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	got := sinktest.Send(t, sink, sinktest.Update(first, 8))
	if all := server.Messages(); got.ID != "2" || len(all) != 2 || all[0].Edits != 0 || all[1].ReplyTo != 0 {
		t.Errorf("got %+v, %+v", got, all)
	}
	if strings.Contains(got.Place, telegramtest.Secret) {
		t.Error("the receipt shows the token")
	}
	server.SetToken("654321:BBH-" + telegramtest.Secret) // the same bot has a new one
	sink, err = telegram.New(t.Context(), "telegram", telegram.Config{
		BotToken: secret.New("654321:BBH-" + telegramtest.Secret), ChatId: telegramtest.Chat, ApiURL: server.URL(),
	}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if again := sinktest.Send(t, sink, sinktest.Update(got, 8)); again != got {
		t.Errorf("with a new token of the same bot: got %+v, want %+v", again, got)
	}
}

func TestChats(t *testing.T) {
	for chat, want := range map[string]int64{
		telegramtest.Chat: 0, telegramtest.Name: 0, telegramtest.Chat + "/42": 42, telegramtest.Name + "/42": 42, telegramtest.Chat + "/1": 0,
	} {
		server := telegramtest.New(t)
		sink := buildFor(t, server.URL()+"/", chat)
		first := sinktest.Send(t, sink, sinktest.First())
		sinktest.Send(t, sink, sinktest.Update(first, 8))
		all := server.Messages()
		if len(all) != 2 || all[0].Message.Thread != want || all[1].Message.Thread != want || all[1].ReplyTo != 1 || all[0].Edits != 1 || first.Place != "123456/"+chat {
			t.Errorf("%s: got %+v", chat, all)
		}
	}
	server := telegramtest.New(t)
	_, err := buildFor(t, server.URL(), telegramtest.Chat+"/43").Notify(t.Context(), sinktest.First())
	if notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "message thread not found (check the topic") {
		t.Errorf("a topic that there is not: got %v", err)
	}
}

// A group that became a supergroup is posted to by its new number, message for message.
func TestMigration(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	before := sinktest.Send(t, sink, sinktest.First())
	server.Migrate("-1005555555555")
	other := sinktest.Send(t, sink, sinktest.First())           // whose number is that of the first message in the group that was
	moved := sinktest.Send(t, sink, sinktest.Update(before, 8)) // the first message stands in the group that was
	again := sinktest.Send(t, sink, sinktest.Update(moved, 5))
	all := server.Messages()
	if len(all) != 4 || all[1].Chat != "-1005555555555" || all[1].Edits != 0 || all[2].ReplyTo != 0 || other.ID != before.ID || other == before {
		t.Errorf("what stands in the group that was: got %+v, %+v and %+v", before, other, all)
	}
	if moved == before || again != moved || all[2].Edits != 1 || all[3].ReplyTo != all[2].ID || all[3].Chat != "-1005555555555" {
		t.Errorf("what was posted to the new number: got %+v, %+v and %+v", moved, again, all)
	}
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		isEdit := strings.HasSuffix(r.URL.Path, "/editMessageText")
		if isEdit {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return isEdit
	})
	sinktest.Send(t, sink, sinktest.Update(before, 8))
	if all = server.Messages(); all[4].ReplyTo != 0 {
		t.Errorf("a message of another group is answered: got %+v", all[4])
	}
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1005555555555}}`)
		return true
	})
	if _, err := sink.Notify(t.Context(), sinktest.First()); notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "put the new number in CHAT_ID") {
		t.Errorf("sent on and on: got %v", err)
	}
}

func TestRate(t *testing.T) {
	server := telegramtest.New(t)
	server.Limit(1)
	sink := build(t, server.URL())
	sinktest.Send(t, sink, sinktest.First())
	if _, err := sink.Notify(t.Context(), sinktest.First()); notify.KindOf(err) != notify.Throttled || notify.Delay(err) != 7*time.Second {
		t.Errorf("got %v (%v, %v)", err, notify.KindOf(err), notify.Delay(err))
	}
}

func TestMinimalForm(t *testing.T) {
	server := telegramtest.New(t)
	sink := build(t, server.URL())
	n := sinktest.First()
	n.Minimal = true
	sinktest.Send(t, sink, n)
	if m := server.Messages()[0].Message; len(m.Entities) != 0 || !strings.Contains(m.Text, "HIGH") || !strings.Contains(m.Text, "\nhttps://") {
		t.Errorf("got %+v", m)
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := telegramtest.New(t)
	shown := sinktest.Preview{Sink: buildFor(t, server.URL(), telegramtest.Chat+"/42"), Form: notify.FormTelegram, Sent: func() []string {
		var all []string
		for _, posted := range server.Messages() {
			all = append(all, string(posted.Body))
		}
		return all
	}}.Of(t, sinktest.First())
	if len(shown.Sizes) != 2 || strings.Contains(string(shown.Body), telegramtest.Secret) {
		t.Errorf("got %d sizes of %s", len(shown.Sizes), shown.Body)
	}
}

func TestRotatedSecret(t *testing.T) {
	server := telegramtest.New(t)
	const next = "123456:n3w" + telegramtest.Secret
	sinktest.Rotation{
		FarEnd: server,
		New: func(t *testing.T, ref secret.Ref) notify.Notifier {
			return buildOf(t, telegram.Config{BotToken: ref, ChatId: telegramtest.Chat, ApiURL: server.URL()})
		},
		Notification: sinktest.First(),
		First:        telegramtest.Token, Second: next,
		Rotate: func() { server.SetToken(next) },
		Wrong:  []string{telegramtest.Secret},
		Hidden: []string{telegramtest.Secret},
	}.Run(t)
}
