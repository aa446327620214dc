package jsm_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/jsm"
	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

// acts are all that people can do, and what came of it when it failed.
func acts() []string {
	return []string{
		notify.ActAcknowledge, notify.ActGiveBack, notify.ActMute, notify.ActUnmute, notify.ActArchive, notify.ActUnarchive, "failed", "of_tomorrow",
	}
}

func jane() notify.Person { return notify.Person{ID: "U012AB3CD", Name: "jane"} }

// Who takes a finding on acknowledges its alert, who gives it back gives that back; both, and all else that
// people do, are noted. The way of Opsgenie's does the same.
func TestActs(t *testing.T) {
	if !jsm.Traits().TakesActions {
		t.Error("nobody tells it what people do")
	}
	for _, isOpsgenie := range []bool{false, true} {
		server := jsmtest.New(t)
		host := server.URL()
		if isOpsgenie {
			host = server.OpsgenieURL()
		}
		sink, f := build(t, host), formattertest.Exfiltration()
		send(t, sink, about(f, notify.KindFinding))
		for i, act := range acts() {
			send(t, sink, sinktest.Act(act, f, jane()))
			alert := server.Alerts()[0]
			if len(server.Alerts()) != 1 || alert.Count != 1 || alert.IsClosed || alert.IsAcknowledged != (i == 0) || len(alert.Notes) != i+1 {
				t.Errorf("%s: got %+v", act, server.Alerts())
			}
		}
		send(t, sink, sinktest.Act(notify.ActAcknowledge, f, jane()))
		send(t, sink, about(f, notify.KindUpdate))
		f.State = finding.Archived
		send(t, sink, about(f, notify.KindResolved))
		if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || !alerts[0].IsClosed || server.Dropped() > 0 {
			t.Errorf("got %+v, %d dropped", alerts, server.Dropped())
		}
	}
}

// What people do opens no alert, neither where there never was one, nor where a person has closed it.
func TestActsOpenNothing(t *testing.T) {
	server := jsmtest.New(t)
	sink, f := build(t, server.URL()), formattertest.Exfiltration()
	for _, act := range acts() {
		send(t, sink, sinktest.Act(act, f, jane()))
	}
	send(t, sink, about(f, notify.KindFinding))
	server.Close(server.Alerts()[0].Alias)
	for _, act := range acts() {
		send(t, sink, sinktest.Act(act, f, jane()))
	}
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Count != 1 || alerts[0].IsAcknowledged || len(alerts[0].Notes) > 0 {
		t.Errorf("got %+v", alerts)
	}
	if want := 2 * (len(acts()) + 1); server.Dropped() != want { // to give back takes two requests
		t.Errorf("%d requests did nothing, want %d", server.Dropped(), want)
	}
}

// A service that knows no way to give an alert back has it noted: that is no failure, and no broken sink.
func TestNoWayBack(t *testing.T) {
	server := jsmtest.New(t)
	server.Forget("unacknowledge")
	sink, f := build(t, server.URL()), formattertest.Exfiltration()
	send(t, sink, about(f, notify.KindFinding))
	send(t, sink, sinktest.Act(notify.ActAcknowledge, f, jane()))
	send(t, sink, sinktest.Act(notify.ActGiveBack, f, jane()))
	if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || len(alerts[0].Notes) != 2 {
		t.Errorf("got %+v", alerts)
	}
	server.Forget("acknowledge") // which there has to be
	if _, err := sink.Notify(t.Context(), sinktest.Act(notify.ActAcknowledge, f, jane())); notify.KindOf(err) != notify.Broken {
		t.Errorf("got %v", err)
	}
}

// What is told of a finding that nobody has taken on is the finding's own alert: taking it on acknowledges it, and its
// end closes it.
func TestEscalated(t *testing.T) {
	server := jsmtest.New(t)
	sink, f := build(t, server.URL()), formattertest.Exfiltration()
	send(t, sink, sinktest.Escalated(f))
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Priority != "P2" || alerts[0].Alias != about(f, notify.KindFinding).FindingID()+"-oncall" {
		t.Fatalf("got %+v", alerts)
	}
	send(t, sink, sinktest.Act(notify.ActAcknowledge, f, jane()))
	f.State = finding.Closed
	send(t, sink, about(f, notify.KindResolved))
	if alerts := server.Alerts(); len(alerts) != 1 || !alerts[0].IsAcknowledged || !alerts[0].IsClosed {
		t.Errorf("got %+v", alerts)
	}
}

// Whatever people call themselves, the service takes it, and nobody acts there in the name of another.
func TestHostilePeople(t *testing.T) {
	server := jsmtest.New(t)
	sink := build(t, server.URL())
	for name, attack := range formattertest.Attacks() {
		for _, act := range acts() {
			n := sinktest.Act(act, formattertest.Exfiltration(), notify.Person{ID: attack, Name: attack})
			if _, err := sink.Notify(t.Context(), n); err != nil {
				t.Fatalf("%s: %s: %v %v", name, act, err, server.Refused())
			}
		}
	}
	for _, body := range server.Bodies() {
		if text := string(body); !strings.Contains(text, `"user":"Tocsin"`) || strings.Contains(text, `\u003c`) {
			t.Errorf("got %.300s", text)
		}
	}
}

func TestPreviewOfActs(t *testing.T) {
	server := jsmtest.New(t)
	preview := sinktest.Preview{Sink: build(t, server.URL()), Form: notify.FormJSON, Sent: func() []string {
		var all []string
		for _, body := range server.Bodies() {
			all = append(all, string(body))
		}
		return all
	}}
	for _, act := range acts() {
		preview.Of(t, sinktest.Act(act, formattertest.Exfiltration(), jane()))
	}
}
