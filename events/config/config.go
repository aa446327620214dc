package config

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The types of the messages that are told in more than their name.
const (
	compliance    = "ComplianceChangeNotification"
	item          = "ConfigurationItemChangeNotification"
	oversizedItem = "OversizedConfigurationItemChangeNotification"
)

// The results of a rule:
// https://docs.aws.amazon.com/config/latest/APIReference/API_EvaluationResult.html
const (
	compliant        = "COMPLIANT"
	nonCompliant     = "NON_COMPLIANT"
	notApplicable    = "NOT_APPLICABLE"
	insufficientData = "INSUFFICIENT_DATA"
)

// parse reads an event of AWS Config:
// https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	d = d.Object()
	f := finding.Finding{Source: cmp.Or(e.Source, sourceName), Type: messageType(e, d), Origin: e.Origin(raw)}
	switch {
	case f.Type == compliance:
		readCompliance(&f, e, d)
	case isItem(f.Type):
		readItem(&f, e, d)
	default:
		readWork(&f, e, d)
	}
	f.About.Aliases = lenient.AppendNew(lenient.AppendNew(f.About.Aliases, f.Resource.ARN), f.ID)
	return f
}

// messageType returns the type of the message, which the detail-type stands for where it is missing.
func messageType(e source.Envelope, d lenient.Document) string {
	if stated := d.Text("messageType"); stated != "" {
		return stated
	}
	switch {
	case lenient.SameName(e.DetailType, complianceChange):
		return compliance
	case lenient.SameName(e.DetailType, itemChange):
		return item
	}
	return e.DetailType
}

// isItem reports whether a type is that of a change of a resource, whatever the change.
func isItem(messageType string) bool {
	sort, _, _ := strings.Cut(messageType, "/")
	return sort == item || sort == oversizedItem
}

// readCompliance reads whether a resource complies with a rule. It is about the two of them, so that
// a later result is an update, and compliance ends what was not.
func readCompliance(f *finding.Finding, e source.Envelope, d lenient.Document) {
	result, before := d.Get("newEvaluationResult"), d.Get("oldEvaluationResult")
	of := present(result, before).Get("evaluationResultIdentifier", "evaluationResultQualifier")
	rule := cmp.Or(d.Text("configRuleName"), of.Text("configRuleName"), d.Get("configRuleNames").Text())
	arn := d.Text("configRuleARN")
	f.Place = e.Place(finding.Place{Account: finding.Account{ID: d.Get("awsAccountId").Account()}, Region: d.Text("awsRegion")}, arn)
	f.Resource = finding.Resource{
		Type: cmp.Or(d.Text("resourceType"), of.Text("resourceType")),
		ID:   cmp.Or(d.Text("resourceId"), of.Text("resourceId")),
	}
	f.ID = strings.Join([]string{rule, f.Resource.Type, f.Resource.ID}, "/")
	f.Check = finding.Check{Control: rule, Result: result.Text("complianceType")}
	if result.IsNull() { // there is none any more
		f.Check.Result = notApplicable
	}
	f.Severity, f.State = grade(f.Check.Result)
	f.Updated = cmp.Or(result.Get("resultRecordedTime").Time(), d.Get("notificationCreationTime").Time(), e.Time)
	f.Title = complianceTitle(f)
	f.Description = strings.TrimSpace(result.Text("annotation"))
	f.Facts = f.Facts.
		With("before", before.Text("complianceType")).
		With("owner", ruleOwner(arn)).
		With("mode", of.Text("evaluationMode"))
	f.About.Aliases = lenient.AppendNew(f.About.Aliases, arn)
}

// inWords returns "S3 Bucket" for "AWS::S3::Bucket", to begin a sentence with.
func inWords(resourceType string) string {
	return strings.ReplaceAll(strings.TrimPrefix(resourceType, "AWS::"), "::", " ")
}

// present returns the first of two documents that is there.
func present(a, b lenient.Document) lenient.Document {
	if a.Absent() {
		return b
	}
	return a
}

// grade returns how bad a result is. AWS Config states no severity. A rule that does not apply any
// more, as to a resource that is gone, has nothing to be mended. Where data is lacking, nothing is
// known, and nothing has ended. A result that is not known yet can be anything.
func grade(result string) (finding.Severity, finding.State) {
	switch strings.ToUpper(result) {
	case nonCompliant:
		return lenient.SeverityWord("medium"), finding.Open
	case compliant:
		return finding.Lowest, finding.Passed
	case notApplicable:
		return finding.Lowest, finding.Closed
	case insufficientData:
		return finding.Lowest, finding.Open
	}
	return 0, finding.Open
}

func complianceTitle(f *finding.Finding) string {
	what, rule := strings.TrimSpace(inWords(f.Resource.Type)+" "+f.Resource.ID), f.Check.Control
	switch strings.ToUpper(f.Check.Result) {
	case nonCompliant:
		return what + " does not comply with " + rule
	case compliant:
		return what + " complies with " + rule
	case notApplicable:
		return rule + " does not apply to " + what
	case insufficientData:
		return "Too little is known to hold " + what + " against " + rule
	}
	return "Compliance of " + what + " with " + rule + ": " + cmp.Or(f.Check.Result, "not stated")
}

// ruleOwner returns the service that a rule belongs to, and "" for one of the account's own.
func ruleOwner(arn string) string {
	_, behind, isService := strings.Cut(lenient.ParseARN(arn).Resource, "aws-service-rule/")
	if !isService {
		return ""
	}
	owner, _, _ := strings.Cut(behind, "/")
	return owner
}

// readWork reads how AWS Config's own work goes: the delivery of snapshots and history, and the
// evaluation of rules. One of the kind is about the same thing, so that success ends a failure.
func readWork(f *finding.Finding, e source.Envelope, d lenient.Document) {
	f.Place = e.Place(finding.Place{Account: finding.Account{ID: d.Get("awsAccountId").Account()}, Region: d.Text("awsRegion")}, "")
	rules := strings.Join(d.Get("configRuleNames").Texts(), ", ")
	f.ID = strings.Trim("work/"+work(f.Type)+"/"+cmp.Or(d.Text("s3Bucket"), rules), "/")
	f.Severity = finding.Lowest
	switch {
	case strings.HasSuffix(f.Type, "Failed"):
		f.Severity = lenient.SeverityWord("low")
	case strings.HasSuffix(f.Type, "Completed"):
		f.State = finding.OK
	}
	f.Updated = cmp.Or(d.Get("notificationCreationTime").Time(), e.Time)
	f.Title = "AWS Config" // on a topic no detail-type says what it is
	if e.ID != "" {
		f.Title = cmp.Or(e.DetailType, f.Title)
	}
	if f.Type != f.Title {
		f.Title += ": " + f.Type
	}
	if bucket := d.Text("s3Bucket"); bucket != "" {
		f.Resource = finding.Resource{Type: "AWS::S3::Bucket", ID: bucket, Name: bucket}
		f.Resource.Attributes = f.Resource.Attributes.With(finding.AttrObject, d.Text("s3ObjectKey"))
	}
	f.Description = d.Text("errorMessage")
	f.Facts = f.Facts.
		With("rules", rules).
		With("snapshot", d.Text("configSnapshotId")).
		With("error", lenient.JoinWords(d.Text("errorCode"), d.Text("errorMessage")))
}

// work returns the name of a piece of work without how it went.
func work(messageType string) string {
	for _, end := range []string{"Started", "Completed", "Failed"} {
		if name, found := strings.CutSuffix(messageType, end); found {
			return name
		}
	}
	return messageType
}
