package eventbridge_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge/eventbridgetest"
)

const keySecret = "wJalrXUtnFEMIexample"

func environment(t testing.TB, endpoint string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_EVENTBRIDGE": endpoint, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": keySecret,
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func build(t testing.TB, endpoint string) *eventbridge.Sink {
	t.Helper()
	environment(t, endpoint)
	sink, err := eventbridge.New(t.Context(), "eventbridge", eventbridge.Config{BusARN: eventbridgetest.BusARN}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// The bus is asked for before the first event. Everything that a remote end can do is tried on both.
func TestConformance(t *testing.T) {
	for name, of := range map[string]func(*eventbridge.Sink) notify.Notifier{
		"first":       func(s *eventbridge.Sink) notify.Notifier { return s },
		"known a bus": func(s *eventbridge.Sink) notify.Notifier { return s.Known() },
	} {
		t.Run(name, func(t *testing.T) {
			service := eventbridgetest.New(t)
			notifytest.Run(t, notifytest.Kit{
				New:      func(t testing.TB, baseURL string) notify.Notifier { return of(build(t, baseURL)) },
				Accept:   service.ServeHTTP,
				Messages: func(r *http.Request) int { return len(eventbridgetest.Entries(r)) },
				Throttle: func(w http.ResponseWriter, _ *http.Request) { eventbridgetest.Refuse(w, "ThrottlingException", "") },
				Secret:   keySecret,
			})
			for _, err := range service.Refused() {
				t.Errorf("EventBridge would refuse an event: %v", err)
			}
		})
	}
}

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Described(finding.Finding{
		ID: "f1", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration", Title: "Data leaves", Severity: 8,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Updated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Count: 2},
	})}}
}

