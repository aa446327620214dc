package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe returns the script of Deque's checker of accessibility, and installs it where it is not yet.
func axe(t *testing.T) string {
	t.Helper()
	const folder = "testdata/axe"
	script := filepath.Join(folder, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(script); err != nil {
		install := exec.CommandContext(t.Context(), "npm", "ci", "--no-progress")
		install.Dir = folder
		if output, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci, which needs Node 20 or newer: %v\n%s", err, output)
		}
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inspect runs axe over the page, and gives one example of each mistake. The documents in frames let no
// script run, and are left out.
const inspect = `axe.run(document, {iframes: false, resultTypes: ["violations"]}).then(found => found.violations.flatMap(one =>
	[...new Map(one.nodes.map(node => [node.any.concat(node.all, node.none).map(c => c.message).join("; "), node.target.join(" ")]))]
	.map(([message, target]) => one.id + ": " + target + ": " + message)))`

// https://www.w3.org/TR/WCAG22/#contrast-minimum asks for 4.5; axe measures it.
func TestAccessibilityInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	script := axe(t)
	directory := t.TempDir()
	now := put(t, filepath.Join(directory, "new.env"), "SINKS=slack,sns,console,extra=slack\nSNS_MIN_SEVERITY=high\nCONSOLE_WHEN=level == \"high\"\n"+
		"MUTES=[{name: known, when: level == \"medium\", until: 2099-01-01, reason: x}]\nSLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/x\n"+
		"EXTRA_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/y\nEXTRA_MIN_SEVERITY=critical\nSNS_TOPIC_ARN=arn:aws:sns:eu-central-1:111122223333:x\n")
	before := put(t, filepath.Join(directory, "old.env"), "SINKS=console\n")
	samples := put(t, filepath.Join(directory, "a.jsonl"), samplesAsText(t))
	broken := put(t, filepath.Join(directory, "b.json"), "{'a': None}")
	address, _ := startPreview(t, "--env-file", now, "--against-env-file", before, samples, broken)
	check := func(what string) {
		t.Helper()
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](inspect, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range found {
			t.Errorf("%s: %s", what, one)
		}
	}
	for _, theme := range []string{"light", "dark"} {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(address))
		value[any](b, script+"; null")
		for _, at := range [][2]int{{1, 0}, {2, 1}, {3, 3}, {4, 2}, {5, 4}} { // finding and tab: sent, held, muted, digest and form
			b.do(chromedp.Click(fmt.Sprintf(`nav a[href="#finding-%d"]`, at[0])), chromedp.Click(fmt.Sprintf("#tab-%d", at[1])))
			value[any](b, `for (const d of document.querySelectorAll(".chosen .chosen details")) d.open = true; null`)
			check(fmt.Sprintf("%s, finding %d, tab %d", theme, at[0], at[1]))
		}
		b.do(chromedp.Navigate(address + "matrix.html"))
		value[any](b, script+"; null")
		check(theme + ", matrix")
	}
	b.quiet()
}

// samplesAsText returns four samples, one on each line.
func samplesAsText(t *testing.T) string {
	t.Helper()
	all, err := showcase()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.SplitAfter(string(all), "\n")[:4], "")
}

// Search and filters work on the page itself, the arrows go where Tab does not, and a cell leads to
// its message, on whatever page that is.
func TestFindingInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	t.Setenv("SINKS", "console,oncall=console")
	t.Setenv("ONCALL_MIN_SEVERITY", "high")
	severities := strings.Split(strings.Repeat("5,8,1,", 40), ",")
	file := put(t, filepath.Join(t.TempDir(), "a.jsonl"), strings.Replace(eventsOf(severities[:120]...), "A scan", "A needle", 1))
	address, _ := startPreview(t, file)
	b.do(chromedp.Navigate(address))
	const listed = `[...document.querySelectorAll("[data-outcomes]")].filter(row => row.checkVisibility()).length`
	const stops = `["#list a", "#tabs button", "#matrix a", "#changes a"].map(s => [...document.querySelectorAll(s)].filter(e => e.tabIndex === 0).length).join()`
	want := func(what string, rows int) {
		t.Helper()
		if got := value[int](b, listed); got != rows {
			t.Errorf("%s: %d findings are listed, want %d", what, got, rows)
		}
	}
	fill := func(id, text string) {
		t.Helper()
		value[any](b, fmt.Sprintf(`{ const e = document.getElementById("filter-%s"); e.value = %q; e.dispatchEvent(new Event("input")); } null`, id, text))
	}
	want("at first", 121)
	b.do(chromedp.SendKeys("#filter-text", "NEEDLE scan"))
	want("both words", 0)
	fill("text", "needle")
	want("a word", 1)
	b.do(chromedp.Click("#filter-clear"))
	want("all again", 121)
	fill("level", "high")
	want("level, and the digest's", 41)
	fill("level", "")
	fill("sink", "1")
	want("a sink is what it is sent", 40)
	fill("outcome", "-s")
	want("not sent", 80)
	fill("outcome", "nobody")
	want("nobody", 40)
	if got := value[string](b, stops); got != "1,1,0,0" {
		t.Errorf("stops for Tab: %s", got)
	}
	b.do(chromedp.Navigate(address + "matrix.html"))
	want("the same in the matrix", 40)
	if got := value[string](b, `document.querySelector("#filter-count").textContent`); got != "40 of 120 shown" {
		t.Errorf("the count is %q", got)
	}
	b.do(chromedp.Click("#filter-clear"))
	if got := value[string](b, stops); got != "0,0,1,0" {
		t.Errorf("stops for Tab: %s", got)
	}
	b.do(chromedp.Focus("#matrix tbody a"), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	if got := value[string](b, `document.activeElement.hash`); got != "#message-2-1" {
		t.Errorf("the arrows lead to %q", got)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(shown + ` === "finding-2 oncall"`)
	b.do(chromedp.Navigate(address + "matrix.html"))
	b.do(chromedp.Click(`#matrix a[href$="#message-120-0"]`))
	b.until(shown + ` === "finding-120 console"`)
	b.do(chromedp.Focus(`#list a[href="#finding-120"]`), chromedp.KeyEvent(kb.Home))
	b.until(shown + ` === "finding-1 console" && document.activeElement.hash === "#finding-1"`)
	b.quiet()
}

// The tabs of many sinks scroll, and the chosen one is in sight.
func TestTabsInABrowser(t *testing.T) {
	b := newBrowser(t)
	withoutSettings(t)
	address, _ := startPreview(t)
	b.do(chromedp.EmulateViewport(900, 700), chromedp.Navigate(address), chromedp.Click("#tab-0"), chromedp.KeyEvent(kb.End))
	if !value[bool](b, `{ const bar = document.querySelector("#tabs").getBoundingClientRect(), tab = document.activeElement.getBoundingClientRect();
		tab.left >= bar.left && tab.right <= bar.right + 1 && document.documentElement.scrollWidth <= innerWidth }`) {
		t.Error("the chosen tab is not in sight, or the page is as wide as its tabs")
	}
	b.quiet()
}
