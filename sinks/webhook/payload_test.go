package webhook_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
)

// filled returns the body that a template makes of a notification.
func filled(t testing.TB, template string, n notify.Notification) string {
	t.Helper()
	shown, err := build(t, webhook.Config{URL: secret.New("https://hooks.example/"), PayloadTemplate: template}).Preview(n)
	if err != nil {
		t.Fatalf("%s: %v", template, err)
	}
	if !json.Valid(shown.Body) {
		t.Fatalf("%s makes no JSON: %s", template, shown.Body)
	}
	return string(shown.Body)
}

func TestTemplates(t *testing.T) {
	f := finding.Finding{
		ID: "f1", Source: "aws.guardduty", Type: "Trojan:EC2/X", Title: "A \"title\"\nwith \\ <b> \u2028 @here", Severity: 8.5,
		Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
	}
	f.Resource = finding.Resource{ID: "i-1", Tags: []finding.Tag{{Key: "team", Value: "shop"}, {Key: "a b", Value: "c"}}}
	f.Updated = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	n := notify.Notification{Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{{What: "count", From: "1", To: "2"}, {What: "new fix"}}}
	for template, want := range map[string]any{
		`{{.title}}`:                     f.Title,
		`"{{.title}}"`:                   f.Title,
		`"[{{.title}}] {{.type}}"`:       "[" + f.Title + "] " + f.Type,
		`"{{.}}"`:                        nil, // only that it is JSON
		`{{.}}`:                          nil,
		`{{.severity.value}}`:            8.5,
		`"{{.severity.value}}"`:          "8.5",
		`{{.severity}}`:                  map[string]any{"value": 8.5, "level": "high"},
		`{{.resource.tags}}`:             map[string]any{"team": "shop", "a b": "c"},
		`{{index .resource.tags "a b"}}`: "c",
		`[{{index .changes 1 "what"}}, {{.sample}}]`: []any{"new fix", nil},
		`"{{.description}}"`:                         "",
		`{{.actor.user.name}}`:                       nil,
		`{{.description | default "none"}}`:          "none",
		`{"{{.region}}": 1}`:                         map[string]any{"eu-west-1": 1.0},
		`{{if eq .severity.level "critical"}}1{{else if ge .severity.value 7}}2{{else}}3{{end}}`:                              2.0,
		`{{if and (not .sample) (eq .kind "update" "finding")}}true{{else}}false{{end}}`:                                      true,
		`{{if lt .count 5}}1{{else}}{{if gt "a" .title}}2{{else}}"x"{{end}}{{end}}`:                                           2.0,
		`{"a": 1{{if .sample}}, "b": 2{{end}}{{if .region}}, "c": {{.region}}{{end}}}`:                                        map[string]any{"a": 1.0, "c": "eu-west-1"},
		`{ {{range $k, $v := .resource.tags}}"tag {{$k}}": {{$v}}, {{end}}"z": null }`:                                        map[string]any{"tag team": "shop", "tag a b": "c", "z": nil},
		`["x" {{range .changes}}, {"{{.what}}": {{.to}}}{{end}}]`:                                                             []any{"x", map[string]any{"count": "2"}, map[string]any{"new fix": nil}},
		`"{{range .changes}}{{.what}};{{else}}none{{end}}"`:                                                                   "count;new fix;",
		`"{{range .findings}}{{.title}}{{else}}none{{end}}"`:                                                                  "none",
		`{{with .resource}}{{.id}}{{else}}null{{end}}`:                                                                        "i-1",
		`{{$id := .resource.id}}{"id": "{{$id}}", "root": {{$.region}}}`:                                                      map[string]any{"id": "i-1", "root": "eu-west-1"},
		`"\u0041\n{{.region | upper}}\\{{/* nothing */ -}}   z"`:                                                              "A\nEU-WEST-1\\z",
		`[{{cut 3 .type}}, "{{cut 100 .type}}", {{contains .type "EC2"}}, {{starts .region "us"}}]`:                           []any{"Tr…", f.Type, true, false},
		`[{{headline}}, {{over}}, {{level}}, {{lower "AB"}}]`:                                                                 nil,
		`[{{$x := .title}}{{with .resource}}{{$x := .id}}{{if over}}{{$x = .name}}{{end}}"{{$x}}"{{else}}0{{end}}, "{{$x}}"]`: []any{"i-1", f.Title},
		`{{with index .changes 0}}{{.what}}{{else}}0{{end}}`:                                                                  "count",
		`[{{(index .changes 7).what}}, {{(index .resource.tags "team")}}, {{default "x" (or .sample .title)}}]`:               []any{nil, "shop", f.Title},
		`[{{quiet "a@b"}}, {{code "x\n"}}, "{{code "a` + "````" + `b"}}"]`:                                                    []any{"a@\u2060b", "```\nx\n```", "`````\na````b\n`````"},
		`{{message_id}}`:   "msg_" + n.MessageID("webhook"),
		`"{{finding_id}}"`: n.FindingID(),
		"  -1.5e3\n":       -1500.0,
	} {
		body := filled(t, template, n)
		var got any
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if want == nil && !strings.HasPrefix(template, `{{.actor`) {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", template, diff)
		}
	}
	if text := filled(t, `"{{text 200}}"`, n); len(text) > 250 || !strings.Contains(text, "HIGH") {
		t.Errorf("got %s", text)
	}
	if link := filled(t, `{{link}}`, formattertest.Cases()["finding"].Notification); !strings.Contains(link, "https://") {
		t.Errorf("got %s", link)
	}
}

