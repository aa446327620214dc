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
	aside := func(hours float64, change func(*finding.Finding)) step {
		return step{hours, change, ledger.Duplicate, 0, ", and stays so until it is opened there"}
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
			first(native), {1, by(native, in(finding.Closed)), ledger.Update, notify.KindResolved, ""},
			{2, by(hub, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was closed"},
			{1.5, by(native, in(finding.Archived)), ledger.Duplicate, 0, "what is newer of its state"},
			{3, by(native, in(finding.Archived)), ledger.Update, notify.KindResolved, ""},
			{4, by(hub, nil), ledger.Duplicate, 0, "it is archived by guardduty, and stays so"},
			{5, by(native, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was archived"},
		}},
		"the source comes after an end": {"changes", []step{
			first(cspm), {1, by(cspm, in(finding.OK)), ledger.Update, notify.KindResolved, ""},
			{0, by(native, nil), ledger.Duplicate, 0, "what is newer of its state"},
			{0.5, by(native, nil), ledger.Duplicate, 0, "what is newer of its state"},
			{2, by(native, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was ok"},
		}},
		"the source comes with an end from before": {"always", []step{
			first(cspm), {4, by(cspm, nil), ledger.Update, notify.KindUpdate, ""},
			{2, by(native, in(finding.Closed)), ledger.Duplicate, 0, "what is newer of its state"},
			{3, by(cspm, in(finding.Closed)), ledger.Duplicate, 0, "what is newer of its state"},
			{5, by(native, in(finding.Closed)), ledger.Update, notify.KindResolved, ""},
		}},
		"what people put aside stays so": {"always", []step{
			first(native), nothing(0, by(cspm, nil)), {0, by(cspm, in(finding.Suppressed)), ledger.Update, notify.KindResolved, ""},
			aside(1, by(native, nil)), aside(2, by(native, nil)), aside(2, by(hub, nil)),
			{2, by(cspm, in(finding.Suppressed)), ledger.Duplicate, 0, "that it is over"}, aside(3, by(native, nil)),
			{3, by(cspm, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was suppressed"},
			{4, by(native, nil), ledger.Update, notify.KindUpdate, "a newer version"},
		}},
		"what people put aside before the source came": {"always", []step{
			first(cspm), {1, by(cspm, in(finding.Suppressed)), ledger.Update, notify.KindResolved, ""},
			aside(2, by(native, nil)), aside(3, by(native, nil)), {4, by(cspm, nil), ledger.Update, notify.KindUpdate, "it is open again"},
		}},
		"what a hub has archived, and its source opens": {"changes", []step{
			first(native), {0, by(cspm, in(finding.Archived)), ledger.Update, notify.KindResolved, ""},
			{1, by(native, in(finding.Resolved)), ledger.Duplicate, 0, "that it is over"},
			aside(2, by(hub, nil)), {3, by(native, nil), ledger.Update, notify.KindUpdate, "it is open again, after it was archived"},
		}},
		"what people put aside and gets worse": {"never", []step{
			first(native), {0, by(cspm, in(finding.Resolved)), ledger.Update, notify.KindResolved, ""},
			aside(1, by(native, of(6))), aside(2, by(hub, of(0))),
			{3, by(native, of(8)), ledger.Update, notify.KindUpdate, "it is open again, after it was resolved"},
			{4, by(cspm, in(finding.Resolved)), ledger.Update, notify.KindResolved, ""},
			aside(5, by(native, of(8))), aside(6, by(hub, of(8))), {7, by(native, of(9)), ledger.Update, notify.KindUpdate, "it is open again"},
		}},
		"one hub does not open what the other one has resolved": {"always", []step{
			first(cspm), nothing(0, by(hub, nil)), {0, by(cspm, in(finding.Resolved)), ledger.Update, notify.KindResolved, ""},
			aside(1, by(hub, nil)), {2, by(cspm, in(finding.Resolved)), ledger.Duplicate, 0, "that it is over"},
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

// handedOver makes a publication one that its road handed over some minutes after the first.
func handedOver(minutes int, change func(*finding.Finding)) func(*finding.Finding) {
	return func(f *finding.Finding) {
		change(f)
		f.Published = time.Date(2026, 1, 1, 0, minutes, 0, 0, time.UTC)
	}
}

// What people change in a hub leaves the time of the update as it was. Of one time by one road, what
// was handed over later is the newer; and what was handed over before comes too late.
func TestPublicationsOfOneTime(t *testing.T) {
	const native, cspm, hub = "guardduty", "securityhub-cspm", "securityhub"
	for name, steps := range map[string][]step{
		"put aside and opened": {
			{0, handedOver(0, by(cspm, nil)), ledger.First, notify.KindFinding, ""},
			{0, handedOver(5, by(cspm, in(finding.Suppressed))), ledger.Update, notify.KindResolved, ""},
			{0, handedOver(5, by(cspm, in(finding.Suppressed))), ledger.Duplicate, 0, "that it is over"},
			{0, handedOver(0, by(cspm, nil)), ledger.Duplicate, 0, "what is newer of its state"},
			{0, handedOver(5, by(cspm, nil)), ledger.Duplicate, 0, "what is newer of its state"},
			{0, handedOver(30, by(cspm, nil)), ledger.Update, notify.KindUpdate, "it is open again, after it was suppressed"},
			{0, handedOver(30, by(cspm, nil)), ledger.Duplicate, 0, "this version or a newer one"},
			{0, handedOver(31, by(cspm, nil)), ledger.Duplicate, 0, "this version or a newer one"},
			{0, handedOver(5, by(cspm, in(finding.Suppressed))), ledger.Duplicate, 0, "what is newer of its state"},
			{0, handedOver(40, by(cspm, in(finding.Resolved))), ledger.Update, notify.KindResolved, ""},
		},
		"another level": {
			{0, handedOver(0, by(cspm, nil)), ledger.First, notify.KindFinding, ""},
			{0, handedOver(0, by(cspm, of(9))), ledger.Duplicate, 0, "this version or a newer one"},
			{0, handedOver(30, by(cspm, of(9))), ledger.Update, notify.KindUpdate, "the level rose"},
			{0, handedOver(40, by(cspm, of(9))), ledger.Duplicate, 0, "this version or a newer one"},
			{0, handedOver(50, by(cspm, of(5))), ledger.Duplicate, 0, "this version or a newer one"},
		},
		"another level beside the source": {
			{0, handedOver(0, by(native, nil)), ledger.First, notify.KindFinding, ""},
			{0, handedOver(1, by(cspm, nil)), ledger.Duplicate, 0, "it says nothing new"},
			{1, handedOver(60, by(native, func(f *finding.Finding) { f.Count = 10 })), ledger.Update, notify.KindUpdate, "the count passed 10"},
			{0, handedOver(60, by(cspm, nil)), ledger.Duplicate, 0, "it says nothing new"},
			{0, handedOver(70, by(hub, of(9))), ledger.Duplicate, 0, "it says nothing new"}, // it may never have said anything else
			{0, handedOver(70, by(cspm, of(7))), ledger.Update, notify.KindUpdate, "the level rose"},
			{0, handedOver(71, by(cspm, of(7))), ledger.Duplicate, 0, "it says nothing new"},
		},
		"beside the source": {
			{0, handedOver(0, by(native, nil)), ledger.First, notify.KindFinding, ""},
			{0, handedOver(1, by(cspm, nil)), ledger.Duplicate, 0, "it says nothing new"},
			{0, handedOver(5, by(cspm, in(finding.Suppressed))), ledger.Update, notify.KindResolved, ""},
			{0, handedOver(6, by(hub, nil)), ledger.Duplicate, 0, "what is newer of its state"}, // late
			{0, handedOver(6, by(native, nil)), ledger.Duplicate, 0, "what is newer of its state"},
			{1, handedOver(15, by(native, nil)), ledger.Duplicate, 0, "it is suppressed by securityhub-cspm"},
			{0, handedOver(30, by(cspm, nil)), ledger.Update, notify.KindUpdate, "it is open again, after it was suppressed"},
		},
		"opened while the source goes on": {
			{0, handedOver(0, by(cspm, nil)), ledger.First, notify.KindFinding, ""},
			{1, handedOver(60, by(cspm, in(finding.Suppressed))), ledger.Update, notify.KindResolved, ""},
			{3, handedOver(60, by(native, nil)), ledger.Duplicate, 0, "it is suppressed by securityhub-cspm"},
			{2, handedOver(60, by(cspm, nil)), ledger.Update, notify.KindUpdate, "it is open again"},
			{1, handedOver(60, by(cspm, in(finding.Suppressed))), ledger.Duplicate, 0, "what is newer of its state"},
		},
		"after the source has gone on": {
			{0, handedOver(0, by(native, nil)), ledger.First, notify.KindFinding, ""},
			{1, handedOver(60, by(native, of(8))), ledger.Update, notify.KindUpdate, "the level rose"},
			{0, handedOver(20, by(cspm, in(finding.Suppressed))), ledger.Duplicate, 0, "what is newer of its state"},
			{0, handedOver(61, by(cspm, in(finding.Closed))), ledger.Duplicate, 0, "what is newer of its state"},
			{0, handedOver(62, by(cspm, in(finding.Suppressed))), ledger.Update, notify.KindResolved, ""},
			{0, handedOver(70, by(cspm, nil)), ledger.Update, notify.KindUpdate, "it is open again"},
			{0, handedOver(62, by(cspm, in(finding.Suppressed))), ledger.Duplicate, 0, "what is newer of its state"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, store := range []table.Store{table.NewMemory(), text{table.NewMemory()}} {
				play(t, ledger.New(store, nil), ledger.Repeat{Kind: ledger.OnChanges}, steps)
			}
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

// A copy that says nothing new costs one call, but for the first by its road.
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
	if store.loads+store.saves != 2 {
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

// What is passed on as one finding for each resource is told of each, in whatever order, and once:
// their times are their own. Where the source itself has told the whole, none of them is new.
func TestPartsByAnotherRoad(t *testing.T) {
	const native, cspm, hub = "health", "securityhub-cspm", "securityhub"
	of := func(road, part string) func(*finding.Finding) {
		return func(f *finding.Finding) {
			f.Road, f.Part, f.Actor, f.Resource.ID = road, part, finding.Actor{}, "i-"+part
			if road != native {
				f.ID, f.Native = "arn:f", finding.Native{Source: f.Source, ID: f.ID}
			}
		}
	}
	another := func(hours float64, change func(*finding.Finding)) step {
		return step{hours, change, ledger.Update, notify.KindUpdate, "another part"}
	}
	nothing := func(hours float64, change func(*finding.Finding)) step {
		return step{hours, change, ledger.Duplicate, 0, ""}
	}
	for name, steps := range map[string][]step{
		"each of them": {
			{5, of(cspm, "1"), ledger.First, notify.KindFinding, ""}, another(5, of(cspm, "2")), another(4, of(cspm, "3")), another(6, of(cspm, "4")),
			nothing(5, of(cspm, "1")), nothing(4, of(cspm, "3")), nothing(6, of(cspm, "4")), {7, of(cspm, "1"), ledger.Repeated, 0, "nothing new"},
			nothing(5, of(hub, "2")),
		},
		"after the whole": {{5, of(native, ""), ledger.First, notify.KindFinding, ""}, nothing(5, of(cspm, "1")), nothing(6, of(cspm, "2"))},
		"before the whole": {
			{5, of(cspm, "1"), ledger.First, notify.KindFinding, ""}, {5, of(native, ""), ledger.Update, notify.KindUpdate, "the whole"},
			nothing(5, of(native, "")), nothing(6, of(cspm, "2")),
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, ledger.New(text{table.NewMemory()}, nil), ledger.Repeat{Kind: ledger.OnChanges}, steps)
		})
	}
}

// What a person asks for is told by whatever road, in full and once, though it was told, though it is
// older, or over. It changes nothing of what comes of itself.
func TestAsked(t *testing.T) {
	const native, cspm = "guardduty", "securityhub-cspm"
	asked := func(hours float64, road, part string) step {
		return step{hours, by(road, func(f *finding.Finding) { f.Part, f.IsAsked = part, true }), ledger.Update, notify.KindFinding, "a person asks"}
	}
	again := func(s step) step {
		s.want, s.kind, s.reason = ledger.Duplicate, 0, "as it was asked for"
		return s
	}
	for _, repeat := range []ledger.RepeatKind{ledger.OnChanges, ledger.Never} {
		play(t, ledger.New(text{table.NewMemory()}, nil), ledger.Repeat{Kind: repeat}, []step{
			{5, by(native, nil), ledger.First, notify.KindFinding, ""},
			asked(5, cspm, "a"), again(asked(5, cspm, "a")), asked(4, cspm, "b"), asked(6, native, "c"), again(asked(6, native, "c")),
			{5, by(native, nil), ledger.Duplicate, 0, "this version or a newer one"},
			{7, by(cspm, in(finding.Resolved)), ledger.Update, notify.KindResolved, ""},
			asked(7, cspm, "d"), again(asked(5, cspm, "a")),
			{8, by(native, nil), ledger.Duplicate, 0, "it is resolved by securityhub-cspm"},
			{8, by(cspm, nil), ledger.Update, notify.KindUpdate, "it is open again"},
		})
	}
	first := asked(0, cspm, "a")
	first.want, first.reason = ledger.First, "not sent yet"
	play(t, ledger.New(table.NewMemory(), nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{
		first, again(asked(0, cspm, "a")), asked(0, cspm, "b"), {0, by(cspm, nil), ledger.Duplicate, 0, "this version or a newer one"},
	})
}

// What a road has only put into a digest is told when the source's own copy comes, whose kind does
// not come by the thousand; by a digest for another reason it is told.
func TestOnlyGathered(t *testing.T) {
	for name, test := range map[string]struct {
		isGathered bool
		second     func(*finding.Finding)
		want       ledger.Verdict
	}{
		"gathered":                           {true, by("guardduty", nil), ledger.First},
		"gathered, and older":                {true, by("guardduty", func(f *finding.Finding) { f.Updated = f.Updated.Add(-time.Hour) }), ledger.First},
		"gathered, and one of thousands":     {true, by("guardduty", func(f *finding.Finding) { f.IsBursty = true }), ledger.Duplicate},
		"gathered, and another passes it on": {true, by("securityhub-cspm", nil), ledger.Duplicate},
		"sent, or in the digest of a storm":  {false, by("guardduty", nil), ledger.Duplicate},
	} {
		l := ledger.New(text{table.NewMemory()}, nil)
		first := claim(t, l, request("a", publication(0, by("securityhub", nil)), time.Minute))
		first.IsGathered = test.isGathered
		must(t, l.Sent(t.Context(), first, notify.Receipt{}))
		if got := claim(t, l, request("a", publication(0, test.second), time.Minute)); got.Verdict != test.want {
			t.Errorf("%s: got %+v", name, got.Decision)
		} else if got.Verdict.IsNews() {
			must(t, l.Sent(t.Context(), got, notify.Receipt{}))
			play(t, l, ledger.Repeat{}, []step{{0, test.second, ledger.Duplicate, 0, ""}, {1, by("securityhub", nil), ledger.Duplicate, 0, ""}})
		}
	}
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
