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

func ExampleSubject() {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	fmt.Println(text.Subject(m))
	// Output: [HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)
}
