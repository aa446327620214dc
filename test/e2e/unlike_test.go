package e2e_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var updateUnlike = flag.Bool("unlike", false, "write what the emulators do unlike AWS to docs/emulators.md")

const unlikePage = "../../docs/emulators.md"

// difference is something that an emulator does unlike AWS. Its answers are a few words: what AWS documents, and what
// each emulator says, in the order of the table's emulators; "" is as AWS.
type difference struct {
	what   string
	aws    string // with a link to where AWS says so
	seen   []string
	check  string // what holds Tocsin to AWS's rule, since no test on the emulator would
	answer func(*testing.T, server) string
}

// server is an emulator on a real socket.
type server struct{ url string }

// reply is what it answers.
type reply struct {
	status int
	body   []byte
}

func (s server) post(t *testing.T, path, kind string, body []byte, header map[string]string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	return do(t, request, header)
}

func (s server) get(t *testing.T, path, service string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, request, signedFor(service))
}

func do(t *testing.T, request *http.Request, header map[string]string) reply {
	t.Helper()
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, text}
}

// signedFor is a header by which an emulator of all of AWS finds out which service is asked. None of them looks at the
// signature.
func signedFor(service string) map[string]string {
	return map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/" + service +
		"/aws4_request, SignedHeaders=host, Signature=0"}
}

// json calls a service in AWS's JSON protocol.
func (s server) json(t *testing.T, service, target string, input any) reply {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	header := signedFor(service)
	header["X-Amz-Target"] = target
	version := "1.1"
	if service == "sqs" {
		version = "1.0"
	}
	return s.post(t, "/", "application/x-amz-json-"+version, body, header)
}

// sqs calls SQS with what it asks for about a queue.
func (s server) sqs(t *testing.T, action string, input map[string]any) reply {
	t.Helper()
	return s.json(t, "sqs", "AmazonSQS."+action, input)
}

// sns calls SNS.
func (s server) sns(t *testing.T, action string, pairs ...string) reply {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2010-03-31"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return s.post(t, "/", "application/x-www-form-urlencoded", []byte(form.Encode()), signedFor("sns"))
}

// word says what became of a call as a whole.
func (r reply) word() string {
	switch {
	case r.status < 300:
		return "taken"
	case r.status >= 500:
		return fmt.Sprint("status ", r.status)
	}
	return "refused"
}

// into reads the answer's JSON.
func (r reply) into(t *testing.T, value any) {
	t.Helper()
	if err := json.Unmarshal(r.body, value); err != nil || r.status >= 300 {
		t.Fatalf("status %d, %v: %.200s", r.status, err, r.body)
	}
}

// first returns the text of the first XML element with a name.
func (r reply) first(name string) string {
	decoder := xml.NewDecoder(bytes.NewReader(r.body))
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			_ = decoder.DecodeElement(&text, &start)
			return text
		}
	}
}

// emulated is a table of docs/emulators.md: the emulators of a service, and what they do unlike it.
type emulated struct {
	name      string
	emulators []string
	all       []difference
}

// check asks one emulator everything.
func (e emulated) check(t *testing.T, number int, url string) {
	t.Helper()
	for _, d := range e.all {
		want := d.seen[number]
		if want == "" {
			want, _, _ = strings.Cut(d.aws, " (")
		}
		if got := d.answer(t, server{url}); got != want {
			t.Errorf("%s, %s: %s, and docs/emulators.md says: %s", e.emulators[number], d.what, got, want)
		}
	}
	e.checkPage(t)
}

// checkPage holds the page to the table. With the flag it writes it.
func (e emulated) checkPage(t *testing.T) {
	t.Helper()
	var table strings.Builder
	fmt.Fprintf(&table, "| what is asked | AWS | %s | held for Tocsin by |\n|---|---|%s---|\n", strings.Join(e.emulators, " | "), strings.Repeat("---|", len(e.emulators)))
	for _, d := range e.all {
		fmt.Fprintf(&table, "| %s | %s |", d.what, d.aws)
		for _, seen := range d.seen {
			if seen == "" {
				seen = "as AWS"
			}
			fmt.Fprintf(&table, " %s |", seen)
		}
		fmt.Fprintf(&table, " %s |\n", d.check)
	}
	page, err := os.ReadFile(unlikePage)
	if err != nil {
		t.Fatal(err)
	}
	start, end := "<!-- "+e.name+" -->\n", "<!-- /"+e.name+" -->"
	before, rest, _ := strings.Cut(string(page), start)
	now, after, isThere := strings.Cut(rest, end)
	switch {
	case !isThere:
		t.Errorf("docs/emulators.md has no place for %s", e.name)
	case *updateUnlike:
		if err := os.WriteFile(unlikePage, []byte(before+start+table.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case now != table.String():
		t.Errorf("docs/emulators.md has another table of %s; go test ./test/e2e -run Unlike -unlike writes it", e.name)
	}
}

// The page names tests that there are.
func TestUnlikePageNamesTests(t *testing.T) {
	page, err := os.ReadFile(unlikePage)
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z]*)`").FindAllStringSubmatch(string(page), -1)
	for _, name := range names {
		if !strings.Contains(tests.String(), "func "+name[1]+"(") && name[1] != "TestEventPattern" {
			t.Errorf("docs/emulators.md names %s, and there is no such test", name[1])
		}
	}
	if len(names) < 50 {
		t.Errorf("%d names: they are not found any more", len(names))
	}
}

// versionOfMoto is the one that the page speaks of.
const versionOfMoto = "5.2.1"

// wantMoto skips the test where moto is another one than the page speaks of.
func wantMoto(t *testing.T) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "python3", "-c", "import moto; print(moto.__version__)").Output()
	if got := strings.TrimSpace(string(output)); err == nil && got != versionOfMoto {
		t.Skipf("moto is %s, and docs/emulators.md speaks of %s", got, versionOfMoto)
	}
}
