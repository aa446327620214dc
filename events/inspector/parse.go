package inspector

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads an event of Inspector. The shape of a finding is that of the API:
// https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	if !isFinding(e, d) {
		return parseNotice(e, d, raw)
	}
	arn := d.Text("findingArn")
	f := finding.Finding{
		ID:          cmp.Or(arn, d.Text("id")),
		Source:      sourceOf(e),
		Type:        cmp.Or(d.Text("type"), e.DetailType),
		Title:       d.Text("title"),
		Description: d.Text("description"),
		Severity:    readSeverity(d.Get("severity")),
		Activity:    readActivity(d),
		Origin:      e.Origin(raw),
	}
	f.Title = cmp.Or(f.Title, f.Type, e.DetailType, findingType)
	f.Place = readPlace(e, d, arn)
	f.Resource, f.Related = readResources(e, d)
	f.Matter = readMatter(d)
	if remote := first(d.List("resources")); isElsewhere(remote) {
		f.Facts = f.Facts.With("watched_by", e.Place(finding.Place{Account: finding.Account{ID: d.Get("awsAccountId").Account()}}, arn).Account.ID)
	}
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(nil, arn), f.ID)
	return f
}

// sourceOf returns the name that all of Inspector's events go by. What somebody sent again under a
// name of his own keeps that.
func sourceOf(e source.Envelope) string {
	if e.Source == "" || strings.EqualFold(e.Source, onDemandName) {
		return sourceName
	}
	return e.Source
}

// readSeverity reads a word, or a number that an exporter has put in its place.
func readSeverity(d lenient.Document) finding.Severity {
	if value, ok := d.Number(); ok {
		return finding.NewSeverity(value)
	}
	return lenient.SeverityWord(d.Text())
}

func readActivity(d lenient.Document) finding.Activity {
	a := finding.Activity{
		FirstSeen: d.Get("firstObservedAt").Time(), LastSeen: d.Get("lastObservedAt").Time(),
		Updated: d.Get("updatedAt").Time(), State: readState(d.Text("status")),
		Sample: d.Get("sample").IsTrue(),
	}
	a.Updated = cmp.Or(a.Updated, a.LastSeen)
	return a
}

// readState reads a status: ACTIVE, SUPPRESSED or CLOSED.
func readState(status string) finding.State {
	switch strings.ToUpper(strings.TrimSpace(status)) {
	case "SUPPRESSED":
		return finding.Suppressed
	case "CLOSED":
		return finding.Closed
	}
	return finding.Open
}

// readPlace reads where the finding is. Of a resource of another cloud that is the account and
// region there, in no partition of AWS.
func readPlace(e source.Envelope, d lenient.Document, arn string) finding.Place {
	resource := first(d.List("resources"))
	if isElsewhere(resource) {
		return finding.Place{
			Account: finding.Account{ID: cmp.Or(resource.Text("providerAccountId"), d.Get("awsAccountId").Account())},
			Region:  resource.Text("region"),
		}
	}
	name := lenient.ParseARN(arn)
	return e.Place(finding.Place{
		Account:   finding.Account{ID: cmp.Or(d.Get("awsAccountId").Account(), name.AccountID, resource.Get("providerAccountId").Account())},
		Region:    cmp.Or(name.Region, resource.Text("region")),
		Partition: cmp.Or(name.Partition, resource.Text("partition")),
	}, arn)
}

// isElsewhere reports whether something is in a cloud that is not AWS.
func isElsewhere(d lenient.Document) bool {
	provider := d.Text("provider")
	return provider != "" && !strings.EqualFold(provider, "AWS")
}

// first returns the first of the documents, or the zero document.
func first(documents []lenient.Document) lenient.Document {
	if len(documents) == 0 {
		return lenient.Document{}
	}
	return documents[0]
}
