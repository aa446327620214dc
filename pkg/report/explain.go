package report

import (
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// Explanation says what becomes of one finding at one sink, and why.
type Explanation struct {
	Sink    string           `json:"sink"`
	Outcome delivery.Outcome `json:"outcome"`
	// Rule is the variable of the condition, or the name of the mute, that holds the finding back.
	Rule string `json:"rule,omitempty"`
	// Source is "table" for a mute that was made while Tocsin runs.
	Source string `json:"source,omitempty"`
	Reason string `json:"reason"`
	// Seen are the values that the condition or the mute saw.
	Seen []condition.Seen `json:"seen,omitempty"`
}

// Explain returns one explanation for each sink.
func (f Finding) Explain(sinks []string) []Explanation {
	all := make([]Explanation, len(sinks))
	for i, sink := range sinks {
		d, result := f.Decisions[i], f.Results[i]
		e := Explanation{Sink: sink, Outcome: result.Outcome, Rule: d.Rule, Source: d.From, Reason: d.Reason, Seen: d.Seen}
		switch {
		case result.Err != nil:
			e.Reason = result.Err.Error()
		case result.Why != "":
			e.Reason = result.Why + "; " + d.Reason
		}
		all[i] = e
	}
	return all
}
