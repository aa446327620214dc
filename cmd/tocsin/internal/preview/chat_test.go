package preview_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// frameOf draws a payload and returns the document in its frame, "" where it has none.
func frameOf(t *testing.T, form notify.Form, payload string) string {
	t.Helper()
	files, err := preview.Render(preview.Book{Findings: []preview.Finding{{Messages: []preview.Message{
		{Name: "x", Payload: notify.Preview{Form: form, Body: []byte(payload)}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file.Name == "mail-1-1.html" {
			document, err := file.Content()
			if err != nil {
				t.Fatal(err)
			}
			return string(document)
		}
	}
	return ""
}

// chatOf is a message of one widget.
func chatOf(t *testing.T, widget any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"cardsV2": []any{map[string]any{"card": map[string]any{"sections": []any{map[string]any{"widgets": []any{widget}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestChatAsDrawn(t *testing.T) {
	for text, want := range map[string]string{
		`<font color="#D93025"><b>HIGH</b></font> x`:        `<span style="color:#D93025"><b>HIGH</b></span> x`,
		"a<br>b &lt;b&gt; &amp;lt;":                         "a<br>b &lt;b&gt; &amp;lt;",
		`<a href="https://a.example/?b=1&amp;c=2">Open</a>`: `href="https://a.example/?b=1&amp;c=2">Open</a>`,
		`<a href="javascript:alert(1)">x</a>`:               `&lt;a href=&#34;javascript:alert(1)&#34;&gt;x</a>`,
		`<img src=x onerror=alert(1)>`:                      `&lt;img src=x onerror=alert(1)&gt;`,
		`<font color="red;x:url(y)">`:                       `&lt;font color=&#34;red;x:url(y)&#34;&gt;`,
	} {
		document := frameOf(t, notify.FormChat, chatOf(t, map[string]any{"textParagraph": map[string]any{"text": text}}))
		if !strings.Contains(document, want) {
			t.Errorf("%s: no %s in %s", text, want, document)
		}
	}
	for text, want := range map[string]string{
		`<users/all> <users/12>\nHIGH`:      `>@all</span> <span style="background:#e8f0fe;color:#0b57d0">@12</span><br>HIGH`,
		`<https://a.example/?b=1&c=2|Open>`: `href="https://a.example/?b=1&amp;c=2">Open</a>`,
		`<javascript:x|Open> <b> 1 < 2`:     `<div>Open b 1 &lt; 2</div>`,
		`\"><script>alert(1)</script>`:      `&#34;&gt;scriptalert(1)/script`,
	} {
		document := frameOf(t, notify.FormChat, `{"text":"`+text+`","fallbackText":"<script>"}`)
		if !strings.Contains(document, want) || strings.Contains(document, "<script") || !strings.Contains(document, "Notification: &lt;script&gt;") {
			t.Errorf("%s: no %s in %s", text, want, document)
		}
	}
	button := func(address string) string {
		return chatOf(t, map[string]any{"buttonList": map[string]any{"buttons": []any{
			map[string]any{"text": "<Open>", "onClick": map[string]any{"openLink": map[string]any{"url": address}}},
		}}})
	}
	if document := frameOf(t, notify.FormChat, button(`https://a.example/"x`)); !strings.Contains(document, `href="https://a.example/&#34;x">&lt;Open&gt;</a>`) {
		t.Errorf("got %s", document)
	}
	if document := frameOf(t, notify.FormChat, button("javascript:x")); strings.Contains(document, "javascript") {
		t.Errorf("got %s", document)
	}
	if document := frameOf(t, notify.FormChat, "no JSON"); document != "" {
		t.Errorf("got %s", document)
	}
}
