package ses_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/sinks/ses"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
)

func usual() ses.Config {
	return ses.Config{From: "Tocsin <alerts@example.com>", To: "soc@example.org, oncall@example.net"}
}

func build(t testing.TB, url string, c ses.Config, settings map[string]string) *ses.Sink {
	t.Helper()
	for name, value := range sestest.Environment(url) {
		t.Setenv(name, value)
	}
	sink, err := ses.New(t.Context(), "ses", c, formattertest.Style(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestConformance(t *testing.T) {
	server := sestest.New(t)
	notifytest.Run(t, notifytest.Kit{
		New:    func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL, usual(), nil) },
		Accept: server.ServeHTTP,
		Throttle: func(w http.ResponseWriter, _ *http.Request) {
			sestest.Refuse(w, http.StatusBadRequest, "ThrottlingException", "Maximum sending rate exceeded.")
		},
		Secret: sestest.Secret,
	})
	if refused := server.Refused(); len(refused) > 0 {
		t.Errorf("%d refused, as for %v", len(refused), refused[0])
	}
}

// finding1 is a finding, and what becomes of it.
func finding1(kind notify.Kind) notify.Notification {
	n := notify.Notification{Kind: kind, Findings: []finding.Finding{formattertest.Exfiltration()}}
	if kind == notify.KindUpdate {
		n.Changes = []notify.Change{{What: "count", From: "3", To: "120"}}
	}
	return n
}

// sent sends each notification by a sink of its own, and gives the mail that SES took.
func sent(t *testing.T, c ses.Config, settings map[string]string, all ...notify.Notification) []sestest.Mail {
	t.Helper()
	server := sestest.New(t)
	server.Sets("alerts")
	for _, n := range all {
		receipt, err := build(t, server.URL(), c, settings).Notify(t.Context(), n)
		mails := server.Mails()
		if err != nil || len(mails) == 0 || receipt.ID != mails[len(mails)-1].ID {
			t.Fatalf("receipt %+v, error %v, refused %v", receipt, err, server.Refused())
		}
	}
	return server.Mails()
}

func TestMail(t *testing.T) {
	c := usual()
	c.ReplyTo, c.ConfigurationSet = `"SOC, Tokyo" <reply@example.com>`, "alerts"
	m := sent(t, c, nil, finding1(notify.KindFinding))[0]
	header := map[string]string{}
	for name := range m.Header {
		header[name] = m.Header.Get(name)
	}
	id := "<tocsin." + finding1(notify.KindFinding).FindingID()[:32] + "@example.com>"
	want := map[string]string{
		"From": `"Tocsin" <alerts@example.com>`, "To": "soc@example.org, oncall@example.net", "Reply-To": `"SOC, Tokyo" <reply@example.com>`,
		"Subject":     "[HIGH] Data exfiltration through DNS - i-0a1b2c3d4e5f60718 (web-1) - prod / ap-northeast-1",
		"In-Reply-To": id, "References": id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"X-Tocsin-Kind": "finding", "X-Tocsin-Level": "high", "Content-Language": "en", "Mime-Version": "1.0",
		"Content-Type": `multipart/alternative; boundary="=_tocsin"`,
	}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"soc@example.org", "oncall@example.net"}, m.Destination.ToAddresses); diff != "" {
		t.Error(diff)
	}
	tracking := m.ConfigurationOverrides.Tracking
	if m.ConfigurationSetName != "alerts" || tracking.ClickTrackingEnabled != "DISABLED" || tracking.OpenTrackingEnabled != "DISABLED" {
		t.Errorf("got %+v", m.Request)
	}
	tags := map[string]string{}
	for _, tag := range m.EmailTags {
		tags[tag.Name] = tag.Value
	}
	if diff := cmp.Diff(map[string]string{
		"kind": "finding", "level": "high", "source": "aws_guardduty", "type": "Trojan_EC2_DNSDataExfiltration", "account": "111122223333",
		"region": "ap-northeast-1",
	}, tags); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(m.Text, "HIGH  Data exfiltration through DNS  ") || !strings.Contains(m.HTML, "<h1") {
		t.Errorf("got %s\n%s", m.Text, m.HTML)
	}
}

