package securityhub

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readCheck reads the control and its result: https://schema.ocsf.io/1.6.0/objects/compliance
func readCheck(d lenient.Document) finding.Check {
	compliance := d.Get("compliance")
	check := finding.Check{Control: cmp.Or(compliance.Text("control"), oldControl(d)), Result: result(d)}
	for _, standard := range compliance.Get("standards").Texts() {
		check.Standards = lenient.AppendNew(check.Standards, lenient.StandardName(standard))
	}
	return check
}

// oldControl returns the control of a finding in the form that Security Lake began with. It stands at the
// end of its feature: "pci/v/1.0.0/EC2.19".
func oldControl(d lenient.Document) string {
	feature := d.Get("metadata", "product", "feature").Text("uid")
	at := strings.LastIndex(feature, "/v/")
	if at < 0 || d.Get("compliance").IsNull() {
		return ""
	}
	_, control, _ := strings.Cut(feature[at+len("/v/"):], "/")
	return control
}

// result returns how a control went: the word for it, else its number. Prowler has it elsewhere.
func result(d lenient.Document) string {
	compliance := d.Get("compliance")
	word := cmp.Or(compliance.Text("status", "status_code"), d.Text("status_code"))
	if id := compliance.Get("status_id").Integer(); word == "" && id > 0 && id <= 3 {
		word = [...]string{"", "Pass", "Warning", "Fail"}[id]
	}
	return lenient.CheckResult(word)
}

// readVulnerability reads the first of the vulnerabilities, which as a rule is the only one:
// https://schema.ocsf.io/1.6.0/objects/vulnerability
func readVulnerability(d lenient.Document) finding.Vulnerability {
	list := d.List("vulnerabilities")
	if len(list) == 0 {
		return finding.Vulnerability{}
	}
	first, cve := list[0], list[0].Get("cve")
	v := finding.Vulnerability{
		ID: cmp.Or(cve.Text("uid"), first.Get("cwe").Text("uid"), first.Text("title")), Score: baseScore(cve.List("cvss")),
		Exploit: lenient.Answer(first.Get("is_exploit_available")), Fix: lenient.Answer(first.Get("is_fix_available")),
	}
	switch coverage := strings.ToLower(first.Text("fix_coverage")); {
	case coverage == "complete" && v.Fix == "":
		v.Fix = finding.Yes
	case coverage == "partial":
		v.Fix = finding.InPart
	case coverage == "none" && v.Fix == "":
		v.Fix = finding.No
	}
	v.EPSS, _ = cve.Get("epss", "score").Number()
	for _, p := range firstList(first, "affected_packages", "packages") {
		version := p.Text("version")
		if release := p.Text("release"); release != "" {
			version += "-" + release
		}
		v.Packages = append(v.Packages, finding.Package{
			Name: p.Text("name"), Version: version, Fixed: lenient.FixedVersion(p.Text("fixed_in_version")), Manager: p.Text("package_manager", "type"), Path: p.Text("path"),
		})
	}
	return v
}

// firstList returns the first of the lists of these names that holds something.
func firstList(d lenient.Document, names ...string) []lenient.Document {
	for _, name := range names {
		if list := d.List(name); len(list) > 0 {
			return list
		}
	}
	return nil
}

// readRemedy reads what is to be done: what the finding says, else the commands for the packages.
func readRemedy(d lenient.Document) finding.Remedy {
	stated := d.At("remediation", "finding.remediation")
	remedy := finding.Remedy{Text: stated.Text("desc"), URL: stated.At("references", "kb_articles").Text()}
	if remedy != (finding.Remedy{}) {
		return remedy
	}
	var commands []string
	for _, v := range d.List("vulnerabilities") {
		commands = lenient.AppendNew(commands, v.Get("remediation").Text("desc"))
		for _, c := range v.List("affected_code") {
			commands = lenient.AppendNew(commands, c.Get("remediation").Text("desc"))
		}
		for _, p := range v.List("affected_packages") {
			commands = lenient.AppendNew(commands, p.Get("remediation").Text("desc"))
		}
	}
	return finding.Remedy{Text: strings.Join(commands, "; ")}
}

