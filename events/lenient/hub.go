package lenient

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// StandardName returns "pci-dss/v/3.2.1" for "arn:aws:securityhub:::standards/pci-dss/v/3.2.1" and
// "standards/pci-dss/v/3.2.1". Some are called rule sets.
func StandardName(text string) string {
	for _, kind := range []string{"standards/", "ruleset/"} {
		if _, name, isKind := strings.Cut(text, kind); isKind {
			return name
		}
	}
	return text
}

// CheckResult returns the result of a control in Security Hub's own word for it, "FAILED" for OCSF's
// "Fail", so that a condition holds by whatever road the result comes. Other words stay as they are.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Compliance.html
// https://schema.ocsf.io/1.6.0/objects/compliance
func CheckResult(word string) string {
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "PASS", "PASSED":
		return "PASSED"
	case "FAIL", "FAILED":
		return "FAILED"
	case "WARNING":
		return "WARNING"
	case "UNKNOWN", "NOT_AVAILABLE":
		return "NOT_AVAILABLE"
	}
	return word
}

// Answer reads yes, no or in part, and true or false.
func Answer(d Document) finding.Answer {
	switch strings.ToUpper(strings.TrimSpace(d.Text())) {
	case "YES", "TRUE":
		return finding.Yes
	case "NO", "FALSE":
		return finding.No
	case "PARTIAL":
		return finding.InPart
	}
	return ""
}

// FixedVersion returns the version of a package that is without a weakness, and "" for the words that
// say that there is none.
func FixedVersion(text string) string {
	switch strings.ToLower(text) {
	case "notavailable", "not available", "none":
		return ""
	}
	return text
}

// ControlParameters returns "maxAge = 90" for the parameters of a control.
func ControlParameters(list []Document) string {
	var all []string
	for _, parameter := range list {
		all = AppendNew(all, parameter.Text("name")+" = "+strings.Join(parameter.At("value", "values").Texts(), ", "))
	}
	return strings.Join(all, "; ")
}
