package ses_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/ses"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

func style(t testing.TB) formatter.Style { return formattertest.Style(t, nil) }

// Every mistake is found at once, with its setting and a remedy, and without the value.
func TestMistakes(t *testing.T) {
	var many []string
	for i := range 51 {
		many = append(many, "s3cr3t"+strings.Repeat("x", i)+"@example.com")
	}
	for _, test := range []struct {
		config ses.Config
		want   []string
	}{
		{ses.Config{}, []string{"FROM: is not set; give an address that SES knows", "TO: is not set; give the addresses"}},
		{ses.Config{From: "s3cr3t", To: "s3cr3t@", ReplyTo: "s3cr3t s3cr3t@example.com", ConfigurationSet: "s3cr3t/x"}, []string{
			"FROM: is not an address (", "TO: is no list of addresses", "REPLY_TO: is no list of addresses", "CONFIGURATION_SET: is not the name",
		}},
		{ses.Config{From: "a@example.com, s3cr3t@example.com", To: "x@s3cr3t"}, []string{"FROM: has several addresses; give one", "TO: address 1 of 1 has no domain"}},
		{ses.Config{From: "a@example.com", To: "a@example.com, s3cr3t@例え.jp, 検知@s3cr3t.jp, \"s3cr3t x\"@example.com, A@example.com"}, []string{
			"TO: address 2 of 5 has a domain that is not ASCII; write it as Punycode", "TO: address 3 of 5 has before the @", "TO: address 4 of 5 has before the @", "TO: address 5 of 5 stands there twice",
		}},
		{ses.Config{From: "a@example.com", To: strings.Join(many, ", ")}, []string{"TO: has 51 addresses, and SES takes 50"}},
		{ses.Config{From: strings.Repeat("s3cr3t", 20) + " <a@example.com>", To: "a@[10.0.0.1]"}, []string{"FROM: address 1 of 1 has a name of more than 64", "TO: "}},
		{ses.Config{From: "=?utf-8?q?s3cr3t=0d=0aBcc:_x?= <a@example.com>", To: "a@example.com"}, []string{"FROM: "}},
		{ses.Config{From: "a@example.com\r\nBcc: s3cr3t@example.com", To: "a@example.com"}, []string{"FROM: "}},
		{ses.Config{From: "a@" + strings.Repeat("s3cr3t", 11) + ".com", To: strings.Repeat("s3cr3t", 11) + "@example.com"}, []string{"FROM: address 1 of 1 has no domain", "TO: address 1 of 1 has before the @"}},
		{ses.Config{From: "a@-s3cr3t.com", To: "a..s3cr3t@example.com", ConfigurationSet: strings.Repeat("s3cr3t", 11)}, []string{"FROM: ", "TO: ", "CONFIGURATION_SET: "}},
		{ses.Config{From: "a@example.com", To: "a@example.com", ConfigurationSet: "arn:aws:ses:s3cr3t"}, []string{"CONFIGURATION_SET: is not the name of a configuration set"}},
	} {
		err := test.config.Check(t.Context(), "ses")
		_, atStart := ses.New(t.Context(), "ses", test.config, style(t))
		if err == nil || atStart == nil || atStart.Error() != err.Error() {
			t.Errorf("%+v: got %v, at start %v", test.config, err, atStart)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for i, want := range test.want {
			if len(lines) != len(test.want) || !strings.HasPrefix(lines[i], want) {
				t.Errorf("got %q, want %q", lines, test.want)
				break
			}
		}
		if strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "例え") {
			t.Errorf("it shows a value: %v", err)
		}
	}
}

