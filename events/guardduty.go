package events

import (
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parseGuardDuty reads a GuardDuty finding:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
// Its members are written in camelCase on EventBridge and in PascalCase by SDKs and the command line.
func parseGuardDuty(e Envelope, d document, raw json.RawMessage) finding.Finding {
	d = unflatten(d)
	service := d.either("service", "finding") // "finding" in exports by older tools
	sequence := service.get("detection", "sequence")
	arn := d.text("arn", "findingArn")
	f := finding.Finding{
		ID:          firstOf(d.text("id", "findingId"), findingID(arn)),
		Source:      firstOf(e.Source, guardDutySource),
		Type:        d.text("type", "category", "findingType"),
		Title:       d.text("title"),
		Description: d.text("description"),
		Severity:    numericSeverity(d.get("severity")),
		Place: place(e, finding.Place{
			Account: finding.Account{ID: d.get("accountId").account()}, Region: d.text("region"), Partition: d.text("partition"),
		}, arn),
		Threats: guardDutyThreats(service),
		Origin:  origin(e, raw),
	}
	f.Sequence = readSequence(sequence, f.Place)
	f.Title = firstOf(f.Title, f.Type, e.DetailType, guardDutyType)
	f.Resource, f.Related = guardDutyResources(d.get("resource"), f.Sequence)
	f.Actor = guardDutyActor(d.get("resource"), service, f.Sequence)
	f.Action = guardDutyAction(service)
	f.Activity = guardDutyActivity(d, service, f.Sequence)
	f.Sample = isSample(d, service)
	return f
}

func guardDutyActivity(d, service document, sequence *finding.Sequence) finding.Activity {
	activity := finding.Activity{
		Count:     service.get("count").integer(),
		FirstSeen: service.get("eventFirstSeen").time(),
		LastSeen:  service.get("eventLastSeen").time(),
		Created:   d.get("createdAt").time(),
		Updated:   d.get("updatedAt").time(),
	}
	if service.get("archived").isTrue() || d.get("archived").isTrue() {
		activity.State = finding.Archived
	}
	first, last := sequenceBounds(sequence)
	if activity.FirstSeen.IsZero() {
		activity.FirstSeen = first
	}
	if activity.LastSeen.IsZero() {
		activity.LastSeen = last
	}
	return activity
}

// isSample reports whether the finding was generated to try things out. GuardDuty has said so in
// several ways over the years:
// https://docs.aws.amazon.com/guardduty/latest/ug/sample_findings.html
// A placeholder counts only where no attacker can choose the text: a real instance or access key is
// never called so.
func isSample(d, service document) bool {
	info := service.get("additionalInfo").decodeText()
	details := d.get("resource", "instanceDetails").text("instanceId")
	key := d.get("resource", "accessKeyDetails").text("accessKeyId")
	return info.get("sample").isTrue() ||
		info.get("value").decodeText().get("sample").isTrue() ||
		d.get("sample").isTrue() ||
		isSampleTitle(d.text("title")) ||
		details == "i-99999999" || strings.HasPrefix(details, "GeneratedFinding") ||
		strings.HasPrefix(key, "GeneratedFinding")
}

func isSampleTitle(title string) bool {
	const mark = "[SAMPLE]"
	title = strings.TrimSpace(title)
	return len(title) >= len(mark) && strings.EqualFold(title[:len(mark)], mark)
}

// numericSeverity reads a severity that is a number, a text such as "5.0", or the word that people put in
// its place.
func numericSeverity(d document) finding.Severity {
	value, ok := d.number()
	if !ok {
		return severityWord(d.text())
	}
	return finding.NewSeverity(value)
}

// findingID gives the id at the end of a finding's ARN.
func findingID(arn string) string {
	_, id, _ := strings.Cut(arn, "/finding/")
	return id
}
