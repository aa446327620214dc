package health

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The words of AWS Health that decide how bad an event is.
const (
	categoryChange = "scheduledChange"
	categoryNotice = "accountNotification"
	serviceRisk    = "RISK"
	serviceAbuse   = "ABUSE"
	global         = "global" // in place of a region
	codeRisk       = "AWS_RISK_"
	codeAbuse      = "AWS_ABUSE_"
)

// The severities of its events, which state none: docs/sources/health.md gives the reasons.
const (
	exposed finding.Severity = 9 // credentials that strangers may have
	abuse   finding.Severity = 8
	issue   finding.Severity = 5 // and whatever AWS may invent beside these
	change  finding.Severity = 4
	notice  finding.Severity = 2
)

// The names of the facts, but for those that are keys of the event's metadata.
const (
	factCategory      = "category"
	factActionability = "actionability"
	factGlobal        = "global"
	factStatus        = "event_status"
	factExposedAt     = "exposed_at"
)

// maxMetadata bounds the facts that are made of the event's metadata, whose keys are free.
const maxMetadata = 20

// parse reads an event of AWS Health. The API writes arn and region for eventArn and eventRegion.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	arn, code := d.Text("eventArn", "arn"), d.Text("eventTypeCode")
	f := finding.Finding{
		ID:          cmp.Or(arn, e.ID),
		Source:      cmp.Or(e.Source, sourceName),
		Type:        cmp.Or(code, e.DetailType, detailType),
		Title:       title(code, d.Text("service")),
		Description: description(d),
		Severity:    grade(e, d),
		Place:       readPlace(e, d, arn),
		Activity:    readActivity(e, d),
		Origin:      e.Origin(raw),
	}
	f.Title = cmp.Or(f.Title, e.DetailType, detailType)
	f.Resource, f.Related = readResources(e, d, f.Place)
	f.Facts = readFacts(d)
	if isGlobal(d, arn) {
		f.Facts = f.Facts.With(factGlobal, "true")
	}
	if d.Get("totalPages").Integer() > 1 {
		f.Part = d.Text("page")
	}
	f.About.Aliases = lenient.AppendNew(nil, arn)
	return f
}

// readPlace reads whose event it is, and where. One that is global is in the region that AWS publishes
// those of its partition in, which is where Security Hub says that it is.
// https://docs.aws.amazon.com/health/latest/ug/choosing-a-region.html
func readPlace(e source.Envelope, d lenient.Document, arn string) finding.Place {
	place := e.Place(finding.Place{
		Account: finding.Account{ID: d.Get("affectedAccount").Account()}, Region: d.Text("eventRegion", "region"),
	}, arn)
	if !isGlobal(d, arn) {
		return place
	}
	switch place.Partition {
	case "aws":
		place.Region = "us-east-1"
	case "aws-cn":
		place.Region = "cn-north-1"
	case "aws-us-gov":
		place.Region = "us-gov-west-1"
	}
	return place
}

// isGlobal reports whether an event is about all regions of its partition.
func isGlobal(d lenient.Document, arn string) bool {
	return cmp.Or(d.Text("eventRegion", "region"), lenient.ParseARN(arn).Region) == global
}

// grade returns the severity that an event's code, service and category stand for.
func grade(e source.Envelope, d lenient.Document) finding.Severity {
	code, service, category := d.Text("eventTypeCode"), d.Text("service"), d.Text("eventTypeCategory")
	switch {
	case service == serviceRisk || strings.HasPrefix(code, codeRisk):
		return exposed
	case service == serviceAbuse || strings.HasPrefix(code, codeAbuse) || lenient.SameName(e.DetailType, detailAbuse):
		return abuse
	case category == categoryChange:
		return change
	case category == categoryNotice:
		return notice
	}
	return issue
}

// title says an event's code in words: "EC2: persistent instance retirement scheduled". Some of what
// AWS calls a service is none.
func title(code, service string) string {
	text := strings.TrimPrefix(code, "AWS_")
	if rest, isOwn := strings.CutPrefix(text, service+"_"); isOwn && service != "" {
		text = rest
	}
	text = strings.ToLower(strings.ReplaceAll(text, "_", " "))
	switch service {
	case serviceRisk:
		service = "Account at risk"
	case serviceAbuse:
		service = "Reported for abuse"
	case "BILLING":
		service = "Billing"
	case "SECURITY":
		service = "Security"
	case "ACCOUNT":
		service = "Account"
	}
	if service == "" || text == "" {
		return text + service
	}
	return service + ": " + text
}

// description returns what AWS says of an event, in English where it says it in several languages.
func description(d lenient.Document) string {
	descriptions := d.List("eventDescription")
	for _, description := range descriptions {
		if strings.HasPrefix(description.Text("language"), "en") {
			return lenient.Lines(description.Text("latestDescription"))
		}
	}
	for _, description := range descriptions {
		if text := description.Text("latestDescription"); text != "" {
			return lenient.Lines(text)
		}
	}
	return lenient.Lines(d.Text("latestDescription"))
}

// readActivity gives the times of an event the meaning that its category gives them: what is still
// to come is no sighting.
func readActivity(e source.Envelope, d lenient.Document) finding.Activity {
	a := finding.Activity{Updated: cmp.Or(d.Get("lastUpdatedTime").Time(), e.Time), Sample: d.Get("sample").IsTrue()}
	if strings.EqualFold(d.Text("statusCode"), "closed") {
		a.State = finding.Closed
	}
	starts, ends := d.Get("startTime").Time(), d.Get("endTime").Time()
	isAhead := func(t time.Time) bool { return !a.Updated.IsZero() && t.After(a.Updated) }
	switch category := d.Text("eventTypeCategory"); {
	case category == categoryChange:
		a.Planned = finding.Window{Starts: starts, Ends: ends}
		return a
	case isAhead(starts):
		a.Planned.Starts = starts
	case category == categoryNotice:
		a.Created = starts
	default:
		a.FirstSeen = starts
	}
	if isAhead(ends) || d.Text("eventTypeCategory") == categoryNotice {
		a.Planned.Ends = ends
	} else {
		a.LastSeen = ends
	}
	return a
}

// readFacts returns what else an event states: what is asked, and its metadata, whose keys
// are the service's own.
func readFacts(d lenient.Document) finding.Attributes {
	metadata := d.Get("eventMetadata")
	facts := finding.Attributes{}.
		With(factExposedAt, metadata.Text("exposedUrl")).
		With(factCategory, d.Text("eventTypeCategory")).
		With(factActionability, d.Text("actionability")).
		With(finding.AttrService, d.Text("service"))
	if status := d.Text("statusCode"); !strings.EqualFold(status, "open") && !strings.EqualFold(status, "closed") {
		facts = facts.With(factStatus, status)
	}
	told := []string{"exposedUrl", "publicKey", "userName", "accountId"}
	for i, m := range metadata.Each() {
		if i < maxMetadata && !slices.Contains(told, m.Name) {
			facts = facts.With(m.Name, m.Value.Text())
		}
	}
	return facts
}
