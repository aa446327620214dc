package formatter_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestEnoughAttacks(t *testing.T) {
	if n := len(formattertest.Attacks()); n < 40 {
		t.Errorf("only %d attacks", n)
	}
}

// What lies in S3 can be anybody's, whichever way its bucket is named. The names of AWS's services
// can not.
func TestAddressesInS3AreDead(t *testing.T) {
	for said, want := range map[string]string{
		"https://s3.amazonaws.com/bucket/key":                "hxxps://s3[.]amazonaws[.]com/bucket/key",
		"see s3.amazonaws.com/bucket.":                       "see s3[.]amazonaws[.]com/bucket.",
		"S3.AmazonAWS.com./bucket":                           "S3[.]AmazonAWS[.]com./bucket",
		"s3.amazonaws.com:443/bucket":                        "s3[.]amazonaws[.]com:443/bucket",
		`s3.amazonaws.com\bucket`:                            `s3[.]amazonaws[.]com\bucket`,
		"s3-eu-west-1.amazonaws.com/bucket":                  "s3-eu-west-1[.]amazonaws[.]com/bucket",
		"s3.amazonaws.com.cn/bucket":                         "s3[.]amazonaws[.]com[.]cn/bucket",
		"https://s3.eu-west-1.amazonaws.com/bucket/key":      "hxxps://s3[.]eu-west-1[.]amazonaws[.]com/bucket/key",
		"https://s3.dualstack.eu-west-1.amazonaws.com/b/k":   "hxxps://s3[.]dualstack[.]eu-west-1[.]amazonaws[.]com/b/k",
		"https://bucket.s3.amazonaws.com/key":                "hxxps://bucket[.]s3[.]amazonaws[.]com/key",
		"https://bucket.s3.eu-west-1.amazonaws.com":          "hxxps://bucket[.]s3[.]eu-west-1[.]amazonaws[.]com",
		"http://b.s3-website-eu-west-1.amazonaws.com":        "hxxp://b[.]s3-website-eu-west-1[.]amazonaws[.]com",
		"PutObject of s3.amazonaws.com":                      "",
		"s3.amazonaws.com: denied, as by s3.amazonaws.com.":  "",
		"role/aws-service-role/guardduty.amazonaws.com/Role": "",
	} {
		if want == "" {
			want = said
		}
		m := formatter.New(notify.Notification{Findings: []finding.Finding{{Description: said, Severity: 8}}}, formatter.Style{})
		if got := text.Render(m, 10_000); !strings.Contains(got, want) {
			t.Errorf("%s: %s is not in:\n%s", said, want, got)
		}
	}
}

// What shows nothing cannot hide in a word, nor break one up for who looks for it.
func TestInvisibleIsGone(t *testing.T) {
	for _, invisible := range "\u00ad\u034f\u115f\u17b4\u180b\u180e\u200b\u202e\u2065\u2066\u3164\ufe0f\ufeff\uffa0\ufff0\uffff\U000e0001\U000e0100" {
		f := finding.Finding{Title: "root" + string(invisible) + "kit", Severity: 8}
		m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{})
		if m.Title != "rootkit" {
			t.Errorf("%U: got %q", invisible, m.Title)
		}
	}
}
