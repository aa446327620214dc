package events

import (
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parseGeneric reads a finding of a source that nobody has written a parser for, by the names that AWS
// services and the common formats (ASFF, OCSF) have for the same things. Whatever it cannot tell, the
// title at least says what sort of event it is.
func parseGeneric(e Envelope, d document, raw json.RawMessage) finding.Finding {
	arn := genericARN(d)
	f := finding.Finding{
		ID: d.pick("findingArn", "finding_info.uid", "id", "findingId", "alert-arn", "eventArn",
			"s3ObjectDetails.scanId", "scanId", "alarmArn"),
		Source: firstOf(e.Source, "unknown"),
		Type: d.pick("types", "finding_info.types", "type", "eventTypeCode", "findingType",
			"category", "messageType", "eventName"),
		Title: d.pick("title", "finding_info.title", "name", "alarmName", "configRuleName",
			"eventTypeCode", "trigger.description"),
		Description: genericDescription(d),
		Severity:    genericSeverity(d),
		Place:       place(e, genericPlace(d), arn),
		Activity:    genericActivity(d),
		Origin:      origin(e, raw),
	}
	f.ID = firstOf(f.ID, arn, e.ID)
	f.Type = firstOf(f.Type, e.DetailType)
	f.Title = genericTitle(e, f.Title)
	f.Resource, f.Related = genericResources(e, d)
	f.Actor = genericActor(d)
	return f
}

func genericPlace(d document) finding.Place {
	account := d.at("accountId", "awsAccountId", "cloud.account.uid", "configurationItem.awsAccountId")
	return finding.Place{
		Account:   finding.Account{ID: account.account()},
		Region:    d.pick("region", "cloud.region", "awsRegion", "configurationItem.awsRegion"),
		Partition: d.pick("partition", "cloud.cloud_partition"),
	}
}

// at gives the first of the members that is there; a path has dots.
func (d document) at(paths ...string) document {
	for _, path := range paths {
		if member := d.get(strings.Split(path, ".")...); !member.absent() {
			return member
		}
	}
	return document{}
}

// pick gives the first text that stands at one of the paths.
func (d document) pick(paths ...string) string {
	for _, path := range paths {
		if text := d.get(strings.Split(path, ".")...).text(); text != "" {
			return text
		}
	}
	return ""
}

// genericTitle puts the sort of event before a title that does not tell it: a name alone, such as that
// of an alarm, says nothing about what happened to it.
func genericTitle(e Envelope, title string) string {
	kind := firstOf(e.DetailType, e.Source, "Event")
	switch {
	case title == "":
		return kind
	case strings.Contains(strings.TrimSpace(title), " "):
		return title
	default:
		return kind + ": " + title
	}
}

func genericDescription(d document) string {
	if text := d.pick("description", "finding_info.desc", "detailedDescription", "eventDescription.latestDescription",
		"state.reason", "trigger.description", "summary.Description", "message", "errorMessage"); text != "" {
		return text
	}
	// What the scans of malware protection and the health of its resources say.
	return joinWords(
		d.pick("scanResultDetails.scanResultStatus", "scanStatus", "resourceStatus", "status",
			"newEvaluationResult.complianceType", "state.value", "configurationItem.configurationItemStatus"),
		d.pick("statusReasons.code", "issue", "reason", "configurationItemDiff.changeType"))
}

func genericARN(d document) string {
	for _, path := range []string{
		"arn", "findingArn", "finding_info.uid", "eventArn", "alert-arn", "alarmArn", "id", "configurationItem.arn",
	} {
		if text := d.get(strings.Split(path, ".")...).text(); strings.HasPrefix(text, "arn:") {
			return text
		}
	}
	return ""
}

func genericActivity(d document) finding.Activity {
	return finding.Activity{
		Count: d.at("count", "finding_info.count").integer(),
		FirstSeen: d.at("firstObservedAt", "finding_info.first_seen_time_dt", "finding_info.first_seen_time",
			"startTime").time(),
		LastSeen: d.at("lastObservedAt", "finding_info.last_seen_time_dt", "finding_info.last_seen_time",
			"endTime").time(),
		Created: d.at("createdAt", "finding_info.created_time_dt", "finding_info.created_time").time(),
		Updated: d.at("updatedAt", "finding_info.modified_time_dt", "finding_info.modified_time",
			"lastUpdatedTime").time(),
		Sample: d.at("sample").isTrue(),
		State:  genericState(d),
	}
}

// genericState reads whether somebody has archived, resolved or closed the finding at its source.
func genericState(d document) finding.State {
	if d.at("archived", "isArchived").isTrue() {
		return finding.Archived
	}
	for _, path := range []string{"recordState", "workflow.status", "status"} {
		switch strings.ToLower(d.get(strings.Split(path, ".")...).text()) {
		case "archived":
			return finding.Archived
		case "resolved":
			return finding.Resolved
		case "suppressed":
			return finding.Suppressed
		case "closed":
			return finding.Closed
		}
	}
	return finding.Open
}

// genericSeverity reads a severity as a word or a number. The words are mapped to the middle of their
// band, so that they pass the thresholds that their names promise; a number up to 10 is on GuardDuty's
// scale and a larger one, as well as what is called normalized, on Security Hub's of 100.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
func genericSeverity(d document) finding.Severity {
	severity := d.get("severity")
	for _, path := range []string{"label", "description", "original", "name"} {
		if value := severityWord(severity.text(path)); value != 0 {
			return value
		}
	}
	if value := severityWord(severity.text()); value != 0 {
		return value
	}
	if id, ok := d.get("severity_id").number(); ok {
		return ocsfSeverity(int(id))
	}
	score, ok := severity.get("normalized").number()
	if !ok {
		score, ok = severity.get("score").number()
	}
	if !ok {
		score, ok = severity.number()
	}
	switch {
	case !ok:
		return 0
	case !severity.get("normalized").absent(), score > 10:
		return normalizedSeverity(score)
	default:
		return finding.NewSeverity(score)
	}
}

func severityWord(word string) finding.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "informational", "info", "none", "minimal":
		return finding.NewSeverity(1)
	case "low":
		return finding.NewSeverity(2)
	case "medium", "moderate":
		return finding.NewSeverity(5)
	case "high":
		return finding.NewSeverity(8)
	case "critical", "fatal":
		return finding.NewSeverity(9.5)
	}
	return 0
}

// ocsfSeverity maps OCSF's severity_id: https://schema.ocsf.io (0 and 99 are unknown and other).
func ocsfSeverity(id int) finding.Severity {
	words := []string{"", "informational", "low", "medium", "high", "critical", "fatal"}
	if id < 0 || id >= len(words) {
		return 0
	}
	return severityWord(words[id])
}

// normalizedSeverity maps Security Hub's scale of 0 to 100 by its own bands.
func normalizedSeverity(score float64) finding.Severity {
	switch {
	case score < 0 || score > 100:
		return 0
	case score < 1:
		return severityWord("informational")
	case score < 40:
		return severityWord("low")
	case score < 70:
		return severityWord("medium")
	case score < 90:
		return severityWord("high")
	default:
		return severityWord("critical")
	}
}
