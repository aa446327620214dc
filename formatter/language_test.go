package formatter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/catalogue"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// table reads the file of a language.
func table(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, "|")
		if !found || key == "" || value == "" || all[key] != "" || strings.TrimSpace(line) != line {
			t.Errorf("%s: a line that is no entry, or a second one: %q", path, line)
		}
		all[key] = value
	}
	return all
}

// Each language has every text of English, with the same places for values, and no other.
func TestLanguagesAreComplete(t *testing.T) {
	en := table(t, "lang/en.txt")
	files, err := filepath.Glob("lang/*.txt")
	if err != nil || len(files) < 2 {
		t.Fatalf("got %v, error %v", files, err)
	}
	for _, path := range files {
		other := table(t, path)
		for key, text := range en {
			for _, place := range []string{"{}", "{n}", "{level}"} {
				if strings.Count(text, place) != strings.Count(other[key], place) {
					t.Errorf("%s: %s has not the places for values of %q: %q", path, key, text, other[key])
				}
			}
		}
		for key := range other {
			if en[key] == "" {
				t.Errorf("%s: nothing asks for %s", path, key)
			}
		}
		code := strings.TrimSuffix(filepath.Base(path), ".txt")
		if m := message(t, formattertest.Exfiltration(), map[string]string{"MESSAGE_LANG": code}); m.Lang != code || m.LevelName != other["level.high"] {
			t.Errorf("%s: MESSAGE_LANG=%s gives the language %s", path, code, m.Lang)
		}
	}
}

// There are words for every finding type, which fit a headline, in every language.
func TestEveryTypeHasWords(t *testing.T) {
	seen := 0
	for entry := range catalogue.All() {
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
	if seen < 229 {
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
