package eventbridge

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// maxEntry is less than the 1 MB that EventBridge takes.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
	maxEntry = 1_048_575
	// maxTogetherBytes bounds the events of one call, for which EventBridge has the same limit.
	maxTogetherBytes = 1_000_000
	// maxDetail bounds a detail. Many a target of a rule takes 262,144 bytes, and what is larger would
	// be lost behind the bus: the event has a part of its own beside the detail, and the resources.
	maxDetail = 230_000
	// maxDetailType is in characters.
	maxDetailType = 128
)

// source is whom the events are from. Those that begin with "aws." are AWS's own.
const source = "tocsin"

// Event is an entry for PutEvents.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
type Event struct {
	Source       string
	DetailType   string
	Detail       string
	Resources    []string `json:",omitempty"`
	Time         int64    `json:",omitempty"` // in seconds since 1970
	EventBusName string
}

// size returns the size of an entry in bytes, as EventBridge counts.
func (e Event) size() int {
	size := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != 0 {
		size += 14
	}
	for _, resource := range e.Resources {
		size += len(resource)
	}
	return size
}

// eventOf returns the event for a notification; the minimal form has what an event cannot be without.
func eventOf(n notify.Notification, bus string) (Event, error) {
	detail, err := json.Document(n, maxDetail)
	if err != nil {
		return Event{}, err
	}
	event := Event{Source: source, DetailType: detailType(n.Kind), Detail: string(detail), EventBusName: bus}
	if !n.Minimal {
		event.Resources, event.Time = resourcesOf(n.Findings), timeOf(n.Findings)
	}
	return event, nil
}

// detailType returns what a rule can choose the kind of notification by.
func detailType(kind notify.Kind) string {
	switch kind {
	case notify.KindUpdate:
		return "Security Finding Update"
	case notify.KindResolved:
		return "Security Finding Resolved"
	case notify.KindDigest:
		return "Security Finding Digest"
	case notify.KindNotice:
		return "Tocsin Notice"
	case notify.KindHeartbeat:
		return "Tocsin Heartbeat"
	case notify.KindSummary:
		return "Tocsin Weekly Summary" // "Tocsin Summary" asks for one
	case notify.KindAction:
		return "Security Finding Action" // "Tocsin Action" asks for one
	case notify.KindFinding:
	}
	return "Security Finding"
}

// resourcesOf returns the ARNs of what the findings are about, the first ten.
func resourcesOf(findings []finding.Finding) []string {
	const most = 10
	var all []string
	for _, f := range findings {
		for _, r := range slices.Concat([]finding.Resource{f.Resource}, f.Related[:min(len(f.Related), most)]) {
			if len(all) < most && isARN(r.ARN) && !slices.Contains(all, r.ARN) {
				all = append(all, r.ARN)
			}
		}
	}
	return all
}

// isARN reports whether a text looks like an ARN, of no more characters than an ARN has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func isARN(text string) bool {
	const most = 2048
	isOther := func(r rune) bool { return r <= ' ' || r > '~' }
	return strings.HasPrefix(text, "arn:") && strings.Count(text, ":") >= 5 && len(text) <= most && !strings.ContainsFunc(text, isOther)
}

// timeOf returns the latest time at which one of the findings was changed, in seconds since 1970; 0
// for none, in whose place EventBridge puts that of the call.
func timeOf(findings []finding.Finding) int64 {
	const endOf9999 = 253_402_300_799
	var latest int64
	for _, f := range findings {
		if seconds := f.Updated.Unix(); seconds <= endOf9999 {
			latest = max(latest, seconds)
		}
	}
	return latest
}
