package preview_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// render makes the page of one message.
func render(t *testing.T, m preview.Message) string {
	t.Helper()
	files, err := preview.Render(preview.Book{Findings: []preview.Finding{{Messages: []preview.Message{m}}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(files[0].Body)
}

func TestSlackAsDrawn(t *testing.T) {
	for name, test := range map[string]struct{ block, want string }{
		"header":       {`{"type":"header","text":{"type":"plain_text","text":"HIGH &amp; *low*"}}`, `<p class="s-header">HIGH &amp; *low*</p>`},
		"bold":         {section("*Actor* x"), "<b>Actor</b> x"},
		"code":         {section("`a &lt;b&gt; *c*`"), "<code>a &lt;b&gt; *c*</code>"},
		"link":         {section("<https://a.example/?b=1&amp;c=2|Open>"), `<a href="https://a.example/?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">Open</a>`},
		"bare link":    {section("<https://a.example>"), `>https://a.example</a>`},
		"mention":      {section("<!here> <@U1>"), `<span class="mention">@here</span> <span class="mention">@U1</span>`},
		"no script":    {section("<javascript:alert(1)|Open>"), "<p>Open</p>"},
		"no attribute": {section(`<https://a\" onclick=\"x|Open>`), `href="https://a&#34; onclick=&#34;x"`},
		"no tag":       {section("&lt;img src=x onerror=alert(1)&gt;"), "&lt;img src=x onerror=alert(1)&gt;"},
		"lone marks":   {section("2 * 3 ` < _ a*b*c"), "<p>2 * 3 ` &lt; _ a*b*c</p>"},
		"lines":        {section(`*a\nb*`), "*a<br>b*"},
		"italic":       {section("_a_ ~b~"), "<i>a</i> <s>b</s>"},
		"fields":       {`{"type":"section","fields":[{"type":"mrkdwn","text":"*A*"},{"type":"plain_text","text":"*B*"}]}`, "<p><b>A</b></p><p>*B*</p>"},
		"context":      {`{"type":"context","elements":[{"type":"mrkdwn","text":"` + "`x`" + `"}]}`, `<p class="s-context"><span><code>x</code></span> </p>`},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"text":"t","attachments":[{"color":"#D93025","blocks":[` + test.block + `]}]}`
			page := render(t, preview.Message{Payload: notify.Preview{Form: notify.FormSlack, Body: []byte(body)}})
			if !strings.Contains(page, test.want) || !strings.Contains(page, `fill="#D93025"`) {
				t.Errorf("no %s in the page", test.want)
			}
		})
	}
}

func section(text string) string {
	return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}`
}

func TestColourThatIsNone(t *testing.T) {
	body := `{"text":"t","attachments":[{"color":"url(https://a.example)","blocks":[]}]}`
	page := render(t, preview.Message{Payload: notify.Preview{Form: notify.FormSlack, Body: []byte(body)}})
	if !strings.Contains(page, `fill="#dddddd"`) {
		t.Error("the colour is not Slack's own")
	}
}

func TestEveryFormIsEscaped(t *testing.T) {
	const attack = `</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>`
	for _, form := range []notify.Form{notify.FormText, notify.FormJSON, notify.FormMarkdown, notify.FormSlack, "carrier pigeon"} {
		files, err := preview.Render(preview.Book{From: attack, Against: attack, Mistakes: []string{attack}, Findings: []preview.Finding{{
			From: attack, Gone: []preview.Gone{{Name: attack, Was: attack}}, Headline: formatter.Headline{LevelName: attack, Title: attack, Target: attack, Place: attack, About: attack, Marks: []string{attack}},
			Messages: []preview.Message{{
				Name: attack, Verdict: attack, Reason: attack, Seen: []string{attack}, Short: attack, Was: attack,
				Payload: notify.Preview{Form: form, Subject: attack, Body: []byte(attack), Sizes: []notify.Size{{What: attack}}},
			}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 2 || files[1].Name != "matrix.html" {
			t.Fatalf("%s: %d files", form, len(files))
		}
		for _, file := range files {
			body, err := file.Content()
			page := string(body)
			if err != nil || strings.Contains(page, "<img") || strings.Count(page, "<script") != 1 || strings.Count(page, "</script") != 1 {
				t.Errorf("%s, %s: the text is alive: %v", form, file.Name, err)
			}
		}
	}
}

func TestInvisibleCharactersAreShown(t *testing.T) {
	body := "{\"a\":\"x\u202ey\u200b\U000e0041\u0085é\"}"
	for _, form := range []notify.Form{notify.FormJSON, notify.FormText} {
		page := render(t, preview.Message{Payload: notify.Preview{Form: form, Body: []byte(body)}})
		if !strings.Contains(page, `x\u202ey\u200b\udb40\udc41\u0085é`) || strings.ContainsAny(page, "\u202e\u200b\U000e0041\u0085") {
			t.Errorf("%s: the characters are as they were", form)
		}
	}
}

func TestPageIsOfOnePiece(t *testing.T) {
	page := render(t, preview.Message{Payload: notify.Preview{Form: notify.FormText, Body: []byte("x")}})
	if outside := regexp.MustCompile(`(src|href)="(https?:)?//`).FindString(page); outside != "" {
		t.Errorf("the page refers to another: %s", outside)
	}
	if unsafe := regexp.MustCompile(`unsafe-|style="|\son[a-z]+="`).FindString(page); unsafe != "" {
		t.Errorf("the page holds %s", unsafe)
	}
}

func TestWrite(t *testing.T) {
	files, err := preview.Render(preview.Book{Findings: []preview.Finding{{Messages: []preview.Message{
		{Name: "mail", Payload: notify.Preview{Form: notify.FormHTML, Body: []byte("<p>hello")}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(t.TempDir(), "new", "folder")
	if err := preview.Write(directory, files); err != nil {
		t.Fatal(err)
	}
	mail, err := os.ReadFile(filepath.Join(directory, "mail-1-1.html"))
	if err != nil || string(mail) != "<p>hello" {
		t.Errorf("the mail is %q: %v", mail, err)
	}
	page, err := os.ReadFile(filepath.Join(directory, "index.html"))
	if err != nil || !strings.Contains(string(page), `<iframe class="mail" src="mail-1-1.html" sandbox `) {
		t.Errorf("the page shows no mail: %v", err)
	}
	if err := preview.Write(filepath.Join(directory, "index.html"), files); err == nil {
		t.Error("wrote into a file")
	}
}

func TestHandler(t *testing.T) {
	files, err := preview.Render(preview.Book{Findings: []preview.Finding{{Messages: []preview.Message{
		{Name: "mail", Payload: notify.Preview{Form: notify.FormHTML, Body: []byte("<p>hello")}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	handler := preview.Handler(func(context.Context) ([]preview.File, error) { return files, nil })
	for name, test := range map[string]struct {
		method, host, path string
		status             int
		policy             string
	}{
		"page":             {"GET", "127.0.0.1:4000", "/", 200, "frame-ancestors 'none'"},
		"by name":          {"GET", "localhost:4000", "/index.html", 200, "frame-ancestors 'none'"},
		"no port":          {"GET", "LocalHost", "/", 200, ""},
		"mail":             {"GET", "127.0.0.1", "/mail-1-1.html", 200, "default-src 'none'; style-src 'unsafe-inline'; sandbox"},
		"version":          {"GET", "127.0.0.1", preview.VersionPath, 200, ""},
		"no such file":     {"GET", "127.0.0.1", "/etc/passwd", 404, ""},
		"above":            {"GET", "127.0.0.1", "/../preview.go", 404, ""},
		"rebound name":     {"GET", "evil.example:4000", "/", 403, ""},
		"name that begins": {"GET", "127.0.0.1.evil.example", "/", 403, ""},
		"no host":          {"GET", "", "/", 403, ""},
		"all addresses":    {"GET", "0.0.0.0:4000", "/", 403, ""},
		"post":             {"POST", "127.0.0.1", "/", 405, ""},
		"head":             {"HEAD", "127.0.0.1", "/", 405, ""},
		"options":          {"OPTIONS", "127.0.0.1", "/", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(test.method, "/", nil)
			request.Host, request.URL.Path = test.host, test.path
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != test.status || !strings.Contains(answer.Header().Get("Content-Security-Policy"), test.policy) {
				t.Errorf("status %d, want %d; policy %q", answer.Code, test.status, answer.Header().Get("Content-Security-Policy"))
			}
			if answer.Header().Get("X-Content-Type-Options") != "nosniff" || answer.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("headers %v", answer.Header())
			}
		})
	}
}

func TestHandlerThatCannotRender(t *testing.T) {
	handler := preview.Handler(func(context.Context) ([]preview.File, error) { return nil, errors.New("no paper") })
	request := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "no paper") {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
}
