package finding

// State says whether a finding still calls for work, and otherwise how it came to its end. Zero is
// Open.
type State int

// The states. All but Open are an end.
const (
	// Open: the source holds the finding to be so, or says nothing of its state.
	Open State = iota
	// Archived: somebody, or a rule, has put it aside.
	Archived
	// Resolved: what it was about has been mended.
	Resolved
	// Closed: the work on it has ended, whatever its outcome.
	Closed
	// Suppressed: it is not to be heard of again.
	Suppressed
	// Passed: a check that had failed passes now.
	Passed
	// OK: what was in alarm is well again.
	OK
)

// Over reports whether the finding has come to its end.
func (s State) Over() bool { return s != Open }

// String returns the state in lower case, such as "open" or "archived".
func (s State) String() string {
	names := [...]string{
		Open: "open", Archived: "archived", Resolved: "resolved", Closed: "closed", Suppressed: "suppressed", Passed: "passed", OK: "ok",
	}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}
