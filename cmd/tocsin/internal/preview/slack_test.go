package preview_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Dates, signs and buttons are drawn as Slack draws them; a button leads to https or nowhere.
func TestSlackIsDrawn(t *testing.T) {
	const body = `{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"🟥 CRITICAL"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*Seen*  <!date^1773649205^{date_short_pretty} {time}|2026 UTC> / <!date^x^{time}|no <b>date> <!date^1|short>"}},
		{"type":"actions","block_id":"b","elements":[
			{"type":"button","text":{"type":"plain_text","text":"Open &lt;i&gt;"},"action_id":"a","url":"https://example.com/?a=1&b=\"2"},
			{"type":"button","text":{"type":"plain_text","text":"Evil"},"action_id":"c","url":"javascript:alert(1)"}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":"id ` + "`abc`" + `"}]}]}`
	files, err := preview.Render(preview.Book{Findings: []preview.Finding{{
		Messages: []preview.Message{{Name: "slack", Sends: true, Payload: notify.Preview{Form: notify.FormSlack, Body: []byte(body)}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	page, _, _ := strings.Cut(string(files[0].Body), `class="raw"`)
	for _, want := range []string{
		`<span class="s-sign s-red s-square">🟥</span> CRITICAL`, `<time datetime="2026-03-16T08:20:05Z">Mar 16, 2026 8:20 AM</time> / no &lt;b`,
		`short`, `href="https://example.com/?a=1&amp;b=%222" target="_blank" rel="noopener noreferrer">Open &lt;i&gt;</a>`, `>Evil</a>`, `<code>abc</code>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "javascript:") {
		t.Error("a button leads to a script")
	}
}
