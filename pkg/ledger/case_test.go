package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// sinks returns the names of so many instances.
func sinks(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("sink%02d", i))
	}
	return all
}

// caseOf returns the case of a finding for sinks, by one invocation.
func caseOf(l *ledger.Ledger, owner string, f finding.Finding, sinks ...string) *ledger.Case {
	subject := ledger.SubjectOf(&f)
	c := l.Case(subject.Key)
	for _, sink := range sinks {
		c.Expect(ledger.Request{Subject: &subject, Sink: sink, Lease: ledger.Lease{Owner: owner, Until: time.Now().Add(time.Minute)}})
	}
	return c
}

// claims returns what the case says to each sink.
func claims(t *testing.T, c *ledger.Case, sinks ...string) []*ledger.Claim {
	t.Helper()
	var all []*ledger.Claim
	for _, sink := range sinks {
		claim, err := c.Claim(t.Context(), sink)
		must(t, err)
		all = append(all, claim)
	}
	return all
}

// verdicts returns those of claims.
func verdicts(all []*ledger.Claim) (got []ledger.Verdict) {
	for _, claim := range all {
		got = append(got, claim.Verdict)
	}
	return got
}

// same returns a verdict so many times.
func same(v ledger.Verdict, n int) (all []ledger.Verdict) {
	for range n {
		all = append(all, v)
	}
	return all
}

// sendAll settles claims as sent, after the time that each sink takes.
func sendAll(t *testing.T, l *ledger.Ledger, all []*ledger.Claim, takes ...time.Duration) {
	t.Helper()
	var sending sync.WaitGroup
	for i, claim := range all {
		sending.Go(func() {
			if i < len(takes) {
				time.Sleep(takes[i])
			}
			if err := l.Sent(t.Context(), claim, notify.Receipt{ID: fmt.Sprint("m", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
}

// silent is a store that does not say what is there instead.
type silent struct{ counting }

func (s *silent) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if err := s.counting.Save(ctx, key, record, revision); !errors.Is(err, table.ErrConflict) {
		return err
	}
	return table.ErrConflict
}

// What a finding costs does not grow with the number of sinks: a first telling is two calls, a copy is
// one, and one more where the store does not say what is there instead.
func TestCallsOfAFinding(t *testing.T) {
	for _, n := range []int{1, 2, 8, 64} {
		synctest.Test(t, func(t *testing.T) {
			counted, quiet := &counting{Store: table.NewMemory()}, &silent{counting{Store: table.NewMemory()}}
			for copies, store := range map[int]table.Store{1: counted, 2: quiet} {
				calls := func() int { return counted.loads + counted.saves + quiet.loads + quiet.saves }
				l := ledger.New(store, nil)
				another := version(1)
				another.ID = "another"
				sendAll(t, l, claims(t, caseOf(l, "a", another, "sink00"), "sink00")) // which finds out what form the table has
				before := calls()
				first := claims(t, caseOf(l, "a", version(1), sinks(n)...), sinks(n)...)
				sendAll(t, l, first)
				if diff := cmp.Diff(same(ledger.First, n), verdicts(first)); diff != "" || calls() != before+2 {
					t.Errorf("%d sinks: %d calls for the first, want 2 %s", n, calls()-before, diff)
				}
				before = calls()
				copied := claims(t, caseOf(l, "b", version(1), sinks(n)...), sinks(n)...)
				if diff := cmp.Diff(same(ledger.Duplicate, n), verdicts(copied)); diff != "" || calls() != before+copies {
					t.Errorf("%d sinks: %d calls for a copy, want %d %s", n, calls()-before, copies, diff)
				}
			}
		})
	}
}

// What a sink has accepted is written 25 ms later at the latest, whatever becomes of the others.
func TestSlowSinkHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := table.NewMemory()
		l := ledger.New(store, nil)
		all := claims(t, caseOf(l, "a", version(1), "fast", "slow"), "fast", "slow")
		go sendAll(t, l, all, 0, 10*time.Second)
		time.Sleep(26 * time.Millisecond)
		again := claims(t, caseOf(ledger.New(store, nil), "b", version(1), "fast", "slow"), "fast", "slow")
		if diff := cmp.Diff([]ledger.Verdict{ledger.Duplicate, ledger.Busy}, verdicts(again)); diff != "" {
			t.Error(diff)
		}
		time.Sleep(11 * time.Second)
		again = claims(t, caseOf(ledger.New(store, nil), "b", version(1), "fast", "slow"), "fast", "slow")
		if diff := cmp.Diff(same(ledger.Duplicate, 2), verdicts(again)); diff != "" {
			t.Error(diff)
		}
	})
}

// A process that dies after it has claimed for all sinks keeps them for as long as its lease.
func TestCrashOfACase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger.New(table.NewMemory(), nil)
		claims(t, caseOf(l, "a", version(1), "slack", "sns"), "slack") // sns never asked
		if diff := cmp.Diff(same(ledger.Busy, 2), verdicts(claims(t, caseOf(l, "b", version(1), "slack", "sns"), "slack", "sns"))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(same(ledger.First, 2), verdicts(claims(t, caseOf(l, "a", version(1), "slack", "sns"), "slack", "sns"))); diff != "" {
			t.Errorf("the same invocation once more: %s", diff)
		}
		time.Sleep(61 * time.Second)
		if diff := cmp.Diff(same(ledger.First, 2), verdicts(claims(t, caseOf(l, "c", version(1), "slack", "sns"), "slack", "sns"))); diff != "" {
			t.Error(diff)
		}
	})
}

