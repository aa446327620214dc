// Package securityhub is the source of what AWS Security Hub publishes in the Open Cybersecurity
// Schema Framework (OCSF): its own exposure findings, and the findings of other services that it
// passes on.
package securityhub

import (
	"cmp"
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls Security Hub and its events:
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html
const (
	sourceName = "aws.securityhub"
	imported   = "Findings Imported V2"
)

// The words for the facts and headlines that no other source has.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of Security Hub's findings.
func Source() source.Source {
	return source.Source{
		ID: "securityhub", Name: sourceName, Product: "Security Hub", DetailTypes: []string{imported},
		Parse: parse, Passed: passed, About: about, Recognises: recognises,
		IsGraded: true, IsBursty: true,
		Rules: rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a finding in OCSF.
func recognises(d lenient.Document) bool {
	return info(d).Kind() == '{' && (!d.Get("class_uid").IsNull() || !d.Get("metadata", "product").Absent())
}

// info returns what is said of the finding itself. The release candidate of OCSF 1.0, which Security Lake
// began with, has another name for it: https://schema.ocsf.io/1.0.0-rc.2/classes/security_finding
func info(d lenient.Document) lenient.Document { return d.At("finding_info", "finding") }

// passed says which product has found what is passed on.
func passed(d lenient.Document) source.Passed {
	product, info := d.Get("metadata", "product"), info(d)
	p := source.Passed{Product: lenient.ProductOf(product.Text("uid")), Name: product.Text("name")}
	for _, id := range []string{info.Text("uid"), info.Text("uid_alt"), lenient.PageID(info.Text("src_url"))} {
		p.IDs = lenient.AppendNew(p.IDs, id)
	}
	if p.Product == "" {
		p.Product = serviceProduct(info.Text("uid"))
	}
	if _, short, _ := strings.Cut(p.Product, "/"); p.Name == "" && !strings.EqualFold(short, "default") {
		p.Name = short
	}
	return p
}

// serviceProduct returns the product that a finding's ARN speaks of, for a finding that does not
// state its product's. The ARN has the name of the service, in its newest version.
func serviceProduct(arn string) string {
	name := lenient.ParseARN(arn)
	if name.Service == "" || !strings.Contains(name.Resource, "finding") {
		return ""
	}
	return "aws/" + strings.TrimSuffix(name.Service, "2")
}

// severityWord returns the word for the id of a severity, or "".
func severityWord(id int) string {
	words := [...]string{"", "informational", "low", "medium", "high", "critical", "fatal"}
	if id < 0 || id >= len(words) {
		return ""
	}
	return words[id]
}

// severity reads the id of a severity, else its word.
func severity(d lenient.Document) finding.Severity {
	id, _ := d.Get("severity_id").Number()
	return cmp.Or(lenient.SeverityWord(severityWord(int(id))), lenient.SeverityWord(d.Text("severity")))
}