// All mail about a finding is one thread: by its References everywhere, and by its subject where a
// program goes by that. Another finding's is another one; what is about none stands alone.
func TestThread(t *testing.T) {
	other := finding1(notify.KindFinding)
	other.Findings[0].ID = "another"
	closed := finding1(notify.KindResolved)
	closed.Findings[0].State = finding.Closed
	worse := finding1(notify.KindUpdate)
	worse.Findings[0].Severity = 9.5
	digest := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{formattertest.Exfiltration(), formattertest.ConsoleLogin()}}
	notice := finding1(notify.KindNotice)
	for lang, settings := range map[string]map[string]string{"en": nil, "ja": {"MESSAGE_LANG": "ja"}} {
		mails := sent(t, usual(), settings, finding1(notify.KindFinding), finding1(notify.KindUpdate), closed, finding1(notify.KindResolved),
			worse, other, digest, notice, notify.Notification{Kind: notify.KindHeartbeat})
		first := mails[0]
		for i, m := range mails[1:4] {
			if m.Header.Get("References") != first.Header.Get("References") || m.Subject != "Re: "+first.Subject {
				t.Errorf("%s, mail %d: %q after %q, %v", lang, i+1, m.Subject, first.Subject, m.Header)
			}
			if m.Text == first.Text {
				t.Errorf("%s, mail %d says nothing new", lang, i+1)
			}
		}
		critical := mails[4]
		if critical.Header.Get("References") != first.Header.Get("References") || critical.Subject == mails[1].Subject || critical.Header.Get("Importance") != "high" {
			t.Errorf("%s: got %q, %v", lang, critical.Subject, critical.Header)
		}
		if mails[5].Header.Get("References") == first.Header.Get("References") || mails[5].Subject != first.Subject {
			t.Errorf("%s: another finding: got %q, %v", lang, mails[5].Subject, mails[5].Header)
		}
		for _, m := range mails[6:] {
			if m.Header.Get("References") != "" || m.Header.Get("In-Reply-To") != "" || strings.HasPrefix(m.Subject, "Re:") {
				t.Errorf("%s: got %q, %v", lang, m.Subject, m.Header)
			}
		}
	}
}

// A subject that is cut is cut in the same place.
func TestLongSubject(t *testing.T) {
	first, update := formattertest.Filled(strings.Repeat("日本語 ", 100)), formattertest.Filled(strings.Repeat("日本語 ", 100))
	first.Kind = notify.KindFinding
	mails := sent(t, usual(), nil, first, update)
	if got := mails[0].Subject; mails[1].Subject != "Re: "+got || len([]rune(got)) > 150 || !strings.HasSuffix(got, "…") {
		t.Errorf("got %q after %q", mails[1].Subject, got)
	}
}

// What is over is of no importance any more, however bad it was.
func TestImportance(t *testing.T) {
	over := finding1(notify.KindResolved)
	over.Findings[0].Severity = 9.5
	high := sent(t, usual(), nil, over, finding1(notify.KindFinding))
	for _, m := range high {
		if m.Header.Get("Importance") != "" || m.Header.Get("X-Priority") != "" {
			t.Errorf("got %v", m.Header)
		}
	}
}

// Every case arrives as the renderers have written it, within all limits, and its preview is what is
// sent.
func TestCases(t *testing.T) {
	for name, c := range formattertest.Cases() {
		checkSent(t, name, c)
	}
}

