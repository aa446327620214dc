package generic

import (
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readState reads whether the finding has come to its end at its source, and how.
func readState(d lenient.Document) finding.State {
	if d.At("archived", "isArchived").IsTrue() {
		return finding.Archived
	}
	for _, path := range []string{
		"recordState", "workflow.status", "compliance.status", "status", "state.value", "state",
		"newEvaluationResult.complianceType", "complianceType", "scanResultDetails.scanResultStatus", "scanResultStatus",
	} {
		if state := stateWord(d.Pick(path)); state.Over() {
			return state
		}
	}
	return finding.Open
}

// stateWord returns the state that a word stands for. A word that AWS services use for something
// else too, such as COMPLETED or SUCCESS, stands for none.
func stateWord(word string) finding.State {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "archived":
		return finding.Archived
	case "resolved", "remediated", "fixed":
		return finding.Resolved
	case "suppressed", "dismissed":
		return finding.Suppressed
	case "closed":
		return finding.Closed
	case "passed", "compliant", "no_threats_found":
		return finding.Passed
	case "ok":
		return finding.OK
	}
	return finding.Open
}

// severityOf returns the severity that an event states. Good news is of the lowest unless it states
// another one; an event that states none has none by design.
func severityOf(e source.Envelope, d lenient.Document, state finding.State) finding.Severity {
	switch {
	case !d.Get("severity").IsNull(), !d.Get("severity_id").IsNull():
		return readSeverity(d)
	case state.Over(), isSchedule(e):
		return finding.Lowest
	default:
		return finding.Unstated
	}
}

// isSchedule reports whether an event says that a time has come, and no more:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
func isSchedule(e source.Envelope) bool {
	return e.Source == "aws.events" && e.DetailType == "Scheduled Event"
}