// A template that could make no JSON of some finding is refused at start, with the place.
func TestTemplateMistakes(t *testing.T) {
	for template, want := range map[string]string{
		"":                                      "",
		"s3cr3t":                                "line 1, column 1: this is no JSON; a value is wanted",
		`{"a": "b"`:                             "line 1, column 10: the JSON ends too early: a comma or the end is wanted",
		`{"a": "b}`:                             "the JSON ends too early: the rest of a string is wanted",
		`{"a": "b",}`:                           "line 1, column 11: } stands where a key in quotation marks is wanted",
		`[1,]`:                                  "line 1, column 4: ] stands where a value is wanted",
		`[1}`:                                   "line 1, column 3: } stands where",
		`[1 2]`:                                 "line 1, column 4: a value stands where a comma or the end is wanted",
		`{"a" 1}`:                               "a value stands where a colon is wanted",
		`{a: 1}`:                                "line 1, column 2: this is no JSON",
		`{{.title}} {{.title}}`:                 "line 1, column 14: a value stands where a comma or the end is wanted",
		`{ {{.title}}: 1}`:                      "line 1, column 5: a value stands where a key in quotation marks or } is wanted",
		`1{{.title}}`:                           "a value stands where",
		`[-{{.count}}]`:                         "line 1, column 2: this is no JSON",
		"{\"a\": \"b\n\"}":                      "line 1, column 9: a string holds a line break",
		`"\{{.title}}"`:                         "line 1, column 2: a backslash begins nothing",
		`"\u00{{.title}}"`:                      "line 1, column 2: a backslash begins nothing",
		`"\x"`:                                  "a backslash begins nothing",
		`{"a": {{if .sample}}1{{end}}}`:         "with what is between here and its end, a comma or the end has to follow, without it a value",
		`{{if .sample}}"a{{else}}1{{end}}`:      "with what is between here",
		`[{{range .changes}}{{.what}},{{end}}]`: "] stands where a value is wanted",
		`[{{range .changes}}{{.what}}{{end}}]`:  "line 1, column 10: one round of the range ends where a comma or the end has to follow, and the next begins where a value or ] has to",
		`[{{range .findings}}{{range .related}}{{end}}{{end}}]`: "a range within a range is not supported",
		`"{{range .title}}x{{end}}"`:                            "range takes a list or an object",
		`"{{range .changes}}{{break}}{{end}}"`:                  "break and continue are not supported",
		`{{define "x"}}1{{end}}{{template "x"}}`:                "not supported",
		`{{block "x" .}}1{{end}}`:                               "not supported",
		"{\n  \"a\": {{.titel}}\n}":                             "line 2, column 10: there is no .titel; there are: .account, .action",
		`{{.resource.nam}}`:                                     "there is no .resource.nam; there are: .arn, .attributes",
		`{{.title.x}}`:                                          "there is nothing in .title.x with a name, but for its end",
		`{{.changes.what}}`:                                     "there is nothing in .changes.what",
		`"{{range .changes}}{{.title}}{{end}}"`:                 "there is no .title; there are: .from, .to, .what",
		`"{{range $c := .changes}}{{$c.titl}}{{end}}"`:          "there is no .titl",
		`{{printf "%s" .title}}`:                                "there is no function printf; there are: code, contains, cut",
		`{{_text .title}}`:                                      "there is no function _text",
		`{{cut .title}}`:                                        "line 1, column 3: cut is given 1 value and takes 2",
		// What goes wrong in a branch is found though nothing at start takes it.
		`{{if over}}{{cut .title 100}}{{end}}1`:                            "line 1, column 14: cut takes a whole number there, written out",
		`{{if over}}{{cut}}{{else}}1{{end}}`:                               "line 1, column 14: cut is given 0 values and takes 2",
		`{{if and over (starts .title)}}1{{else}}2{{end}}`:                 "starts is given 1 value and takes 2",
		`{{if over}}{{level 3}}{{else}}1{{end}}`:                           "level is given 1 value and takes 0",
		`{{if over}}{{.count | text}}{{else}}1{{end}}`:                     "text takes a whole number there, written out",
		`{{if over}}{{.title "x"}}{{else}}1{{end}}`:                        "what is no function takes no values",
		`{{if over}}{{cut 3 upper}}{{else}}1{{end}}`:                       "upper is given 0 values and takes 1",
		`{{if over}}{{and nil .title}}{{else}}1{{end}}`:                    "and does not take nil",
		`{{if over}}{{not}}{{else}}1{{end}}`:                               "not is given 0 values and takes 1",
		`{{with index .resource.tags "a"}}{{.y}}{{else}}1{{end}}`:          "there is nothing in .y with a name, but for its end",
		`{{with headline}}{{.y}}{{else}}1{{end}}`:                          "there is nothing in .y with a name",
		`{{(index .findings 0).titl}}`:                                     "there is no .titl",
		`{{(default .account .resource).id}}`:                              "it is not known what .id stands in",
		`{{$x := .title}}{{if not over}}{{$x = .account}}{{end}}{{$x.id}}`: "$x stays what it was",
		`{{$x := .title}}{{if .sample}}{{$x := .account}}{{end}}{{$x.id}}`: "there is nothing in .id",
		`"{{range $k, $v := .resource.tags}}{{$k.x}}{{end}}"`:              "there is nothing in .x",
		`{{.title`:                "line 1: unclosed action",
		`{{if}}1{{end}}`:          "line 1: missing value for if",
		"\"\xff\"":                "is not UTF-8",
		strings.Repeat(" ", 5000): "is longer than 4096 bytes",
		" ":                       "the JSON ends too early: a value is wanted",
	} {
		_, err := webhook.New(t.Context(), "webhook", webhook.Config{URL: secret.New("https://hooks.example/"), PayloadTemplate: template}, formatter.Style{})
		switch {
		case want == "":
			if err != nil {
				t.Errorf("%q: %v", template, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), "PAYLOAD_TEMPLATE: ") || !strings.Contains(err.Error(), want):
			t.Errorf("%.60q: got %v\nwant %s", template, err, want)
		}
	}
}

