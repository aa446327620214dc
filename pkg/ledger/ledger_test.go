package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// version returns a finding that was updated at the given minute.
func version(minute int) finding.Finding {
	return finding.Finding{
		ID: "f", Source: "aws.guardduty", Severity: 5,
		Activity: finding.Activity{Updated: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC), Count: minute},
	}
}

func request(owner string, f finding.Finding, lease time.Duration) ledger.Request {
	subject := ledger.SubjectOf(&f)
	return ledger.Request{
		Subject: &subject, Sink: "slack", Lease: ledger.Lease{Owner: owner, Until: time.Now().Add(lease)},
	}
}

func claim(t *testing.T, l *ledger.Ledger, r ledger.Request) *ledger.Claim {
	t.Helper()
	c, err := l.Claim(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// unclaimed returns the claim of what is sent while the ledger is down.
func unclaimed(l *ledger.Ledger, r ledger.Request) *ledger.Claim {
	return l.Case(r.Subject.Key).Unclaimed(r)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLifeOfAPair(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	first := claim(t, l, request("a", version(1), time.Minute))
	if first.Verdict != ledger.First || first.Kind != notify.KindFinding {
		t.Fatalf("got %+v", first.Decision)
	}
	if other := claim(t, l, request("b", version(1), time.Minute)); other.Verdict != ledger.Busy || time.Until(other.Until) < 50*time.Second {
		t.Errorf("a second claimer: got %+v, want busy until the lease ends", other.Decision)
	}
	must(t, l.Sent(t.Context(), first, notify.Receipt{ID: "m1"}))
	for minute, want := range map[int]ledger.Verdict{0: ledger.Duplicate, 1: ledger.Duplicate} {
		if again := claim(t, l, request("c", version(minute), time.Minute)); again.Verdict != want {
			t.Errorf("version %d: got %+v", minute, again.Decision)
		}
	}
	newer := version(2)
	newer.Severity, newer.Actor.Remote.IP = 8, "198.51.100.7"
	update := claim(t, l, request("d", newer, time.Minute))
	want := []notify.Change{{What: "severity", From: "5.0", To: "8.0"}, {What: "count", From: "1", To: "2"}}
	if update.Verdict != ledger.Update || update.Kind != notify.KindUpdate || update.Previous.ID != "m1" || !cmp.Equal(update.Changes, want) {
		t.Errorf("got %+v", update.Decision)
	}
}

func TestReleaseLetsTheNextOneIn(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	first := claim(t, l, request("a", version(1), time.Minute))
	must(t, l.Release(t.Context(), first))
	if next := claim(t, l, request("b", version(1), time.Minute)); next.Verdict != ledger.First {
		t.Errorf("got %+v", next.Decision)
	}
}

func TestCrashLeavesALeaseThatEnds(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	claim(t, l, request("a", version(1), 50*time.Millisecond)) // and never settled
	if next := claim(t, l, request("b", version(1), time.Minute)); next.Verdict != ledger.Busy {
		t.Errorf("got %+v", next.Decision)
	}
	time.Sleep(60 * time.Millisecond)
	if next := claim(t, l, request("c", version(1), time.Minute)); next.Verdict != ledger.First {
		t.Errorf("after the lease: got %+v", next.Decision)
	}
}

func TestDead(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Dead(t.Context(), claim(t, l, request("a", version(1), time.Minute))))
	if again := claim(t, l, request("b", version(1), time.Minute)); again.Verdict != ledger.Dead {
		t.Errorf("the same version: got %+v", again.Decision)
	}
	replay := request("c", version(1), time.Minute)
	replay.Replay = true
	c := claim(t, l, replay)
	if c.Verdict != ledger.First {
		t.Errorf("a replay: got %+v", c.Decision)
	}
	must(t, l.Release(t.Context(), c))
	if newer := claim(t, l, request("d", version(2), time.Minute)); newer.Verdict != ledger.First {
		t.Errorf("a newer version: got %+v", newer.Decision)
	}
}

// The one whose lease ran out does not overwrite what a newer version left behind.
func TestLateSettleDoesNotGoBack(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	late := claim(t, l, request("a", version(1), time.Nanosecond))
	must(t, l.Sent(t.Context(), claim(t, l, request("b", version(2), time.Minute)), notify.Receipt{ID: "m2"}))
	must(t, l.Sent(t.Context(), late, notify.Receipt{ID: "m1"}))
	if again := claim(t, l, request("c", version(2), time.Minute)); again.Verdict != ledger.Duplicate {
		t.Errorf("got %+v", again.Decision)
	}
}

func TestUnclaimedIsRememberedAllTheSame(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	r := request("a", version(1), time.Minute)
	must(t, l.Sent(t.Context(), unclaimed(l, r), notify.Receipt{}))
	if again := claim(t, l, r); again.Verdict != ledger.Duplicate {
		t.Errorf("got %+v", again.Decision)
	}
}

// The ledger is down when an older version is claimed, and up when it is settled: what a newer one
// left behind stays.
func TestUnclaimedDoesNotGoBack(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", version(2), time.Minute)), notify.Receipt{ID: "m2"}))
	must(t, l.Sent(t.Context(), unclaimed(l, request("b", version(1), time.Minute)), notify.Receipt{ID: "m1"}))
	if again := claim(t, l, request("c", version(2), time.Minute)); again.Verdict != ledger.Duplicate {
		t.Errorf("sent: got %+v", again.Decision)
	}
	update := claim(t, l, request("d", version(3), time.Minute))
	if update.Verdict != ledger.Update || update.Previous.ID != "m2" {
		t.Errorf("the next version: got %+v", update.Decision)
	}
}

// The same of a newer version that is dead, whose second letter would be one too many.
func TestUnclaimedRaisesNoDead(t *testing.T) {
	for name, settle := range map[string]func(*ledger.Ledger, *ledger.Claim) error{
		"dead": func(l *ledger.Ledger, c *ledger.Claim) error { return l.Dead(t.Context(), c) },
		"sent": func(l *ledger.Ledger, c *ledger.Claim) error { return l.Sent(t.Context(), c, notify.Receipt{}) },
	} {
		l := ledger.New(table.NewMemory(), nil)
		must(t, l.Dead(t.Context(), claim(t, l, request("a", version(2), time.Minute))))
		must(t, settle(l, unclaimed(l, request("b", version(1), time.Minute))))
		if again := claim(t, l, request("c", version(2), time.Minute)); again.Verdict != ledger.Dead {
			t.Errorf("an older version that is %s: got %+v", name, again.Decision)
		}
	}
}

func TestVersionsWithoutTime(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	f := finding.Finding{ID: "f", Origin: finding.Origin{Document: []byte("1")}}
	must(t, l.Sent(t.Context(), claim(t, l, request("a", f, time.Minute)), notify.Receipt{}))
	if same := claim(t, l, request("b", f, time.Minute)); same.Verdict != ledger.Duplicate {
		t.Errorf("the same content: got %+v", same.Decision)
	}
	f.Document = []byte("2")
	if other := claim(t, l, request("c", f, time.Minute)); other.Verdict != ledger.Update {
		t.Errorf("other content: got %+v", other.Decision)
	}
}

func TestOneOfManyWins(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	var winners atomic.Int32
	var racers sync.WaitGroup
	for i := range 64 {
		racers.Go(func() {
			c, err := l.Claim(t.Context(), request(fmt.Sprint(i), version(1), time.Minute))
			if err == nil && c.Verdict.IsNews() {
				winners.Add(1)
			}
		})
	}
	racers.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d won the pair", winners.Load())
	}
}

// stuck is a store that is slow, or down.
type stuck struct {
	table.Store
	err error
}

func (s stuck) Load(ctx context.Context, _ table.Key) (table.Record, int64, error) {
	if s.err != nil {
		return table.Record{}, 0, s.err
	}
	<-ctx.Done()
	return table.Record{}, 0, ctx.Err()
}

func (s stuck) Save(context.Context, table.Key, table.Record, int64) error { return s.err }

func TestStoreThatIsDownOrSlow(t *testing.T) {
	for name, store := range map[string]table.Store{"down": stuck{err: errors.New("no answer")}, "slow": stuck{}} {
		if _, err := ledger.New(store, nil).Claim(t.Context(), request("a", version(1), time.Minute)); err == nil || !strings.HasPrefix(err.Error(), "ledger: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Of a list of what is affected each resource counts; other resources beside a finding's own do not.
func TestNamesOfAList(t *testing.T) {
	f := finding.Finding{
		Resource: finding.Resource{Type: "Instance", ID: "i-1"},
		Related:  []finding.Resource{{Type: "Instance", ID: "i-2"}, {Type: "EBSVolume", ID: "vol-1"}},
	}
	if diff := cmp.Diff([]string{"resource instance i-1", "resource instance i-2"}, ledger.SubjectOf(&f).Names); diff != "" {
		t.Error(diff)
	}
}
