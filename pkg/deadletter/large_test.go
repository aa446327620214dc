package deadletter_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// An event is never cut. Where it is too large with its attributes, white space goes first and then
// the attributes, but for the sink's name.
func TestLargeEvent(t *testing.T) {
	const limit = 1 << 20
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := deadletter.NewQueue(queue.New(), "https://sqs.example/111122223333/dead")
	event := func(bytes int, space string) string {
		const head, tail = `{"a":"b c",`, `"x":""}`
		return head + space + `"x":"` + strings.Repeat("x", bytes-len(head)-len(space)-len(tail)) + `"}`
	}
	const (
		sink     = len("tocsin.sink") + len("String") + len("slack")
		key      = len("tocsin.finding") + len("String") + len("s///f")
		kind     = len("tocsin.error_kind") + len("String") + len("permanent-sink")
		attempts = len("tocsin.attempts") + len("String") + len("2")
		reason   = len("tocsin.reason") + len("String") + len("no_service")
	)
	for name, test := range map[string]struct {
		event, body, attributes string
	}{
		"all":          {event(limit-sink-key-kind-attempts-reason, "\n \t"), event(limit-sink-key-kind-attempts-reason, "\n \t"), "attempts error_kind finding reason sink"},
		"white space":  {event(limit, strings.Repeat(" ", 200)), event(limit-200, ""), "attempts error_kind finding reason sink"},
		"no reason":    {event(limit-sink-key-kind-attempts-reason+1, ""), "", "attempts error_kind finding sink"},
		"no attempts":  {event(limit-sink-key-kind-attempts+1, ""), "", "error_kind finding sink"},
		"no kind":      {event(limit-sink-key-kind+1, ""), "", "finding sink"},
		"the sink":     {event(limit-sink, ""), "", "sink"},
		"not the sink": {event(limit-sink+1, ""), "", ""},
		"1,048,576":    {event(limit, ""), "", ""},
	} {
		*asked = nil
		letter := delivery.Letter{Key: "s///f", Event: []byte(test.event), Sink: "slack", Reason: "no_service", Kind: notify.Broken, Attempts: 2}
		err := letters.Send(t.Context(), letter)
		if test.attributes == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "dead letter: too large: ") || len(*asked) != 0 {
				t.Errorf("%s: error %v, %d requests", name, err, len(*asked))
			}
			continue
		}
		if err != nil || len(*asked) != 1 {
			t.Errorf("%s: error %v, %d requests", name, err, len(*asked))
			continue
		}
		body := (*asked)[0].body
		attributes, _ := body["MessageAttributes"].(map[string]any)
		var names []string
		for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
			names = append(names, strings.TrimPrefix(attribute, "tocsin."))
		}
		if got := strings.Join(names, " "); got != test.attributes {
			t.Errorf("%s: got the attributes %s, want %s", name, got, test.attributes)
		}
		want := test.body
		if want == "" {
			want = test.event
		}
		if body["MessageBody"] != want {
			t.Errorf("%s: the body is another one", name)
		}
	}
}

// A record that is no event is not cut either.
func TestLargeUnreadable(t *testing.T) {
	asked := newSQS(t, http.StatusOK, `{"MessageId":"m"}`)
	letters := deadletter.NewQueue(queue.New(), "https://sqs.example/111122223333/dead")
	body := strings.Repeat("x", 1<<20)
	if err := letters.SendUnreadable(t.Context(), []byte(body), "no event"); err != nil || (*asked)[0].body["MessageBody"] != body {
		t.Errorf("error %v", err)
	}
	if err := letters.SendUnreadable(t.Context(), []byte(body+"x"), "no event"); err == nil || len(*asked) != 1 {
		t.Errorf("error %v, %d requests", err, len(*asked))
	}
}