// Two invocations that send one finding to different sinks at the same time lose nothing of each other.
func TestTwoCasesOfOneFinding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, store := range []table.Store{table.NewMemory(), &silent{counting{Store: table.NewMemory()}}, text{table.NewMemory()}} {
			here, there := ledger.New(store, nil), ledger.New(store, nil)
			one := claims(t, caseOf(here, "a", version(1), "slack", "sns"), "slack", "sns")
			other := claims(t, caseOf(there, "b", version(1), "mail", "teams"), "mail", "teams")
			sendAll(t, there, other[:1])
			sendAll(t, here, one)
			must(t, there.Dead(t.Context(), other[1]))
			got := verdicts(claims(t, caseOf(here, "c", version(1), "slack", "sns", "mail", "teams"), "slack", "sns", "mail", "teams"))
			if diff := cmp.Diff([]ledger.Verdict{ledger.Duplicate, ledger.Duplicate, ledger.Duplicate, ledger.Dead}, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// What is known of a finding that two sinks have is less than the kilobyte that one write unit is, with
// its keys, and what 64 have is far below what an item may have.
func TestSizeOfAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n, most := range map[int]int{2: 1_000, 64: 24_000} {
			store := &sized{Store: text{table.NewMemory()}}
			l := ledger.New(store, nil)
			f := publication(0, by("guardduty", nil))
			f.ID, f.Account.ID, f.Region = "9efed18a8901832594bdedc69a89fabe", "111122223333", "eu-central-1"
			f.Actor.Remote.IP, f.Actor.User.Name, f.Actor.User.PrincipalID = "198.51.100.7", "deploy", "AIDAEXAMPLE"
			all := claims(t, caseOf(l, "f3b0c442-98fc-1c14-9afb-f4c8996fb924", f, sinks(n)...), sinks(n)...)
			for i := range all {
				must(t, l.Sent(t.Context(), all[i], notify.Receipt{ID: "1773649510.000100", Place: "C0123ABCD"}))
			}
			if store.largest > most {
				t.Errorf("%d sinks: %d bytes, want at most %d", n, store.largest, most)
			}
		}
	})
}

// sized is a store that notes how large an item of DynamoDB would have been.
type sized struct {
	table.Store
	largest int
}

func (s *sized) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	const attributes = "pk" + "sk" + "format" + "revision" + "expires" + "record" // and about 4 bytes for each number
	s.largest = max(s.largest, len(attributes)+12+len(key.Partition)+len(key.Sort)+len(record.Text))
	return s.Store.Save(ctx, key, record, revision)
}

