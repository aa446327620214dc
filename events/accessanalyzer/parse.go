package accessanalyzer

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a finding: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummary.html
// Events have flat what the second version of the API has in a list of details.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	if d.Text("accessPreviewId") != "" || lenient.SameName(e.DetailType, previewType) {
		return parsePreview(e, d, raw)
	}
	g := readGrant(e, d)
	f := finding.Finding{
		ID:       d.Text("id", "findingId"),
		Source:   cmp.Or(e.Source, sourceName),
		Type:     g.told,
		Severity: g.severity(),
		Activity: readActivity(d),
		Resource: readResource(d),
		Actor:    g.actor(),
		Origin:   e.Origin(raw),
	}
	f.Place = readPlace(e, d, f.Resource.ARN)
	f.Title = g.title(f.Resource)
	f.Facts = g.facts(e, d)
	if f.State.Over() {
		f.Severity = finding.Lowest
	}
	f.About.Aliases = lenient.AppendNew(nil, f.ID)
	return f
}

// readPlace reads whose resource it is. The region of a role is that of the analyzer.
func readPlace(e source.Envelope, d lenient.Document, arn string) finding.Place {
	account := d.Get("accountId").Account()
	return e.Place(finding.Place{
		Account: finding.Account{ID: cmp.Or(account, d.Get("resourceOwnerAccount").Account())},
		Region:  cmp.Or(d.Text("region"), e.Region, lenient.ParseARN(analyzer(e)).Region),
	}, arn)
}

// analyzer returns the ARN of the analyzer that has found it.
func analyzer(e source.Envelope) string {
	for _, name := range e.Resources {
		if strings.HasPrefix(lenient.ParseARN(name).Resource, "analyzer/") {
			return name
		}
	}
	return ""
}

func readActivity(d lenient.Document) finding.Activity {
	a := finding.Activity{
		Created: d.Get("createdAt").Time(), Updated: d.Get("updatedAt").Time(), Sample: d.Get("sample").IsTrue(),
	}
	a.Updated = cmp.Or(a.Updated, d.Get("analyzedAt").Time(), a.Created)
	switch strings.ToUpper(strings.TrimSpace(d.Text("status"))) {
	case "RESOLVED":
		a.State = finding.Resolved
	case "ARCHIVED":
		a.State = finding.Archived
	}
	// Who deletes a finding leaves its status as it was.
	if a.State == finding.Open && d.Get("isDeleted").IsTrue() {
		a.State = finding.Closed
	}
	return a
}

// readResource reads what can be reached, or whose rights are unused.
func readResource(d lenient.Document) finding.Resource {
	name := d.Text("resource")
	r := finding.Resource{Type: d.Text("resourceType"), ID: lenient.ResourceName(name), ARN: lenient.ARN(name)}
	if kind := r.Kind(); kind == finding.KindRole || kind == finding.KindUser {
		r.ID = r.ID[strings.LastIndex(r.ID, "/")+1:] // without the path
		r.Name = r.ID
	}
	return r
}

// parsePreview reads how far a preview is. It is no finding, and one that is done calls for nothing.
func parsePreview(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	status := d.Text("status")
	f := finding.Finding{
		ID:       d.Text("accessPreviewId"),
		Source:   cmp.Or(e.Source, sourceName),
		Type:     preview,
		Title:    strings.TrimSpace(previewType + " " + status),
		Severity: finding.Lowest,
		Place:    e.Place(finding.Place{Region: d.Text("region")}, analyzer(e)),
		Activity: finding.Activity{Created: d.Get("createdAt").Time(), Updated: e.Time, Sample: d.Get("sample").IsTrue()},
		Origin:   e.Origin(raw),
	}
	f.Updated = cmp.Or(f.Updated, f.Created)
	if strings.EqualFold(status, "FAILED") {
		f.Severity = previewSeverity
	}
	var all []finding.Resource
	for _, arn := range d.Get("configuredResources").Texts() {
		all = append(all, finding.Resource{Type: lenient.TypeOfARN(arn), ID: lenient.ResourceName(arn), ARN: lenient.ARN(arn)})
	}
	if len(all) > 0 {
		f.Resource, f.Related = all[0], all[1:]
	}
	f.Facts = finding.Attributes{}.With("preview", status).With("reason", d.Get("statusReason").Text("code")).
		With("analyzer", lenient.ResourceName(analyzer(e)))
	f.About.Aliases = lenient.AppendNew(nil, f.ID)
	return f
}
