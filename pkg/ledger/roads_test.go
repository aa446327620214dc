package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// by makes a publication one that came by a road. All but guardduty pass it on, without its count
// and its actor, and with severities of their own.
func by(road string, change func(*finding.Finding)) func(*finding.Finding) {
	return func(f *finding.Finding) {
		f.Road = road
		if road != "guardduty" {
			f.Source, f.ID, f.Native = "aws.securityhub", "arn:f", finding.Native{Source: "aws.guardduty", ID: "f"}
			f.Count, f.Actor, f.Severity = 0, finding.Actor{}, 4
			f.Resource = finding.Resource{Type: "AwsEc2Instance", ID: "arn:i-1"}
		}
		if change != nil {
			change(f)
		}
	}
}

func of(severity finding.Severity) func(*finding.Finding) {
	return func(f *finding.Finding) { f.Severity = severity }
}

func TestRoads(t *testing.T) {
	const native, cspm, hub = "guardduty", "securityhub-cspm", "securityhub"
	first := func(road string) step { return step{0, by(road, nil), ledger.First, notify.KindFinding, ""} }
	nothing := func(hours float64, change func(*finding.Finding)) step {
		return step{hours, change, ledger.Duplicate, 0, "it says nothing new"}
	}
	rise := func(hours float64, change func(*finding.Finding)) step {
		return step{hours, change, ledger.Update, notify.KindUpdate, "the level rose"}
	}
	for name, test := range map[string]struct {
		repeat string
		steps  []step
	}{
		"copies say nothing new, whenever": {"always", []step{
			first(native), nothing(0, by(cspm, nil)), nothing(30, by(hub, nil)), nothing(31, by(hub, of(6))), nothing(-1, by(cspm, nil)),
			{32, by(native, nil), ledger.Update, notify.KindUpdate, "a newer version"},
		}},
		"the first of those that pass on leads": {"always", []step{
			first(cspm), nothing(1, by(hub, nil)), {2, by(cspm, nil), ledger.Update, notify.KindUpdate, "a newer version"}, nothing(3, by(hub, nil)),
		}},
		"the source itself takes over": {"changes", []step{
			first(cspm), nothing(1, by(native, nil)),
			{1, by(native, nil), ledger.Duplicate, 0, "this version or a newer one"},
			{2, by(native, nil), ledger.Repeated, 0, "nothing new"},
			{3, by(native, func(f *finding.Finding) { f.Actor.Remote.IP = "198.51.100.9" }), ledger.Update, notify.KindUpdate, "there is a new actor"},
			nothing(50, by(cspm, nil)),
			{51, by(native, nil), ledger.Update, notify.KindUpdate, "it still happens"},
		}},
		"a level that rises": {"changes", []step{
			first(native), rise(0, by(hub, of(8))), nothing(1, by(hub, of(8.9))), nothing(1, by(cspm, of(8))), rise(2, by(cspm, of(9))),
		}},
		"a level that a road had said before": {"always", []step{
			first(native), nothing(0, by(hub, of(5))), rise(1, by(hub, of(8))),
			{2, by(native, nil), ledger.Update, notify.KindUpdate, "a newer version"}, // of level medium
			nothing(3, by(hub, of(8))), rise(4, by(hub, of(9.5))),
		}},
		"a level that another road takes to be higher from the beginning": {"always", []step{
			first(hub), nothing(0, by(native, of(2))),
			{1, by(native, of(2)), ledger.Update, notify.KindUpdate, "a newer version"},
			nothing(2, by(hub, of(4))),
		}},
		"a level that was true before": {"always", []step{first(native), nothing(-1, by(hub, of(9)))}},
		"a level that a road cannot read": {"changes", []step{
			first(native), nothing(1, by(hub, of(0))), rise(2, by(native, of(0))),
		}},
		"the source states a higher one": {"changes", []step{first(hub), rise(-1, by(native, of(8)))}},
		"sent once": {"never", []step{
			first(native), {1, by(hub, of(9)), ledger.Repeated, 0, "is sent once"}, nothing(1, by(hub, nil)),
		}},
		"an end by another road": {"changes", []step{
			first(native), nothing(0, by(hub, nil)),
			{1, by(hub, in(finding.Closed)), ledger.Update, notify.KindResolved, "it is over (closed)"},
			{0.5, by(native, nil), ledger.Duplicate, 0, "what is newer of its state"},
			{1, by(cspm, in(finding.Resolved)), ledger.Duplicate, 0, "that it is over was sent"},
			{2, by(native, nil), ledger.Update, notify.KindUpdate, "it is open again"},
		}},
		"a return by another road": {"changes", []step{
			first(native), {1, by(native, in(finding.Archived)), ledger.Update, notify.KindResolved, ""},
			{2, by(hub, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was archived"},
			{1.5, by(native, in(finding.Archived)), ledger.Duplicate, 0, "what is newer of its state"},
			{3, by(native, in(finding.Archived)), ledger.Update, notify.KindResolved, ""},
		}},
		"the source comes after an end": {"changes", []step{
			first(cspm), {1, by(cspm, in(finding.Archived)), ledger.Update, notify.KindResolved, ""},
			{0, by(native, nil), ledger.Duplicate, 0, "what is newer of its state"},
			{0.5, by(native, nil), ledger.Duplicate, 0, "what is newer of its state"},
			{2, by(native, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was archived"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			repeat, err := ledger.ParseRepeat(test.repeat)
			if err != nil {
				t.Fatal(err)
			}
			play(t, ledger.New(table.NewMemory(), nil), repeat, test.steps)
		})
	}
}

// What a road cannot say is no change in a message either.
func TestChangesByAnotherRoad(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	sent := func(hours float64, change func(*finding.Finding)) []notify.Change {
		c := claim(t, l, request("a", publication(hours, change), time.Minute))
		must(t, l.Sent(t.Context(), c, notify.Receipt{}))
		return c.Changes
	}
	sent(0, by("guardduty", nil))
	got := [][]notify.Change{
		sent(1, by("securityhub", of(8))), sent(2, by("securityhub", func(f *finding.Finding) { f.State, f.Severity = finding.Closed, 7 })),
		sent(3, by("guardduty", of(8))),
	}
	want := [][]notify.Change{
		{{What: "severity", From: "5.0", To: "8.0"}}, nil,
		{{What: "state", From: "closed", To: "open"}, {What: "severity", From: "7.0", To: "8.0"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A copy that says nothing new costs one read, but for the first by its road.
func TestCopiesCostOneCall(t *testing.T) {
	store := &counting{Store: table.NewMemory()}
	l := ledger.New(store, nil)
	play(t, l, ledger.Repeat{}, []step{
		{0, by("guardduty", nil), ledger.First, notify.KindFinding, ""}, {1, by("securityhub", nil), ledger.Duplicate, 0, ""},
	})
	*store = counting{Store: store.Store}
	play(t, l, ledger.Repeat{}, []step{
		{2, by("securityhub", nil), ledger.Duplicate, 0, ""}, {3, by("securityhub", of(6)), ledger.Duplicate, 0, ""},
	})
	if store.loads != 2 || store.saves != 0 {
		t.Errorf("%d reads and %d writes", store.loads, store.saves)
	}
}

// page makes a publication a part of one, with resources of its own.
func page(part string, resources ...string) func(*finding.Finding) {
	return func(f *finding.Finding) {
		f.Part, f.Related = part, nil
		f.Resource = finding.Resource{Type: "Volume", ID: resources[0]}
		for _, id := range resources[1:] {
			f.Related = append(f.Related, finding.Resource{Type: "Volume", ID: id})
		}
	}
}

func TestParts(t *testing.T) {
	for _, repeat := range []string{"changes", "always", "never", "24h"} {
		rule, err := ledger.ParseRepeat(repeat)
		if err != nil {
			t.Fatal(err)
		}
		play(t, ledger.New(table.NewMemory(), nil), rule, []step{
			{0, page("1", "a", "b"), ledger.First, notify.KindFinding, ""},
			{0, page("1", "a", "b"), ledger.Duplicate, 0, "this version or a newer one"},
			{0, page("2", "c", "d"), ledger.Update, notify.KindUpdate, "another part"},
			{0, page("2", "c", "d"), ledger.Duplicate, 0, "this version or a newer one"},
			{-1, page("3", "e"), ledger.Duplicate, 0, "this version or a newer one"},
			{0, page("3", "e"), ledger.Update, notify.KindUpdate, "another part"},
			{0, page("1", "a", "b"), ledger.Duplicate, 0, "this version or a newer one"},
		})
	}
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", publication(0, page("1", "a", "b")), time.Minute)), notify.Receipt{}))
	update := claim(t, l, request("a", publication(0, page("2", "b", "c", "d")), time.Minute))
	want := []notify.Change{{What: "new resource", To: "Volume c"}, {What: "new resource", To: "Volume d"}}
	if diff := cmp.Diff(want, update.Changes); diff != "" {
		t.Error(diff)
	}
}

// What somebody sends here by hand, as a part of its own, is told by whatever road, and once.
func TestPartsByHand(t *testing.T) {
	byHand := func(road, part string) func(*finding.Finding) {
		return by(road, func(f *finding.Finding) { f.Part = part })
	}
	play(t, ledger.New(table.NewMemory(), nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{
		{0, by("guardduty", nil), ledger.First, notify.KindFinding, ""},
		{0, byHand("securityhub-cspm", "a"), ledger.Update, notify.KindUpdate, "another part"},
		{0, byHand("securityhub-cspm", "a"), ledger.Duplicate, 0, ""},
		{1, byHand("guardduty", "b"), ledger.Update, notify.KindUpdate, "another part"},
		{1, byHand("guardduty", "b"), ledger.Duplicate, 0, ""},
	})
}

// Each part of a version that can never succeed has a letter of its own.
func TestPartsAndDeadLetters(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	for _, test := range []struct {
		hours float64
		part  string
		want  ledger.Verdict
	}{{0, "1", ledger.First}, {0, "1", ledger.Dead}, {0, "2", ledger.First}, {0, "2", ledger.Dead}, {-1, "3", ledger.Dead}, {1, "1", ledger.First}} {
		c := claim(t, l, request("a", publication(test.hours, page(test.part, "a")), time.Minute))
		if c.Verdict != test.want {
			t.Errorf("part %s: got %+v", test.part, c.Decision)
		}
		if c.Verdict.IsNews() {
			must(t, l.Dead(t.Context(), c))
		}
	}
}