func TestAttacksAreDead(t *testing.T) {
	for name, attack := range formattertest.Attacks() {
		n := formattertest.Filled(attack)
		for _, kind := range []notify.Kind{notify.KindUpdate, notify.KindDigest} {
			n.Kind = kind
			checkSent(t, name, formattertest.Case{Notification: n})
		}
		n.Kind, n.Minimal = notify.KindFinding, true
		checkSent(t, name+", minimal", formattertest.Case{Notification: n})
	}
	headers := map[string]string{
		"a field": "x\r\nBcc: evil@evil.example", "a body": "x\r\n\r\n<html>evil", "a bare line break": "x\nBcc: e@evil.example", "a bare CR": "x\rBcc: e",
		"an encoded field": "=?utf-8?q?x=0d=0aBcc:_evil@evil.example?=", "an encoded word": "=?UTF-8?B?ZXZpbA==?= =?utf-8?q?e?=", "half a word": "=?", "a boundary": "--=_tocsin--",
		"a line of its own": "x\u2028Bcc: evil@evil.example", "next line": "x\u0085Bcc: evil", "blanks": "a" + strings.Repeat("  b", 60), "one blank": " ",
		"only blanks": strings.Repeat(" ", 200), "Japanese blanks": strings.Repeat("検\u3000", 100), "a dot": ".\r\n.", "from": "From x\n>From y",
	}
	for name, attack := range headers {
		checkSent(t, name, formattertest.Case{Notification: formattertest.Filled(attack)})
		checkSent(t, name+" as a title", formattertest.Case{
			Notification: formattertest.Filled(attack), Settings: map[string]string{"TITLE_TEMPLATE": "{{.title}} {{.resource.name}}"},
		})
	}
}

func TestHugeFindingsFit(t *testing.T) {
	for name, n := range formattertest.Huge() {
		checkSent(t, name, formattertest.Case{Notification: n})
	}
	checkSent(t, "utmost", formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{formattertest.Utmost()}}, Settings: map[string]string{
		"MESSAGE_LANG": "ja", "SHOW_TAGS": "*",
	}})
}

// Whole events of every source make mail that can be read, whichever member is an attacker's.
func TestWholeEvents(t *testing.T) {
	sink, read := build(t, "http://127.0.0.1:1", usual(), nil), 0
	for event, n := range formattertest.Whole(t) {
		l, err := sestest.Read(ses.Whole(sink, n))
		if err != nil || len(l.To) != 2 || l.Header.Get("Bcc") != "" {
			t.Fatalf("%.2000s: to %v, error %v", event, l.To, err)
		}
		formattertest.CheckText(t, l.Subject, 1_000)
		read++
	}
	if read < 1_000 {
		t.Errorf("%d events", read)
	}
}

// checkSent sends a case through the server, which refuses what is not right, and holds what arrived
// against the limits.
func checkSent(t *testing.T, name string, c formattertest.Case) {
	t.Helper()
	server := sestest.New(t)
	sink := build(t, server.URL(), usual(), c.Settings)
	if _, err := sink.Notify(t.Context(), c.Notification); err != nil {
		t.Fatalf("%s: %v; refused %v", name, err, server.Refused())
	}
	m := server.Mails()[0]
	if len(m.Content.Raw.Data) > 200_000 || len([]rune(m.Subject)) > 150+len("Re: ") {
		t.Errorf("%s: %d bytes, subject %q", name, len(m.Content.Raw.Data), m.Subject)
	}
	ours := strings.Fields("From To Subject In-Reply-To References Importance X-Priority Auto-Submitted X-Auto-Response-Suppress X-Tocsin-Kind " +
		"X-Tocsin-Level Content-Language Mime-Version Content-Type")
	for field := range m.Header {
		if !slices.Contains(ours, field) {
			t.Errorf("%s: a field %s", name, field)
		}
	}
	if len(m.To) != 2 || m.From != "alerts@example.com" || m.FromName != "Tocsin" {
		t.Errorf("%s: from %q to %v", name, m.From, m.To)
	}
	if strings.HasPrefix(t.Name(), "TestCases") { // there are links of the operator's own and of GovCloud
		checkShown(t, name, sink, c.Notification, m)
		return
	}
	formattertest.CheckText(t, strings.ReplaceAll(m.Text, "\r", ""), 20_500)
	formattertest.CheckText(t, m.Subject, 1_000)
}

// checkShown holds the preview against what was sent, and its sizes against their limits.
func checkShown(t *testing.T, name string, sink *ses.Sink, n notify.Notification, m sestest.Mail) {
	t.Helper()
	shown, err := sink.Preview(n)
	if err != nil || shown.Form != notify.FormHTML || shown.Subject != m.Subject || string(shown.Body) != m.HTML {
		t.Errorf("%s: shown %q, sent %q, error %v", name, shown.Subject, m.Subject, err)
	}
	for _, size := range shown.Sizes {
		if size.Value > size.Limit || size.Value == 0 {
			t.Errorf("%s: %+v", name, size)
		}
	}
}

