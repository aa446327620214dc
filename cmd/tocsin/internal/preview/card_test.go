package preview_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// cardOf returns the body of a post to Teams with elements and a button.
func cardOf(elements, address string) string {
	return fmt.Sprintf(`{"type":"message","attachments":[{"content":{"type":"AdaptiveCard","body":[%s],"actions":[{"type":"Action.OpenUrl","title":"<Open>","url":%q}]}}]}`,
		elements, address)
}

func TestCardAsDrawn(t *testing.T) {
	run := func(rest string) string {
		return `{"type":"RichTextBlock","inlines":[{"type":"TextRun",` + rest + `}]}`
	}
	for name, test := range map[string]struct{ body, want string }{
		"text":         {cardOf(run(`"text":"<script>alert(1)</script> **x** {{DATE(2026-03-16T08:25:05Z)}}"`), ""), `>&lt;script&gt;alert(1)&lt;/script&gt; **x** {{DATE(2026-03-16T08:25:05Z)}}</span>`},
		"header":       {cardOf(`{"type":"Container","style":"attention","items":[`+run(`"text":"x","weight":"Bolder","size":"Medium"`)+`]}`, ""), `<div class="container attention">` + "\n" + `<p class="text"><span class="colour-default size-medium bold">x</span></p></div>`},
		"no style":     {cardOf(`{"type":"Container","style":"\" onclick=\"x","items":[]}`, ""), `<div class="container plain"></div>`},
		"no colour":    {cardOf(run(`"text":"x","color":"\" onclick=\"x","size":"\">"`), ""), `<span class="colour-default size-default">x</span>`},
		"columns":      {cardOf(`{"type":"ColumnSet","spacing":"Small","columns":[{"width":"110px","items":[]},{"width":"1px;background:url(x)"}]}`, ""), `<div class="columns small"><div class="column" style="flex:0 0 110px"></div><div class="column" style="flex:1 1 0"></div></div>`},
		"mention":      {cardOf(`{"type":"TextBlock","text":"<at>ann</at> & <at>bo"}`, ""), `<span class="mention">ann</span> &amp; </p>`},
		"button":       {cardOf("", `https://a.example/?b="c&d`), `<a class="button" href="https://a.example/?b=&#34;c&amp;d" target="_blank" rel="noreferrer noopener">&lt;Open&gt;</a>`},
		"no script":    {cardOf("", "javascript:alert(1)"), `<div class="actions">&lt;Open&gt;</div>`},
		"link":         {cardOf(run(`"text":"Open","selectAction":{"url":"https://a.example/"}`), ""), `<a class="" href="https://a.example/"`},
		"unknown part": {cardOf(`{"type":"Image","url":"https://evil.example/x.png"}`, ""), `<div class="card">` + "\n" + `<div class="actions">`},
	} {
		if page := frameOf(t, notify.FormTeams, test.body); !strings.Contains(page, test.want) || strings.Contains(page, "<script") {
			_, page, _ = strings.Cut(page, "<body>")
			t.Errorf("%s: no %s in %s", name, test.want, page)
		}
	}
}

// What is no card is shown as text.
func TestNoCard(t *testing.T) {
	for _, body := range []string{"", "{", `{"attachments":[]}`, `{"attachments":[{"content":{"type":"Other"}}]}`, `{"attachments":[{"content":{"type":"AdaptiveCard","body":3}}]}`} {
		if document := frameOf(t, notify.FormTeams, body); document != "" {
			t.Errorf("%q is drawn: %s", body, document)
		}
		page := render(t, preview.Message{Payload: notify.Preview{Form: notify.FormTeams, Body: []byte(body)}})
		if strings.Contains(page, "<iframe") {
			t.Errorf("%q stands in a frame", body)
		}
	}
}
