package json

import (
	"cmp"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Word is what Tocsin says of itself, for programs: names and values, and no sentences.
type Word struct {
	// Name is what is said, such as "sink_dead".
	Name string `json:"name"`
	// ID is the same whenever the same is said, About for all that is said about one thing.
	ID    string `json:"id"`
	About string `json:"about"`
	// Severity is how bad it is; missing where nobody is to be worried.
	Severity float64 `json:"severity,omitempty"`
	// Over says that it ends what was said before about the same.
	Over bool `json:"over,omitempty"`
	// Values are what it states, by name; times are in RFC 3339.
	Values map[string]string `json:"values,omitempty"`
	// Counts are how many there were of each value of a trait, by the trait.
	Counts map[string]map[string]int `json:"counts,omitempty"`
}

// wordOf returns the word of a notification, or nil where it has none.
func wordOf(n notify.Notification) *Word {
	w := n.Word
	if !w.IsSaid() {
		return nil
	}
	word := &Word{
		Name: w.Name, ID: w.ID, About: cmp.Or(w.About, w.ID), Over: w.IsOver, Severity: float64(max(w.Severity, 0)),
		Values: map[string]string{}, Counts: map[string]map[string]int{},
	}
	for _, v := range w.Values {
		word.Values[v.Name] = cmp.Or(v.Person.String(), v.Text)
		if !v.Time.IsZero() {
			word.Values[v.Name] = v.Time.UTC().Format(time.RFC3339)
		}
	}
	for _, tally := range w.Tallies {
		word.Counts[tally.Name] = map[string]int{}
		for _, c := range tally.Counts {
			word.Counts[tally.Name][c.Value] += c.N
		}
	}
	return word
}

// least returns what names a word.
func (w *Word) least() *Word {
	if w == nil {
		return nil
	}
	return &Word{Name: w.Name, ID: w.ID, About: w.About}
}

// shorter returns a word without its counts, then without its values; nil at last.
func (w *Word) shorter() *Word {
	small := *w
	switch {
	case len(w.Counts) > 0:
		small.Counts = nil
	case len(w.Values) > 0:
		small.Values = nil
	default:
		return nil
	}
	return &small
}
