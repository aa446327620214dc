package pagerduty_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

// others are what PagerDuty can do nothing about.
func others() []string {
	return []string{notify.ActGiveBack, notify.ActMute, notify.ActUnmute, notify.ActArchive, notify.ActUnarchive, "failed", "of_tomorrow"}
}

func jane() notify.Person { return notify.Person{ID: "U012AB3CD", Name: "jane"} }

// orchestration is the key of an event orchestration.
const orchestration = "R0212P1QXGEIQE2NMTQ7L7WXD00DWHIN"

// Who takes a finding on acknowledges its alert, which later news leave so, and its end resolves.
func TestAcknowledged(t *testing.T) {
	if !pagerduty.Traits().TakesActions {
		t.Error("nobody tells it what people do")
	}
	for _, key := range []string{pagerdutytest.Key, orchestration} {
		server := pagerdutytest.New(t)
		server.Rotate(key)
		sink := buildWith(t, server.URL(), key)
		f := formattertest.Exfiltration()
		first := sinktest.Send(t, sink, about(f, notify.KindFinding))
		if taken := sinktest.Send(t, sink, sinktest.Act(notify.ActAcknowledge, f, jane())); taken != first {
			t.Errorf("the acknowledgement has the receipt %v, the finding %v", taken, first)
		}
		if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || alerts[0].Triggers != 1 {
			t.Errorf("%.1s: got %+v", key, alerts)
		}
		sinktest.Send(t, sink, about(f, notify.KindUpdate))
		f.State = finding.Archived
		sinktest.Send(t, sink, about(f, notify.KindResolved))
		if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || !alerts[0].IsResolved || alerts[0].Triggers != 2 {
			t.Errorf("%.1s: got %+v", key, alerts)
		}
	}
}

// What people do opens no alert, neither where there never was one, nor where a person has resolved it.
func TestActsOpenNothing(t *testing.T) {
	for _, key := range []string{pagerdutytest.Key, orchestration} {
		server := pagerdutytest.New(t)
		server.Rotate(key)
		sink := buildWith(t, server.URL(), key)
		f := formattertest.Exfiltration()
		all := append(others(), notify.ActAcknowledge)
		for _, act := range all {
			sinktest.Send(t, sink, sinktest.Act(act, f, jane()))
		}
		if len(server.Alerts()) > 0 {
			t.Fatalf("%.1s: got %+v", key, server.Alerts())
		}
		first := sinktest.Send(t, sink, about(f, notify.KindFinding))
		server.Close(first.ID)
		for _, act := range all {
			sinktest.Send(t, sink, sinktest.Act(act, f, jane()))
		}
		if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].IsAcknowledged || alerts[0].Triggers != 1 {
			t.Errorf("%.1s: got %+v", key, alerts)
		}
		wantDropped, wantChanges := 2, 2*len(others())
		if key == orchestration { // which takes no change events
			wantDropped, wantChanges = 2*len(all), 0
		}
		if server.Dropped() != wantDropped || len(server.Changes()) != wantChanges {
			t.Errorf("%.1s: %d events were dropped, %d are changes; want %d and %d", key, server.Dropped(), len(server.Changes()), wantDropped, wantChanges)
		}
	}
}

// What PagerDuty can do nothing about leaves an open alert as it is, and stands beside it: which finding it is
// about, and who did it.
func TestOtherActsStandBeside(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	sinktest.Send(t, sink, about(f, notify.KindFinding))
	for _, act := range others() {
		if receipt := sinktest.Send(t, sink, sinktest.Act(act, f, jane())); receipt.ID != "" {
			t.Errorf("%s: a change event has no key, and the receipt is %v", act, receipt)
		}
		changes := server.Changes()
		var change struct {
			Payload struct {
				Summary string
				Details map[string]string `json:"custom_details"`
			}
		}
		if err := json.Unmarshal(changes[len(changes)-1], &change); err != nil {
			t.Fatal(err)
		}
		if p := change.Payload; !strings.Contains(p.Summary, f.Resource.ID) || p.Details["type"] != f.Type || p.Details["account"] == "" {
			t.Errorf("%s: it does not say about what: %+v", act, p)
		}
	}
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].IsAcknowledged || alerts[0].IsResolved || alerts[0].Triggers != 1 {
		t.Errorf("got %+v", alerts)
	}
}

// What is told of a finding that nobody has taken on is the finding's own alert: taking it on acknowledges it, and its
// end resolves it.
func TestEscalated(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	sinktest.Send(t, sink, sinktest.Escalated(f))
	sinktest.Send(t, sink, sinktest.Escalated(f)) // after a lost answer
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Severity != "error" || alerts[0].DedupKey != about(f, notify.KindFinding).FindingID() {
		t.Fatalf("got %+v", alerts)
	}
	sinktest.Send(t, sink, sinktest.Act(notify.ActAcknowledge, f, jane()))
	sinktest.Send(t, sink, about(f, notify.KindUpdate))
	f.State = finding.Closed
	sinktest.Send(t, sink, about(f, notify.KindResolved))
	if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || !alerts[0].IsResolved || alerts[0].Triggers != 3 {
		t.Errorf("got %+v", alerts)
	}
}

// Whatever people call themselves, and whatever they did, PagerDuty takes it; the preview shows it as it is sent.
func TestHostilePeople(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	for name, attack := range formattertest.Attacks() {
		for _, act := range append(others(), notify.ActAcknowledge) {
			n := sinktest.Act(act, formattertest.Exfiltration(), notify.Person{ID: attack, Name: attack})
			shown, err := sink.Preview(n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sink.Notify(t.Context(), n); err != nil {
				t.Fatalf("%s: %s: %v %v", name, act, err, server.Refused())
			}
			sent := slices.Concat(server.Changes(), server.Events())
			want := `{"routing_key":"` + pagerdutytest.Key + `",` + string(shown.Body[1:])
			if !slices.ContainsFunc(sent, func(body json.RawMessage) bool { return string(body) == want }) {
				t.Errorf("%s: %s: what is shown was not sent", name, act)
			}
		}
	}
}
