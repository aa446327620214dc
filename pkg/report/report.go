// Package report says what became of a payload: in the log, in metrics and in the answer to Lambda.
package report

import (
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
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
	// LedgerUnavailable counts the pairs for which the ledger could not be asked, HidingFailed the unfinished records
	// that could not be kept hidden in their queue. Both do no harm but should not happen.
	LedgerUnavailable, HidingFailed int
}

// Record is what became of one record: an event, or one message of a batch.
type Record struct {
	// Message is the id of the message that held the event; empty when it came directly.
	Message string
	// Err says why the record holds no event; Findings is then empty.
	Err error
	// Findings are the findings of the event.
	Findings []Finding
	// Digest is set for a record that asks for a digest to be told.
	Digest *Digest
	// IsDeadLetter says that a record without an event is in the dead-letter queue.
	IsDeadLetter bool
}

// Digest is what became of a digest that was to be told.
type Digest struct {
	// ID is that of the digest.
	ID string
	// Sink is the index of the instance.
	Sink int
	// Findings is how many findings it holds.
	Findings int
	Result   delivery.Result
}

// Finding is what became of one finding.
type Finding struct {
	Finding finding.Finding
	// Decisions and Results hold one entry for each sink.
	Decisions []router.Decision
	Results   []delivery.Result
}

// Count gives how many findings came to an outcome at the sink with the given index.
func (r Report) Count(sink int, outcome delivery.Outcome) int {
	count := 0
	for f := range r.findings {
		if f.Results[sink].Outcome == outcome {
			count++
		}
	}
	return count
}

// Findings gives the number of findings in the payload.
func (r Report) Findings() int {
	count := 0
	for range r.findings {
		count++
	}
	return count
}

// Unreadable gives the number of records that hold no event.
func (r Report) Unreadable() int {
	count := 0
	for _, record := range r.Records {
		if record.Err != nil {
			count++
		}
	}
	return count
}

// conditionErrors gives the number of pairs for which a condition could not be decided.
func (r Report) conditionErrors() int {
	count := 0
	for f := range r.findings {
		for _, decision := range f.Decisions {
			if decision.Err != nil {
				count++
			}
		}
	}
	return count
}

// mutes counts the pairs that each mute has held back, by its name.
func (r Report) mutes() map[string]int {
	counts := map[string]int{}
	for f := range r.findings {
		for i, decision := range f.Decisions {
			if f.Results[i].Outcome == delivery.Muted {
				counts[decision.Rule]++
			}
		}
	}
	return counts
}

// Digests counts the digests that came to an outcome at the sink with the given index.
func (r Report) Digests(sink int, outcome delivery.Outcome) int {
	count := 0
	for _, record := range r.Records {
		if d := record.Digest; d != nil && d.Sink == sink && d.Result.Outcome == outcome {
			count++
		}
	}
	return count
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

func (r Report) findings(yield func(*Finding) bool) {
	for i := range r.Records {
		for j := range r.Records[i].Findings {
			if !yield(&r.Records[i].Findings[j]) {
				return
			}
		}
	}
}

// unfinished gives one line for each thing in the record that is still to be done.
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
