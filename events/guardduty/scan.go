package guardduty

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The results of a scan of an S3 object:
// https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html
const (
	threatsFound   = "THREATS_FOUND"
	noThreatsFound = "NO_THREATS_FOUND"
	unsupported    = "UNSUPPORTED"
	accessDenied   = "ACCESS_DENIED"
	scanFailed     = "FAILED"
)

// parseScan reads the result of a scan of an S3 object. It is about the version of the object, not
// about the scan: a later scan without threats ends what an earlier one has found, but not the scan
// of another version.
func parseScan(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	result := d.Get("scanResultDetails")
	status := cmp.Or(result.Text("scanResultStatus"), d.Text("scanStatus"))
	f := operational(e, d, raw)
	object := objectName(d)
	f.Resource = scannedObject(d)
	f.ID = "malware-scan/" + object + objectVersion(d)
	f.Type = withResult(scanResult, status)
	f.Threats = objectThreats(result)
	f.FirstSeen, f.LastSeen = e.Time, e.Time
	reasons := strings.Join(reasons(result), ", ")
	f.Facts = f.Facts.
		With("scan_result", lenient.JoinWords(status, reasons)).
		With("scan_status", d.Text("scanStatus")).
		With("throttled", d.Get("s3ObjectDetails", "s3Throttled").Flag())
	f.Severity, f.State = scanSeverity(status, len(f.Threats) > 0)
	f.Title = scanTitle(status, object, f.Threats)
	if reasons != "" {
		f.Description = f.Title + ": " + reasons
	}
	return f
}

// scanSeverity returns how bad the result of a scan is, and whether it ends what an earlier scan
// has found. An object that was not scanned is no bad news, and no good one. One that could not be
// scanned is worth a look. A word that is not known yet says nothing of threats.
func scanSeverity(status string, isThreat bool) (finding.Severity, finding.State) {
	switch {
	case isThreat || strings.EqualFold(status, threatsFound):
		return lenient.SeverityWord("high"), finding.Open
	case strings.EqualFold(status, noThreatsFound):
		return finding.Lowest, finding.Passed
	case strings.EqualFold(status, unsupported), strings.EqualFold(status, accessDenied), strings.EqualFold(status, "SKIPPED"):
		return finding.Lowest, finding.Open
	default:
		return lenient.SeverityWord("low"), finding.Open
	}
}

// scanTitle says what came of a scan.
func scanTitle(status, object string, threats []finding.Threat) string {
	var names []string
	for _, threat := range threats {
		names = lenient.AppendNew(names, threat.Name)
	}
	switch {
	case len(names) > 0:
		return "Malware in " + object + ": " + strings.Join(names, ", ")
	case strings.EqualFold(status, threatsFound):
		return "Malware in " + object
	case strings.EqualFold(status, noThreatsFound):
		return "No malware in " + object
	case strings.EqualFold(status, unsupported):
		return "Not scanned for malware, since scans do not support it: " + object
	case strings.EqualFold(status, accessDenied):
		return "Not scanned for malware, since access was denied: " + object
	case strings.EqualFold(status, scanFailed):
		return "The scan for malware failed: " + object
	default:
		return "Scan for malware, " + cmp.Or(status, "without a result") + ": " + object
	}
}

// objectName returns "bucket/key".
func objectName(d lenient.Document) string {
	details := d.Get("s3ObjectDetails")
	return strings.Trim(details.Text("bucketName")+"/"+details.Text("objectKey"), "/")
}

// objectVersion returns "/" and what tells one version of an object from another: its id, or the
// entity tag in a bucket without versions, where S3 calls each "null"; empty where neither is stated.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
func objectVersion(d lenient.Document) string {
	details := d.Get("s3ObjectDetails")
	version := details.Text("versionId")
	if version == "" || version == "null" {
		version = details.Text("eTag")
	}
	if version == "" {
		return ""
	}
	return "/" + version
}

// scannedObject returns the object that was scanned, under the name of its bucket as in findings.
func scannedObject(d lenient.Document) finding.Resource {
	details := d.Get("s3ObjectDetails")
	bucket, key := details.Text("bucketName"), details.Text("objectKey")
	r := finding.Resource{Type: cmp.Or(d.Text("resourceType"), "S3_OBJECT"), ID: bucket, Name: bucket}
	r.Attributes = r.Attributes.
		With(finding.AttrObject, key).
		With(finding.AttrVersion, details.Text("versionId")).
		With(finding.AttrHash, details.Text("eTag"))
	return r
}

// parsePostScan reads that an object could not be tagged after its scan.
func parsePostScan(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	f := operational(e, d, raw)
	f.Resource = scannedObject(d)
	f.ID = "post-scan-action/" + objectName(d) + objectVersion(d)
	f.Type, f.Severity = postScanFailed, lenient.SeverityWord("low")
	var actions []string
	for _, action := range d.List("postScanActions") {
		actions = lenient.AppendNew(actions, lenient.JoinWords(action.Text("actionType"), action.Text("failureReason")))
	}
	f.Facts = f.Facts.With("failed_action", strings.Join(actions, ", "))
	f.Title = "What was to follow a scan for malware failed: " + objectName(d)
	return f
}

// reasons returns the reasons that a status has, which are codes, or objects with one.
func reasons(d lenient.Document) []string {
	var codes []string
	for _, reason := range d.List("statusReasons") {
		codes = lenient.AppendNew(codes, cmp.Or(reason.Text("code"), reason.Text("message"), reason.Text()))
	}
	return codes
}
