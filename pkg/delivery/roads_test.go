package delivery_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// The roads by which one finding comes.
const (
	native = "guardduty"
	asff   = "securityhub-cspm"
	ocsf   = "securityhub"
)

// byRoad returns what a road says of one finding at a minute. Those that pass it on know neither
// actor nor count, state the severity in another way, and are later by seconds.
func byRoad(road string, minute int) finding.Finding {
	f := finding.Finding{
		ID: "f", Source: "aws.guardduty", Severity: 8, Origin: finding.Origin{Road: road},
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
		Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC), Count: 3},
		Resource: finding.Resource{Type: "Instance", ID: "i-1"},
	}
	f.Actor.Remote.IP = "198.51.100.1"
	if road != native {
		f.ID, f.Source, f.Native = road+":f", "aws.securityhub", finding.Native{Source: "aws.guardduty", ID: "f"}
		f.Severity, f.Count, f.Actor = 7, 0, finding.Actor{}
		f.Resource = finding.Resource{Type: "AwsEc2Instance", ID: "arn:i-1"}
		f.Updated = f.Updated.Add(time.Duration(len(road)) * time.Second)
	}
	return f
}

func pairOf(f finding.Finding) delivery.Pair {
	return delivery.Pair{Message: delivery.FindingMessage(&f)}
}

// orders returns every order of the roads.
func orders() [][]string {
	return [][]string{
		{native, asff, ocsf}, {native, ocsf, asff}, {asff, native, ocsf}, {asff, ocsf, native}, {ocsf, native, asff}, {ocsf, asff, native},
	}
}

// processes are two processes with one table, which take turns.
type processes struct {
	sink    *script
	engines [2]*delivery.Engine
	turn    int
}

func twoProcesses(repeat string, t *testing.T) *processes {
	t.Helper()
	rule, err := ledger.ParseRepeat(repeat)
	if err != nil {
		t.Fatal(err)
	}
	p, store := &processes{sink: &script{}}, table.NewMemory()
	for i := range p.engines {
		p.engines[i] = delivery.New([]delivery.Target{{Name: "x", Sink: p.sink, Concurrency: 1, Repeat: rule}},
			delivery.Options{Ledger: ledger.New(store, nil)})
	}
	return p
}

func (p *processes) deliver(t *testing.T, findings ...finding.Finding) []delivery.Outcome {
	t.Helper()
	var pairs []delivery.Pair
	for _, f := range findings {
		pairs = append(pairs, pairOf(f))
	}
	p.turn++
	var outcomes []delivery.Outcome
	for _, result := range p.engines[p.turn%2].Deliver(t.Context(), delivery.Invocation{ID: fmt.Sprint(p.turn)}, pairs).Results {
		outcomes = append(outcomes, result.Outcome)
	}
	return outcomes
}

// kinds returns the kinds of what was sent.
func (p *processes) kinds() string {
	var all []string
	for _, n := range p.sink.sent {
		all = append(all, n.Kind.String())
	}
	return strings.Join(all, " ")
}

// One finding that comes natively, as ASFF and as OCSF is one message, in whatever order and
// whether at once or not. Its end by one of them is told of once; what comes later by another opens
// it again.
func TestOneFindingBySeveralRoads(t *testing.T) {
	closed := byRoad(ocsf, 2)
	closed.State, closed.Severity = finding.Closed, finding.Lowest
	for _, repeat := range []string{"changes", "always"} {
		for _, order := range orders() {
			for _, isBatch := range []bool{false, true} {
				t.Run(fmt.Sprint(repeat, order, isBatch), func(t *testing.T) {
					p := twoProcesses(repeat, t)
					var copies []finding.Finding
					for _, road := range order {
						copies = append(copies, byRoad(road, 1))
					}
					if isBatch {
						p.deliver(t, copies...)
						if got := p.sink.sent[0].Findings[0].Road; got != native {
							t.Errorf("the copy by %s was sent", got)
						}
					} else {
						for _, f := range slices.Concat(copies, copies) { // each comes twice
							p.deliver(t, f)
						}
					}
					if got := p.kinds(); got != "finding" {
						t.Fatalf("sent: %s", got)
					}
					p.deliver(t, closed)
					p.deliver(t, byRoad(native, 1)) // late
					p.deliver(t, closed, byRoad(asff, 1))
					p.deliver(t, byRoad(native, 3))
					p.deliver(t, byRoad(asff, 3))
					if got := p.kinds(); got != "finding resolved update" {
						t.Errorf("sent: %s", got)
					}
					last := p.sink.sent[len(p.sink.sent)-1]
					if len(last.Changes) == 0 || last.Changes[0] != (notify.Change{What: "state", From: "closed", To: "open"}) || last.Previous.ID == "" {
						t.Errorf("got %+v", last)
					}
				})
			}
		}
	}
}

