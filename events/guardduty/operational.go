package guardduty

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The detail-types of GuardDuty beside that of its findings:
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-guardduty.html
const (
	scanResult       = "GuardDuty Malware Protection Object Scan Result"
	postScanFailed   = "GuardDuty Malware Protection Post Scan Action Failed"
	planActive       = "GuardDuty Malware Protection Resource Status Active"
	planWarning      = "GuardDuty Malware Protection Resource Status Warning"
	planWarningToo   = "GuardDuty Malware Protection Resource Status warning" // so in a sample of the user guide
	planError        = "GuardDuty Malware Protection Resource Status Error"
	runtimeHealthy   = "GuardDuty Runtime Protection Healthy"
	runtimeUnhealthy = "GuardDuty Runtime Protection Unhealthy"
)

// isOperational reports whether a type is of GuardDuty's own work: it begins with GuardDuty's name,
// where that of a finding begins with a threat's purpose.
func isOperational(eventType string) bool { return strings.HasPrefix(eventType, "GuardDuty ") }

// withResult returns the type of an event that has several results, each with words of its own.
func withResult(eventType, result string) string {
	if result == "" {
		return eventType
	}
	return eventType + "/" + result
}

// parseEvent returns what an event of GuardDuty is about. What is not known is a finding.
func parseEvent(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	readers := []struct {
		detailType string
		parse      func(source.Envelope, lenient.Document, json.RawMessage) finding.Finding
	}{
		{scanResult, parseScan}, {postScanFailed, parsePostScan},
		{planActive, parsePlan}, {planWarning, parsePlan}, {planError, parsePlan},
		{runtimeHealthy, parseCoverage}, {runtimeUnhealthy, parseCoverage},
	}
	for _, reader := range readers {
		if lenient.SameName(e.DetailType, reader.detailType) {
			return reader.parse(e, d.Object(), raw)
		}
	}
	return parse(e, d, raw)
}

// operational returns what all events of GuardDuty's own work say alike.
func operational(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	account := cmp.Or(d.Get("resourceAccountId").Account(), d.Get("accountId").Account())
	f := finding.Finding{
		Source: cmp.Or(e.Source, sourceName), Type: e.DetailType,
		Place:  e.Place(finding.Place{Account: finding.Account{ID: account}}, planARN(e)),
		Origin: e.Origin(raw),
	}
	f.Updated = cmp.Or(d.Get("lastUpdatedAt").Time(), d.Get("eventTime").Time(), e.Time)
	return f
}

// planARN returns the ARN of the protection plan that the envelope names, if any.
func planARN(e source.Envelope) string {
	if len(e.Resources) == 0 {
		return ""
	}
	return e.Resources[0]
}

// parsePlan reads in what state the protection of a bucket is.
func parsePlan(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	f := operational(e, d, raw)
	bucket := d.Get("s3BucketDetails").Text("bucketName")
	f.ID = "malware-protection/" + bucket
	f.Resource = finding.Resource{Type: "S3_BUCKET", ID: bucket, Name: bucket}
	status := d.Text("resourceStatus")
	for _, known := range []string{planActive, planWarning, planError} {
		if lenient.SameName(e.DetailType, known) {
			f.Type = known
			status = cmp.Or(status, strings.ToUpper(known[strings.LastIndex(known, " ")+1:]))
		}
	}
	switch f.Type {
	case planActive:
		f.Severity, f.State = finding.Lowest, finding.OK
	case planWarning:
		f.Severity = lenient.SeverityWord("low")
	default:
		f.Severity = lenient.SeverityWord("medium")
	}
	f.Facts = f.Facts.With("protection", lenient.JoinWords(status, strings.Join(reasons(d), ", ")))
	f.Title = "Malware protection of bucket " + bucket + ": " + status
	f.Description = strings.Join(reasons(d), ", ")
	return f
}

// parseCoverage reads whether runtime monitoring covers a cluster or an instance.
// https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-assessing-coverage.html
func parseCoverage(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	f := operational(e, d, raw)
	f.Resource = coveredResource(d.Get("resourceDetails"))
	f.ID = strings.Join([]string{"runtime-coverage", d.Get("resourceDetails").Text("resourceType"), f.Resource.ID}, "/")
	f.Type, f.Severity, f.State = runtimeUnhealthy, lenient.SeverityWord("medium"), finding.Open
	says := "does not cover"
	if lenient.SameName(e.DetailType, runtimeHealthy) {
		f.Type, f.Severity, f.State = runtimeHealthy, finding.Lowest, finding.OK
		says = "covers"
	}
	issues := lenient.AppendNew(nil, d.Text("issue"))
	for _, issue := range d.Get("resourceDetails", "ecsClusterDetails", "fargateDetails", "issues").Texts() {
		issues = lenient.AppendNew(issues, issue)
	}
	f.Title = "Runtime monitoring " + says + " " + f.Resource.ID
	f.Description = strings.Join(issues, "; ")
	f.Facts = f.Facts.
		With("coverage", d.Text("currentStatus")).
		With("coverage_before", d.Text("previousStatus")).
		With("covered", covered(d.Get("resourceDetails"))).
		With("issue", f.Description)
	return f
}

// covered returns how much of a cluster is covered: "2 / 3" of its nodes or container instances.
func covered(d lenient.Document) string {
	nodes, instances := d.Get("eksClusterDetails"), d.Get("ecsClusterDetails", "containerInstanceDetails")
	have, want := nodes.Text("availableNodes", "coveredNodes"), nodes.Text("desiredNodes", "compatibleNodes")
	if nodes.Absent() {
		have, want = instances.Text("coveredContainerInstances"), instances.Text("compatibleContainerInstances")
	}
	if have == "" || want == "" {
		return ""
	}
	return have + " / " + want
}

// coveredResource returns the cluster or the instance that runtime monitoring is about.
func coveredResource(d lenient.Document) finding.Resource {
	eks, ecs, ec2 := d.Get("eksClusterDetails"), d.Get("ecsClusterDetails"), d.Get("ec2InstanceDetails")
	r := finding.Resource{Type: d.Text("resourceType")}
	switch {
	case !eks.Absent():
		r.Type, r.ID = "EKSCluster", eks.Text("clusterName")
		r.Attributes = r.Attributes.With(finding.AttrVersion, cmp.Or(eks.Text("addonVersion"), eks.Get("addonDetails").Text("addonVersion")))
	case !ecs.Absent():
		r.Type, r.ID = "ECSCluster", ecs.Text("clusterName")
	case !ec2.Absent():
		r.Type, r.ID = "Instance", ec2.Text("instanceId")
		r.Attributes = r.Attributes.
			With(finding.AttrInstanceType, ec2.Text("instanceType")).
			With(finding.AttrCluster, ec2.Text("clusterArn")).
			With(finding.AttrVersion, ec2.Get("agentDetails").Text("version"))
	}
	return r
}
