package inspector

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The severities of what is no finding. Inspector states none for it.
const (
	// failed is that of a scan that came to nothing, and of a resource that is no longer watched.
	failed finding.Severity = 2
	// uncovered is that of an organization whose further accounts are not watched.
	uncovered finding.Severity = 5
)

// parseNotice reads an event that is no finding: a scan that has ended, a resource that is watched
// or no longer watched, accounts that cannot be watched. What a scan has found comes as findings,
// too: its counts are facts.
func parseNotice(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	f := finding.Finding{
		Source: sourceOf(e), Type: e.DetailType, Title: e.DetailType, Origin: e.Origin(raw), Severity: finding.Lowest,
	}
	f.Resource = noticeResource(e, d)
	f.Place = e.Place(finding.Place{
		Account: finding.Account{ID: cmp.Or(d.Get("awsAccountId").Account(), ownPart(d, "providerAccountId"))},
		Region:  cmp.Or(lenient.ParseARN(f.Resource.ARN).Region, ownPart(d, "providerRegion")),
	}, f.Resource.ARN)
	switch {
	case lenient.SameName(e.DetailType, coverageType):
		readCoverage(&f, d)
	case lenient.SameName(e.DetailType, autoEnableType):
		readAutoEnable(&f, d)
	default:
		readScan(&f, d)
	}
	f.Updated = cmp.Or(f.Updated, e.Time)
	f.Sample = d.Get("sample").IsTrue()
	about := cmp.Or(f.Resource.ARN, f.Resource.Attributes.Get("id"), f.Resource.ID)
	if f.ID = e.DetailType; about != "" {
		f.ID += "/" + about
	}
	if id := d.Text("scanId"); id != "" {
		f.ID += "/" + id
	}
	return f
}

// ownPart returns what an event says of where a resource is, if that is in AWS.
func ownPart(d lenient.Document, name string) string {
	if isElsewhere(d) {
		return ""
	}
	return d.Text(name)
}

// noticeResource reads what was scanned or is watched. A scan of an image names the repository
// alone in the envelope.
func noticeResource(e source.Envelope, d lenient.Document) finding.Resource {
	r := envelopeResource(e)
	if id := d.Text("resourceId", "instance-id", "machine-image-id"); r.Zero() && id != "" {
		e.Resources = []string{id}
		r = envelopeResource(e)
	}
	r.Type = cmp.Or(d.Text("resourceType"), r.Type)
	if digest := d.Text("image-digest"); digest != "" {
		arn := r.ARN
		r = finding.Resource{Type: "AWS_ECR_CONTAINER_IMAGE"}
		repository := cmp.Or(lenient.ResourceName(d.Text("repository-name")), lenient.ResourceName(arn))
		r = image(r, imageDocument(repository, digest, d.Get("image-tags").Texts()))
		if arn != "" {
			r.ARN = arn + "/" + digest
		}
	}
	if isElsewhere(d) && len(e.Resources) > 0 {
		id := e.Resources[0]
		r.ID = id[strings.LastIndex(id, "/")+1:]
		r.Attributes = r.Attributes.With("provider", d.Text("provider")).With("organization", d.Text("providerOrgId")).With("id", id)
	}
	return r
}

// imageDocument returns an image as the details of a finding have it.
func imageDocument(repository, digest string, tags []string) lenient.Document {
	text, err := json.Marshal(map[string]any{"repositoryName": repository, "imageHash": digest, "imageTags": tags})
	if err != nil {
		return lenient.Document{} // not reached: texts are always fit for JSON
	}
	return lenient.Decode(text)
}

// readScan reads the end of a scan. One that found nothing is good news.
func readScan(f *finding.Finding, d lenient.Document) {
	status := d.Text("scan-status", "scanStatus")
	f.FirstSeen, f.LastSeen = d.Get("startedAt").Time(), d.Get("completedAt").Time()
	f.Updated = f.LastSeen
	counts := d.Get("finding-severity-counts")
	if counts.Absent() {
		counts = d.Get("findingSeverityCounts")
	}
	var found []string
	total, isCounted := 0, false
	for _, m := range counts.Members() {
		n := m.Value.Integer()
		isTotal := strings.EqualFold(m.Name, "TOTAL")
		isCounted = true
		if isTotal {
			total = max(total, n)
		} else if n > 0 {
			total = max(total, n)
			found = append(found, m.Name+" "+m.Value.Text())
		}
	}
	f.Facts = f.Facts.With("scan_status", status).With("reason", d.Text("scanStatusReason", "reason")).
		With("found", strings.Join(found, ", ")).With("total", counts.Text("TOTAL")).With("scan", d.Text("scanId"))
	switch {
	case strings.EqualFold(status, "FAILED"):
		f.Severity = failed
	case isCounted && total == 0:
		f.State = finding.Passed
	}
	f.Description = lenient.JoinWords(status, d.Text("scanStatusReason"))
}

// readCoverage reads whether a resource is watched. Nobody misses one that is gone.
func readCoverage(f *finding.Finding, d lenient.Document) {
	status := d.Get("scanStatus").Text("statusCodeValue", "statusCode")
	reason := d.Get("scanStatus").Text("reason")
	f.Updated = d.Get("eventTimestamp").Time()
	f.Facts = f.Facts.With("coverage", status).With("reason", reason).With("scan_type", d.Text("scanType"))
	f.Description = lenient.JoinWords(status, reason)
	switch {
	case strings.EqualFold(status, "ACTIVE"):
		f.State = finding.Passed
	case strings.EqualFold(reason, "RESOURCE_TERMINATED"):
		f.State = finding.Closed
	default:
		f.Severity = failed
	}
	if isElsewhere(d) {
		f.Facts = f.Facts.With("watched_by", f.Account.ID)
		f.Place = finding.Place{
			Account: finding.Account{ID: d.Text("providerAccountId")}, Region: d.Text("providerRegion"),
		}
	}
}

// readAutoEnable reads that the accounts of an organization are too many.
func readAutoEnable(f *finding.Finding, d lenient.Document) {
	status := d.Text("AutoEnableStatus")
	f.Description = d.Text("Reason")
	f.Facts = f.Facts.With("auto_enable", status)
	if status != "" && !strings.EqualFold(status, "Failed") {
		f.State = finding.Passed
		return
	}
	f.Severity = uncovered
}
