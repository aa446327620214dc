package e2e_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/html"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/ses"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
	"github.com/tocsin-sec/tocsin/test/moto"
)

// mailProgram is aws-ses-v2-local, which takes mail, and mailparser, which reads it.
type mailProgram struct {
	url   string
	stdin io.Writer
	lines *bufio.Reader
}

func startMailProgram(t *testing.T) *mailProgram {
	t.Helper()
	for _, name := range []string{"aws-ses-v2-local", "mailparser"} {
		if _, err := os.Stat("node_modules/" + name + "/package.json"); err != nil {
			if output, err := exec.CommandContext(t.Context(), "npm", "ci", "--no-progress").CombinedOutput(); err != nil {
				t.Fatalf("npm ci: %v\n%s", err, output)
			}
		}
	}
	process := exec.Command("node", "mail.mjs")
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // which ends it
		_ = process.Wait()
	})
	p := &mailProgram{stdin: stdin, lines: bufio.NewReader(stdout)}
	p.url = strings.TrimSpace(p.line(t))
	return p
}

func (p *mailProgram) line(t *testing.T) string {
	t.Helper()
	line, err := p.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// readMail is a mail as mailparser reads it. Line ends are "\n".
type readMail struct {
	Subject, Text, HTML, InReplyTo string
	From, To, ReplyTo              [][2]string
	References                     any
	Attachments                    int
	Fields                         []string
	Priority                       string
}

func (p *mailProgram) read(t *testing.T, raw []byte) readMail {
	t.Helper()
	if _, err := io.WriteString(p.stdin, base64.StdEncoding.EncodeToString(raw)+"\n"); err != nil {
		t.Fatal(err)
	}
	var m readMail
	if err := json.Unmarshal([]byte(p.line(t)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// mailSink builds the sink with the environment of the test.
func mailSink(t *testing.T, url string, c ses.Config, style formatter.Style) *ses.Sink {
	t.Helper()
	for name, value := range sestest.Environment(url) {
		t.Setenv(name, value)
	}
	sink, err := ses.New(t.Context(), "ses", c, style)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// What a mail program reads is what the renderers have written, to the letter: of every case in
// English and Japanese, and of every attack.
func TestMailIsReadAsItWasWritten(t *testing.T) {
	program := startMailProgram(t)
	cases := formattertest.Cases()
	for name, attack := range formattertest.Attacks() {
		cases["attack, "+name] = formattertest.Case{Notification: formattertest.Filled(attack)}
		cases["attack in Japanese, "+name] = formattertest.Case{Notification: formattertest.Filled(attack), Settings: map[string]string{"MESSAGE_LANG": "ja"}}
	}
	for name, attack := range map[string]string{
		"a field": "x\r\nBcc: evil@evil.example\r\n\r\nbody", "an encoded word": "=?UTF-8?B?ZXZpbA==?= =?utf-8?q?=0d=0aBcc:_e?=", "a boundary": "--=_tocsin--\n--=_tocsin",
	} {
		cases["attack, "+name] = formattertest.Case{Notification: formattertest.Filled(attack)}
	}
	c := ses.Config{From: "情報セキュリティ監視室 <alerts@example.com>", To: `soc@example.org, "森, 鷗外" <mori@example.jp>`, ReplyTo: `"SOC, \"Tokyo\"" <soc@example.org>`}
	for name, one := range cases {
		server := sestest.New(t)
		sink := mailSink(t, server.URL(), c, formattertest.Style(t, one.Settings))
		if _, err := sink.Notify(t.Context(), one.Notification); err != nil {
			t.Fatalf("%s: %v, refused %v", name, err, server.Refused())
		}
		shown, err := sink.Preview(one.Notification)
		if err != nil {
			t.Fatal(err)
		}
		got, content := program.read(t, server.Mails()[0].Content.Raw.Data), formattertest.Message(t, one)
		want := readMail{
			Subject: shown.Subject, Text: text.Render(content, 20_000), HTML: html.Render(content), Fields: got.Fields, Priority: got.Priority,
			From: [][2]string{{"情報セキュリティ監視室", "alerts@example.com"}}, To: [][2]string{{"", "soc@example.org"}, {"森, 鷗外", "mori@example.jp"}},
			ReplyTo: [][2]string{{`SOC, "Tokyo"`, "soc@example.org"}},
		}
		if n := one.Notification; n.Kind == notify.KindFinding || n.Kind == notify.KindUpdate || n.Kind == notify.KindResolved {
			want.InReplyTo = "<tocsin." + n.FindingID()[:32] + "@example.com>"
			want.References = want.InReplyTo
		}
		got.Text, got.HTML = strings.TrimSuffix(got.Text, "\n"), strings.TrimSuffix(got.HTML, "\n")
		want.HTML = strings.TrimSuffix(want.HTML, "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %.2000s", name, diff)
		}
		for _, field := range got.Fields {
			if strings.Contains(field, "bcc") || strings.Contains(field, "cc") {
				t.Errorf("%s: the fields %v", name, got.Fields)
			}
		}
		isUrgent := content.Level.String() == "critical" && !content.IsOver
		if isUrgent != (got.Priority == "high") {
			t.Errorf("%s: priority %q of a finding that is %s", name, got.Priority, content.Level)
		}
	}
}

// The built bootstrap sends by a server that is not ours, what comes of a finding in one thread.
func TestMailThroughAnotherSES(t *testing.T) {
	program := startMailProgram(t)
	f := start(t, map[string]string{
		"SINKS": "ses", "SES_FROM": "Tocsin <alerts@example.com>", "SES_TO": "soc@example.org", "AWS_ENDPOINT_URL_SESV2": program.url, "SES_RATE": "0",
		"MESSAGE_LANG": "ja", "LEDGER": "memory",
	})
	for _, step := range []string{event("5", "m1"), event("5", "m1"), strings.ReplaceAll(event("8", "m1"), "10.123Z", "11.123Z")} {
		f.succeeded(t, step)
	}
	response, err := http.Get(program.url + "/store")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var store struct {
		Emails []struct {
			From, Subject string
			Destination   struct{ To []string }
			Body          struct{ Text, HTML string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&store); err != nil {
		t.Fatal(err)
	}
	if len(store.Emails) != 2 {
		t.Fatalf("%d mails, want 2: the copy is none", len(store.Emails))
	}
	for i, m := range store.Emails {
		if m.From != `"Tocsin" <alerts@example.com>` || fmt.Sprint(m.Destination.To) != "[soc@example.org]" || !strings.Contains(m.Body.HTML, "<html lang=\"ja\"") ||
			!strings.Contains(m.Body.Text, "ポートスキャン") || !strings.Contains(m.Subject, "ポートスキャン") || strings.HasPrefix(m.Subject, "Re: ") != (i == 1) {
			t.Errorf("mail %d: %q from %s to %v: %.300s", i, m.Subject, m.From, m.Destination.To, m.Body.Text)
		}
	}
}

// Moto, another one that plays SES, refuses a sender that is not verified, in words of its own, and takes
// the mail of one that is.
func TestMailOnMoto(t *testing.T) {
	url := moto.Start(t)
	n := formattertest.Cases()["ja-finding"].Notification
	sink := mailSink(t, url, ses.Config{From: "Tocsin <alerts@example.com>", To: "soc@example.org"}, formattertest.Style(t, nil))
	if _, err := sink.Notify(t.Context(), n); err == nil || !strings.Contains(err.Error(), "MessageRejected (status 400)") {
		t.Errorf("not verified: got %v (%v)", err, notify.KindOf(err))
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("Action=VerifyEmailIdentity&EmailAddress=alerts@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+sestest.KeyID+"/20260101/"+sestest.Region+"/ses/aws4_request, SignedHeaders=host, Signature=x")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %v, error %v", response, err)
	}
	_ = response.Body.Close()
	if receipt, err := sink.Notify(t.Context(), n); err != nil || receipt.ID == "" {
		t.Errorf("got %+v, error %v", receipt, err)
	}
}