// baseScore returns the score that stands first among those of the newest version of CVSS, in which
// Security Hub puts the vendor's; one that says no version is as new as any.
func baseScore(list []lenient.Document) float64 {
	newest, first := "", 0.0
	for _, cvss := range list {
		score, ok := cvss.Get("base_score").Number()
		major, _, _ := strings.Cut(cvss.Text("version"), ".")
		if ok && (first == 0 || major > newest && newest != "") {
			newest, first = major, score
		}
	}
	return first
}

// readFacts reads what else a responder needs.
func readFacts(d lenient.Document) finding.Attributes {
	compliance, info := d.Get("compliance"), info(d)
	facts := finding.Attributes{}.
		With("likelihood", cmp.Or(d.Text("likelihood"), info.Text("likelihood"))).
		With("impact", cmp.Or(d.Text("impact"), info.Text("impact"))).
		With("criticality", cmp.Or(d.Text("criticality"), info.Text("criticality"))).
		With("status_reasons", cmp.Or(assessments(compliance), d.Text("status_detail"))).
		With("vendor_severity", vendorSeverity(d)).
		With("data_found", dataFound(d.Get("databucket", "file"))).
		With("vulnerabilities", otherVulnerabilities(d)).
		With("last_exploited", lastExploited(d)).
		With("code", code(d)).
		With("related_vulnerabilities", strings.Join(d.Get("vulnerabilities", "related_vulnerabilities").Texts(), ", ")).
		With("requirements", strings.Join(compliance.Get("requirements").Texts(), ", ")).
		With("parameters", lenient.ControlParameters(compliance.List("control_parameters"))).
		With("risk", d.Text("risk_details")).
		With("comment", d.Text("comment")).
		With("confidence", d.Text("confidence")).
		With("feature", d.Get("metadata", "product", "feature").Text("name"))
	if status := d.Text("status", "state"); !strings.EqualFold(status, "New") {
		facts = facts.With("workflow", status)
	}
	return facts
}

// vendorSeverity returns the product's own severity where Security Hub has another one.
func vendorSeverity(d lenient.Document) string {
	own := d.Get("vendor_attributes")
	if value := severity(own); value == 0 || value == severity(d) {
		return ""
	}
	id, _ := own.Get("severity_id").Number()
	return cmp.Or(own.Text("severity"), severityWord(int(id)))
}

// assessments returns what a check has found.
func assessments(compliance lenient.Document) string {
	var all []string
	for _, a := range compliance.List("assessments") {
		all = lenient.AppendNew(all, lenient.JoinWords(a.Text("desc"), a.Text("name")))
	}
	return strings.Join(all, " ")
}

// dataFound returns the sorts of sensitive data in a file, with their numbers.
func dataFound(file lenient.Document) string {
	var found []string
	for _, class := range file.List("data_classifications") {
		details := class.List("discovery_details")
		for _, detail := range details {
			found = lenient.AppendNew(found, lenient.JoinWords(detail.Text("type"), detail.Text("count")))
		}
		if len(details) == 0 {
			found = lenient.AppendNew(found, cmp.Or(class.Text("category"), class.Get("classifier_details").Text("type", "name")))
		}
	}
	return strings.Join(found, ", ")
}

// code returns where in code a weakness is: https://schema.ocsf.io/1.6.0/objects/affected_code
func code(d lenient.Document) string {
	var places []string
	for _, v := range d.List("vulnerabilities") {
		for _, c := range v.List("affected_code") {
			place := c.Get("file").Text("path", "name")
			if begin, end := c.Text("start_line"), c.Text("end_line"); place != "" && begin != "" {
				place += ":" + begin
				if end != "" && end != begin {
					place += "-" + end
				}
			}
			places = lenient.AppendNew(places, place)
		}
	}
	return strings.Join(places, ", ")
}

// lastExploited returns when the first vulnerability was last seen exploited.
func lastExploited(d lenient.Document) string {
	first := d.Get("vulnerabilities")
	return lenient.TimeText(first.Get("exploit_last_seen_time_dt"), first.Get("exploit_last_seen_time"))
}

// otherVulnerabilities returns the ids of all but the first vulnerability.
func otherVulnerabilities(d lenient.Document) string {
	var ids []string
	for i, v := range d.List("vulnerabilities") {
		if i > 0 {
			ids = lenient.AppendNew(ids, v.Get("cve").Text("uid"))
		}
	}
	return strings.Join(ids, ", ")
}
