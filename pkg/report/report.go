// Package report says what became of a payload: in the log, in metrics and in the answer to Lambda.
package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Report is what became of one payload.
type Report struct {
	// Sinks are the names of the instances; the results of each finding are in their order.
	Sinks []string
	// Records are the parts of the payload, in its order.
	Records []Record

	// IsBatch says that the payload was a batch of SQS, which is answered record by record.
	IsBatch bool
	// LedgerUnavailable counts the pairs for which the ledger could not be asked, and the reads of the
	// mutes in its table that failed; HidingFailed the unfinished records that could not be kept hidden
	// in their queue. Both do no harm.
	LedgerUnavailable, HidingFailed int
	// Said is what Tocsin said of itself because of the findings.
	Said []Said
	// Calls are those of each sink, in the order of the sinks; empty where nothing was delivered.
	Calls [][]delivery.Call
	// Invocation is the one that the payload came in.
	Invocation Invocation
}

// Record is what became of one record: an event, or one message of a batch.
type Record struct {
	// Message is the id of the message that held the event; empty when it came directly.
	Message string
	// Receives is how often the message was received, this time included; 0 when that is not stated.
	Receives int
	// Err says why the record holds no event; Findings is then empty.
	Err error
	// Findings are the findings of the event.
	Findings []Finding
	// Digest is set for a record that asks for a digest to be sent.
	Digest *Digest
	// Said is what a record asked Tocsin to say of itself, and Gauges are the numbers that it asked for.
	Said   []Said
	Gauges map[string]int
	// IsDeadLetter says that a record without an event is in the dead-letter queue.
	IsDeadLetter bool
}

// Digest is what became of a digest that was to be sent.
type Digest struct {
	// ID is that of the digest.
	ID string
	// Sink is the index of the instance.
	Sink int
	// Findings is how many findings it holds.
	Findings int
	// Since is the end of the invocation that opened it; zero where it waits in no queue.
	Since  time.Time
	Result delivery.Result
}

// Said is what became of a word of Tocsin itself. It is outside the balance of findings.
type Said struct {
	// Word is the name of the word, ID that of this one.
	Word, ID string
	// Sink is the index of the instance; -1 where nothing could be said at all.
	Sink   int
	Result delivery.Result
}

func (s Said) sink(sinks []string) string {
	if s.Sink < 0 {
		return "nobody"
	}
	return sinks[s.Sink]
}

func (d *Digest) wasSent() bool { return d.Result.IsSent() }

// notices counts what Tocsin has said of itself because of the findings.
func (r Report) notices() (n int) {
	for _, said := range r.Said {
		if said.Result.IsSent() {
			n++
		}
	}
	return n
}

// escalations counts the findings of which another sink was told, since nobody had taken them on; isAny says that
// there was one to be told of.
func (r Report) escalations() (n int, isAny bool) {
	for _, record := range r.Records {
		for _, said := range record.Said {
			if said.Word != WordEscalated {
				continue
			}
			isAny = true
			if said.Result.IsSent() {
				n++
			}
		}
	}
	return n, isAny
}

// Finding is what became of one finding.
type Finding struct {
	// Finding is the finding itself, as it was decided about and sent.
	Finding *finding.Finding
	// Decisions and Results hold one entry for each sink.
	Decisions []router.Decision
	Results   []delivery.Result
}

// Nobody reports whether no sink takes the finding: it is below each one's threshold, or does not
// match its condition. What is muted, or was sent before, would be taken.
func (f Finding) Nobody() bool {
	for _, result := range f.Results {
		if result.Outcome != delivery.Below && result.Outcome != delivery.Unmatched {
			return false
		}
	}
	return true
}

// Counts sum up reports of the same sinks.
type Counts struct {
	// Findings counts the findings, Unreadable the records that hold no event, ConditionErrors the
	// pairs for which a condition or a mute could not be decided.
	Findings, Unreadable, ConditionErrors int
	// Nobody counts the findings that no sink takes.
	Nobody int
	// Outcomes counts the findings that came to each outcome at a sink, by the sink's name.
	Outcomes map[string]map[delivery.Outcome]int
	// Digests counts the digests that were sent, by the sink's name.
	Digests map[string]int
	// Mutes counts the pairs that each mute has held back, by its name; TableMutes those of them that
	// a mute of the table has.
	Mutes, TableMutes map[string]int
}

// Add adds what is in a report.
func (c *Counts) Add(r Report) {
	if c.Outcomes == nil {
		c.Outcomes, c.Digests = map[string]map[delivery.Outcome]int{}, map[string]int{}
		c.Mutes, c.TableMutes = map[string]int{}, map[string]int{}
		for _, sink := range r.Sinks {
			c.Outcomes[sink] = map[delivery.Outcome]int{}
		}
	}
	for _, record := range r.Records {
		if record.Err != nil {
			c.Unreadable++
		}
		if d := record.Digest; d != nil && d.wasSent() {
			c.Digests[r.Sinks[d.Sink]]++
		}
		for _, f := range record.Findings {
			c.add(f, r.Sinks)
		}
	}
}

func (c *Counts) add(f Finding, sinks []string) {
	c.Findings++
	if f.Nobody() {
		c.Nobody++
	}
	for i, result := range f.Results {
		c.Outcomes[sinks[i]][result.Outcome]++
		if f.Decisions[i].Err != nil {
			c.ConditionErrors++
		}
		if result.Outcome == delivery.Muted {
			c.Mutes[f.Decisions[i].Rule]++
			if f.Decisions[i].From == mute.FromTable {
				c.TableMutes[f.Decisions[i].Rule]++
			}
		}
	}
}

// Err says which pairs are unfinished and which records unreadable; nil when there are none.
func (r Report) Err() error {
	var unfinished []string
	for _, record := range r.Records {
		unfinished = append(unfinished, record.unfinished(r.Sinks)...)
	}
	if len(unfinished) == 0 {
		return nil
	}
	return &UndeliveredError{Reasons: unfinished}
}

// unfinished returns one line for each thing in the record that is still to be done.
func (r Record) unfinished(sinks []string) []string {
	if r.IsDeadLetter {
		return nil
	}
	if r.Err != nil && r.Message != "" {
		return []string{fmt.Sprintf("record %s: %v", r.Message, r.Err)}
	}
	if r.Err != nil {
		return []string{r.Err.Error()}
	}
	var lines []string
	if d := r.Digest; d != nil && !d.Result.Finished() {
		lines = append(lines, fmt.Sprintf("%s: digest: %s: %v", sinks[d.Sink], d.Result.Outcome, d.Result.Err))
	}
	for _, said := range r.Said {
		if !said.Result.Finished() {
			lines = append(lines, fmt.Sprintf("%s: %s: %s: %v", said.sink(sinks), said.Word, said.Result.Outcome, said.Result.Err))
		}
	}
	for _, f := range r.Findings {
		for sink, result := range f.Results {
			if !result.Finished() {
				lines = append(lines, fmt.Sprintf("%s: %s: %v", sinks[sink], result.Outcome, result.Err))
			}
		}
	}
	return lines
}

// UndeliveredError says that something in the payload is not finished, so that whoever handed it
// over keeps it and tries again.
type UndeliveredError struct {
	// Reasons has one line for each unfinished pair or unreadable record.
	Reasons []string
}

// Error lists the first few reasons.
func (e *UndeliveredError) Error() string {
	const most = 5
	shown := e.Reasons[:min(len(e.Reasons), most)]
	text := "not delivered: " + strings.Join(shown, "; ")
	if more := len(e.Reasons) - len(shown); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
