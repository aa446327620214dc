package action_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

func findings() map[string]finding.Finding {
	own := finding.Finding{ID: "f1", Source: "aws.macie", Type: "Policy:X", Severity: 8}
	own.Account.ID, own.Region, own.Resource.ID = "111122223333", "eu-west-1", "bucket"
	passed := own
	passed.ID, passed.Source = "arn:aws:x", "aws.securityhub"
	passed.Native = finding.Native{Source: "aws.macie", ID: "f1"}
	nameless := own
	nameless.ID, nameless.Document = "", json.RawMessage(`{"a":1}`)
	long := own
	long.Resource.ID = strings.Repeat("é\"", 1_000)
	return map[string]finding.Finding{"own": own, "passed": passed, "nameless": nameless, "long": long}
}

func TestSubjectKeepsTheKey(t *testing.T) {
	for name, f := range findings() {
		t.Run(name, func(t *testing.T) {
			value, ok := action.SubjectOf(&f).Value()
			if !ok || len(value) > 2_000 {
				t.Fatalf("the button's value has %d bytes, ok %v", len(value), ok)
			}
			s, err := action.ReadSubject(value)
			if err != nil {
				t.Fatal(err)
			}
			if s.Key() != f.Key() {
				t.Errorf("key %q, want %q", s.Key(), f.Key())
			}
			n, m := notify.Notification{Findings: []finding.Finding{f}}, notify.Notification{Findings: []finding.Finding{s.Finding()}}
			if n.FindingID() != m.FindingID() {
				t.Error("a remote end would not know that it is the same finding")
			}
			if hasRoom := name != "long"; hasRoom && (s.Type != f.Type || s.Resource != f.Resource.ID) {
				t.Errorf("lost the type or the resource: %+v", s)
			}
		})
	}
}

func TestValueThatCannotBe(t *testing.T) {
	f := findings()["own"]
	f.ID = strings.Repeat("x", 2_000)
	if _, ok := action.SubjectOf(&f).Value(); ok {
		t.Error("a key of 2,000 characters fits into no button")
	}
	for _, value := range []string{"", "{}", `{"s":"aws.macie"}`, "null", "[]", `{"s":1}`, strings.Repeat(" ", 3_000)} {
		if _, err := action.ReadSubject(value); err == nil {
			t.Errorf("took %.20q for a button's value", value)
		}
	}
}

func TestRequestComesBack(t *testing.T) {
	f := findings()["own"]
	want := action.Request{
		ID: "r1", What: notify.ActMute, Subject: action.SubjectOf(&f), By: notify.Person{ID: "U012AB3CD", Name: "jane"},
		At: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC), From: action.From{Sink: "slack", Place: "C1", Message: "1.2"},
		Mute: action.Mute{Scope: action.ScopeAccount, For: time.Hour, Reason: "scanner", EvenCritical: true},
	}
	record, err := want.Record()
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(record, &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Source != "tocsin" || envelope.DetailType != action.DetailType {
		t.Errorf("the record is a %s of %s", envelope.DetailType, envelope.Source)
	}
	got, err := action.Read(envelope.Detail)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, detail := range []string{"", "{}", "[]", `{"format":2,"id":"r1","what":"mute","subject":{"s":"a","i":"b"},"at":"2026-11-29T10:00:00Z"}`} {
		if _, err := action.Read([]byte(detail)); err == nil {
			t.Errorf("took %q for a request", detail)
		}
	}
}

func TestTakings(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	takings := action.NewTakings(table.NewMemory(), func() time.Time { return now })
	jane := notify.Taken{By: notify.Person{ID: "U1", Name: "jane"}, At: now}
	ali := notify.Taken{By: notify.Person{ID: "U2", Name: "ali"}, At: now.Add(time.Second)}
	step := func(name string, got, want notify.Taken, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	got, err := takings.Of(t.Context(), "k")
	step("nobody", got, notify.Taken{}, err)
	got, err = takings.GiveBack(t.Context(), "k")
	step("nothing to give back", got, notify.Taken{}, err)
	got, err = takings.Take(t.Context(), "k", jane)
	step("jane takes it", got, jane, err)
	got, err = takings.Take(t.Context(), "k", ali)
	step("ali comes too late", got, jane, err)
	got, err = takings.Of(t.Context(), "k")
	step("jane has it", got, jane, err)
	got, err = takings.GiveBack(t.Context(), "k")
	step("jane gives it back", got, jane, err)
	got, err = takings.Take(t.Context(), "k", ali)
	step("ali takes it", got, ali, err)
	for name, what := range map[string]struct{ forgotten, want notify.Taken }{"somebody else": {jane, ali}, "herself": {ali, notify.Taken{}}} {
		err = takings.Forget(t.Context(), "k", what.forgotten)
		got, _ = takings.Of(t.Context(), "k")
		step("forgotten: "+name, got, what.want, err)
		_, _ = takings.Take(t.Context(), "k", ali)
	}
}

func TestAudit(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	audit := &action.Audit{Store: table.NewMemory(), Now: func() time.Time { return now }}
	first := action.Deed{Request: action.Request{ID: "r1", What: notify.ActAcknowledge, At: now}, Result: "done"}
	second := action.Deed{Request: action.Request{ID: "r2", What: notify.ActMute, At: now.Add(time.Minute)}, Result: "not allowed"}
	for _, deed := range []action.Deed{second, first, first} {
		if err := audit.Note(t.Context(), deed); err != nil {
			t.Fatal(err)
		}
	}
	got, err := audit.Of(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]action.Deed{first, second}, got); diff != "" {
		t.Error(diff)
	}
	if other, err := audit.Of(t.Context(), now.Add(24*time.Hour)); err != nil || len(other) != 0 {
		t.Errorf("the next day has %v, %v", other, err)
	}
}

func TestParseAllowed(t *testing.T) {
	got, err := action.ParseAllowed(" U012AB3CD, S0614TZR7,,W0AB ")
	if want := (action.Allowed{Users: []string{"U012AB3CD", "W0AB"}, Groups: []string{"S0614TZR7"}}); err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = action.ParseAllowed("@jane,U1,X0614TZR7")
	if err == nil || !strings.Contains(err.Error(), "entry 1 ") || !strings.Contains(err.Error(), "entry 3 ") || strings.Contains(err.Error(), "jane") {
		t.Errorf("the mistakes are said as: %v", err)
	}
	if none, err := action.ParseAllowed(""); err != nil || none.HasUser("") {
		t.Errorf("nobody is allowed by default: %+v, %v", none, err)
	}
}
