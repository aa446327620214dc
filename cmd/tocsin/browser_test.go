package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a page in a real browser, and what the page did.
type browser struct {
	t    *testing.T
	ctx  context.Context
	mu   sync.Mutex
	asks []string // addresses that were asked for
	says []string // what stands in the console
}

// newBrowser starts chromium, or skips the test where there is none.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("the page is not looked at in a browser: there is no chromium here (apt-get install chromium)")
	}
	b := &browser{t: t}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program),
		chromedp.WindowSize(1400, 1000), chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopAllocator)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.says = append(b.says, message.String())
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asks = append(b.asks, e.Request.URL)
	case *network.EventLoadingFailed:
		if !e.Canceled { // as a question on the way is when the page reloads
			b.says = append(b.says, "not loaded: "+e.ErrorText)
		}
	case *runtime.EventExceptionThrown:
		b.says = append(b.says, e.ExceptionDetails.Text)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value returns what an expression is on the page.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression holds on the page.
func (b *browser) until(expression string) {
	b.t.Helper()
	for b.ctx.Err() == nil {
		// A page that is about to be another one may not answer.
		if v, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression)); err == nil && v {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("never: %s", expression)
}

// quiet checks that the page asked for nothing beyond this machine, and that the console is empty.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asks) == 0 {
		b.t.Error("no request was seen")
	}
	for _, ask := range b.asks {
		if u, err := url.Parse(ask); err != nil || u.Scheme == "http" && u.Hostname() != "127.0.0.1" || !slices.Contains([]string{"http", "data", "file", "about"}, u.Scheme) {
			b.t.Errorf("the page asked for %s", ask)
		}
	}
	for _, said := range b.says {
		b.t.Errorf("in the console: %s", said)
	}
}

// asked waits until the page, or a frame in it, has asked for an address that ends so.
func (b *browser) asked(ending string) {
	b.t.Helper()
	for b.ctx.Err() == nil {
		b.mu.Lock()
		found := slices.ContainsFunc(b.asks, func(ask string) bool { return strings.HasSuffix(ask, ending) })
		b.mu.Unlock()
		if found {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("never asked for %s", ending)
}

// shown are the messages that can be seen, as "finding-2 sns".
const shown = `[...document.querySelectorAll("main .message")].filter(m => m.checkVisibility()).map(m => m.closest("article").id + " " + m.getAttribute("aria-label")).join()`

func (b *browser) wantShown(want string) {
	b.t.Helper()
	if got := value[string](b, shown); got != want {
		b.t.Errorf("shown are %q, want %q", got, want)
	}
}

// threeSinks are settings for the sinks whose messages the tests look for by their places on the
// page, however many types of sink there are.
func threeSinks() map[string]string {
	return map[string]string{
		"SINKS": "slack,sns,console", "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x",
		"SNS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:x",
	}
}

// withoutSettings makes the environment one without settings of Tocsin.
func withoutSettings(t *testing.T) {
	t.Helper()
	for _, name := range []string{"SINKS", "MIN_SEVERITY", "ACCOUNT_NAMES", "LEDGER", "SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN", "SNS_TOPIC_ARN", "CONSOLE_FORMAT"} {
		t.Setenv(name, "")
	}
}

func TestPageInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	for name, value := range threeSinks() {
		t.Setenv(name, value)
	}
	address, _ := startPreview(t)
	b.do(chromedp.Navigate(address))
	if title := value[string](b, "document.title"); title != "Tocsin preview" {
		t.Errorf("the title is %q", title)
	}
	b.wantShown("finding-1 slack")

	b.do(chromedp.Click(`nav a[href="#finding-2"]`))
	b.wantShown("finding-2 slack")
	b.do(chromedp.Click(`#tab-1`))
	b.wantShown("finding-2 sns")
	if text := value[string](b, `document.querySelector("#message-2-1").innerText`); !strings.Contains(text, "Subject") || !strings.Contains(text, "DNS") {
		t.Errorf("the message is %q", text)
	}
	if current := value[string](b, `[...document.querySelectorAll("nav [aria-current]")].map(a => a.hash).join()`); current != "#finding-2" {
		t.Errorf("current is %q", current)
	}

	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.wantShown("finding-2 console")
	b.do(chromedp.KeyEvent(kb.Home))
	b.wantShown("finding-2 slack")
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	if got := value[string](b, `document.activeElement.textContent`); !value[bool](b, `document.activeElement.getAttribute("aria-selected") === "true"`) {
		t.Errorf("%q has the focus and is not chosen", got)
	}
	b.do(chromedp.Focus(`nav a[href="#finding-2"]`), chromedp.KeyEvent(kb.ArrowDown), chromedp.Click("#tab-0"))
	b.wantShown("finding-3 slack")

	b.do(chromedp.Click("#message-3-0 > .raw ~ .raw summary"))
	if raw := value[string](b, `document.querySelector("#message-3-0 > .raw ~ .raw").innerText`); !strings.Contains(raw, `"blocks": [`) || !strings.Contains(raw, " of 50") {
		t.Errorf("the payload is %q", raw)
	}
	b.do(chromedp.Click("#tab-3"))
	b.wantShown("finding-3 HTML e-mail")
	b.asked("/mail-3-4.html")
	b.quiet()
}

func TestThemesInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	address, _ := startPreview(t)
	b.do(chromedp.Navigate(address))
	const ground = `getComputedStyle(document.querySelector(".slack")).backgroundColor`
	const bright, dark = "rgb(255, 255, 255)", "rgb(26, 29, 33)"
	for _, step := range []struct{ system, button, want string }{
		{"light", "auto", bright}, {"light", "dark", dark}, {"dark", "auto", dark}, {"dark", "light", bright},
	} {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: step.system}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Click(`#themes [data-theme="` + step.button + `"]`))
		if got := value[string](b, ground); got != step.want {
			t.Errorf("%s on a %s system: %s, want %s", step.button, step.system, got, step.want)
		}
		b.do(chromedp.Reload())
		if got := value[string](b, ground); got != step.want {
			t.Errorf("%s on a %s system, after a reload: %s, want %s", step.button, step.system, got, step.want)
		}
	}
	b.quiet()
}

func TestReloadInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	directory := t.TempDir()
	file := put(t, filepath.Join(directory, "a.json"), event)
	settings := put(t, filepath.Join(directory, "a.env"), "SINKS=slack,console\nSLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/x\n")
	address, _ := startPreview(t, file, "--env-file", settings)
	b.do(chromedp.Navigate(address), chromedp.Click("#tab-1"))
	b.until(`document.querySelector("#live").textContent.startsWith("Reloads")`)
	put(t, file, strings.ReplaceAll(event, "A scan", "A worm"))
	b.until(`document.querySelector("main h2")?.innerText.includes("A worm") ?? false`)
	b.until(shown + ` === "finding-1 console"`) // once the script of the new page has run
	put(t, settings, "SINKS=slack,console\nSLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/x\nCONSOLE_MIN_SEVERITY=critical\n")
	b.until(`document.querySelector("#tab-1")?.classList.contains("held") ?? false`)
	b.quiet()
}

// hostileEvent carries an attack in every text that reaches a message.
func hostileEvent() string {
	attacks := []string{
		`<script>document.title='owned'</script>`, `<img src=https://evil.example/a onerror=document.title='owned'>`, `"><svg onload=document.title='owned'>`,
		`</pre></textarea></style></script><script>document.title='owned'</script>`, `<https://evil.example/|click>`, `[click](javascript:document.title='owned')`,
		`javascript:document.title='owned'`, `<iframe src=https://evil.example/></iframe>`, `{{.}}<!--`, `' style='background:url(https://evil.example/b)' x='`,
	}
	all := strings.Join(attacks, " ")
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1","detail":{
		"id":%[1]q,"title":%[1]q,"description":%[1]q,"type":%[1]q,"severity":8,"accountId":%[1]q,"region":%[1]q,
		"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":%[1]q,"tags":[{"key":"Name","value":%[1]q},{"key":%[1]q,"value":%[1]q}]}},
		"service":{"count":2,"action":{"actionType":"DNS_REQUEST","dnsRequestAction":{"domain":%[1]q,"protocol":%[1]q}},"additionalInfo":{"userAgent":{"fullUserAgent":%[1]q}}}}}`, all)
}

func TestHostileFindingInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	file := put(t, filepath.Join(t.TempDir(), "a.json"), hostileEvent())
	address, _ := startPreview(t, file)
	b.do(chromedp.Navigate(address))
	if text := value[string](b, `document.body.innerText`); !strings.Contains(text, "owned") {
		t.Errorf("the attacks are not on the page: %s", text)
	}
	for i := range value[int](b, `document.querySelectorAll("[role=tab]").length`) {
		b.do(chromedp.Click(fmt.Sprintf("#tab-%d", i)))
	}
	for what, expression := range map[string]string{
		"a changed title":    `document.title === "Tocsin preview"`,
		"a script":           `document.scripts.length === 1`,
		"an image":           `document.querySelectorAll("img, object, embed, video, form, textarea").length === 0`,
		"a handler":          `![...document.querySelectorAll("*")].some(e => [...e.attributes].some(a => a.name.startsWith("on") || a.name === "style"))`,
		"a link to the evil": `[...document.querySelectorAll("a[target]")].every(a => /^https:\/\/([a-z0-9-]+\.)*(aws\.amazon|amazonaws-us-gov)\.com\//.test(a.href))`,
		"a frame":            `[...document.querySelectorAll("iframe")].every(f => f.hasAttribute("sandbox") && f.sandbox.length === 0 && new URL(f.src).origin === location.origin)`,
	} {
		if !value[bool](b, expression) {
			t.Errorf("there is %s", what)
		}
	}
	b.quiet()
}

func TestWithoutScriptInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	address, _ := startPreview(t)
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(address))
	if value[bool](b, `document.documentElement.classList.contains("js")`) {
		t.Fatal("the script has run")
	}
	all := value[int](b, `document.querySelectorAll("main .message").length`)
	if seen := strings.Count(value[string](b, shown), ",") + 1; seen != all || all < 20 {
		t.Errorf("%d of %d messages can be seen", seen, all)
	}
	if !value[bool](b, `!document.querySelector("#tabs").checkVisibility() && !document.querySelector("#themes").checkVisibility() && document.querySelector("main h3").checkVisibility()`) {
		t.Error("there are controls without effect, or no headings")
	}
	b.do(chromedp.Click(`nav a[href="#finding-3"]`))
	b.until(`location.hash === "#finding-3"`)
	b.quiet()
}

func TestFilesInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	out := t.TempDir()
	if code, _, stderr := tocsin(t, "", threeSinks(), "preview", "--out", out); code != exitDone {
		t.Fatal(stderr)
	}
	b.do(chromedp.Navigate("file://"+filepath.Join(out, "index.html")), chromedp.Click(`nav a[href="#finding-2"]`), chromedp.Click("#tab-1"))
	b.wantShown("finding-2 sns")
	b.do(chromedp.Click("#tab-3"))
	b.wantShown("finding-2 HTML e-mail")
	b.asked("/mail-2-4.html")
	b.quiet()
}

var screenshots = flag.String("screenshots", "", "write the pictures of the README to this directory")

// The README's pictures are of the page itself: make screenshots.
func TestScreenshotsInABrowser(t *testing.T) {
	if *screenshots == "" {
		t.Skip("no pictures are asked for: make screenshots")
	}
	b := newBrowser(t)
	withoutSettings(t)
	settings := put(t, filepath.Join(t.TempDir(), "prod.env"), strings.Join([]string{
		"SINKS=slack,oncall=slack,identity=slack,storage=sns", "ACCOUNT_NAMES=111122223333=prod", "SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/x",
		"ONCALL_BOT_TOKEN=xoxb-0", "ONCALL_CHANNEL=C0123ABCD", "ONCALL_MIN_SEVERITY=critical", "ONCALL_MENTION=<!here>",
		"IDENTITY_BOT_TOKEN=xoxb-0", "IDENTITY_CHANNEL=C0123ABCE", `IDENTITY_WHEN=resource.type == "AccessKey" or type contains ":IAMUser/"`,
		"STORAGE_TOPIC_ARN=arn:aws:sns:eu-central-1:111122223333:security", `STORAGE_WHEN=title contains "S3"`,
		`MUTES=[{name: travel, when: 'resource.name == "example-user"', reason: on a journey, until: ` + time.Now().AddDate(0, 0, 9).Format(time.DateOnly) + `}]`,
	}, "\n"))
	address, _ := startPreview(t, "--env-file", settings)
	for theme, suffix := range map[string]string{"light": ".png", "dark": "-dark.png"} {
		b.do(chromedp.EmulateViewport(1360, 880, chromedp.EmulateScale(1.25)), chromedp.Navigate(address+"#finding-2"),
			chromedp.Click("#themes button[data-theme="+theme+"]"))
		takePicture(b, "preview"+suffix, chromedp.CaptureScreenshot())
		takePicture(b, "slack"+suffix, chromedp.Screenshot("#message-2-0 > .slack"))
		b.do(chromedp.EmulateViewport(1060, 680, chromedp.EmulateScale(1.25)), chromedp.Navigate(address+"matrix.html"))
		takePicture(b, "matrix"+suffix, chromedp.CaptureScreenshot())
	}
}

// Those of a message with buttons, and of what one of them asks.
func TestScreenshotsOfButtonsInABrowser(t *testing.T) {
	if *screenshots == "" {
		t.Skip("no pictures are asked for: make screenshots")
	}
	b := newBrowser(t)
	withoutSettings(t)
	settings := put(t, filepath.Join(t.TempDir(), "team.env"), strings.Join([]string{
		"SINKS=team=slack", "ACCOUNT_NAMES=111122223333=prod", "TEAM_BOT_TOKEN=xoxb-0", "TEAM_CHANNEL=C0123ABCD", "ACTIONS_ARCHIVE=true",
		"TEAM_SIGNING_SECRET=arn:aws:secretsmanager:eu-central-1:111122223333:secret:slack-AbCdEf",
	}, "\n"))
	address, _ := startPreview(t, "--env-file", settings)
	for theme, suffix := range map[string]string{"light": ".png", "dark": "-dark.png"} {
		b.do(chromedp.EmulateViewport(1160, 2000, chromedp.EmulateScale(1.25)), chromedp.Navigate(address+"#finding-2"),
			chromedp.Click("#themes button[data-theme="+theme+"]"))
		takePicture(b, "buttons"+suffix, chromedp.Screenshot("#message-2-0 > .slack"))
		if !value[bool](b, `document.querySelector("#message-2-0 > .later").open = true`) { // the page is the same for both themes
			t.Error("there is nothing that a button asks")
		}
		takePicture(b, "modal"+suffix, chromedp.Screenshot("#message-2-0 > .later > .s-modal"))
	}
}

// takePicture writes a picture of the page to the folder of the README's.
func takePicture(b *browser, name string, action chromedp.Action[[]byte]) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(picture) > 300_000 {
		b.t.Errorf("%s has %d bytes", name, len(picture))
	}
	put(b.t, filepath.Join(*screenshots, name), string(picture))
}
