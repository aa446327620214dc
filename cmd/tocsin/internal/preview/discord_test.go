package preview_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestDiscordAsDrawn(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"code":           {"`a <b> *c* \\`", ">a &lt;b&gt; *c* \\</code>"},
		"escapes":        {`\*\*a\*\* \<@1\> \_`, "**a** &lt;@1&gt; _"},
		"bold":           {"**a** b", "<b>a</b> b"},
		"link":           {`[Op\]en](<https://a.example/?b=1&c=2>) x`, `href="https://a.example/?b=1&amp;c=2">Op]en</a> x`},
		"no script":      {"[Open](<javascript:alert(1)>)", "[Open](&lt;javascript:alert(1)&gt;)"},
		"no attribute":   {`[Open](<https://a" onclick="x>)`, `href="https://a&#34; onclick=&#34;x"`},
		"mention":        {"<@80351110224678912> <@&165511591545143296> @here", ">@80351110224678912</span>"},
		"everyone":       {"@everyone", ">@everyone</span>"},
		"no tag":         {"<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"},
		"lines":          {"a\nb", "a<br>b"},
		"lone marks":     {"a ` [ < @ * b", "a ` [ &lt; @ * b"},
		"last backslash": {`a\`, `a\`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(test.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, payload := range []string{
				`{"content":` + string(text) + `}`, `{"embeds":[{"title":"t","color":14233637,"description":` + string(text) + `}]}`,
				`{"embeds":[{"title":` + string(text) + `,"fields":[{"name":"n","value":"v","inline":true}]}]}`,
			} {
				if page := frameOf(t, notify.FormDiscord, payload); !strings.Contains(page, test.want) {
					t.Errorf("no %s in %s", test.want, page)
				}
			}
		})
	}
	page := frameOf(t, notify.FormDiscord, `{"embeds":[{"title":"t","url":"https://a.example/\"x","color":14233637,"footer":{"text":"<b> *f*"}}]}`)
	for _, want := range []string{"#d93025", "&lt;b&gt; *f*", `href="https://a.example/&#34;x"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if page := frameOf(t, notify.FormDiscord, `[`); page != "" {
		t.Errorf("no message was drawn as %s", page)
	}
}
