// Package generic reads findings of any source that has no folder of its own, and knows what there
// is to be known of AWS's other products until they have one.
package generic

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a finding of a source that nobody has written a parser for, by the names that AWS
// services and the common formats (ASFF, OCSF) have for the same things. The title at least says
// what sort of event it is.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	arn := findARN(d)
	f := finding.Finding{
		ID: d.Pick("findingArn", "finding_info.uid", "id", "findingId", "alert-arn", "eventArn",
			"s3ObjectDetails.scanId", "scanId", "alarmArn", "anomalyId"),
		Source: cmp.Or(e.Source, "unknown"),
		Type: d.Pick("types", "finding_info.types", "type", "eventTypeCode", "findingType",
			"category", "messageType", "eventName"),
		Title: d.Pick("title", "finding_info.title", "name", "alarmName", "configRuleName",
			"eventTypeCode", "trigger.description", "check-name", "subject"),
		Description: lenient.Lines(description(d)),
		Place:       e.Place(readPlace(d), arn),
		Activity:    readActivity(d),
		Origin:      e.Origin(raw),
	}
	f.ID = cmp.Or(f.ID, happening(d), arn, thing(e, d), e.ID)
	f.Severity = severityOf(e, d, f.State)
	f.Title = title(cmp.Or(e.DetailType, f.Type, e.Source, "Event"), f.Title)
	f.Type = cmp.Or(f.Type, e.DetailType)
	f.Resource, f.Related = readResources(e, d)
	f.Actor = readActor(d)
	f.Facts = readFacts(d, f.Description)
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(nil, arn), f.ID)
	return f
}

func readPlace(d lenient.Document) finding.Place {
	account := d.At("accountId", "awsAccountId", "cloud.account.uid", "configurationItem.awsAccountId")
	return finding.Place{
		Account:   finding.Account{ID: account.Account()},
		Region:    d.Pick("region", "cloud.region", "awsRegion", "configurationItem.awsRegion"),
		Partition: d.Pick("partition", "cloud.cloud_partition"),
	}
}

// thing names what an event without an id is about, where one event of it follows another: a rule
// and the resource that it is held against, a scanned object, an alarm, a schedule. Other events
// are happenings of their own, which are told one by one: for them it is empty.
func thing(e source.Envelope, d lenient.Document) string {
	rule, resource := d.Pick("configRuleName"), d.Pick("resourceId", "resourceArn")
	bucket, key := d.Pick("s3ObjectDetails.bucketName"), d.Pick("s3ObjectDetails.objectKey")
	switch {
	case rule != "" && resource != "":
		return rule + "/" + resource
	case bucket != "" && key != "":
		return bucket + "/" + key
	case len(e.Resources) > 0 && (d.Pick("alarmName") != "" || isSchedule(e)):
		return lenient.ARN(e.Resources[0])
	default:
		return ""
	}
}

// happening returns the id of a call. What other services write under that name is the number of a
// sort of events, such as RDS-EVENT-0049, which happen again and again.
func happening(d lenient.Document) string {
	if d.Text("eventName") == "" {
		return ""
	}
	return d.Text("eventID")
}

// title puts the sort of event before a title that does not say it: a name alone, such as that of
// an alarm, says nothing about what happened to it.
func title(kind, title string) string {
	switch {
	case title == "":
		return kind
	case strings.Contains(strings.TrimSpace(title), " "):
		return title
	default:
		return kind + ": " + title
	}
}

func description(d lenient.Document) string {
	if text := d.Pick("description", "finding_info.desc", "detailedDescription", "eventDescription.latestDescription",
		"state.reason", "trigger.description", "summary.Description", "message", "errorMessage", "findingDescription",
		"eventMessage"); text != "" {
		return text
	}
	// What the scans of malware protection and the health of its resources say.
	return lenient.JoinWords(
		d.Pick("scanResultDetails.scanResultStatus", "scanStatus", "resourceStatus", "status",
			"newEvaluationResult.complianceType", "state.value", "configurationItem.configurationItemStatus", "state",
			"lastStatus", "statusCode", "instance-action"),
		d.Pick("statusReasons.code", "issue", "reason", "configurationItemDiff.changeType", "statusMessage", "statusReason",
			"stoppedReason", "cause"))
}

func findARN(d lenient.Document) string {
	for _, path := range []string{
		"arn", "findingArn", "finding_info.uid", "eventArn", "alert-arn", "alarmArn", "id", "configurationItem.arn",
	} {
		if text := d.Pick(path); strings.HasPrefix(text, "arn:") {
			return text
		}
	}
	return ""
}

func readActivity(d lenient.Document) finding.Activity {
	return finding.Activity{
		Count: d.At("count", "finding_info.count").Integer(),
		FirstSeen: d.At("firstObservedAt", "finding_info.first_seen_time_dt", "finding_info.first_seen_time",
			"startTime").Time(),
		LastSeen: d.At("lastObservedAt", "finding_info.last_seen_time_dt", "finding_info.last_seen_time",
			"endTime").Time(),
		Created: d.At("createdAt", "finding_info.created_time_dt", "finding_info.created_time").Time(),
		Updated: d.At("updatedAt", "finding_info.modified_time_dt", "finding_info.modified_time",
			"lastUpdatedTime", "newEvaluationResult.resultRecordedTime", "state.timestamp", "eventTime", "completionDate",
			"date").Time(),
		Sample: d.At("sample").IsTrue(),
		State:  readState(d),
	}
}

// readSeverity reads a severity as a word or a number. The words are mapped to the middle of their
// band, so that they pass the thresholds that their names promise; a number up to 10 is on the
// common scale and a larger one, as well as what is called normalized, on Security Hub's of 100.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
func readSeverity(d lenient.Document) finding.Severity {
	severity := d.Get("severity")
	for _, path := range []string{"label", "description", "original", "name"} {
		if value := lenient.SeverityWord(severity.Text(path)); value != 0 {
			return value
		}
	}
	if value := cmp.Or(lenient.SeverityWord(severity.Text()), logLevel(severity.Text())); value != 0 {
		return value
	}
	if id, ok := d.Get("severity_id").Number(); ok {
		return ocsfSeverity(int(id))
	}
	score, ok := severity.Get("normalized").Number()
	if !ok {
		score, ok = severity.Get("score").Number()
	}
	if !ok {
		score, ok = severity.Number()
	}
	switch {
	case !ok:
		return 0
	case !severity.Get("normalized").Absent(), score > 10:
		return lenient.HundredSeverity(score)
	default:
		return finding.NewSeverity(score)
	}
}

// logLevel returns the severity of a level of logs, which services that are about no security write in
// that place: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
func logLevel(word string) finding.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "warn", "warning":
		return lenient.SeverityWord("low")
	case "error":
		return lenient.SeverityWord("medium")
	}
	return 0
}

// ocsfSeverity maps OCSF's severity_id: https://schema.ocsf.io (0 and 99 are unknown and other).
func ocsfSeverity(id int) finding.Severity {
	words := []string{"", "informational", "low", "medium", "high", "critical", "fatal"}
	if id < 0 || id >= len(words) {
		return 0
	}
	return lenient.SeverityWord(words[id])
}
