package guardduty_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// message builds the message of a finding as it is described by its source.
func message(t *testing.T, f finding.Finding, settings map[string]string) formatter.Message {
	t.Helper()
	return formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Described(f)}}, formattertest.Style(t, settings))
}

// There are words for every finding type, which fit a headline, in every language.
func TestEveryTypeHasWords(t *testing.T) {
	seen := 0
	for entry := range guardduty.All() {
		titles := map[string]bool{}
		for _, lang := range []string{"en", "ja"} {
			m := message(t, finding.Finding{Source: "aws.guardduty", Type: entry.Type, Title: "title"}, map[string]string{"MESSAGE_LANG": lang})
			if m.Title == "title" || m.Title == "" || strings.ContainsAny(m.Title, "{}|") || strings.HasSuffix(m.Title, "…") {
				t.Errorf("%s in %s: got %q", entry.Type, lang, m.Title)
			}
			if m.Summary != "title" {
				t.Errorf("%s in %s: the source's title is lost: %+v", entry.Type, lang, m)
			}
			titles[m.Title] = true
		}
		if len(titles) != 2 {
			t.Errorf("%s: the languages say the same: %v", entry.Type, titles)
		}
		seen++
	}
	if seen < 236 {
		t.Errorf("only %d types", seen)
	}
}

func TestWordsForTypes(t *testing.T) {
	for findingType, want := range map[string]string{
		"Trojan:EC2/DNSDataExfiltration":           "Data exfiltration through DNS",
		"Backdoor:Runtime/C&CActivity.B!DNS":       "DNS query for a command-and-control server",
		"Backdoor:Runtime/C&CActivity.B":           "Connection to a command-and-control server",
		"Discovery:S3/TorIPCaller":                 "S3 calls through Tor: discovery",
		"Impact:EC2/MaliciousDomainRequest.Custom": "DNS query for a domain on your threat list",
		"Trojan:Novelty/DNSDataExfiltration.Z!Q":   "Data exfiltration through DNS", // of a kind that is not known yet
		"Discovery:Novelty/TorIPCaller":            "title",
		"Novelty:S3/TorIPCaller":                   "title", // a purpose without words
		"Trojan:EC2/Novelty":                       "title",
		"":                                         "title",
		"level":                                    "title",
		"x:fact/resource":                          "title",
		"x:level/high\nlevel.high":                 "title",
		"Persistence:EC2/level.high|" + strings.Repeat("x", 500):          "title",
		"Execution:EC2/MaliciousFile!Snapshot":                            "Malware in an EBS snapshot",
		"PrivilegeEscalation:IAMUser/AnomalousBehavior":                   "Unusual AWS calls: privilege escalation",
		"UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.Novel": "title",
	} {
		f := finding.Finding{Source: "aws.guardduty", Type: findingType, Title: "title"}
		if m := message(t, f, nil); m.Title != want {
			t.Errorf("%s: got %q, want %q", findingType, m.Title, want)
		}
	}
	if m := message(t, finding.Finding{Source: "com.example", Type: "Trojan:EC2/DNSDataExfiltration", Title: "title"}, nil); m.Title != "title" {
		t.Errorf("another source speaks in our words: %q", m.Title)
	}
}
