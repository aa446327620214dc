package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageOf returns a file that tocsin preview has written.
func pageOf(t *testing.T, directory, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// eventsOf makes findings of severities, one on each line.
func eventsOf(severities ...string) string {
	var all strings.Builder
	for i, severity := range severities {
		one := strings.Replace(event, `"id":"1"`, fmt.Sprintf(`"id":"%d"`, i), 1)
		all.WriteString(regexp.MustCompile(`"severity":[0-9.]+`).ReplaceAllString(one, `"severity":`+severity) + "\n")
	}
	return all.String()
}

func TestPreviewMatrix(t *testing.T) {
	withoutSettings(t)
	out := t.TempDir()
	settings := map[string]string{
		"SINKS": "console,oncall=console,quiet=console,night=console", "ONCALL_MIN_SEVERITY": "9", "QUIET_WHEN": "count > 7777",
		"NIGHT_WHEN": "severity > 5", "MUTES": `[{name: known, when: severity == 2, until: 2099-01-01, reason: x}]`, "MIN_SEVERITY": "1",
	}
	if code, _, stderr := tocsin(t, eventsOf("8", "2"), settings, "preview", "--out", out, "-"); code != exitDone {
		t.Fatal(stderr)
	}
	matrix := pageOf(t, out, "matrix.html")
	for _, want := range []string{
		`<td class="o-s"><a href="index.html#message-1-0">sent</a></td>`,
		`<td class="o-b"><a href="index.html#message-1-1">below 9.0</a></td>`,
		`<td class="o-u"><a href="index.html#message-1-2">not QUIET_WHEN</a></td>`,
		`<td class="o-m"><a href="index.html#message-2-0">muted: known</a></td>`,
		`data-outcomes="sbus"`, `data-outcomes="mbuu"`, `<th scope="col">console <small>1 sent</small></th>`,
	} {
		if !strings.Contains(matrix, want) {
			t.Errorf("the matrix has no %s", want)
		}
	}
	index := pageOf(t, out, "index.html")
	for _, link := range regexp.MustCompile(`index\.html#([a-z0-9-]+)`).FindAllStringSubmatch(matrix, -1) {
		if !strings.Contains(index, `id="`+link[1]+`"`) {
			t.Errorf("a cell leads to %s, which is not there", link[1])
		}
	}
}

func TestPreviewAgainst(t *testing.T) {
	withoutSettings(t)
	directory := t.TempDir()
	before := put(t, filepath.Join(directory, "old.yaml"), "sinks:\n  console: {}\n  gone: {type: console}\n  quiet: {type: console, min_severity: 9}\n")
	now := put(t, filepath.Join(directory, "new.yaml"), "sinks:\n  console: {min_severity: 7}\n  extra: {type: console, min_severity: 9}\n  quiet: {type: console, min_severity: 9}\n")
	file := put(t, filepath.Join(directory, "a.jsonl"), eventsOf("8", "5"))
	old := put(t, filepath.Join(directory, "old.env"), "SINKS=console,gone=console,quiet=console\nQUIET_MIN_SEVERITY=9\n")
	for flag, path := range map[string]string{"--against": before, "--against-env-file": old} {
		out := t.TempDir()
		if code, _, stderr := tocsin(t, "", nil, "preview", "--out", out, "--config", now, flag, path, file); code != exitDone {
			t.Fatal(stderr)
		}
		matrix := pageOf(t, out, "matrix.html")
		for _, want := range []string{
			"2 of 2 findings differ from " + filepath.Base(path),
			`<b>gone</b>: <s>sent</s> <span aria-hidden="true">→</span> <span class="now">now no such sink</span>`,
			`<b>console</b>: <s>sent</s> <span aria-hidden="true">→</span> <span class="now">now below 7.0</span>`,
			`>below 7.0</a> <small>was: sent</small></td>`, `<td class="o-x">no such sink <small>was: sent</small></td>`,
		} {
			if !strings.Contains(matrix, want) {
				t.Errorf("%s: the matrix has no %s", flag, want)
			}
		}
		// A sink that is sent nothing with either is no difference.
		if strings.Contains(matrix, "<b>extra</b>") || strings.Contains(matrix, "<b>quiet</b>") {
			t.Errorf("%s: what is the same is told", flag)
		}
		if index := pageOf(t, out, "index.html"); !strings.Contains(index, "(with "+filepath.Base(path)+": sent)") {
			t.Errorf("%s: the message does not say what it was", flag)
		}
	}
	out := t.TempDir()
	if code, _, stderr := tocsin(t, "", nil, "preview", "--out", out, "--config", now, "--against", now, file); code != exitDone {
		t.Fatal(stderr)
	}
	if !strings.Contains(pageOf(t, out, "matrix.html"), "0 of 2 findings differ from new.yaml") {
		t.Error("a configuration differs from itself")
	}
	put(t, before, "sinks:\n  console: {min_severity: enormous}\n")
	if code, _, stderr := tocsin(t, "", nil, "preview", "--out", out, "--config", now, "--against", before, file); code != exitUsage || !strings.Contains(stderr, "old.yaml:2") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// What was good stays on the page, below what is wrong now.
func TestPreviewKeepsWhatWasGood(t *testing.T) {
	withoutSettings(t)
	directory := t.TempDir()
	file := put(t, filepath.Join(directory, "a.json"), event)
	settings := put(t, filepath.Join(directory, "a.yaml"), "sinks:\n  console: {}\n")
	address, _ := startPreview(t, file, "--config", settings)
	const above = "Below is what stood here before."
	if page := get(t, address); !strings.Contains(page, "A scan") || strings.Contains(page, above) {
		t.Fatal("the page does not begin well")
	}
	put(t, settings, "sinks:\n  console: {min_severity: enormous}\n")
	if page := get(t, address); !strings.Contains(page, "A scan") || !strings.Contains(page, above) || !strings.Contains(page, "a.yaml:2") {
		t.Error("a broken configuration: the mistake, or what stood there, is not on the page")
	}
	put(t, settings, "sinks:\n  console: {min_severity: critical}\n")
	if page := get(t, address); strings.Contains(page, above) || !strings.Contains(page, "Below the threshold") {
		t.Error("the page does not show the mended configuration")
	}
	put(t, file, "{'a': None}")
	if page := get(t, address); !strings.Contains(page, "A scan") || !strings.Contains(page, above) || !strings.Contains(page, "no event") {
		t.Error("a broken event: the mistake, or what stood there, is not on the page")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if page := get(t, address); !strings.Contains(page, "A scan") || !strings.Contains(page, "no such file") {
		t.Error("an event that is gone: the mistake, or what stood there, is not on the page")
	}
	put(t, file, strings.ReplaceAll(event, "A scan", "A worm"))
	if page := get(t, address); strings.Contains(page, above) || !strings.Contains(page, "A worm") {
		t.Error("the page does not show the mended event")
	}
}

// Many findings are on several pages, none of which a browser would be long at.
func TestPreviewOfMany(t *testing.T) {
	withoutSettings(t)
	const findings, most = 500, 8 << 20
	severities := make([]string, findings)
	for i := range severities {
		severities[i] = "8"
	}
	out := t.TempDir()
	if code, _, stderr := tocsin(t, eventsOf(severities...), nil, "preview", "--out", out, "-"); code != exitDone {
		t.Fatal(stderr)
	}
	pages, err := filepath.Glob(filepath.Join(out, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, page := range pages {
		text := pageOf(t, out, filepath.Base(page))
		drawn += strings.Count(text, "<article ")
		if len(text) > most {
			t.Errorf("%s has %d bytes", filepath.Base(page), len(text))
		}
	}
	if drawn != findings+1 { // with the digest
		t.Errorf("%d findings are drawn", drawn)
	}
	matrix := pageOf(t, out, "matrix.html")
	links := regexp.MustCompile(`<td class="o-s"><a href="([a-z0-9-]+\.html)#(message-[0-9-]+)">`).FindAllStringSubmatch(matrix, -1)
	if len(links) < findings*13 {
		t.Errorf("the matrix has %d cells", len(links))
	}
	last := links[len(links)-1]
	if !strings.Contains(pageOf(t, out, last[1]), `id="`+last[2]+`"`) {
		t.Errorf("%s is not on %s", last[2], last[1])
	}
}
