package finding

import "strings"

// Partition is one of the parts of AWS, each with accounts, regions and a console of its own.
type Partition struct {
	// Name is its name in ARNs, such as "aws-cn".
	Name string
	// Regions is what the codes of its regions begin with. It is empty for "aws", which has the
	// rest.
	Regions string
	// DNSSuffix is what the names of its hosts end with.
	DNSSuffix string
	// DualStackSuffix is what the names of the hosts end with that IPv6 leads to as well.
	DualStackSuffix string
	// Console is the domain of its console, below which each region has a name. Empty if none is
	// public.
	Console string
}

// Partitions returns the partitions of AWS, "aws" last.
//
//   - Regions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
//   - Console: https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/learn-whats-new.html
func Partitions() [8]Partition {
	return [...]Partition{
		{Name: "aws-cn", Regions: "cn-", DNSSuffix: "amazonaws.com.cn", DualStackSuffix: "api.amazonwebservices.com.cn", Console: "console.amazonaws.cn"},
		{Name: "aws-us-gov", Regions: "us-gov-", DNSSuffix: "amazonaws.com", DualStackSuffix: "api.aws", Console: "console.amazonaws-us-gov.com"},
		{Name: "aws-eusc", Regions: "eusc-", DNSSuffix: "amazonaws.eu", DualStackSuffix: "api.amazonwebservices.eu", Console: "console.amazonaws-eusc.eu"},
		{Name: "aws-iso", Regions: "us-iso-", DNSSuffix: "c2s.ic.gov", DualStackSuffix: "api.aws.ic.gov"},
		{Name: "aws-iso-b", Regions: "us-isob-", DNSSuffix: "sc2s.sgov.gov", DualStackSuffix: "api.aws.scloud"},
		{Name: "aws-iso-e", Regions: "eu-isoe-", DNSSuffix: "cloud.adc-e.uk", DualStackSuffix: "api.cloud-aws.adc-e.uk"},
		{Name: "aws-iso-f", Regions: "us-isof-", DNSSuffix: "csp.hci.ic.gov", DualStackSuffix: "api.aws.hci.ic.gov"},
		{Name: "aws", DNSSuffix: "amazonaws.com", DualStackSuffix: "api.aws", Console: "console.aws.amazon.com"},
	}
}

// PartitionNamed returns the partition of a name, and the zero Partition for others.
func PartitionNamed(name string) Partition {
	for _, p := range Partitions() {
		if p.Name == name {
			return p
		}
	}
	return Partition{}
}

// PartitionOf returns the partition that a region is in, and the zero Partition for no region.
func PartitionOf(region string) Partition {
	if region == "" {
		return Partition{}
	}
	for _, p := range Partitions() {
		if strings.HasPrefix(region, p.Regions) {
			return p
		}
	}
	return Partition{} // not reached: "aws" has every region
}

// ConsoleURL returns the address of a path in the console of the region and partition, or "" where
// there is none. A link opens in whatever account the reader is signed in to.
func (p Place) ConsoleURL(path string) string {
	host := PartitionNamed(p.Partition).Console
	if host == "" || path == "" || !isRegion(p.Region) {
		return ""
	}
	return "https://" + p.Region + "." + host + path
}

// isRegion reports whether text reads as a region code, so that nothing else gets into a host name.
func isRegion(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && strings.Count(text, "-") >= 2
}
