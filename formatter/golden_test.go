package formatter_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// update writes the golden files anew.
var update = flag.Bool("update", false, "write the golden files anew")

func at(hour, minute int) time.Time { return time.Date(2026, 3, 16, hour, minute, 5, 0, time.UTC) }

func exfiltration() finding.Finding {
	return finding.Finding{
		ID: "16afba5c5c43e07c9e3e5e2e544e95df", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration",
		Title:       "Data exfiltration through DNS queries from EC2 instance i-0a1b2c3d4e5f60718.",
		Description: "EC2 instance i-0a1b2c3d4e5f60718 is attempting to query domain names that resemble exfiltrated data.",
		Severity:    8,
		Place:       finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "ap-northeast-1", Partition: "aws"},
		Activity:    finding.Activity{Count: 3, FirstSeen: at(8, 20), LastSeen: at(8, 22), Created: at(8, 25), Updated: at(8, 25)},
		Resource: finding.Resource{
			Type: "Instance", ID: "i-0a1b2c3d4e5f60718", Name: "web-1",
			Attributes: finding.Attributes{}.With(finding.AttrPublicIP, "198.51.100.12").With(finding.AttrVPC, "vpc-0a1b2c3d"),
			Tags:       []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "team", Value: "shop"}},
		},
		Action: finding.Action{Kind: "DNS_REQUEST", Attributes: finding.Attributes{}.
			With(finding.AttrDomain, "data.example.net").With(finding.AttrProtocol, "UDP").With(finding.AttrBlocked, "false")},
	}
}

func consoleLogin() finding.Finding {
	f := finding.Finding{
		ID: "b7f1", Source: "aws.guardduty", Type: "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
		Title: "[SAMPLE] API PutBucketPolicy was invoked from a known malicious IP address.", Severity: 5,
		Place:    finding.Place{Account: finding.Account{ID: "000022223333"}, Region: "cn-north-1", Partition: "aws-cn"},
		Activity: finding.Activity{Count: 1, Sample: true, Archived: true, Created: at(9, 0), Updated: at(9, 0)},
		Resource: finding.Resource{Type: "AccessKey", ID: "AKIAEXAMPLE", Name: "ann"},
		Action: finding.Action{Kind: "AWS_API_CALL", Attributes: finding.Attributes{}.
			With(finding.AttrAPI, "PutBucketPolicy").With(finding.AttrService, "s3.amazonaws.com").With(finding.AttrErrorCode, "AccessDenied")},
	}
	f.Actor.Remote = finding.Remote{IP: "198.51.100.7", City: "Lima", Country: "Peru", Organization: "Example Telecom", ASN: "AS64500"}
	f.Actor.User = finding.User{Name: "ann", Type: "IAMUser", AccessKey: "AKIAEXAMPLE"}
	return f
}

func sequence() finding.Finding {
	f := finding.Finding{
		ID: "seq1", Source: "aws.guardduty", Type: "AttackSequence:S3/CompromisedData", Title: "Potential data compromise of S3 buckets",
		Description: "A sequence of actions indicates that data in 2 buckets was taken.", Severity: 9.5,
		Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "us-gov-west-1", Partition: "aws-us-gov"},
		Sequence: &finding.Sequence{
			Signals:    []finding.Signal{{Name: "Unusual ListBuckets"}, {Name: "CloudTrail stopped"}},
			Resources:  []finding.Resource{{Type: "S3_BUCKET", ID: "b1"}, {Type: "S3_BUCKET", ID: "b2"}},
			Indicators: []finding.Indicator{{Key: "ATTACK_TACTIC", Values: []string{"Exfiltration", "Defense Evasion"}}},
		},
		Activity: finding.Activity{FirstSeen: at(1, 0), LastSeen: at(2, 0)},
	}
	f.Actor.Process = finding.Process{Path: "/usr/bin/aws", User: "root", PID: "42"}
	return f
}

type golden struct {
	notification notify.Notification
	style        map[string]string
}

func goldens(t *testing.T) map[string]golden {
	t.Helper()
	one := func(f finding.Finding) notify.Notification {
		return notify.Notification{Findings: []finding.Finding{f}}
	}
	update := one(exfiltration())
	update.Kind = notify.KindUpdate
	update.Changes = []notify.Change{
		{What: "severity", From: "5.0", To: "8.0"}, {What: "count", From: "3", To: "120"}, {What: "new actor", To: "198.51.100.9"},
	}
	minimal := one(exfiltration())
	minimal.Minimal = true
	digest := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{exfiltration(), consoleLogin(), sequence()}}
	for _, name := range slices.Sorted(maps.Keys(kinds())) {
		digest.Findings = append(digest.Findings, kinds()[name])
	}
	japanese := map[string]string{"MESSAGE_LANG": "ja"}
	all := map[string]golden{
		"finding": {one(exfiltration()), nil}, "sample": {one(consoleLogin()), nil}, "sequence": {one(sequence()), nil},
		"sequence-utmost": {one(utmost()), nil}, "generic": {one(generic()), nil}, "longest": {filled(strings.Repeat("long <&> words. ", 20_000)), nil},
		"nothing": {one(finding.Finding{}), nil}, "update": {update, nil}, "minimal": {minimal, nil},
		"digest": {digest, nil}, "digest-samples": {notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{consoleLogin(), consoleLogin()}}, nil},
		"notice":     {notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{exfiltration()}}, nil},
		"ja-finding": {one(instanceKind()), japanese}, "ja-sequence": {one(utmost()), japanese}, "ja-digest": {digest, japanese}, "ja-update": {update, japanese},
		"own": {one(instanceKind()), map[string]string{
			"FIELDS": "account,resource,action,details", "TITLE_TEMPLATE": "{{.what}} in {{.account_name | upper}}", "MENTION": "<!channel>",
			"MENTION_MIN_SEVERITY": "5", "RUNBOOK_URL": "https://wiki.example.com/runbooks/{type}",
			"BODY_TEMPLATE": "{{.actor.ip}} attacks {{.target}}\n{{with tag \"Owner\"}}Ask {{.}}{{end}}",
		}},
	}
	for name, f := range kinds() {
		all[name] = golden{one(f), nil}
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, golden := range goldens(t) {
		m := formatter.New(golden.notification, style(t, golden.style))
		text := formatter.Subject(m) + "\n\n" + formatter.Text(m, 256<<10) + "\n"
		compare(t, name+".txt", []byte(text))
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, formatter.Slack(m, formatter.SlackPost{}), "", "  "); err != nil {
			t.Fatal(err)
		}
		compare(t, name+".slack.json", append(pretty.Bytes(), '\n'))
	}
}

// style builds a style from the settings that differ from the defaults.
func style(t testing.TB, settings map[string]string) formatter.Style {
	t.Helper()
	style, err := formatter.NewStyle(func(setting string) (string, string) { return setting, settings[setting] })
	if err != nil {
		t.Fatal(err)
	}
	return style
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./formatter -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s has changed; look at it, then: go test ./formatter -update\n%s", path, diff)
	}
}
