package pagerduty_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

func build(t testing.TB, api string) *pagerduty.Sink {
	t.Helper()
	return buildWith(t, api, pagerdutytest.Key)
}

func buildWith(t testing.TB, api, key string) *pagerduty.Sink {
	t.Helper()
	sink, err := pagerduty.New(t.Context(), "oncall", pagerduty.Config{RoutingKey: secret.New(key), ApiURL: api}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Kit{
		New: func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL+"/v2") },
		Accept: func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			check, isChange := pagerdutytest.Check, strings.HasSuffix(r.URL.Path, "/change/enqueue")
			if isChange {
				check = pagerdutytest.CheckChange
			}
			if err == nil {
				err = check(body)
			}
			var event struct {
				DedupKey string `json:"dedup_key"`
			}
			if err == nil {
				err = json.Unmarshal(body, &event)
			}
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = fmt.Fprintf(w, `{"status":"invalid event","message":"Event object is invalid","errors":[%q]}`, err)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			if isChange {
				_, _ = io.WriteString(w, `{"status":"success","message":"Change event processed"}`)
				return
			}
			_, _ = fmt.Fprintf(w, `{"status":"success","message":"Event processed","dedup_key":%q}`, event.DedupKey)
		},
		Secret: pagerdutytest.Key,
	})
}

func about(f finding.Finding, kind notify.Kind) notify.Notification {
	return notify.Notification{Kind: kind, Findings: []finding.Finding{f}}
}

// A finding is one alert, whatever becomes of it and however often the same is sent.
func TestLifeOfAnAlert(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	first := sinktest.Send(t, sink, about(f, notify.KindFinding))
	if first.ID == "" || len(first.ID) > 255 {
		t.Fatalf("got the receipt %+v", first)
	}
	f.Count, f.Updated = f.Count+100, f.Updated.Add(time.Hour)
	update := about(f, notify.KindUpdate)
	update.Changes = []notify.Change{{What: "count", From: "3", To: "103"}}
	sinktest.Send(t, sink, update)
	again := sinktest.Send(t, build(t, server.URL()), update) // by another process, after a lost answer
	f.State = finding.Archived
	end := sinktest.Send(t, sink, about(f, notify.KindResolved))
	if again != first || end != first {
		t.Errorf("one finding has the receipts %v, %v, %v", first, again, end)
	}
	want := []pagerdutytest.Alert{{
		DedupKey: first.ID, Severity: "error", Triggers: 3, IsResolved: true,
		Summary: "HIGH · Data exfiltration through DNS · i-0a1b2c3d4e5f60718 (web-1) · prod / ap-northeast-1",
	}}
	if diff := cmp.Diff(want, server.Alerts()); diff != "" {
		t.Error(diff)
	}
	f.State = finding.Open
	sinktest.Send(t, sink, about(f, notify.KindUpdate)) // what opens again is a new alert
	if alerts := server.Alerts(); len(alerts) != 2 || alerts[1].DedupKey != first.ID || alerts[1].IsResolved {
		t.Errorf("got %+v", alerts)
	}
}

// The end of an alert that a person has resolved, or of one that never was, is taken and dropped; an
// update after that opens a new alert.
func TestResolvedByAPerson(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	sinktest.Send(t, sink, about(f, notify.KindResolved))
	receipt := sinktest.Send(t, sink, about(f, notify.KindFinding))
	server.Close(receipt.ID)
	sinktest.Send(t, sink, about(f, notify.KindResolved))
	if server.Dropped() != 2 {
		t.Errorf("%d ends were dropped, want 2", server.Dropped())
	}
	sinktest.Send(t, sink, about(f, notify.KindUpdate))
	if alerts := server.Alerts(); len(alerts) != 2 || alerts[1].IsResolved {
		t.Errorf("got %+v", alerts)
	}
}

// A digest is an alert of its own, the same one when it is sent again, and resolves what ended.
func TestDigest(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	ended := formattertest.ConsoleLogin()
	sinktest.Send(t, sink, about(ended, notify.KindFinding))
	ended.State = finding.Closed
	open := formattertest.Exfiltration()
	alone := sinktest.Send(t, sink, about(open, notify.KindFinding))
	digest := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{open, ended}}
	receipt := sinktest.Send(t, sink, digest)
	if again := sinktest.Send(t, sink, digest); again != receipt || receipt == alone {
		t.Errorf("got the receipts %v, %v, and %v of the finding alone", receipt, again, alone)
	}
	if one := sinktest.Send(t, sink, about(open, notify.KindDigest)); one == alone {
		t.Error("a digest of one finding has the key of the finding")
	}
	alerts := server.Alerts()
	if len(alerts) != 4 || !alerts[0].IsResolved || alerts[1].IsResolved || alerts[2].Triggers != 2 || alerts[2].IsResolved {
		t.Errorf("got %+v", alerts)
	}
}

