// Package delivery takes pairs of a message and a sink to exactly one outcome each: it claims a
// pair in the ledger, sends to the sink, and settles what came of it. A sink that fails, panics or
// hangs harms nobody but itself. Retries live here and nowhere else.
package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Target is a sink that findings are delivered to.
type Target struct {
	Name        string // that of the instance
	Sink        notify.Notifier
	Concurrency int           // how many messages may be under way to the sink at once; at least 1
	Rate        float64       // how many messages a second the sink takes; 0 means no limit
	Repeat      ledger.Repeat // when a finding that was sent is sent again
	// DigestAfter is how many messages a minute are sent one by one; of what comes beyond, all but
	// urgent findings are put into a digest. 0 means that nothing is.
	DigestAfter int
	// Before is called when a message about a finding is about to be sent, before the first attempt of each
	// delivery; nil stands for nobody. What fails there keeps no message back.
	Before func(ctx context.Context, t Telling)
}

// Telling is what a target is about to be told of a finding.
type Telling struct {
	// Finding is not changed.
	Finding *finding.Finding
	// Last is what the target was told of it before; nil for nothing, or no more than a line of a digest.
	Last *ledger.Message
}

// Message is what is to be sent, and what it is about. It is the same for all targets, and stays as
// it is until the delivery is over.
type Message struct {
	Subject ledger.Subject // what the ledger knows of it
	// Notification is what sinks send. For a finding, the ledger says whether it is an update.
	Notification notify.Notification
	Event        json.RawMessage // what a dead letter holds

	parts []*Message // further parts of the same version that are joined into it
}

// FindingMessage returns the message for a finding.
func FindingMessage(f *finding.Finding) *Message {
	return &Message{
		Subject: ledger.SubjectOf(f), Event: f.Event,
		Notification: notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{*f}},
	}
}

// DigestMessage returns the message that sends a digest, for which the flush record asks; event is
// that record. The findings are the worst first.
func DigestMessage(f digest.Flush, findings []finding.Finding, event json.RawMessage) *Message {
	return &Message{
		Subject: ledger.Subject{Key: f.Key(), Version: f.Version(), Severity: findings[0].Severity}, Event: event,
		Notification: notify.Notification{Kind: notify.KindDigest, Findings: findings},
	}
}

// WordMessage returns the message that says a word of Tocsin itself; event is what asked for it, and what
// a dead letter holds. A sink is told each word once: the ledger knows it by its ID.
//
// A notice about one finding tells the sink of that finding: the ledger knows it as told, so that the sink is sent
// what becomes of it, above all its end. It is said whatever the sink was told before.
func WordMessage(n notify.Notification, event json.RawMessage) *Message {
	if n.Kind == notify.KindNotice && len(n.Findings) == 1 {
		subject := ledger.SubjectOf(&n.Findings[0])
		subject.IsAsked, subject.IsNotice, subject.Parts = true, true, []string{n.Word.ID}
		return &Message{Subject: subject, Notification: n, Event: event}
	}
	word := finding.Finding{Source: "tocsin", ID: n.Word.ID}
	sum := sha256.Sum256([]byte(n.Word.ID))
	return &Message{
		Subject: ledger.Subject{
			Key: word.Key(), Version: finding.Version{Content: hex.EncodeToString(sum[:])}, Severity: cmp.Or(n.Word.Severity, finding.Lowest),
		},
		Notification: n, Event: event,
	}
}

// Pair is one message for one target.
type Pair struct {
	Message *Message
	Target  int  // the index of the target in the list that the Engine was made with
	Replay  bool // sends the pair although it was dead: somebody has mended what was broken
}

// Invocation is what a delivery belongs to.
type Invocation struct {
	ID string // leases belong to it
	// Announce makes sure that a digest is flushed some time later, see digest.GatherRequest.
	// Without it nothing is put into digests.
	Announce func(context.Context, digest.Flush) error
}

// Letter is what is written to the dead-letter queue about a pair that can never succeed.
type Letter struct {
	Key      string          // names what the message is about
	Event    json.RawMessage // what it was made from
	Sink     string          // the instance's name
	Reason   string          // why it cannot be sent, without any secret
	Kind     notify.ErrorKind
	Attempts int
}

// DeadLetters takes dead letters. Send returns nil only when the letter is safe.
type DeadLetters interface {
	Send(ctx context.Context, letter Letter) error
}

