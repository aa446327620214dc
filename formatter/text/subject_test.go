package text_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// A subject is in ASCII whatever the language of the message.
func TestSubjectInEveryLanguage(t *testing.T) {
	japanese := map[string]string{"MESSAGE_LANG": "ja"}
	for name, f := range map[string]finding.Finding{"sample": formattertest.ConsoleLogin(), "plain": formattertest.Exfiltration(), "nothing": {}} {
		want := text.Subject(message(t, f, nil))
		if got := text.Subject(message(t, f, japanese)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	own := map[string]string{"TITLE_TEMPLATE": "{{.region}} でデータの持ち出し"}
	if got, want := text.Subject(message(t, formattertest.Exfiltration(), own)), "[HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	own = map[string]string{"TITLE_TEMPLATE": "Please look at {{.target}} – now", "MESSAGE_LANG": "ja"}
	if got, want := text.Subject(message(t, formattertest.Exfiltration(), own)), "[HIGH] Please look at i-0a1b2c3d4e5f60718 (web-1) ? now"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What stands in brackets in an account's own name is a part of it, and its number is none.
func TestAccountInSubject(t *testing.T) {
	for want, account := range map[string]finding.Account{
		"prod (eu)":      {ID: "111122223333", Name: "prod (eu)"},
		"stage (eu)":     {Name: "stage (eu)"},
		"(old) dev (eu)": {ID: "111122223333", Name: "(old) dev (eu)"},
		"shop":           {ID: "111122223333", Name: "shop"},
		"111122223333":   {ID: "111122223333"},
	} {
		f := formattertest.Exfiltration()
		f.Account = account
		digest := formatter.New(notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{f, f}}, formatter.Style{})
		for _, m := range []formatter.Message{message(t, f, nil), digest} {
			if got := text.Subject(m); !strings.HasSuffix(got, " in "+want+" (ap-northeast-1)") {
				t.Errorf("%s is not in %q", want, got)
			}
		}
	}
}

// A type that a thousand findings have in common does not stand in the place of the title.
func TestSubjectSaysTheTitle(t *testing.T) {
	control := formattertest.Failed()
	control.Region = "us-west-1"
	long := formattertest.Failed()
	long.Title, long.Resource.ID, long.Account.Name = strings.Repeat("Buckets should log access ", 9), strings.Repeat("b", 63), strings.Repeat("a", 50)
	told := formattertest.Failed()
	told.Title = "Bucket example-logs should log access"
	foreign := formattertest.Failed()
	foreign.Title = "バケットはアクセスを記録する必要があります"
	root := finding.Finding{Severity: 8, Type: "SignIn.Root.NoMFA", Title: "Root signed in without MFA", Source: "aws.signin"}
	root.Account.ID, root.Actor.User.Name = "123456789012", "root"
	bare := finding.Finding{Severity: 8, Type: "Some type", Source: "com.example"}
	for want, f := range map[string]finding.Finding{
		"[HIGH] S3.9 buckets should log access: example-logs in shop-prod (us-west-1)":                        control,
		"[HIGH] Bucket example-logs should log access in shop-prod (eu-west-1)":                               told,
		"[LOW] [OK] root-usage in shop-prod (eu-west-1)":                                                      formattertest.Alarm(),
		"[MEDIUM] Instance retirement: i-0a1b2c3d4e5f60710 and 3 more in shop-prod (eu-west-1)":               formattertest.Maintenance(),
		"[HIGH] Buckets should log access B...: bbbbbbbbbbbbbbbbbbbbbbbbbbbbb... in aaaaaaaaa... (eu-west-1)": long,
		"[HIGH] Security Hub: Software and Configuration Checks/Industry and Reg... in shop-prod (eu-west-1)": foreign,
		"[HIGH] Root signed in without MFA: root in 123456789012":                                             root,
		"[HIGH] Some type": bare,
	} {
		got := text.Subject(message(t, f, nil))
		formattertest.CheckSubject(t, got)
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func ExampleSubject() {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	fmt.Println(text.Subject(m))
	// Output: [HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)
}
