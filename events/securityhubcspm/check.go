package securityhubcspm

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The names of facts that stand in several places here.
const factAction = "custom_action"

// readCheck reads the control and its result:
// https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html
func readCheck(d lenient.Document) finding.Check {
	compliance, fields := d.Get("Compliance"), d.Get("ProductFields")
	check := finding.Check{Result: compliance.Text("Status")}
	for _, standard := range compliance.List("AssociatedStandards") {
		check.Standards = lenient.AppendNew(check.Standards, lenient.StandardName(standard.Text("StandardsId")))
	}
	check.Standards = lenient.AppendNew(check.Standards, lenient.StandardName(fields.Text("StandardsArn", "StandardsGuideArn")))
	if compliance.Absent() && fields.Text("ControlId", "RuleId") == "" {
		return check
	}
	check.Control = cmp.Or(compliance.Text("SecurityControlId"), fields.Text("ControlId", "RuleId"),
		fields.Get("aws/config/ConfigRuleName").Text(), controlName(d.Text("GeneratorId")))
	return check
}

// controlName returns the control that a generator is called after: "S3.9" for
// "security-control/S3.9" and "aws-foundational-security-best-practices/v/1.0.0/S3.9", "1.10" for a
// rule of a rule set, and any other name as it is.
func controlName(generator string) string {
	if name, isControl := strings.CutPrefix(generator, "security-control/"); isControl {
		return name
	}
	if strings.Contains(generator, "/v/") {
		return generator[strings.LastIndexByte(generator, '/')+1:]
	}
	return lenient.ResourceName(generator)
}

func readRemedy(d lenient.Document) finding.Remedy {
	recommendation := d.Get("Remediation", "Recommendation")
	remedy := finding.Remedy{
		Text: recommendation.Text("Text"),
		URL:  cmp.Or(recommendation.Text("Url"), d.Get("ProductFields").Text("RecommendationUrl")),
	}
	if remedy == (finding.Remedy{}) {
		remedy.Text = commands(d)
	}
	return remedy
}

// readFacts reads what else a responder needs.
func readFacts(d lenient.Document) finding.Attributes {
	note, compliance := d.Get("Note"), d.Get("Compliance")
	facts := finding.Attributes{}.
		With("status_reasons", statusReasons(d)).
		With("vendor_severity", vendorSeverity(d)).
		With("vulnerabilities", otherVulnerabilities(d)).
		With("last_exploited", lenient.TimeText(d.Get("Vulnerabilities", "LastKnownExploitAt"))).
		With("related_vulnerabilities", strings.Join(d.Get("Vulnerabilities", "RelatedVulnerabilities").Texts(), ", ")).
		With("code", code(d)).
		With("patches", patches(d.Get("PatchSummary"))).
		With("patch_baseline", d.Get("PatchSummary").Text("Id")).
		With("unused_services", d.Get("ProductFields").Text("numberOfUnusedServices")).
		With("unused_actions", d.Get("ProductFields").Text("numberOfUnusedActions")).
		With("network_path", networkPath(d)).
		With("note", lenient.JoinWords(note.Text("Text"), note.Text("UpdatedBy"))).
		With("requirements", strings.Join(compliance.Get("RelatedRequirements").Texts(), ", ")).
		With("parameters", lenient.ControlParameters(compliance.List("SecurityControlParameters"))).
		With("confidence", d.Text("Confidence")).
		With("criticality", d.Text("Criticality"))
	if workflow := d.Get("Workflow").Text("Status"); !strings.EqualFold(workflow, "NEW") {
		facts = facts.With("workflow", workflow)
	}
	facts = facts.With("user_fields", pairs(d.Get("UserDefinedFields")))
	if !strings.HasPrefix(lenient.ProductOf(d.Text("ProductArn")), "aws/") {
		facts = facts.With("source_url", d.Text("SourceUrl"))
	}
	return facts.With("resource_details", pairs(d.Get("Resources", "Details", "Other")))
}

// statusReasons returns why the check has its result.
func statusReasons(d lenient.Document) string {
	var reasons []string
	for _, reason := range d.Get("Compliance").List("StatusReasons") {
		reasons = lenient.AppendNew(reasons, lenient.JoinWords(reason.Text("Description"), reason.Text("ReasonCode")))
	}
	if len(reasons) == 0 {
		return d.Get("ProductFields", "aws/securityhub/annotation").Text()
	}
	return strings.Join(reasons, " ")
}

// vendorSeverity returns the product's own severity where Security Hub has another one.
func vendorSeverity(d lenient.Document) string {
	own := d.Get("FindingProviderFields", "Severity").Text("Label")
	if strings.EqualFold(own, d.Get("Severity").Text("Label")) {
		return ""
	}
	return own
}

// networkPath returns the components through which a resource can be reached.
func networkPath(d lenient.Document) string {
	var path []string
	for _, component := range d.List("NetworkPath") {
		path = lenient.AppendNew(path, component.Text("ComponentId", "ComponentType"))
	}
	return strings.Join(path, " → ")
}

// maxPairs bounds what is told of an object that can have any members.
const maxPairs = 12

// pairs returns "key: value" for the members of an object that are texts.
func pairs(d lenient.Document) string {
	var all []string
	for _, m := range d.Each() {
		if text := m.Value.Text(); text != "" && len(all) < maxPairs {
			all = append(all, m.Name+": "+text)
		}
	}
	return strings.Join(all, ", ")
}
