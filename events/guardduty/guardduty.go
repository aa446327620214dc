package guardduty

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a GuardDuty finding:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
// Its members are written in camelCase on EventBridge, and in PascalCase by SDKs and the CLI.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	d = d.Unflatten("resource", "service")
	service := d.Get("service")
	if service.Absent() {
		service = d.Get("finding") // in exports by older tools
	}
	sequence, additional := service.Get("detection", "sequence"), additionalInfo(service)
	arn := d.Text("arn", "findingArn")
	f := finding.Finding{
		ID:          cmp.Or(d.Text("id", "findingId"), findingID(arn)),
		Source:      cmp.Or(e.Source, sourceName),
		Type:        d.Text("type", "category", "findingType"),
		Title:       d.Text("title"),
		Description: d.Text("description"),
		Severity:    numericSeverity(d.Get("severity")),
		Place: e.Place(finding.Place{
			Account: finding.Account{ID: d.Get("accountId").Account()}, Region: d.Text("region"), Partition: d.Text("partition"),
		}, arn),
		Threats: readThreats(service, additional),
		Origin:  e.Origin(raw),
	}
	f.Sequence = readSequence(sequence, f.Place)
	f.Title = cmp.Or(f.Title, d.Text("customDetectionRuleName"), f.Type, e.DetailType, detailType)
	f.Facts = readFacts(d, service, additional)
	f.Resource, f.Related = readResources(d.Get("resource"), f.Sequence)
	f.Actor = readActor(d.Get("resource"), service, additional, f.Sequence)
	f.Action = readAction(service)
	f.Activity = readActivity(d, service, f.Sequence)
	f.Sample = isSample(d, additional)
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(nil, arn), f.ID)
	return f
}

func readActivity(d, service lenient.Document, sequence *finding.Sequence) finding.Activity {
	first, last := sequenceBounds(sequence)
	activity := finding.Activity{
		Count:     service.Get("count").Integer(),
		FirstSeen: cmp.Or(service.Get("eventFirstSeen").Time(), first),
		LastSeen:  cmp.Or(service.Get("eventLastSeen").Time(), last),
		Created:   d.Get("createdAt").Time(),
		Updated:   d.Get("updatedAt").Time(),
	}
	if service.Get("archived").IsTrue() || d.Get("archived").IsTrue() {
		activity.State = finding.Archived
	}
	return activity
}

// isSample reports whether the finding was generated to try things out. GuardDuty has said so in
// several ways over the years:
// https://docs.aws.amazon.com/guardduty/latest/ug/sample_findings.html
// A placeholder counts only where no attacker can choose the text.
func isSample(d lenient.Document, additional []lenient.Document) bool {
	details := d.Get("resource", "instanceDetails").Text("instanceId")
	key := d.Get("resource", "accessKeyDetails").Text("accessKeyId")
	title := strings.TrimSpace(d.Text("title"))
	saysSo := func(info lenient.Document) bool { return info.Get("sample").IsTrue() }
	return slices.ContainsFunc(additional, saysSo) ||
		d.Get("sample").IsTrue() ||
		strings.EqualFold(title[:min(len(title), len("[SAMPLE]"))], "[SAMPLE]") ||
		details == "i-99999999" || strings.HasPrefix(details, "GeneratedFinding") ||
		strings.HasPrefix(key, "GeneratedFinding")
}

// numericSeverity reads a severity that is a number, a text such as "5.0", or a word in its place.
func numericSeverity(d lenient.Document) finding.Severity {
	value, ok := d.Number()
	if !ok {
		return lenient.SeverityWord(d.Text())
	}
	return finding.NewSeverity(value)
}

// findingID returns the id at the end of a finding's ARN.
func findingID(arn string) string {
	_, id, _ := strings.Cut(arn, "/finding/")
	return id
}