// Nobody is called for ends alone, nor by a heartbeat.
func TestNobodyIsCalled(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	digest := notify.Notification{Kind: notify.KindDigest}
	for i := range 30 {
		f := formattertest.Exfiltration()
		f.ID, f.Severity = fmt.Sprint("f", i), finding.NewSeverity(1+float64(i)/4)
		sinktest.Send(t, sink, about(f, notify.KindFinding))
		f.State = finding.Closed
		digest.Findings = append(digest.Findings, f)
	}
	sinktest.Send(t, sink, digest)
	sinktest.Send(t, sink, notify.Notification{Kind: notify.KindHeartbeat})
	alerts := server.Alerts()
	if len(alerts) != 30 || len(server.Changes()) != 2 {
		t.Fatalf("%d alerts, %d changes", len(alerts), len(server.Changes()))
	}
	for i, alert := range alerts {
		if isWorst := i >= 20; alert.IsResolved != isWorst {
			t.Errorf("alert %d of 30 is resolved: %v", i, alert.IsResolved)
		}
	}
}

// The key of an orchestration takes no change events, so that it gets an alert of the lowest severity.
func TestOrchestration(t *testing.T) {
	const key = "R0212P1QXGEIQE2NMTQ7L7WXD00DWHIN"
	server := pagerdutytest.New(t)
	server.Rotate(key)
	sink := buildWith(t, server.URL(), key)
	sinktest.Send(t, sink, notify.Notification{Kind: notify.KindHeartbeat})
	sinktest.Send(t, sink, notify.Notification{Kind: notify.KindHeartbeat})
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Severity != "info" || alerts[0].Triggers != 2 {
		t.Errorf("got %+v", alerts)
	}
}

func TestNotice(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	f := formattertest.Exfiltration()
	if sinktest.Send(t, sink, about(f, notify.KindNotice)) == sinktest.Send(t, sink, about(f, notify.KindFinding)) {
		t.Error("a notice about a finding has the key of the finding")
	}
	if len(server.Alerts()) != 2 {
		t.Errorf("got %+v", server.Alerts())
	}
}

// Whatever is in a finding, PagerDuty takes it, also in the minimal form.
func TestEverythingArrives(t *testing.T) {
	server := pagerdutytest.New(t)
	sinktest.Arrives(t, build(t, server.URL()), server.Refused)
}

func TestSeverities(t *testing.T) {
	for severity, want := range map[finding.Severity]string{
		0: "critical", 10: "critical", 9: "critical", 8.9: "error", 7: "error", 6.9: "warning", 4: "warning", 3.9: "info", 1: "info",
		finding.Unstated: "warning", finding.Untriaged: "warning",
	} {
		server := pagerdutytest.New(t)
		f := formattertest.Exfiltration()
		f.Severity = severity
		sinktest.Send(t, build(t, server.URL()), about(f, notify.KindFinding))
		if got := server.Alerts()[0].Severity; got != want {
			t.Errorf("%v: got %s, want %s", severity, got, want)
		}
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	var bodies []string
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	for name, c := range formattertest.Cases() {
		shown, err := sink.Preview(c.Notification)
		if err != nil || shown.Form != notify.FormJSON || strings.Contains(string(shown.Body), pagerdutytest.Key) || strings.Contains(string(shown.Body), "routing_key") {
			t.Fatalf("%s: %s, or it shows the key: %v", name, shown.Form, err)
		}
		for _, size := range shown.Sizes {
			if size.Value > size.Limit || size.Limit == 0 {
				t.Errorf("%s: %s: %d of %d", name, size.What, size.Value, size.Limit)
			}
		}
		sinktest.Send(t, sink, c.Notification)
		bodies = nil
		for _, body := range slices.Concat(server.Events(), server.Changes()) {
			bodies = append(bodies, string(body))
		}
		if want := `{"routing_key":"` + pagerdutytest.Key + `",` + string(shown.Body[1:]); !slices.Contains(bodies, want) {
			t.Errorf("%s: what is shown was not sent", name)
		}
	}
}

// What ends a word of Tocsin resolves its alert.
func TestWord(t *testing.T) {
	server := pagerdutytest.New(t)
	sink := build(t, server.URL())
	sinktest.Send(t, sink, formattertest.Dead())
	sinktest.Send(t, sink, formattertest.Works())
	if alerts := server.Alerts(); len(alerts) != 1 || alerts[0].Severity != "error" || !alerts[0].IsResolved {
		t.Errorf("got %+v", alerts)
	}
}
