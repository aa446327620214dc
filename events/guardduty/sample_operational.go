//go:build !lambda.norpc

package guardduty

import "strings"

// operationalTypes returns the types of the samples that are no findings.
func operationalTypes() []string {
	return []string{
		withResult(scanResult, threatsFound), withResult(scanResult, noThreatsFound), postScanFailed,
		planActive, planWarning, planError, runtimeHealthy, runtimeUnhealthy,
	}
}

// DetailType returns the detail-type of a sample that is no finding.
func (s sample) DetailType() string {
	detailType, _, _ := strings.Cut(s.Type, "/")
	return detailType
}

// Result returns the result of a scan, TAGGING for what was to follow one, and "" for no scan.
func (s sample) Result() string {
	if s.Type == postScanFailed {
		return "TAGGING"
	}
	_, result, _ := strings.Cut(s.Type, "/")
	return result
}

// IsOfPlan reports whether it is about the protection of a bucket, or of an object in it.
func (s sample) IsOfPlan() bool { return !strings.HasPrefix(s.Type, "GuardDuty Runtime") }

// Status returns the status that ends the detail-type: ACTIVE, UNHEALTHY.
func (s sample) Status() string {
	return strings.ToUpper(s.Type[strings.LastIndex(s.Type, " ")+1:])
}