// Options say with what an Engine works. All may be left out.
type Options struct {
	Ledger      *ledger.Ledger  // remembers what was sent; nil sends every pair
	Digests     *digest.Digests // where messages go that are too many for a sink; without them all are sent
	DeadLetters DeadLetters     // without them a dead pair stays unfinished
	Limits      Limits
	DigestEvery time.Duration // how long after its first finding a digest is sent
	Clock       Clock         // nil stands for the real one
	// Taken returns who has taken the finding of a key on. It is asked when an update or the end is about to be
	// sent, and is to answer soon; nil stands for nobody.
	Taken func(ctx context.Context, key string) (notify.Taken, error)
	// Forget lets nobody have a finding any more that is open again, and that the one of taken had taken on before
	// it was over. It is required with Taken.
	Forget func(ctx context.Context, key string, taken notify.Taken) error
}

// Limits bound the time that a delivery takes.
type Limits struct {
	Attempt time.Duration // the longest that one attempt may take
	Margin  time.Duration // kept free before the deadline, for writing down what has happened and for the answer
	Retries time.Duration // the longest that one pair is tried again in one invocation, waits included
}

// Engine delivers to a fixed list of targets. It is safe for concurrent use and keeps nothing about
// a target from one call of Deliver to the next.
type Engine struct {
	targets []Target
	options Options
}

// New returns an engine for the targets.
func New(targets []Target, options Options) *Engine {
	if options.Limits == (Limits{}) { // for a Lambda with a timeout of 30 s: a sink that hangs leaves room for others
		options.Limits = Limits{Attempt: 8 * time.Second, Margin: 500 * time.Millisecond, Retries: 3 * time.Second}
	}
	if options.Clock == nil {
		options.Clock = wall{}
	}
	return &Engine{targets: targets, options: options}
}

// Report is what came of one call of Deliver.
type Report struct {
	Results           []Result // in the order of the pairs
	LedgerUnavailable int      // the pairs that were sent, or could not be settled, without the ledger
	LedgerErr         error    // one of the reasons for that; nil when there is none
	// Calls are those of each target, in the order of the targets: one message, or an attempt at it.
	Calls [][]Call
}

// Call is one call of a sink.
type Call struct {
	Took   time.Duration
	Failed notify.Reason // why it failed; "" where the sink accepted
}

// Deliver takes every pair to its outcome.
//
// Targets work side by side; within a target the worst severity goes first. Of several pairs of one
// finding and target the newest version is sent once, as the road tells it that knows most, with
// all its parts; the others take its outcome. Deliver returns before the deadline of ctx less the
// margin, or half of what is left when that is little: what could not be done by then is handed back
// as Retry.
func (e *Engine) Deliver(ctx context.Context, in Invocation, pairs []Pair) Report {
	now := e.options.Clock.Now()
	end, isBounded := ctx.Deadline() // whoever holds the lease is gone by then for certain
	if !isBounded {
		end = now.Add(time.Minute)
	}
	// What has happened is written down in the first three quarters of the margin, and the answer
	// is given in its last.
	margin := min(e.options.Limits.Margin, end.Sub(now)/2)
	settling, stop := context.WithDeadline(context.WithoutCancel(ctx), end.Add(-margin/4))
	defer stop()
	ctx, cancel := context.WithDeadline(ctx, end.Add(-margin))
	defer cancel()

	report := Report{Results: make([]Result, len(pairs))}
	runs := make([]*sinkRun, len(e.targets))
	groups := make([][]*group, len(e.targets))
	shared := newShared(e.options)
	for i := range e.targets {
		runs[i] = &sinkRun{
			Options: e.options, target: e.targets[i], limiter: newLimiter(e.targets[i].Rate, e.options.Clock),
			lease: ledger.Lease{Owner: in.ID, Until: end}, settling: settling, announce: in.Announce, shared: shared,
			hasNewSecret: sync.OnceValue(func() bool { return hasNewSecret(ctx, e.targets[i].Sink) }),
		}
		groups[i] = grouped(pairs, i)
		shared.expect(runs[i], groups[i])
	}
	var others sync.WaitGroup
	var last func()
	for i := range e.targets {
		if len(groups[i]) > 0 {
			if last != nil {
				others.Go(last)
			}
			last = func() { runs[i].all(ctx, groups[i], report.Results) }
		}
	}
	if last != nil {
		last() // a goroutine more would grow a stack of its own
	}
	others.Wait()
	if err := shared.settle(settling); err != nil {
		report.LedgerUnavailable++
		report.LedgerErr = err
	}
	report.Calls = make([][]Call, len(runs))
	for i, run := range runs {
		report.Calls[i] = run.taken()
		report.LedgerUnavailable += int(run.unavailable.Load())
		if err := run.ledgerErr.Load(); err != nil {
			report.LedgerErr = *err
		}
	}
	return report
}
