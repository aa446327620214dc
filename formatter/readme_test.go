package formatter_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The message that a page shows is the one that Tocsin writes, but for the ends of addresses.
func TestPagesShowTheMessage(t *testing.T) {
	body, err := os.ReadFile("../events/testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := events.Open(body)
	if err != nil {
		t.Fatal(err)
	}
	recipe := events.Parse(opened.Records[0].Envelope)[0]
	recipe.Account.Name = "prod"
	brute := formattertest.Instance()
	brute.Description = ""
	for path, text := range map[string]string{
		"../README.md":        formatter.Text(message(t, recipe, nil), 10_000),
		"../README.ja.md":     formatter.Text(message(t, recipe, map[string]string{"MESSAGE_LANG": "ja"}), 10_000),
		"../docs/messages.md": formatter.Text(message(t, brute, nil), 10_000),
	} {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(page), "\n```\n")
		example, _, _ = strings.Cut(example, "\n```\n")
		written := strings.Split(text, "\n")
		shown := strings.Split(example, "\n")
		if len(shown) < 10 {
			t.Errorf("%s shows no message", path)
		}
		for i, line := range shown {
			line = strings.TrimSuffix(line, "...")
			if i >= len(written) || !strings.HasPrefix(written[i], line) {
				t.Errorf("%s shows %q in line %d of its message", path, line, i+1)
			}
		}
	}
}

func ExampleNew() {
	style, err := formatter.NewStyle(func(setting string) (variable, text string) {
		settings := map[string]string{"FIELDS": "resource,actor,action", "TITLE_TEMPLATE": "{{.what}} in {{.account_name}}"}
		return setting, settings[setting]
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := formattertest.Instance()
	f.Description = ""
	m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style)
	m.Links = nil
	fmt.Println(formatter.Text(m, 1_000))
	// Output:
	// MEDIUM  Brute-force attack over SSH in prod
	// GuardDuty UnauthorizedAccess:EC2/SSHBruteForce, severity 5.0
	//
	// 198.51.100.7 is performing SSH brute force attacks against i-0a1b2c3d.
	//
	//   Resource  EC2 instance i-0a1b2c3d (web-1), public 203.0.113.12, private 10.0.0.12, VPC vpc-0a1b
	//   Actor     198.51.100.7, Example Telecom (AS64500), Lima, Peru
	//   Action    inbound TCP connection from remote port 40312 to local port 22 (SSH), not blocked
}
