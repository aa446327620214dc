package ses

import (
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Traits returns what the sink says of itself. An account in SES's sandbox may send one mail a
// second: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 1, DigestAfter: traits.Readable,
		Needs:        [][]string{{"FROM", "TO"}},
		Placeholders: map[string]string{"FROM": "Tocsin <preview@example.com>", "TO": "preview@example.com"},
		Grants: []traits.Grant{
			// Who sends a mail that is whole needs both: https://github.com/symfony/symfony/issues/51461
			{Name: "SendMail", Actions: []string{"ses:SendEmail", "ses:SendRawEmail"}, Setting: "FROM", Resources: resources},
		},
	}
}

// resources returns the ARNs of what SES holds a right against: the sender's address or its domain,
// whichever is verified, and the configuration set.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html
func resources(get func(setting string) string, at traits.Home) []string {
	head, err := Config{From: get("FROM"), To: get("TO"), ConfigurationSet: get("CONFIGURATION_SET")}.parsed()
	if err != nil {
		return nil // which Check says
	}
	arn := "arn:" + at.Partition + ":ses:" + at.Region + ":" + at.Account + ":"
	all := []string{arn + "identity/" + head.from.mailbox, arn + "identity/" + head.from.domain()}
	if set := strings.TrimSpace(get("CONFIGURATION_SET")); set != "" {
		all = append(all, arn+"configuration-set/"+set)
	}
	return all
}
