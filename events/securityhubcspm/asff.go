package securityhubcspm

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a finding in ASFF:
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
// Its members are written in PascalCase wherever it comes from.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	if lenient.SameName(e.DetailType, insightResults) {
		return parseInsight(e, d, raw)
	}
	id, arn, product := names(d)
	fields := readFields(d.Get("ProductFields"))
	f := finding.Finding{
		ID: id, Source: cmp.Or(e.Source, sourceName), Type: readType(d),
		Title: d.Text("Title"), Description: lenient.Lines(d.Text("Description")), Severity: readSeverity(d),
		Place: e.Place(finding.Place{
			Account: finding.Account{ID: d.Get("AwsAccountId").Account()},
			Region:  cmp.Or(d.Text("Region"), lenient.ParseARN(arn).Region, lenient.ParseARN(product).Region, d.Get("Resources").Text("Region")),
		}, arn),
		Origin: e.Origin(raw),
	}
	f.Account.Name = d.Text("AwsAccountName")
	f.Title = cmp.Or(f.Title, f.Type, e.DetailType, imported)
	f.Activity = readActivity(e, d, fields)
	if f.State == finding.Passed {
		f.Severity = finding.Lowest
	}
	f.Resource, f.Related = readResources(d, f.Place)
	f.Sequence = readSequence(d.Get("Detection", "Sequence"))
	f.Actor = readActor(d, fields, f.Sequence)
	f.Action = readAction(d, fields)
	f.Threats = readThreats(d)
	f.Vulnerability = readVulnerability(d, fields)
	f.Check = readCheck(d)
	f.Remedy = readRemedy(d)
	f.Facts = readFacts(d)
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(nil, arn), id)
	if lenient.SameName(e.DetailType, customAction) {
		asked(&f, e)
	}
	return f
}

// readType returns the type that the product which has found it gives it, else the first of the
// taxonomy of ASFF.
func readType(d lenient.Document) string {
	types := d.Get("Types").Texts()
	types = append(types, d.Get("FindingProviderFields", "Types").Texts()...)
	for _, text := range types {
		if native := lenient.NativeType(text); native != "" {
			return native
		}
	}
	if len(types) == 0 {
		return d.Text("GeneratorId")
	}
	return types[0]
}

// readSeverity reads the label, else the score of 0 to 100, else what the product says by itself.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
func readSeverity(d lenient.Document) finding.Severity {
	for _, severity := range []lenient.Document{d.Get("Severity"), d.Get("FindingProviderFields", "Severity")} {
		if value := lenient.SeverityWord(severity.Text("Label")); value != 0 {
			return value
		}
		if score, ok := severity.Get("Normalized").Number(); ok {
			return lenient.HundredSeverity(score)
		}
		for _, name := range []string{"Original", "Product"} {
			if value := productSeverity(severity.Get(name)); value != 0 {
				return value
			}
		}
	}
	return 0
}

// productSeverity reads a severity on the product's own scale. Which one that is stands nowhere, so
// that a score up to 10 is taken to be out of 10: too urgent is better than not urgent enough.
func productSeverity(d lenient.Document) finding.Severity {
	score, ok := d.Number()
	switch {
	case !ok:
		return lenient.SeverityWord(d.Text())
	case score > 0 && score <= 10:
		return finding.NewSeverity(max(score, 1))
	default:
		return lenient.HundredSeverity(score)
	}
}

func readActivity(e source.Envelope, d lenient.Document, fields fields) finding.Activity {
	a := finding.Activity{
		Count:     fields.document("service.count").Integer(),
		FirstSeen: d.Get("FirstObservedAt").Time(),
		LastSeen:  d.Get("LastObservedAt").Time(),
		Created:   d.Get("CreatedAt").Time(),
		Updated:   d.Get("UpdatedAt").Time(),
		State:     readState(d),
		Sample:    isSample(d, fields),
	}
	for _, other := range []time.Time{d.Get("ProcessedAt").Time(), a.LastSeen, a.Created, e.Time} {
		if a.Updated.IsZero() {
			a.Updated = other
		}
	}
	return a
}

// isSample reports whether the finding was generated to try things out. A title counts only for the
// products of AWS, whose titles no attacker can choose.
func isSample(d lenient.Document, fields fields) bool {
	isAWS := strings.HasPrefix(lenient.ProductOf(d.Text("ProductArn")), "aws/")
	return d.Get("Sample").IsTrue() || fields.document("service.additionalInfo.sample").IsTrue() ||
		isAWS && strings.HasPrefix(strings.ToUpper(d.Text("Title")), "[SAMPLE]")
}

// readState reads whether the finding is over, the most telling reason first: what somebody has
// decided, what a check says, what somebody has done, what the product has withdrawn. NOTIFIED is
// open: it says that the owner of the resource knows. So are WARNING and NOT_AVAILABLE: the check
// has no result.
func readState(d lenient.Document) finding.State {
	workflow := strings.ToUpper(d.Get("Workflow").Text("Status"))
	switch {
	case workflow == "SUPPRESSED":
		return finding.Suppressed
	case strings.EqualFold(d.Get("Compliance").Text("Status"), "PASSED"):
		return finding.Passed
	case workflow == "RESOLVED":
		return finding.Resolved
	case strings.EqualFold(d.Text("RecordState"), "ARCHIVED"):
		return finding.Archived
	default:
		return finding.Open
	}
}