// A large subject of Japanese is whole words of whole characters on lines that are short enough,
// which sestest.Read sees to.
func TestJapaneseSubject(t *testing.T) {
	n := finding1(notify.KindFinding)
	const title = "テスト環境のデータベースから大量の個人情報が外部のアドレスへ転送された疑いがあります🔥"
	n.Findings[0] = formattertest.Described(finding.Finding{ID: "1", Title: title, Severity: 8, Resource: finding.Resource{Type: "x", ID: "顧客台帳"}})
	m := sent(t, ses.Config{From: "情報セキュリティ　監視室 <alerts@example.com>", To: `"森 鷗外" <mori@example.jp>`}, map[string]string{"MESSAGE_LANG": "ja"}, n)[0]
	if !strings.Contains(m.Subject, title) || !strings.Contains(m.Subject, "顧客台帳") || m.FromName != "情報セキュリティ　監視室" {
		t.Errorf("got %q from %q", m.Subject, m.FromName)
	}
	if to, err := m.Header.AddressList("To"); err != nil || to[0].Name != "森 鷗外" {
		t.Errorf("got %v, %v", to, err)
	}
	raw := string(m.Content.Raw.Data)
	if strings.Count(raw, "\r\n =?UTF-8?B?") < 3 || !strings.Contains(raw, "Content-Transfer-Encoding: base64") {
		t.Errorf("got %s", raw[:1500])
	}
	if english := sent(t, usual(), nil, finding1(notify.KindFinding))[0]; strings.Count(string(english.Content.Raw.Data), "quoted-printable") != 2 {
		t.Error("English is not quoted-printable")
	}
}

func TestManyRecipients(t *testing.T) {
	var all []string
	for i := range 50 {
		all = append(all, `"`+strings.Repeat("n", 60)+`" <`+strings.Repeat("a", 60)+string(rune('a'+i%26))+string(rune('a'+i/26))+"@"+strings.Repeat(strings.Repeat("d", 60)+".", 3)+"example>")
	}
	m := sent(t, ses.Config{From: "a@example.com", To: strings.Join(all, ",")}, nil, finding1(notify.KindFinding))[0]
	if len(m.To) != 50 || len(m.Destination.ToAddresses) != 50 || len(m.Content.Raw.Data) > 200_000 {
		t.Errorf("got %d recipients, %d bytes", len(m.To), len(m.Content.Raw.Data))
	}
}

// The same notification gives the same bytes, at another time and in another process.
func TestSameBytes(t *testing.T) {
	n := finding1(notify.KindUpdate)
	n.Previous = notify.Receipt{ID: "C0123", Place: "a Slack channel"}
	mails := sent(t, usual(), nil, finding1(notify.KindUpdate), n)
	if string(mails[0].Content.Raw.Data) != string(mails[1].Content.Raw.Data) {
		t.Error("they differ")
	}
}

// Whatever a finding says, the mail can be read, and has the fields that it should have.
func FuzzMail(f *testing.F) {
	for _, attack := range formattertest.Attacks() {
		f.Add(attack[:min(len(attack), 2_000)], "en")
	}
	f.Add("検知 \r\nBcc: x =?utf-8?q?x?=", "ja")
	style := map[string]*ses.Sink{}
	for _, lang := range []string{"en", "ja"} {
		style[lang] = build(f, "http://127.0.0.1:1", usual(), map[string]string{"MESSAGE_LANG": lang})
	}
	f.Fuzz(func(t *testing.T, text, lang string) {
		sink := style[lang]
		if sink == nil {
			sink = style["en"]
		}
		n := formattertest.Filled(text)
		n.Findings[0].Updated = time.Time{}
		l, err := sestest.Read(ses.Whole(sink, n))
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Header) > 14 || len(l.To) != 2 {
			t.Errorf("got %v", l.Header)
		}
	})
}