// What people write in these settings is understood.
func TestSettings(t *testing.T) {
	for _, test := range []struct {
		from, name, at, field string
	}{
		{"alerts@example.com", "", "alerts@example.com", "alerts@example.com"},
		{" alerts@Example.COM ", "", "alerts@Example.COM", "alerts@Example.COM"},
		{"Tocsin <alerts@example.com>", "Tocsin", "alerts@example.com", `"Tocsin" <alerts@example.com>`},
		{`"Tocsin, \"prod\"" <alerts+x@sub.xn--r8jz45g.jp>`, `Tocsin, "prod"`, "alerts+x@sub.xn--r8jz45g.jp", `"Tocsin, \"prod\"" <alerts+x@sub.xn--r8jz45g.jp>`},
		{"警報 <alerts@example.com>", "警報", "alerts@example.com", "=?UTF-8?B?6K2m5aCx?= <alerts@example.com>"},
		{"=?utf-8?b?6K2m5aCx?= <alerts@example.com>", "警報", "alerts@example.com", "=?UTF-8?B?6K2m5aCx?= <alerts@example.com>"},
		{`"=?x?q?y?=" <alerts@example.com>`, "=?x?q?y?=", "alerts@example.com", "=?UTF-8?B?PT94P3E/eT89?= <alerts@example.com>"},
	} {
		m := sent(t, ses.Config{From: test.from, To: "a@example.com"}, nil, finding1(notify.KindFinding))[0]
		if m.From != test.at || m.FromName != test.name || m.Header.Get("From") != test.field {
			t.Errorf("%s: got %q, %q, %q", test.from, m.FromName, m.From, m.Header.Get("From"))
		}
		if !strings.HasSuffix(m.Header.Get("References"), "@"+strings.ToLower(test.at[strings.Index(test.at, "@")+1:])+">") {
			t.Errorf("%s: got %s", test.from, m.Header.Get("References"))
		}
	}
}

// The rights are those to the sender's own identities and the configuration set.
func TestGrants(t *testing.T) {
	grants := ses.Traits().Grants
	if len(grants) != 1 {
		t.Fatalf("got %v", grants)
	}
	at := traits.Home{Partition: "aws-cn", Region: "cn-north-1", Account: "111122223333"}
	settings := map[string]string{"FROM": "Tocsin <alerts@Example.com>", "TO": "a@example.org", "CONFIGURATION_SET": "alerts"}
	get := func(setting string) string { return settings[setting] }
	want := []string{
		"arn:aws-cn:ses:cn-north-1:111122223333:identity/alerts@Example.com", "arn:aws-cn:ses:cn-north-1:111122223333:identity/example.com",
		"arn:aws-cn:ses:cn-north-1:111122223333:configuration-set/alerts",
	}
	if diff := cmp.Diff(want, grants[0].Resources(get, at)); diff != "" {
		t.Error(diff)
	}
	delete(settings, "CONFIGURATION_SET")
	if diff := cmp.Diff(want[:2], grants[0].Resources(get, at)); diff != "" {
		t.Error(diff)
	}
	settings["FROM"] = "*@example.com, x@example.com"
	if got := grants[0].Resources(get, at); got != nil {
		t.Errorf("a mistake gives rights: %v", got)
	}
	if diff := cmp.Diff([]string{"ses:SendEmail", "ses:SendRawEmail"}, grants[0].Actions); diff != "" {
		t.Error(diff)
	}
}

// The server of these tests refuses what SES refuses.
func TestTheServerRefuses(t *testing.T) {
	good := "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n--b--\r\n"
	if _, err := sestest.Read([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"two subjects": {"Subject: x", "Subject: x\r\nSubject: y"}, "a bare LF": {"Subject: x\r\n", "Subject: x\n"}, "8 bits": {"Subject: x", "Subject: é"},
		"no From": {"From: a@example.com\r\n", ""}, "no subject": {"Subject: x\r\n", ""}, "a long line": {"Subject: x", "Subject: " + strings.Repeat("x", 1_000)},
		"a long word": {"Subject: x", "Subject: =?UTF-8?B?" + strings.Repeat("eHh4", 16) + "?="}, "half a character": {"Subject: x", "Subject: =?UTF-8?B?5qQ=?="},
		"a long line in a part": {"eA==", strings.Repeat("eHh4", 20)}, "no base64": {"eA==", "=_"}, "HTML first": {"text/plain", "text/html"},
		"another boundary": {"boundary=b", "boundary=c"}, "no end": {"--b--", "--b"}, "no version": {"MIME-Version: 1.0\r\n", ""},
	} {
		if _, err := sestest.Read([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}
