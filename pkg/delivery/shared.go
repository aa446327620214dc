package delivery

import (
	"context"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// shared is what the targets of one delivery have in common: what they ask of the ledger about one
// finding goes together, and so do the counts of their messages.
type shared struct {
	ledger *ledger.Ledger
	cases  map[string]*ledger.Case
	counts *digest.Counts
	// takings know who has taken the findings on.
	takings *takings
	// isCounted are the targets whose messages are counted, by name.
	isCounted map[string]bool
}

func newShared(o Options) *shared {
	s := &shared{ledger: o.Ledger, cases: map[string]*ledger.Case{}, isCounted: map[string]bool{}, takings: newTakings(o.Taken)}
	if o.Digests != nil {
		s.counts = o.Digests.Counts()
	}
	return s
}

// expect adds the groups of a target to their cases, and what they ask for of as many as it can send in
// one delivery: what is claimed and not sent keeps others from it for a while.
func (s *shared) expect(r *sinkRun, groups []*group) {
	s.isCounted[r.target.Name] = r.target.DigestAfter > 0
	if s.ledger == nil {
		return
	}
	for i, g := range groups {
		key := g.choices[0].Subject.Key
		g.of = s.cases[key]
		if g.of == nil {
			g.of = s.ledger.Case(key)
			s.cases[key] = g.of
		}
		g.isExpected = r.canReach(i) && g.of.Expect(r.request(g, g.choices[0]))
	}
}

// counted returns those of the sinks whose messages are counted.
func (s *shared) counted(sinks []string) []string {
	return slices.DeleteFunc(sinks, func(name string) bool { return !s.isCounted[name] })
}

// canReach reports whether a target's rate leaves room for so many messages before another one, until
// the delivery ends.
func (r *sinkRun) canReach(before int) bool {
	left := r.lease.Until.Sub(r.Clock.Now()).Seconds()
	return r.target.Rate <= 0 || float64(before) < max(r.target.Rate*left, 1)
}

// settle brings to the store what was counted.
func (s *shared) settle(ctx context.Context) error {
	if s.counts == nil {
		return nil
	}
	return s.counts.Settle(ctx)
}
