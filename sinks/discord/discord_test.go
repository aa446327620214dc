package discord_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/discord"
	"github.com/tocsin-sec/tocsin/sinks/discord/discordtest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func build(t testing.TB, url string) *discord.Sink {
	t.Helper()
	return buildOf(t, secret.New(url))
}

func buildOf(t testing.TB, url secret.Ref) *discord.Sink {
	t.Helper()
	sink, err := discord.New(t.Context(), "discord", discord.Config{WebhookURL: url}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func refusesNothing(t *testing.T, server *discordtest.Server) {
	t.Helper()
	for _, err := range server.Refused() {
		t.Errorf("Discord would refuse a message: %v", err)
	}
}

func TestConformance(t *testing.T) {
	server := discordtest.New(t)
	notifytest.Run(t, notifytest.Kit{
		New: func(t testing.TB, baseURL string) notify.Notifier {
			return build(t, baseURL+"/api/webhooks/1165511591545143296/"+discordtest.Secret)
		},
		Accept: server.ServeHTTP,
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"message":"You are being rate limited.","retry_after":0.3,"global":false}`)
		},
		Secret: discordtest.Secret,
	})
	refusesNothing(t, server)
}

// Every case that renderers know, and the longest findings, arrive.
func TestEverythingArrives(t *testing.T) {
	server := discordtest.New(t)
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
	if got := len(server.Channel()); got != n {
		t.Errorf("%d of %d messages stand in the channel", got, n)
	}
	refusesNothing(t, server)
}

// What is no louder than before is edited; what rises is a message of its own, and the one before
// shows the newest state too.
func TestUpdates(t *testing.T) {
	server := discordtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.Update(notify.Receipt{}, 5))
	quiet := sinktest.Send(t, sink, sinktest.Update(first, 6, notify.Change{What: "severity", From: "5.0", To: "6.0"}, notify.Change{What: "count", From: "1", To: "120"}))
	all := server.Channel()
	if quiet != first || len(all) != 1 || all[0].Edits != 1 || !strings.Contains(all[0].Message().Embeds[0].Description, "count 1 -> 120") {
		t.Fatalf("%+v after %+v: %+v", quiet, first, all)
	}
	loud := sinktest.Send(t, sink, sinktest.Update(first, 8, notify.Change{What: "severity", From: "6.0", To: "8.0"}))
	all = server.Channel()
	if loud == first || len(all) != 2 || all[1].ID != loud.ID || all[0].Edits != 2 || loud.Place != first.Place {
		t.Fatalf("%+v after %+v: %+v", loud, first, all)
	}
	before, after := all[0].Message().Embeds[0], all[1].Message().Embeds[0]
	if !strings.HasPrefix(before.Title, "HIGH") || strings.Contains(before.Title, "UPDATE") || !strings.Contains(after.Title, "UPDATE") || before.Color != after.Color {
		t.Errorf("before: %+v\nafter: %+v", before, after)
	}
	if again := sinktest.Send(t, sink, sinktest.Update(loud, 8)); again != loud || server.Channel()[1].Edits != 1 {
		t.Errorf("got %+v, %+v", again, server.Channel())
	}
	refusesNothing(t, server)
}

// People who are to be called are called by a message of its own, since an edit calls nobody.
func TestUpdateThatCalls(t *testing.T) {
	server := discordtest.New(t)
	style, err := formatter.NewStyle(func(name string) (string, string) {
		return name, map[string]string{"MENTION": "<@80351110224678912>", "MENTION_MIN_SEVERITY": "7.5"}[name]
	}, func(text string) (formatter.Mention, error) {
		m, _ := discord.Traits().Mentions.Parse(text)
		return m, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := discord.New(t.Context(), "discord", discord.Config{WebhookURL: secret.New(server.URL())}, style)
	if err != nil {
		t.Fatal(err)
	}
	first := sinktest.Send(t, sink, sinktest.Update(notify.Receipt{}, 7.2))
	sinktest.Send(t, sink, sinktest.Update(first, 8, notify.Change{What: "severity", From: "7.2", To: "8.0"}))
	all := server.Channel()
	if len(all) != 2 || all[0].Message().Content != "" || all[1].Message().Content != "<@80351110224678912>" {
		t.Fatalf("got %+v", all)
	}
	if may := all[1].Message().Allowed; fmt.Sprint(*may) != "{[] [80351110224678912] []}" {
		t.Errorf("the message may call %+v", may)
	}
}

// The end is shown in the message, and told in a short one that makes no sound; what opens again is
// a message of its own.
func TestEnd(t *testing.T) {
	server := discordtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.First())
	if got := sinktest.Send(t, sink, sinktest.Ended(first)); got != first {
		t.Errorf("the receipt became %+v, want %+v", got, first)
	}
	all := server.Channel()
	if len(all) != 2 || all[0].Edits != 1 {
		t.Fatalf("got %+v", all)
	}
	card, short := all[0].Message(), all[1].Message()
	if !strings.Contains(card.Embeds[0].Title, "CLOSED") || card.Embeds[0].Color != 0x9AA0A6 || card.Flags != 0 {
		t.Errorf("the message shows %+v", card)
	}
	if !strings.Contains(short.Content, "This finding is over: closed") || len(short.Embeds) != 0 || short.Flags != 4096 {
		t.Errorf("the end is told by %+v", short)
	}
	again := sinktest.Send(t, sink, sinktest.Update(first, 8, notify.Change{What: "state", From: "closed", To: "open"}))
	all = server.Channel()
	if again == first || len(all) != 3 || strings.Contains(all[0].Message().Embeds[0].Title, "CLOSED") || all[2].Message().Flags != 0 {
		t.Errorf("got %+v, %+v", again, all)
	}
	refusesNothing(t, server)
}

// A message that is gone, or is edited no more, starts anew within the same notification.
func TestMessageIsGone(t *testing.T) {
	for name, code := range map[string]int{"deleted": 0, "too old": 30046, "unknown": 10008, "another's": 50005, "announced": 20022, "in a thread that sleeps": 50083} {
		for kind, next := range map[string]func(notify.Receipt) notify.Notification{
			"update": func(r notify.Receipt) notify.Notification { return sinktest.Update(r, 8) }, "end": sinktest.Ended,
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				server := discordtest.New(t)
				sink := build(t, server.URL())
				first := sinktest.Send(t, sink, sinktest.First())
				if code == 0 {
					server.Delete(first.ID)
				} else {
					server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
						if r.Method == http.MethodPatch {
							w.WriteHeader(http.StatusBadRequest)
							fmt.Fprintf(w, `{"message":"no","code":%d}`, code)
						}
						return r.Method == http.MethodPatch
					})
				}
				anew := sinktest.Send(t, sink, next(first))
				all := server.Channel()
				last := all[len(all)-1]
				if anew.ID == first.ID || last.ID != anew.ID || len(last.Message().Embeds) != 1 {
					t.Errorf("got %+v, %+v", anew, all)
				}
			})
		}
	}
}

// Whatever becomes of the edit beside it, the message tells the news.
func TestEditFails(t *testing.T) {
	for name, status := range map[string]int{"500": 500, "404": 404, "throttled": 429, "no answer": 0} {
		t.Run(name, func(t *testing.T) {
			server := discordtest.New(t)
			sink := build(t, server.URL())
			first := sinktest.Send(t, sink, sinktest.First())
			var edits atomic.Int32
			server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPatch {
					return false
				}
				edits.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				if status == 0 {
					<-r.Context().Done()
				} else {
					w.WriteHeader(status)
				}
				return true
			})
			if got := sinktest.Send(t, sink, sinktest.Ended(first)); got != first || edits.Load() != 1 || len(server.Channel()) != 2 {
				t.Errorf("got %+v, %d edits, %+v", got, edits.Load(), server.Channel())
			}
			if status == 0 {
				return
			}
			if _, err := sink.Notify(t.Context(), sinktest.Update(first, 8)); err == nil || len(server.Channel()) != 2 {
				t.Errorf("an update that is nothing but an edit: got %v, %+v", err, server.Channel())
			}
		})
	}
}

// A receipt of another webhook, another thread or another type of sink leads nowhere.
func TestReceiptFromElsewhere(t *testing.T) {
	for name, previous := range map[string]notify.Receipt{
		"nothing": {}, "another webhook": {ID: "1234567890123400001", Place: "1165511591545143297"}, "Slack": {ID: "1503435956.000001", Place: "C0TESTING"},
		"a thread": {ID: "1234567890123400001", Place: "1165511591545143296/" + discordtest.Thread}, "no id": {ID: "../x", Place: "1165511591545143296"},
	} {
		server := discordtest.New(t)
		sink := build(t, server.URL())
		sinktest.Send(t, sink, sinktest.First())
		for _, n := range []notify.Notification{sinktest.Update(previous, 8), sinktest.Ended(previous)} {
			got := sinktest.Send(t, sink, n)
			all := server.Channel()
			if last := all[len(all)-1]; got.ID != last.ID || all[0].Edits != 0 || len(last.Message().Embeds) != 1 {
				t.Errorf("%s: got %+v, %+v", name, got, all)
			}
		}
	}
}

// The parameters of the URL go with each request, byte for byte; only wait is ours.
func TestParameters(t *testing.T) {
	server := discordtest.New(t)
	var seen []string
	server.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		seen = append(seen, r.URL.RawQuery)
		return false
	})
	sink := build(t, server.URL()+"/?a=%2b&thread_id="+discordtest.Thread+"&wait=false&&b=%20c")
	first := sinktest.Send(t, sink, sinktest.First())
	sinktest.Send(t, sink, sinktest.Update(first, 8))
	const kept = "a=%2b&thread_id=" + discordtest.Thread + "&b=%20c"
	if got := strings.Join(seen, "\n"); got != kept+"&wait=true\n"+kept {
		t.Errorf("got %s", got)
	}
	if all := server.Channel(); len(all) != 1 || all[0].Thread != discordtest.Thread || all[0].Edits != 1 {
		t.Errorf("got %+v", all)
	}
}

func TestRate(t *testing.T) {
	server := discordtest.New(t)
	server.Limit(1)
	sink := build(t, server.URL())
	sinktest.Send(t, sink, sinktest.First())
	for range 3 { // one of them may come so late that it is taken
		if _, err := sink.Notify(t.Context(), sinktest.First()); err != nil {
			if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != time.Second {
				t.Errorf("got %v (%v, %v)", err, notify.KindOf(err), notify.Delay(err))
			}
			return
		}
	}
	t.Error("the webhook took four messages at once")
}

func TestMinimalForm(t *testing.T) {
	server := discordtest.New(t)
	sink := build(t, server.URL())
	first := sinktest.Send(t, sink, sinktest.First())
	n := sinktest.Update(first, 8)
	n.Minimal = true
	sinktest.Send(t, sink, n)
	if m := server.Channel()[0].Message(); len(m.Embeds) != 0 || !strings.Contains(m.Content, "UPDATE") {
		t.Errorf("got %+v", m)
	}
	sinktest.Send(t, sink, sinktest.Update(first, 8))
	if m := server.Channel()[0].Message(); len(m.Embeds) != 1 || m.Content != "" {
		t.Errorf("got %+v", m)
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := discordtest.New(t)
	sinktest.Preview{Sink: build(t, server.URL()), Form: notify.FormDiscord, Sent: func() []string {
		var all []string
		for _, posted := range server.Channel() {
			all = append(all, string(posted.Body))
		}
		return all
	}}.Of(t, sinktest.First())
}

func TestRotatedSecret(t *testing.T) {
	server := discordtest.New(t)
	const next = "n3w" + discordtest.Secret
	sinktest.Rotation{
		FarEnd:       server,
		New:          func(t *testing.T, ref secret.Ref) notify.Notifier { return buildOf(t, ref) },
		Notification: sinktest.First(),
		First:        server.URL(), Second: strings.Replace(server.URL(), discordtest.Secret, next, 1),
		Rotate: func() { server.SetToken(next) },
		Wrong:  []string{"https://discord.com/" + discordtest.Secret},
		Hidden: []string{discordtest.Secret},
	}.Run(t)
}