// What a batch holds beyond the copy that knows most is not lost: another level, an end, a copy of
// the road that leads.
func TestRoadsOfABatch(t *testing.T) {
	aside, worse := byRoad(asff, 2), byRoad(native, 9)
	aside.State, worse.Severity = finding.Suppressed, 9.5
	critical, closed, unknown := byRoad(asff, 1), byRoad(ocsf, 2), byRoad(asff, 1)
	critical.Severity, closed.State, unknown.Severity = 9.5, finding.Closed, 0
	again := byRoad(native, 5)
	actor := byRoad(native, 2)
	actor.Actor.Remote.IP = "198.51.100.9"
	for name, test := range map[string]struct {
		before []finding.Finding // one after another
		batch  []finding.Finding
		want   string // kinds, and the road of the last
		all    delivery.Outcome
	}{
		"a higher level":                  {nil, []finding.Finding{byRoad(native, 1), critical}, "finding securityhub-cspm", delivery.Delivered},
		"a higher level that was sent":    {[]finding.Finding{critical}, []finding.Finding{actor, critical}, "finding securityhub-cspm", delivery.Duplicate},
		"a new actor beside that level":   {[]finding.Finding{critical, byRoad(native, 1)}, []finding.Finding{critical, actor}, "finding update guardduty", delivery.Delivered},
		"a level that cannot be read":     {nil, []finding.Finding{unknown, byRoad(native, 1)}, "finding guardduty", delivery.Delivered},
		"an end of what was not sent":     {nil, []finding.Finding{byRoad(native, 1), closed, byRoad(asff, 1)}, "", delivery.Resolved},
		"an end":                          {[]finding.Finding{byRoad(asff, 1)}, []finding.Finding{byRoad(native, 1), closed}, "finding resolved securityhub", delivery.Delivered},
		"an end and a return":             {[]finding.Finding{byRoad(native, 1), closed}, []finding.Finding{closed, again}, "finding resolved update guardduty", delivery.Delivered},
		"put aside beside what goes on":   {[]finding.Finding{byRoad(native, 1)}, []finding.Finding{again, aside}, "finding resolved securityhub-cspm", delivery.Delivered},
		"put aside, never told, and open": {nil, []finding.Finding{again, aside}, "finding guardduty", delivery.Delivered},
		"put aside before, and goes on":   {[]finding.Finding{byRoad(native, 1), aside}, []finding.Finding{again, aside}, "finding resolved securityhub-cspm", delivery.Duplicate},
		"put aside, and gets worse":       {[]finding.Finding{byRoad(native, 1)}, []finding.Finding{aside, worse}, "finding update guardduty", delivery.Delivered},
		"the road that leads": {[]finding.Finding{byRoad(asff, 1)}, []finding.Finding{byRoad(ocsf, 9), byRoad(asff, 8)},
			"finding update securityhub-cspm", delivery.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			for _, isReversed := range []bool{false, true} {
				p := twoProcesses("always", t)
				for _, f := range test.before {
					p.deliver(t, f)
				}
				batch := slices.Clone(test.batch)
				if isReversed {
					slices.Reverse(batch)
				}
				outcomes := p.deliver(t, batch...)
				got := p.kinds()
				if n := len(p.sink.sent); n > 0 {
					got += " " + p.sink.sent[n-1].Findings[0].Road
				}
				want := slices.Repeat([]delivery.Outcome{test.all}, len(batch))
				if diff := cmp.Diff(want, outcomes); diff != "" || got != test.want {
					t.Errorf("sent: %s, want %s; %s", got, test.want, diff)
				}
			}
		})
	}
}

// Of two publications of one time in a batch, the one that was handed over later is sent.
func TestPublicationsOfOneTimeInABatch(t *testing.T) {
	imported, raised := byRoad(asff, 1), byRoad(asff, 1)
	imported.Published, raised.Published, raised.Severity = imported.Updated, imported.Updated.Add(time.Hour), 9.5
	for _, batch := range [][]finding.Finding{{imported, raised}, {raised, imported}} {
		p := twoProcesses("changes", t)
		p.deliver(t, batch...)
		if len(p.sink.sent) != 1 || p.sink.sent[0].Findings[0].Severity != 9.5 {
			t.Errorf("got %+v", p.sink.sent)
		}
	}
}

