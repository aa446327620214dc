package formatter_test

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func ExampleNew() {
	style, err := formatter.NewStyle(func(setting string) (variable, text string) {
		settings := map[string]string{"FIELDS": "resource,actor,action", "TITLE_TEMPLATE": "{{.what}} in {{.account_name}}"}
		return setting, settings[setting]
	}, formattertest.ParseMention, events.Words(events.Table()))
	if err != nil {
		fmt.Println(err)
		return
	}
	f := formattertest.Instance()
	f.Description = ""
	m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style)
	m.Links = nil
	fmt.Println(text.Render(m, 1_000))
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
