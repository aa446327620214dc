package macie

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what Macie says of its finding beside the event. The console of Macie Classic is no
// more.
func about(f *finding.Finding) finding.About {
	all := finding.About{Headlines: []finding.Headline{{Key: "macie." + f.Type}}, Links: finding.Links{Type: typePage(f.Type)}}
	if f.Type == alertType {
		return all
	}
	list := "/macie/home?region=" + f.Region + "#findings"
	all.Links.Findings = f.ConsoleURL(list)
	if f.ID != "" {
		all.Links.Finding = f.ConsoleURL(list + "?itemId=" + url.QueryEscape(f.ID))
	}
	return all
}

// typesPage documents what sorts of findings there are.
const typesPage = "https://docs.aws.amazon.com/macie/latest/user/findings-types.html"

// typePage returns the documentation of a finding type, or "" if it is not one of Macie's.
func typePage(findingType string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for _, prefix := range [...]string{"SensitiveData:S3Object/", "Policy:IAMUser/S3"} {
		if name, isOne := strings.CutPrefix(findingType, prefix); isOne && strings.Trim(name, letters) == "" {
			return typesPage
		}
	}
	return ""
}