// A table that never had records of the older form is not asked for them.
func TestFreshTable(t *testing.T) {
	store := &counting{Store: table.NewMemory()}
	l := ledger.New(store, nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", version(1), time.Minute)), notify.Receipt{}))
	if store.loads != 1 || store.saves != 3 { // what form the table has is asked for and written down
		t.Errorf("%d reads and %d writes", store.loads, store.saves)
	}
	*store = counting{Store: store.Store}
	another := version(1)
	another.ID = "another"
	claim(t, ledger.New(store, nil), request("a", another, time.Minute))
	if store.loads != 1 || store.saves != 1 {
		t.Errorf("another process: %d reads and %d writes", store.loads, store.saves)
	}
}

// A record of the older form counts for as long as it is the newer of the two: the build before may have
// gone on in between. Its lease counts too.
func TestOldRecords(t *testing.T) {
	old := func(t *testing.T, store table.Store, text string) {
		f := version(1)
		must(t, store.Save(t.Context(), table.Key{Partition: f.Key(), Sort: "slack"}, table.Record{Text: text, Expires: time.Now().Add(time.Hour)}, 0))
	}
	sent := func(minute int, at string) string {
		return fmt.Sprintf(`{"last":{"version":{"Updated":"2026-01-01T00:%02d:00Z","Count":%d},"severity":5,"count":%[2]d,"receipt":{"ID":"old"},"at":%[3]q},"lease":{"until":"0001-01-01T00:00:00Z"}}`, minute, minute, at)
	}
	t.Run("its lease", func(t *testing.T) {
		store := text{table.NewMemory()}
		old(t, store, fmt.Sprintf(`{"lease":{"owner":"old","until":%q}}`, time.Now().Add(time.Minute).Format(time.RFC3339)))
		if got := claim(t, ledger.New(store, nil), request("a", version(1), time.Minute)); got.Verdict != ledger.Busy {
			t.Errorf("got %+v", got.Decision)
		}
	})
	t.Run("its dead letter", func(t *testing.T) {
		store := text{table.NewMemory()}
		old(t, store, `{"dead":{"Updated":"2026-01-01T00:01:00Z","Count":1},"lease":{"until":"0001-01-01T00:00:00Z"}}`)
		if got := claim(t, ledger.New(store, nil), request("a", version(1), time.Minute)); got.Verdict != ledger.Dead {
			t.Errorf("got %+v", got.Decision)
		}
	})
	t.Run("after a roll-back", func(t *testing.T) {
		store := text{table.NewMemory()}
		must(t, ledger.New(store, nil).Sent(t.Context(), claim(t, ledger.New(store, nil), request("a", version(1), time.Minute)), notify.Receipt{ID: "new"}))
		old(t, store, sent(2, time.Now().Add(time.Second).Format(time.RFC3339)))
		if got := claim(t, ledger.New(store, nil), request("b", version(2), time.Minute)); got.Verdict != ledger.Duplicate {
			t.Errorf("got %+v", got.Decision)
		}
	})
	t.Run("before an upgrade", func(t *testing.T) {
		store := text{table.NewMemory()}
		old(t, store, sent(1, "2026-01-01T00:01:01Z"))
		rises := version(2)
		rises.Severity = 8
		update := claim(t, ledger.New(store, nil), request("a", rises, time.Minute))
		if update.Verdict != ledger.Update || update.Previous.ID != "old" {
			t.Errorf("got %+v", update.Decision)
		}
		must(t, ledger.New(store, nil).Sent(t.Context(), update, notify.Receipt{ID: "new"}))
		if got := claim(t, ledger.New(store, nil), request("b", rises, time.Minute)); got.Verdict != ledger.Duplicate {
			t.Errorf("got %+v", got.Decision)
		}
	})
}

// While both forms are in use, the newest version that either knows was sent counts, whichever was written last; and
// whoever sends the pair by the older form is waited for, though the record of today knows nothing of it.
func TestOldRecordsBesideNew(t *testing.T) {
	at := time.Now().Add(time.Second).Format(time.RFC3339)
	idle := `"lease":{"until":"0001-01-01T00:00:00Z"}`
	busy := fmt.Sprintf(`"lease":{"owner":"old","until":%q}`, time.Now().Add(time.Minute).Format(time.RFC3339))
	was := func(minute int) string {
		return fmt.Sprintf(`"last":{"version":{"Updated":"2026-01-01T00:%02d:00Z","Count":%d},"severity":5,"count":%[2]d,"at":%[3]q},`, minute, minute, at)
	}
	over := func(minute int) finding.Finding {
		f := version(minute)
		f.State = finding.Closed
		return f
	}
	for name, test := range map[string]struct {
		sent, dead, released int    // versions by the form of today, in this order; 0 for none
		old                  string // what the older form holds then
		comes                finding.Finding
		want                 ledger.Verdict
	}{
		"an older version went by the older form":            {2, 0, 0, "{" + was(1) + idle + "}", version(2), ledger.Duplicate},
		"the same went by both":                              {2, 0, 0, "{" + was(2) + idle + "}", version(2), ledger.Duplicate},
		"a newer one went by the older form":                 {1, 0, 0, "{" + was(2) + idle + "}", version(2), ledger.Duplicate},
		"one is newer than both":                             {2, 0, 0, "{" + was(1) + idle + "}", version(3), ledger.Update},
		"its end, after an older version by the older":       {2, 0, 0, "{" + was(1) + idle + "}", over(3), ledger.Update},
		"it went by the older form, and is sent by it":       {1, 0, 0, "{" + was(1) + busy + "}", version(2), ledger.Busy},
		"it was handed back, and is sent by the older":       {0, 0, 1, "{" + busy + "}", version(1), ledger.Busy},
		"a letter of it was written":                         {1, 2, 0, "{" + was(1) + idle + "}", version(2), ledger.Dead},
		"a letter of it, and the older form sent it":         {1, 2, 0, "{" + was(2) + idle + "}", version(2), ledger.Duplicate},
		"the older form wrote a letter of it":                {1, 0, 0, `{"dead":{"Updated":"2026-01-01T00:02:00Z","Count":2},` + idle + "}", version(2), ledger.Dead},
		"the older form wrote a letter of one before":        {1, 0, 0, `{"dead":{"Updated":"2026-01-01T00:02:00Z","Count":2},` + idle + "}", version(3), ledger.Update},
		"it was handed back, and the older form has sent it": {0, 0, 1, "{" + was(1) + idle + "}", version(1), ledger.Duplicate},
	} {
		t.Run(name, func(t *testing.T) {
			store := text{table.NewMemory()}
			l := ledger.New(store, nil)
			if test.sent > 0 {
				must(t, l.Sent(t.Context(), claim(t, l, request("a", version(test.sent), time.Minute)), notify.Receipt{}))
			}
			if test.dead > 0 {
				must(t, l.Dead(t.Context(), claim(t, l, request("a", version(test.dead), time.Minute))))
			}
			if test.released > 0 {
				must(t, l.Release(t.Context(), claim(t, l, request("a", version(test.released), time.Minute))))
			}
			f := version(1)
			must(t, store.Save(t.Context(), table.Key{Partition: f.Key(), Sort: "slack"}, table.Record{Text: test.old, Expires: time.Now().Add(time.Hour)}, 0))
			if got := claim(t, ledger.New(store, nil), request("b", test.comes, time.Minute)); got.Verdict != test.want {
				t.Errorf("got %+v", got.Decision)
			}
		})
	}
}

// used is a store that has records of findings, and says so.
type used struct{ counting }

func (*used) HasFindings(context.Context) (bool, error) { return true, nil }

// A table that was first used in the form of today is not asked for older records when its own are older
// than a record is kept.
func TestFreshTableGrowsOld(t *testing.T) {
	fresh, now := &counting{Store: table.NewMemory()}, time.Now()
	clock := func() time.Time { return now }
	l := ledger.New(fresh, clock)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", version(1), time.Minute)), notify.Receipt{}))
	now = now.Add(table.Retention + time.Hour)
	store := &used{counting{Store: fresh.Store}}
	another := version(1)
	another.ID = "another"
	l = ledger.New(store, clock)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", another, time.Minute)), notify.Receipt{}))
	if store.loads != 1 || store.saves != 2 {
		t.Errorf("%d reads and %d writes", store.loads, store.saves)
	}
	now = now.Add(table.Retention + time.Hour)
	note, _, err := fresh.Store.Load(t.Context(), table.Key{Partition: "/ledger", Sort: "old"})
	if err != nil || note.Expires.Before(now) {
		t.Errorf("what the table says of its form is forgotten: %v, %v", note.Expires, err)
	}
}

// While records of the older form are read, those of a finding are read once for each sink, and not again
// to write down what was sent.
func TestCallsWithOldRecords(t *testing.T) {
	for _, n := range []int{1, 2, 8} {
		store := &used{counting{Store: table.NewMemory()}}
		l := ledger.New(store, nil)
		another := version(1)
		another.ID = "another"
		sendAll(t, l, claims(t, caseOf(l, "a", another, "sink00"), "sink00")) // which finds out what form the table has
		store.loads, store.saves = 0, 0
		sendAll(t, l, claims(t, caseOf(l, "a", version(1), sinks(n)...), sinks(n)...))
		if store.loads != 1+n || store.saves != 2 {
			t.Errorf("%d sinks: %d reads and %d writes", n, store.loads, store.saves)
		}
	}
}

// ruled is a store that never had records of the older form when it was asked, and returns all of a finding at once.
type ruled struct {
	counting
	asked int
}

func (r *ruled) Under(ctx context.Context, partition string) (map[string]table.Kept, error) {
	r.asked++
	all := map[string]table.Kept{}
	for _, sort := range []string{"/sinks", "slack", "sns"} {
		record, revision, err := r.Store.Load(ctx, table.Key{Partition: partition, Sort: sort})
		if err != nil {
			return nil, err
		}
		if revision > 0 {
			all[sort] = table.Kept{Record: record, Revision: revision}
		}
	}
	return all, nil
}

// A build of the older form has been at work on a table that is not said to have its records: what it has sent is known
// where an end comes, or whatever else is asked for by reading. That costs no call more.
func TestEndOfWhatTheOlderFormSent(t *testing.T) {
	store := &ruled{counting: counting{Store: text{table.NewMemory()}}}
	another := version(1)
	another.ID = "another"
	l := ledger.New(store, nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", another, time.Minute)), notify.Receipt{})) // which finds out what form the table has
	end := version(2)
	end.State = finding.Closed
	old := `{"last":{"version":{"Updated":"2026-01-01T00:01:00Z","Count":1},"severity":5,"count":1,"receipt":{"ID":"old"},"at":"2026-01-01T00:01:01Z"}}`
	must(t, store.Store.Save(t.Context(), table.Key{Partition: end.Key(), Sort: "slack"}, table.Record{Text: old, Expires: time.Now().Add(time.Hour)}, 0))
	store.loads, store.saves, store.asked = 0, 0, 0
	all := claims(t, caseOf(l, "b", end, "slack", "sns"), "slack", "sns")
	if all[0].Verdict != ledger.Update || all[0].Previous.ID != "old" || all[1].Verdict != ledger.Resolved {
		t.Errorf("got %+v and %+v, want the end for the one that was sent it", all[0].Decision, all[1].Decision)
	}
	if store.asked != 1 || store.loads != 0 || store.saves != 1 {
		t.Errorf("%d and %d reads and %d writes, want one read and one write", store.asked, store.loads, store.saves)
	}
}

// Where it is known that there may be such records, all of a finding costs one read, whatever the number of sinks.
func TestOldRecordsInOneRead(t *testing.T) {
	store := &ruledAndUsed{ruled{counting: counting{Store: text{table.NewMemory()}}}}
	l := ledger.New(store, nil)
	another := version(1)
	another.ID = "another"
	claim(t, l, request("a", another, time.Minute))
	store.loads, store.saves, store.asked = 0, 0, 0
	sendAll(t, l, claims(t, caseOf(l, "a", version(1), sinks(8)...), sinks(8)...))
	if store.asked != 1 || store.loads != 0 {
		t.Errorf("%d and %d reads, want one", store.asked, store.loads)
	}
}

// ruledAndUsed is one that had such records when it was asked.
type ruledAndUsed struct{ ruled }

func (*ruledAndUsed) HasFindings(context.Context) (bool, error) { return true, nil }