// What a person asks for is told in full beside whatever comes of itself in the same batch, and is
// put into no digest.
func TestAskedInABatch(t *testing.T) {
	asked := byRoad(asff, 1)
	asked.IsAsked, asked.Part = true, "custom action e1"
	s := newStorm(1)
	s.deliver(t, pairOf(byRoad(native, 1)))
	got := s.deliver(t, pairOf(byRoad(asff, 2)), pairOf(asked), pairOf(byRoad(native, 1)), pairOf(asked))
	if diff := cmp.Diff(map[delivery.Outcome]int{delivery.Duplicate: 2, delivery.Delivered: 2}, got); diff != "" {
		t.Error(diff)
	}
	if len(s.sink.sent) != 2 || s.sink.sent[1].Kind != notify.KindFinding || s.sink.sent[1].Findings[0].Part == "" {
		t.Errorf("got %+v", s.sink.sent)
	}
	if got := s.deliver(t, pairOf(asked)); got[delivery.Duplicate] != 1 {
		t.Errorf("again: %v", got)
	}
}

// page returns a part of a version of one finding.
func page(minute int, part string, resources ...string) finding.Finding {
	f := finding.Finding{
		ID: "event", Source: "aws.health", Severity: 5, Origin: finding.Origin{Road: "health", Part: part, Event: []byte("event " + part)},
		Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)},
	}
	for _, id := range resources {
		f.Related = append(f.Related, finding.Resource{ID: id})
	}
	f.Resource, f.Related = f.Related[0], f.Related[1:]
	return f
}

// affected returns the resources of a message.
func affected(n notify.Notification) string {
	f := n.Findings[0]
	var all []string
	for _, resource := range append([]finding.Resource{f.Resource}, f.Related...) {
		all = append(all, resource.ID)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Pages of one publication are one message with all resources; one that comes later is an update,
// and no page is lost, nor sent twice.
func TestPages(t *testing.T) {
	p := twoProcesses("changes", t)
	one, two, three := page(1, "1", "a", "b"), page(1, "2", "c", "d", "a"), page(1, "3", "e")
	p.deliver(t, page(0, "1", "old"), two, one, two)
	p.deliver(t, one, two)
	p.deliver(t, three, one)
	p.deliver(t, three)
	var got []string
	for _, n := range p.sink.sent {
		got = append(got, n.Kind.String()+" "+n.Findings[0].Part+" "+affected(n))
	}
	if diff := cmp.Diff([]string{"finding 2,1 a b c d", "update 3,1 a b e"}, got); diff != "" {
		t.Error(diff)
	}
	if changes := p.sink.sent[1].Changes; len(changes) != 1 || changes[0] != (notify.Change{What: "new resource", To: "e"}) {
		t.Errorf("got %+v", changes)
	}
	if len(one.Related) != 1 {
		t.Errorf("the page was changed: %+v", one)
	}
}

// The parts as which a finding is passed on have times of their own, and are joined all the same.
func TestPartsOfSeveralTimes(t *testing.T) {
	p := twoProcesses("changes", t)
	var parts []finding.Finding
	for i, name := range []string{"a", "b", "c"} {
		f := page(2-i, name, name)
		f.Native = finding.Native{Source: f.Source, ID: f.ID}
		parts = append(parts, f)
	}
	p.deliver(t, parts[0], parts[1])
	p.deliver(t, parts...)
	p.deliver(t, parts[2], parts[0])
	var got []string
	for _, n := range p.sink.sent {
		got = append(got, n.Kind.String()+" "+affected(n))
	}
	if diff := cmp.Diff([]string{"finding a b", "update a b c"}, got); diff != "" {
		t.Error(diff)
	}
}

// Each page of a message that can never succeed is a dead letter, so that all come again.
func TestPagesAreLetters(t *testing.T) {
	dead := &grave{}
	refused := notify.PermanentSink(errors.New("no_service"))
	e := engine(&script{answers: slices.Repeat([]error{refused}, 50)}, dead)
	pairs := []delivery.Pair{pairOf(page(1, "1", "a")), pairOf(page(1, "2", "b"))}
	for range 2 {
		for _, result := range e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, pairs).Results {
			if result.Outcome != delivery.Dead || !result.Finished() {
				t.Errorf("got %+v", result)
			}
		}
	}
	e.Deliver(t.Context(), delivery.Invocation{ID: "r"}, []delivery.Pair{pairOf(page(1, "3", "c"))})
	var letters []string
	for _, letter := range dead.letters {
		letters = append(letters, string(letter.Event))
	}
	if diff := cmp.Diff([]string{"event 1", "event 2", "event 3"}, letters); diff != "" {
		t.Error(diff)
	}
}