// everywhere holds an action in every sort of place.
const everywhere = `{"{{.title}}": {{.description}}, "a": [{{.}}, "{{.}}", {"b{{.id}}c": "{{.resource.name}} {{.actor.user.name}}"}],
"text": "{{text}}", "code": "{{text 9000 | code}}", "head": "{{headline | quiet}}", "tags": { {{range $k, $v := .resource.tags}}"{{$k}}": "{{$v}}", {{end}}"end": {{over}} },
"n": {{if .sample}}{{.count}}{{else}}"{{.severity.level}} {{.severity.value}}"{{end}}, "all": "{{range .findings}}{{.title}}, {{end}}", "u": {{upper .type}}}`

// Whatever a finding holds, the body is JSON with the texts in it that the finding has.
func TestAttacksStayText(t *testing.T) {
	for name, attack := range formattertest.Attacks() {
		n := formattertest.Filled(attack)
		var got map[string]any
		if err := json.Unmarshal([]byte(filled(t, everywhere, n)), &got); err != nil {
			t.Fatal(err)
		}
		var document struct{ Title string } // as it is without a template
		if err := json.Unmarshal([]byte(filled(t, "", n)), &document); err != nil {
			t.Fatal(err)
		}
		if text, _ := got[document.Title].(string); len(document.Title) < 900 && text != document.Title || len(got) != 9 {
			t.Errorf("%s: %d members, got %.200q, want %.200q", name, len(got), text, document.Title)
		}
	}
}

