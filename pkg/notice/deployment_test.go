package notice_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notice"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Several deployments can tell one place, such as a service of PagerDuty, of a sink of the same name: what one
// says names it, and its recovery ends no alert of another.
func TestTwoDeploymentsWithOneFallback(t *testing.T) {
	said := map[string][]notify.Notification{}
	for _, of := range []notice.Deployment{
		{Account: "111122223333", Region: "eu-west-1", Name: "tocsin"}, {Account: "111122223333", Region: "eu-central-1", Name: "tocsin"},
		{Account: "444455556666", Region: "eu-west-1", Name: "tocsin"}, {Account: "111122223333", Region: "eu-west-1", Name: "other"},
	} {
		w := newWorld()
		w.of = of
		p := w.process()
		w.slack.answers(errGone)
		w.finds(t, p, 1)
		w.pass(time.Minute)
		w.slack.answers(nil)
		w.finds(t, p, 1)
		if got := strings.Join(w.fallback.words, " "); got != "sink_dead sink_works" {
			t.Fatalf("got %s", got)
		}
		dead, works := w.fallback.sent[0], w.fallback.sent[1]
		if dead.FindingID() != works.FindingID() {
			t.Errorf("%v: the recovery does not end the notice", of)
		}
		if _, isAnothers := said[dead.FindingID()]; isAnothers {
			t.Errorf("%v: it is about what another deployment has said", of)
		}
		said[dead.FindingID()] = w.fallback.sent
		for _, n := range w.fallback.sent {
			for name, want := range map[string]string{"account": of.Account, "region": of.Region} {
				if !slices.Contains(n.Word.Values, notify.Value{Name: name, Text: want}) {
					t.Errorf("%s of %v: it says %v", n.Word.Name, of, n.Word.Values)
				}
			}
		}
	}
}
