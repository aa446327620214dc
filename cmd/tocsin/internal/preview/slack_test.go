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
		`short`, `href="https://example.com/?a=1&amp;b=%222" target="_blank" rel="noopener noreferrer">Open &lt;i&gt;</a>`, `<span class="s-button s-pressed">Evil</span>`, `<code>abc</code>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "javascript:") {
		t.Error("a button leads to a script")
	}
}

// slackPage draws a payload of Slack.
func slackPage(t *testing.T, body string) string {
	t.Helper()
	page := render(t, preview.Message{Payload: notify.Preview{Form: notify.FormSlack, Body: []byte(body)}})
	drawn, _, found := strings.Cut(page, `<summary>Payload`)
	if !found {
		t.Fatal("there is no payload on the page")
	}
	_, drawn, _ = strings.Cut(drawn, "<main")
	return drawn
}

// What is pressed is no link; what is asked before stands below.
func TestPressedButtons(t *testing.T) {
	page := slackPage(t, `{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"x"}}],"attachments":[{"color":"#D93025","blocks":[
		{"type":"context","block_id":"taken-1","elements":[{"type":"mrkdwn","text":"Acknowledged by <@U1>"}]},
		{"type":"actions","block_id":"acts-1","elements":[
			{"type":"button","text":{"type":"plain_text","text":"Acknowledge"},"action_id":"acknowledge","value":"<script>","style":"primary"},
			{"type":"button","text":{"type":"plain_text","text":"Archive"},"action_id":"archive","value":"v","style":"\"><b>","confirm":{
				"title":{"type":"plain_text","text":"Archive &lt;it&gt;?"},"text":{"type":"plain_text","text":"It weakens."},
				"confirm":{"type":"plain_text","text":"Do it"},"deny":{"type":"plain_text","text":"Leave it"},"style":"danger"}}]}]}]}`)
	for _, want := range []string{
		`<span class="s-button s-pressed s-primary">Acknowledge</span>`, `<span class="s-button s-pressed">Archive</span>`,
		`<summary>Asked before <i>Archive</i></summary>`, `<p class="s-title">Archive &lt;it&gt;?</p>`, `It weakens.`,
		`<span class="s-button">Leave it</span> <span class="s-button s-danger">Do it</span>`, `Acknowledged by <span class="mention">@U1</span>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<b>\"") || strings.Contains(page, "<script>") {
		t.Error("a value or a style is alive")
	}
}

// Any view can be drawn, with whatever is filled in or chosen from, and nothing of it can be sent.
func TestModalIsDrawn(t *testing.T) {
	page := slackPage(t, `{"type":"modal","callback_id":"c","private_metadata":"secret","title":{"type":"plain_text","text":"Mute &lt;b&gt;"},
		"submit":{"type":"plain_text","text":"Mute it"},"close":{"type":"plain_text","text":"Cancel"},"blocks":[
		{"type":"section","text":{"type":"mrkdwn","text":"*What* is muted"},"accessory":{"type":"datepicker","action_id":"d"}},
		{"type":"input","block_id":"scope","label":{"type":"plain_text","text":"What"},"hint":{"type":"plain_text","text":"As little as possible"},
			"element":{"type":"radio_buttons","action_id":"scope","initial_option":{"text":{"type":"plain_text","text":"This"},"value":"a"},"options":[
				{"text":{"type":"plain_text","text":"This"},"value":"a","description":{"type":"plain_text","text":"and no other"}},{"text":{"type":"plain_text","text":"All"},"value":"b"}]}},
		{"type":"input","label":{"type":"plain_text","text":"How long"},"element":{"type":"static_select","placeholder":{"type":"plain_text","text":"Choose"},
			"option_groups":[{"options":[{"text":{"type":"plain_text","text":"An hour"},"value":"1h"}]},{"options":[{"text":{"type":"plain_text","text":"A day"},"value":"1d"}]}]}},
		{"type":"input","label":{"type":"plain_text","text":"Chosen"},"element":{"type":"static_select","initial_option":{"text":{"type":"plain_text","text":"A day"},"value":"1d"},
			"options":[{"text":{"type":"plain_text","text":"An hour"},"value":"1h"},{"text":{"type":"plain_text","text":"A day"},"value":"1d"}]}},
		{"type":"input","optional":true,"label":{"type":"plain_text","text":"Why"},"element":{"type":"plain_text_input","multiline":true,"placeholder":{"type":"plain_text","text":"A ticket"}}},
		{"type":"input","label":{"type":"plain_text","text":"Written"},"element":{"type":"plain_text_input","initial_value":"<i>\"x\""}},
		{"type":"input","label":{"type":"plain_text","text":"Critical"},"element":{"type":"checkboxes","initial_options":[{"text":{"type":"plain_text","text":"Yes"},"value":"y"}],
			"options":[{"text":{"type":"plain_text","text":"Yes"},"value":"y"},{"text":{"type":"plain_text","text":"Really"},"value":"r"}]}},
		{"type":"actions","elements":[{"type":"static_select","placeholder":{"type":"plain_text","text":"More"},"options":[]}]},
		{"type":"context","elements":[{"type":"plain_text","text":"At most 30 days"}]}]}`)
	for _, want := range []string{
		`<p class="s-title">Mute &lt;b&gt;</p>`, `<b>What</b> is muted`, `<span class="s-input s-empty">datepicker</span>`, `<p class="s-label">What</p>`, `As little as possible`,
		`This <small>and no other</small></span><span class="s-hidden"> (chosen)</span>`, `<summary>Choose</summary><ul><li>An hour</li><li>A day</li></ul>`,
		`<summary>A day</summary><ul><li>An hour</li><li class="s-chosen">A day</li></ul>`, `Why <span class="s-empty">(optional)</span>`,
		`<span class="s-input s-long"><span class="s-empty">A ticket</span></span>`, `<span class="s-input">&lt;i&gt;&#34;x&#34;</span>`,
		`<rect x="1.5" y="1.5" width="13" height="13" rx="2"/><path d="m4.5 8.5 2.5 2.5 5-6"/></svg><span>Yes</span>`, `<summary>More</summary>`, `At most 30 days`,
		`<span class="s-button">Cancel</span> <span class="s-button s-primary">Mute it</span>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "secret") || strings.Contains(page, "<form") || strings.Contains(page, "<input") || strings.Contains(page, "webhook&#39;s channel") {
		t.Error("it shows what it carries, or can be sent, or is drawn as a message")
	}
}
