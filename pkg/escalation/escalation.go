// Package escalation tells another sink of a finding that nobody has taken on. A record of it goes into Tocsin's
// own queue before the finding is sent, and waits there in legs, each a message of its own; at the end it looks
// whether anybody is still to be told.
//
// A leg is sent first, then noted in the ledger's table, and then the one before it is acknowledged. So a crash
// leaves a copy, and never nothing: of two that have gone equally far one goes on, since the table knows how far it
// is, and what is said is said once, since the ledger knows it by its name.
package escalation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Rule says of which findings of a sink another one is told.
type Rule struct {
	// Sink is the instance whose findings they are, To the one that is told.
	Sink, To string
	// After is how long there is time to take a finding on, once Sink has accepted it.
	After time.Duration
	// MinSeverity is the lowest severity of which it is told, inclusive.
	MinSeverity finding.Threshold
}

// Options say what is escalated, and with what. All but Rules and Log are required where there are rules.
type Options struct {
	Rules []Rule
	// Store is the ledger's, Ledger what knows who was told.
	Store  table.Store
	Ledger *ledger.Ledger
	// Send puts a record into the queue that findings come by, which hands it over after a delay of at most 15
	// minutes, in whole seconds.
	Send func(ctx context.Context, record []byte, delay time.Duration) error
	// Restore gives a finding what its stored form lacks, and can be known again: names of accounts, words.
	Restore func(ctx context.Context, f *finding.Finding)
	// Muted returns the name of the mute that holds a finding back now; "" for none.
	Muted func(ctx context.Context, f finding.Finding) string
	// Acts returns what people can do about a finding; nil stands for nothing.
	Acts func(f *finding.Finding) []notify.Act
	// Now is the clock.
	Now func() time.Time
	Log report.Log
}

// Escalations escalate findings. They are safe for concurrent use.
type Escalations struct {
	Options
	takings   *action.Takings
	standings table.Records[standing]
}

// New returns the escalations of the rules.
func New(o Options) *Escalations {
	return &Escalations{
		Options: o, takings: action.NewTakings(o.Store, o.Now), standings: table.Records[standing]{Store: o.Store, Now: o.Now},
	}
}

// Duty is what the pipeline does about the records. It is there without rules too: a record that a configuration
// before has left is no finding.
func (e *Escalations) Duty() pipeline.Duty {
	return pipeline.Duty{DetailType: DetailType, Do: e.do, IsDirect: true}
}

// rule returns that of a sink.
func (e *Escalations) rule(sink string) (Rule, bool) {
	at := slices.IndexFunc(e.Rules, func(r Rule) bool { return r.Sink == sink })
	if at < 0 {
		return Rule{}, false
	}
	return e.Rules[at], true
}

// standing is how far the escalation of a finding of a sink has come.
type standing struct {
	// At is when it began, Leg the number of the leg that was sent last.
	At  time.Time `json:"at"`
	Leg int       `json:"leg"`
}

// isBeyond reports whether an escalation has gone on without a leg: that is a copy, or what was begun anew has
// taken its place.
func (s standing) isBeyond(l leg) bool {
	return s.At.After(l.At) || s.At.Equal(l.At) && s.Leg > l.Number
}

// standingKey names it in the table. No finding's key begins with a slash.
func standingKey(sink, finding string) table.Key {
	return table.Key{Partition: "/escalation/" + sink, Sort: short(finding)}
}

// short returns a finding's key, or its hash where it is too long for a name in the table: a sort key has at most
// 1,024 bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
func short(key string) string {
	const most = 512
	if len(key) <= most {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