// Every kind of message and every size of finding makes a body that is JSON and not too long.
func TestEverythingIsFilledIn(t *testing.T) {
	all := formattertest.Huge()
	for name, c := range formattertest.Cases() {
		all["case "+name] = c.Notification
	}
	all["heartbeat"] = notify.Notification{Kind: notify.KindHeartbeat}
	for name, n := range all {
		if body := filled(t, everywhere, n); len(body) > 256<<10 {
			t.Errorf("%s: %d bytes", name, len(body))
		}
	}
}

// A finding that is nothing but fences costs no more than another.
func TestManyFences(t *testing.T) {
	n := notify.Notification{Findings: []finding.Finding{{ID: "f1", Title: strings.Repeat("`", 60_000)}}}
	if body := filled(t, `"{{cut 0 (code .title)}}{{cut 3 (code .id)}}"`, n); body != "\"``…\"" {
		t.Errorf("got %s", body)
	}
	const most = 5_000 // one for each fence that is tried would be more than twice as many
	if got := testing.AllocsPerRun(1, func() { filled(t, `"{{cut 0 (code .title)}}"`, n) }); got > most {
		t.Errorf("it takes %v pieces of memory", got)
	}
}

// A body that would be too long is made of less, down to the minimal document.
func TestLongBodies(t *testing.T) {
	template := `"{{range .resource.tags}}` + strings.Repeat(`{{$}}`, 2) + `{{else}}{{.key}}{{end}}"`
	body := filled(t, template, formattertest.Huge()["lists"])
	if len(body) > 256<<10 || len(body) < 30 {
		t.Errorf("got %d bytes", len(body))
	}
	_, err := webhook.New(t.Context(), "webhook", webhook.Config{
		URL: secret.New("https://hooks.example/"), PayloadTemplate: `"` + strings.Repeat(`{{.}}`, 800) + `"`,
	}, formatter.Style{})
	if err == nil || err.Error() != "PAYLOAD_TEMPLATE: makes too long a body" {
		t.Errorf("got %v", err)
	}
}

// FuzzPayload holds that no template that is accepted can be made to write what is no JSON, or nothing.
func FuzzPayload(f *testing.F) {
	f.Add(everywhere, `"`)
	f.Add(`{{if .sample}}[{{else}}{ {{end}}`, "x")
	f.Add(`["{{.title}}"{{range .changes}},{{.what}}{{end}}]`, "\\")
	f.Add(`{{.title}}{{/* */}}`, "\u2028")
	f.Add(`{"a":{{with .resource}}{{.}}{{else}}0{{end}}{{if over}},"b":"{{else}},"c":"{{end}}"}`, "\xff")
	f.Add(`{{if over}}{{cut 3 .title}}{{else}}{{with index .findings 0}}{{.title}}{{else}}{{(index .changes 0).what}}{{end}}{{end}}`, "x")
	f.Add(`{{$x := .title}}{{if and over (not .sample)}}{{$x = default "x" .id}}{{end}}{{$x | upper}}`, "x")
	f.Add("[{{range $i, $x := .changes}}{{$x.what}},{{end}}1{{- /**/ -}} ]", "{{")
	f.Fuzz(func(t *testing.T, template, text string) {
		sink, err := webhook.New(t.Context(), "webhook", webhook.Config{URL: secret.New("https://hooks.example/"), PayloadTemplate: template}, formatter.Style{})
		if err != nil || template == "" {
			return
		}
		for _, n := range []notify.Notification{formattertest.Filled(text), {Kind: notify.KindHeartbeat}, {Kind: notify.KindDigest, Findings: formattertest.Filled(text).Findings}} {
			shown, err := sink.Preview(n)
			if err != nil && !strings.Contains(err.Error(), "too long") || err == nil && !json.Valid(shown.Body) {
				t.Errorf("%q makes no JSON: %s, %v", template, shown.Body, err)
			}
		}
	})
}
