package inspector

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readMatter reads the weakness and what is to be done about it.
func readMatter(d lenient.Document) finding.Matter {
	vulnerable := d.Get("packageVulnerabilityDetails")
	m := finding.Matter{Vulnerability: readVulnerability(d, vulnerable), Remedy: readRemedy(d, vulnerable)}
	m.Facts = append(m.Facts, networkFacts(d.Get("networkReachabilityDetails"))...)
	m.Facts = append(m.Facts, codeFacts(d.Get("codeVulnerabilityDetails"))...)
	details := first(d.List("resources")).Get("details")
	m.Facts = m.Facts.With("in_use", details.Pick("awsEcrContainerImage.inUseCount", "image.inUseCount")).
		With("vendor_severity", vulnerable.Text("vendorSeverity")).
		With("vulnerability_source", vulnerable.Text("source")).
		With("last_exploited", lenient.TimeText(d.Get("exploitabilityDetails", "lastKnownExploitAt"))).
		With("related_vulnerabilities", joined(vulnerable.Get("relatedVulnerabilities"))).
		With("scan", d.Text("scanId"))
	if m.Vulnerability.Score == 0 { // which says more to most
		m.Facts = m.Facts.With("vector", cmp.Or(d.Get("inspectorScoreDetails", "adjustedCvss").Text("scoringVector"), first(vulnerable.List("cvss")).Text("scoringVector")))
	}
	return m
}

// readVulnerability reads a weakness. The score is Inspector's own for the resource, else the one
// of the vulnerability.
func readVulnerability(d, vulnerable lenient.Document) finding.Vulnerability {
	v := finding.Vulnerability{
		ID: vulnerable.Text("vulnerabilityId"), EPSS: within(d.Get("epss", "score"), 1),
		Exploit: lenient.Answer(d.Get("exploitAvailable")), Fix: lenient.Answer(d.Get("fixAvailable")),
	}
	v.Score = within(d.Get("inspectorScore"), 10)
	if v.Score == 0 {
		v.Score = within(first(vulnerable.List("cvss")).Get("baseScore"), 10)
	}
	for _, p := range vulnerable.List("vulnerablePackages") {
		v.Packages = append(v.Packages, finding.Package{
			Name: p.Text("name"), Version: version(p), Fixed: fixed(p.Text("fixedInVersion")),
			Manager: p.Text("packageManager"), Path: p.Text("filePath", "sourceLambdaLayerArn"),
		})
	}
	return v
}

// within returns a number from 0 to most, and 0 for any other.
func within(d lenient.Document, most float64) float64 {
	value, ok := d.Number()
	if !ok || value < 0 || value > most {
		return 0
	}
	return value
}

// version returns the version of a package in the form that the fixed one has: "1:2.9.4-7", without
// an epoch of 0.
func version(p lenient.Document) string {
	v := p.Text("version")
	if release := p.Text("release"); release != "" {
		v += "-" + release
	}
	if epoch := p.Get("epoch").Integer(); epoch > 0 {
		v = strconv.Itoa(epoch) + ":" + v
	}
	return v
}

// fixed returns the version without the weakness. Inspector has a word for none.
func fixed(text string) string {
	if strings.EqualFold(text, "NotAvailable") {
		return ""
	}
	return text
}

// readRemedy reads what is to be done: Inspector's own words, else the commands for the packages.
// The page is that of the recommendation, else that of the vulnerability.
func readRemedy(d, vulnerable lenient.Document) finding.Remedy {
	recommendation := d.Get("remediation", "recommendation")
	text := recommendation.Text("text")
	if strings.EqualFold(strings.TrimSpace(text), "None Provided") {
		text = ""
	}
	if text == "" {
		var commands []string
		for _, p := range vulnerable.List("vulnerablePackages") {
			commands = lenient.AppendNew(commands, p.Text("remediation"))
		}
		text = strings.Join(commands, "; ")
	}
	return finding.Remedy{Text: text, URL: cmp.Or(recommendation.Text("url"), vulnerable.Text("sourceUrl"))}
}

// networkFacts reads which ports are open, and on what way they are reached.
func networkFacts(d lenient.Document) finding.Attributes {
	ports := d.Get("openPortRange")
	begin, end := ports.Text("begin"), ports.Text("end")
	if begin != end && begin != "" && end != "" {
		begin += "-" + end
	}
	var path []string
	for _, step := range d.Get("networkPath").List("steps") {
		kind := step.Text("componentType")
		kind = kind[strings.LastIndex(kind, ":")+1:]
		if id := cmp.Or(step.Text("componentId"), step.Text("componentArn")); kind != "" && id != "" {
			path = append(path, kind+" "+id)
		}
	}
	return finding.Attributes{}.With("open_ports", begin).With(finding.AttrProtocol, d.Text("protocol")).
		With("network_path", strings.Join(path, " > "))
}

// codeFacts reads what was found in code, and where.
func codeFacts(d lenient.Document) finding.Attributes {
	file := d.Get("filePath")
	place := file.Text("filePath", "fileName")
	if begin, end := file.Text("startLine"), file.Text("endLine"); place != "" && begin != "" {
		place += ":" + begin
		if end != "" && end != begin {
			place += "-" + end
		}
	}
	return finding.Attributes{}.With("code", place).With("detector", d.Text("detectorName", "detectorId")).
		With("rule", d.Text("ruleId")).With("cwe", joined(d.Get("cwes")))
}