func TestEvent(t *testing.T) {
	service := eventbridgetest.New(t)
	n := notification()
	n.Findings[0].Resource.ARN = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
	n.Findings[0].Related = []finding.Resource{
		{ARN: "arn:aws:s3:::bucket"}, {ARN: "arn:aws:s3:::bucket"}, {ARN: "arn:aws:s3:::no bucket"}, {ARN: "i-1"}, {ARN: "arn:x"},
		{ARN: "arn:aws:s3:::" + strings.Repeat("x", 3000)},
	}
	receipt, err := build(t, service.URL()).Notify(t.Context(), n)
	if err != nil || receipt.ID != "event-1" {
		t.Fatalf("receipt %+v, error %v (%v)", receipt, err, service.Refused())
	}
	got := service.Events()[0]
	var document struct {
		Version     int
		Kind, Title string
	}
	if err := json.Unmarshal([]byte(got.Detail), &document); err != nil || document.Version != 1 || document.Kind != "finding" || document.Title != "Data leaves" {
		t.Errorf("got %s (%v)", got.Detail, err)
	}
	got.Detail = ""
	at := json.Number("1767323045")
	want := eventbridgetest.Entry{
		Source: "tocsin", DetailType: "Security Finding", EventBusName: eventbridgetest.BusARN, Time: &at,
		Resources: []string{"arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "arn:aws:s3:::bucket"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Rules choose by the type of an event.
func TestDetailTypes(t *testing.T) {
	for kind, want := range map[notify.Kind]string{
		notify.KindFinding: "Security Finding", notify.KindUpdate: "Security Finding Update", notify.KindResolved: "Security Finding Resolved",
		notify.KindDigest: "Security Finding Digest", notify.KindNotice: "Tocsin Notice", notify.KindHeartbeat: "Tocsin Heartbeat",
		// What asks for one is a "Tocsin Summary": the two must not be taken for each other where a bus leads to a queue of ours.
		notify.KindSummary: "Tocsin Weekly Summary", notify.KindAction: "Security Finding Action",
	} {
		n := notification()
		n.Kind = kind
		event, err := eventbridge.EventOf(n, eventbridgetest.BusARN)
		if err != nil || event.DetailType != want || event.Source != "tocsin" {
			t.Errorf("%v: got %q from %q (%v)", kind, event.DetailType, event.Source, err)
		}
	}
}

func TestMinimal(t *testing.T) {
	n := notification()
	n.Minimal = true
	event, err := eventbridge.EventOf(n, eventbridgetest.BusARN)
	if err != nil || event.Time != 0 || event.Resources != nil || len(event.Detail) > 2000 || !strings.Contains(event.Detail, `"shortened":true`) {
		t.Errorf("got %+v, %v", event, err)
	}
}

// A time that no event can have is left to EventBridge.
func TestTimes(t *testing.T) {
	for _, year := range []int{1, 1969, 10_000, 200_000} {
		n := notification()
		n.Findings[0].Updated = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if event, err := eventbridge.EventOf(n, eventbridgetest.BusARN); err == nil && event.Time != 0 {
			t.Errorf("the year %d: got %d, %v", year, event.Time, err)
		}
	}
}

// check returns what EventBridge, or a target of 256 KB behind it, has against an event.
func check(event eventbridge.Event) string {
	text, err := json.Marshal(event)
	if err != nil {
		return err.Error()
	}
	var entry eventbridgetest.Entry
	if err := json.Unmarshal(text, &entry); err != nil {
		return err.Error()
	}
	return checkEntry(entry)
}

// checkEntry is check for what has arrived.
func checkEntry(entry eventbridgetest.Entry) string {
	if code, reason := eventbridgetest.Check(entry); code != "" {
		return code + ": " + reason
	}
	const aroundAnEvent = 1024 // its names, and what EventBridge adds
	if entry.Size()+aroundAnEvent > 262_144 {
		return "an event that is too large for many a target"
	}
	return ""
}

// Whatever a finding holds, the bus takes it, and the targets behind it; and the preview is what is sent.
func TestEverythingArrives(t *testing.T) {
	all := map[string]notify.Notification{
		"the most": {Findings: []finding.Finding{formattertest.Utmost()}}, "many": formattertest.Many(), "over": formattertest.Ended(),
	}
	for name, attack := range formattertest.Attacks() {
		all["attack "+name] = formattertest.Filled(attack)
	}
	for name, n := range formattertest.Huge() {
		all["huge "+name] = n
	}
	for name, f := range formattertest.Kinds() {
		all["kind "+name] = notify.Notification{Findings: []finding.Finding{f}}
	}
	service := eventbridgetest.New(t)
	sink := build(t, service.URL())
	for name, n := range all {
		shown, err := sink.Preview(n)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := sink.Notify(t.Context(), n); err != nil {
			t.Fatalf("%s: %v (%v)", name, err, service.Refused())
		}
		got := service.Events()[len(service.Events())-1]
		if reason := checkEntry(got); reason != "" {
			t.Errorf("%s: %s", name, reason)
		}
		checkPreview(t, name, shown, got)
	}
	if got := len(service.Events()); got != len(all) || service.Looked() != 1 {
		t.Errorf("%d events of %d have arrived; the bus was looked for %d times", got, len(all), service.Looked())
	}
}

func checkPreview(t *testing.T, name string, shown notify.Preview, got eventbridgetest.Entry) {
	t.Helper()
	if shown.Form != notify.FormJSON || string(shown.Body) != got.Detail || shown.Subject != got.DetailType {
		t.Errorf("%s: the preview is something else", name)
	}
	want := []notify.Size{
		{What: "bytes of the event's entry", Value: got.Size(), Limit: 1_048_575},
		{What: "characters of the event's type", Value: len(got.DetailType), Limit: 128},
	}
	if !slices.Equal(shown.Sizes, want) {
		t.Errorf("%s: got %v, want %v", name, shown.Sizes, want)
	}
}

func FuzzEvent(f *testing.F) {
	for _, attack := range formattertest.Attacks() {
		f.Add(attack, attack, int64(0), false)
	}
	f.Add("arn:aws:s3:::x", "arn:aws:s3:::y", int64(1)<<40, true)
	f.Fuzz(func(t *testing.T, text, arn string, updated int64, isMinimal bool) {
		n := formattertest.Filled(text)
		n.Minimal = isMinimal
		n.Findings[0].Resource.ARN = arn
		if at := time.Unix(updated, 0); at.Year() >= 0 && at.Year() <= 9999 { // what JSON can say
			n.Findings[0].Updated = at
		}
		event, err := eventbridge.EventOf(n, eventbridgetest.BusARN)
		if err != nil {
			t.Fatal(err)
		}
		if reason := check(event); reason != "" {
			t.Error(reason)
		}
	})
}
