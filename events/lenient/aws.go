package lenient

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// ParseARN returns the parts of an ARN, and the zero ARN for any other text.
func ParseARN(text string) arn.ARN {
	if !arn.IsARN(text) {
		return arn.ARN{}
	}
	parts, err := arn.Parse(text)
	if err != nil {
		return arn.ARN{}
	}
	return parts
}

// ResourceName returns the last part of an ARN's resource, which is what people call the thing, and
// any other text as it is. An object of S3 keeps its bucket: "uploads/in/a.csv".
func ResourceName(text string) string {
	parts := ParseARN(text)
	resource := parts.Resource
	switch {
	case resource == "":
		return text
	case parts.Service == "s3" && parts.AccountID == "":
		return resource
	}
	if _, name, ok := strings.Cut(resource, "/"); ok && name != "" {
		return name
	}
	if _, name, ok := strings.Cut(resource, ":"); ok && name != "" {
		return name
	}
	return resource
}

// Tags returns tags that stand as a list of key and value, or as an object.
func Tags(d Document) []finding.Tag {
	var tags []finding.Tag
	for _, tag := range d.List("tags") {
		if !tag.Get("key").IsNull() || !tag.Get("value").IsNull() {
			if key := tag.Text("key", "name"); key != "" {
				tags = append(tags, finding.Tag{Key: key, Value: tag.Text("value")})
			}
			continue
		}
		for _, m := range tag.Each() {
			tags = append(tags, finding.Tag{Key: m.Name, Value: m.Value.Text()})
		}
	}
	return tags
}

// TagName returns the value of the tag called Name, by which people know the resource.
func TagName(tags []finding.Tag) string {
	for _, tag := range tags {
		if tag.Key == "Name" {
			return tag.Value
		}
	}
	return ""
}

// Remote returns the remote end of a connection or a call, from an object such as remoteIpDetails.
func Remote(d Document) finding.Remote {
	organization := d.Get("organization")
	return finding.Remote{
		IP:           d.Text("ipAddressV4", "ipAddressV6", "ipAddress", "ip"),
		Country:      d.Get("country").Text("countryName"),
		CountryCode:  d.Get("country").Text("countryCode"),
		City:         d.Get("city").Text("cityName"),
		Organization: organization.Text("asnOrg", "org", "isp"),
		ASN:          ASNumber(organization.Text("asn")),
	}
}

// ASNumber returns the number of an autonomous system as "AS4134". -1 and 0 mean none.
func ASNumber(text string) string {
	switch text {
	case "", "-1", "0":
		return ""
	}
	if strings.Trim(text, "0123456789") == "" {
		return "AS" + text
	}
	return text
}

// Process returns the program that did something.
func Process(d Document) finding.Process {
	return finding.Process{
		Name: d.Text("name"), Path: d.Text("executablePath", "path"), User: d.Text("user"),
		SHA256: FileHash(d.Text("executableSha256", "sha256")), PID: d.Text("pid"),
	}
}

// FileHash returns a hash, but not the SHA-256 of nothing: that one means that it could not be had.
func FileHash(text string) string {
	const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if strings.EqualFold(text, ofNothing) {
		return ""
	}
	return text
}

// SeverityWord returns the severity that a word stands for, or the unknown one. It is the middle of
// the word's band, so that it passes the threshold that the word promises.
func SeverityWord(word string) finding.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "informational", "info", "none", "minimal":
		return finding.NewSeverity(1)
	case "low":
		return finding.NewSeverity(2)
	case "medium", "moderate":
		return finding.NewSeverity(5)
	case "high":
		return finding.NewSeverity(8)
	case "critical", "fatal":
		return finding.NewSeverity(9.5)
	case "untriaged":
		return finding.Untriaged
	}
	return 0
}

// JoinWords returns "first (second)", or the one of the two that is there. Like Absent, it is not
// copied to the many places that call it, which keeps the bootstrap smaller.
//
//go:noinline
func JoinWords(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + " (" + second + ")"
}

// maxTexts is how long the lists of AWS services can be.
const maxTexts = 400

// AppendNew appends a text that is neither empty nor in the list yet, up to 400 texts. Parsers call
// it so often that a copy at each place would make the bootstrap 40 KB larger.
//
//go:noinline
func AppendNew(list []string, text string) []string {
	if text == "" || len(list) == maxTexts || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}
