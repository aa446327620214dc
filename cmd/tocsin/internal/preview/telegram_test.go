package preview_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestTelegramAsDrawn(t *testing.T) {
	for name, test := range map[string]struct{ payload, want string }{
		"bold":              {`{"text":"🔥 a b","entities":[{"type":"bold","offset":3,"length":1}]}`, "🔥 <b>a</b> b"},
		"code":              {`{"text":"a <b> c","entities":[{"type":"code","offset":2,"length":3}]}`, ">&lt;b&gt;</code> c"},
		"link":              {`{"text":"Open","entities":[{"type":"text_link","offset":0,"length":4,"url":"https://a.example/?b=1&c=\"2"}]}`, `href="https://a.example/?b=1&amp;c=&#34;2">Open</a>`},
		"no script":         {`{"text":"Open","entities":[{"type":"text_link","offset":0,"length":4,"url":"javascript:alert(1)"}]}`, ">Open</div>"},
		"mention":           {`{"text":"hi 123","entities":[{"type":"text_mention","offset":3,"length":3,"user":{"id":123}}]}`, ">123</span>"},
		"no tag":            {`{"text":"<img src=x onerror=alert(1)>"}`, "&lt;img src=x onerror=alert(1)&gt;"},
		"beyond the text":   {`{"text":"abc","entities":[{"type":"bold","offset":2,"length":9},{"type":"bold","offset":-1,"length":1}]}`, ">abc</div>"},
		"far beyond it":     {`{"text":"abc","entities":[{"type":"bold","offset":9,"length":1}]}`, ">abc</div>"},
		"within each other": {`{"text":"abc","entities":[{"type":"bold","offset":0,"length":2},{"type":"code","offset":1,"length":2}]}`, "<b>ab</b>c"},
		"silent":            {`{"text":"abc","disable_notification":true}`, "🔕"},
	} {
		if page := frameOf(t, notify.FormTelegram, test.payload); !strings.Contains(page, test.want) {
			t.Errorf("%s: no %s in %s", name, test.want, page)
		}
	}
	if page := frameOf(t, notify.FormTelegram, `[`); page != "" {
		t.Errorf("no message was drawn as %s", page)
	}
}
