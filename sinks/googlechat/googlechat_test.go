package googlechat_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/googlechat"
	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

const hookToken = "Xv1pQ0secret"

func build(t testing.TB, address string) *googlechat.Sink {
	t.Helper()
	sink, err := googlechat.New(t.Context(), "oncall", googlechat.Config{WebhookURL: secret.New(address)}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func buildAt(t testing.TB, baseURL string) notify.Notifier {
	t.Helper()
	return build(t, baseURL+"/v1/spaces/AAAA/messages?key=k&token="+hookToken)
}

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Kit{
		New: buildAt,
		Accept: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = googlechattest.Check(body)
			}
			if err != nil {
				http.Error(w, `{"error":{"code":400,"status":"INVALID_ARGUMENT"}}`, http.StatusBadRequest)
				return
			}
			_, _ = io.WriteString(w, `{"name":"spaces/AAAA/messages/B.B","thread":{"name":"spaces/AAAA/threads/B"}}`)
		},
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}`)
		},
		Secret: hookToken,
	})
}

// send posts a notification, which has to be accepted.
// What becomes of a finding stands in its thread, whoever sends it and without a receipt; another
// finding has another thread.
func TestThread(t *testing.T) {
	server := googlechattest.New(t)
	n := sinktest.First()
	first := sinktest.Send(t, build(t, server.URL()), n)
	n.Kind, n.Changes = notify.KindUpdate, []notify.Change{{What: "count", From: "3", To: "9"}}
	n.Findings[0].Count = 9
	update := sinktest.Send(t, build(t, server.URL()), n)
	n.Kind, n.Changes = notify.KindResolved, []notify.Change{{What: "state", From: "open", To: "closed"}}
	n.Findings[0].State = finding.Closed
	end := sinktest.Send(t, build(t, server.URL()), n)
	other := sinktest.First()
	other.Findings[0].ID = "another"
	elsewhere := sinktest.Send(t, build(t, server.URL()), other)
	all := server.Messages()
	if len(all) != 4 || len(server.Refused()) != 0 {
		t.Fatalf("%d messages, refused: %v", len(all), server.Refused())
	}
	if first.Place != update.Place || update.Place != end.Place || end.Place == elsewhere.Place || !strings.HasPrefix(first.Place, googlechattest.Space+"/threads/") {
		t.Errorf("the threads are %s, %s, %s and %s", first.Place, update.Place, end.Place, elsewhere.Place)
	}
	if first.ID != all[0].Name || end.ID != all[2].Name {
		t.Errorf("the receipts are %v and %v", first, end)
	}
	if len(all[2].Body) >= len(all[0].Body) {
		t.Errorf("the end is longer than the finding: %s", all[2].Body)
	}
}

// The same publication is one message, however often, by whom and in which form it is sent; another
// instance has a message of its own.
func TestSentAgain(t *testing.T) {
	server := googlechattest.New(t)
	n := sinktest.First()
	first := sinktest.Send(t, build(t, server.URL()), n)
	n.Minimal = true
	if again := sinktest.Send(t, build(t, server.URL()), n); again != first {
		t.Errorf("got %v, then %v", first, again)
	}
	other, err := googlechat.New(t.Context(), "other", googlechat.Config{WebhookURL: secret.New(server.URL())}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if another := sinktest.Send(t, other, n); another.ID == first.ID {
		t.Error("another instance has sent nothing")
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, m := range server.Messages() {
		if !uuid.MatchString(m.RequestID) {
			t.Errorf("the request's id is %s", m.RequestID)
		}
	}
	// Heartbeats have no name of their own, and each is one more message.
	for range 2 {
		sinktest.Send(t, build(t, server.URL()), notify.Notification{Kind: notify.KindHeartbeat})
	}
	if all := server.Messages(); len(all) != 4 || server.Repeats() != 1 || all[3].ThreadKey != "" || all[3].RequestID != "" {
		t.Errorf("%d messages, %d repeats", len(all), server.Repeats())
	}
}

// The URL is sent byte for byte, and what the sink adds stands behind it.
func TestURL(t *testing.T) {
	const address = "/v1/spaces/AA%41A/messages?token=a%2bb%3D+c&key=&key=%20x&x=;"
	var got string
	server := googlechattest.New(t)
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		got = r.RequestURI
		_, _ = io.WriteString(w, `{"name":"spaces/A/messages/B"}`)
		return true
	})
	host, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	good := strings.Replace(strings.Replace(address, "key=&", "", 1), "&x=;", "", 1)
	sinktest.Send(t, build(t, "http://"+host.Host+good), sinktest.First())
	if !strings.HasPrefix(got, good+"&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId=") {
		t.Errorf("got %s", got)
	}
}

// A second webhook is another sender, with which Chat takes no name of a request twice: that of
// another deployment, or one in the place of the first.
func TestAnotherWebhook(t *testing.T) {
	server := googlechattest.New(t)
	n := sinktest.First()
	sinktest.Send(t, build(t, server.URL()), n)
	server.SetToken("1-" + googlechattest.Secret)
	other := build(t, server.URL())
	sinktest.Send(t, other, n)
	sinktest.Send(t, other, n)
	if got := len(server.Messages()); got != 2 || server.Repeats() != 1 {
		t.Errorf("%d messages, %d repeats", got, server.Repeats())
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	server := googlechattest.New(t)
	for name, c := range formattertest.Cases() {
		sink, err := googlechat.New(t.Context(), "oncall", googlechat.Config{WebhookURL: secret.New(server.URL())}, formattertest.Style(t, c.Settings))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := sink.Preview(c.Notification)
		if err != nil || shown.Form != notify.FormChat {
			t.Fatalf("%s: %s: %v", name, shown.Form, err)
		}
		before := len(server.Messages())
		sinktest.Send(t, sink, c.Notification)
		if all := server.Messages(); len(all) > before && string(all[before].Body) != string(shown.Body) {
			t.Errorf("%s: sent %s, shown %s", name, all[before].Body, shown.Body)
		}
		for _, size := range shown.Sizes {
			if size.Value > size.Limit || size.Value == 0 && size.What == "bytes of the message" {
				t.Errorf("%s: %s: %d of %d", name, size.What, size.Value, size.Limit)
			}
		}
	}
}

// The longest findings arrive as they are, in the full form.
func TestLongestFindings(t *testing.T) {
	server := googlechattest.New(t)
	sink := build(t, server.URL())
	for name, n := range formattertest.Huge() {
		sinktest.Send(t, sink, n)
		all := server.Messages()
		var body struct{ CardsV2 []json.RawMessage }
		if err := json.Unmarshal(all[len(all)-1].Body, &body); err != nil || len(body.CardsV2) != 1 {
			t.Errorf("%s: no card: %v", name, err)
		}
	}
}
