package formatter_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestStyleMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		want     []string // what the lines of the error begin with
	}{
		"a slip in a fact": {map[string]string{"FIELDS": "resorce"}, []string{"ONCALL_FIELDS: entry 1: not the name of a fact; did you mean resource?"}},
		"an unknown fact":  {map[string]string{"FIELDS": "resource,s3cr3t"}, []string{"ONCALL_FIELDS: entry 2: not the name of a fact; there are: resource, tags,"}},
		"several wrong facts": {map[string]string{"FIELDS": "count,resorce, region,accout"}, []string{
			"ONCALL_FIELDS: entry 2: not the name of a fact; did you mean resource?", "ONCALL_FIELDS: entry 4: not the name of a fact; did you mean account?",
		}},
		"facts without commas":      {map[string]string{"FIELDS": "resource count"}, []string{"ONCALL_FIELDS: entry 1: a comma stands between the names of facts"}},
		"a fact twice":              {map[string]string{"FIELDS": "count, count"}, []string{"ONCALL_FIELDS: entry 2: count is named twice"}},
		"an unclosed action":        {map[string]string{"TITLE_TEMPLATE": "s3cr3t {{.title"}, []string{"ONCALL_TITLE_TEMPLATE: is no template: at 1: unclosed action"}},
		"single braces":             {map[string]string{"TITLE_TEMPLATE": "s3cr3t {level}: {{.title}}"}, []string{"ONCALL_TITLE_TEMPLATE: at 1:0: a name in single braces stands as it is; write {{.level}}"}},
		"single braces, a member":   {map[string]string{"BODY_TEMPLATE": "{{.title}}\n{{if .sample}}{ .resource.name }{{end}}"}, []string{"ONCALL_BODY_TEMPLATE: at 2:14: a name in single braces stands as it is; write {{.resource.name}}"}},
		"a quoted text":             {map[string]string{"TITLE_TEMPLATE": `{{"s3cr3t`}, []string{"ONCALL_TITLE_TEMPLATE: is no template: at 1: unterminated quoted string"}},
		"an unknown name":           {map[string]string{"BODY_TEMPLATE": "a\n {{.titel}}"}, []string{"ONCALL_BODY_TEMPLATE: at 2:3: there is no .titel; there are: .account, .account_name,"}},
		"a name within":             {map[string]string{"BODY_TEMPLATE": "{{.actor.ipp}}"}, []string{"ONCALL_BODY_TEMPLATE: at 1:8: there is no .actor.ipp; there are: .city, .country,"}},
		"in a branch not tried":     {map[string]string{"BODY_TEMPLATE": `{{if eq .type "x"}}{{.nope}}{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:21: there is no .nope;"}},
		"within with":               {map[string]string{"BODY_TEMPLATE": `{{with .resource}}{{.nope}}{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:20: there is no .nope; there are: .arn, .id,"}},
		"from the root":             {map[string]string{"BODY_TEMPLATE": `{{with .resource}}{{$.nope}}{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:21: there is no .nope;"}},
		"an unknown function":       {map[string]string{"BODY_TEMPLATE": `{{shout .title}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:2: there is no function shout; there are: contains, cut,"}},
		"a dangerous function":      {map[string]string{"BODY_TEMPLATE": `{{printf .title}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:2: there is no function printf;"}},
		"a call":                    {map[string]string{"BODY_TEMPLATE": `{{if call .title}}x{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:5: there is no function call;"}},
		"a function in parentheses": {map[string]string{"BODY_TEMPLATE": `{{upper (html .title)}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:9: there is no function html;"}},
		"a wrong argument":          {map[string]string{"BODY_TEMPLATE": `{{cut .title 5}}`}, []string{"ONCALL_BODY_TEMPLATE: cannot be filled in: at 1:6: wrong type for value"}},
		"a comparison of kinds":     {map[string]string{"BODY_TEMPLATE": `{{if gt .severity "s3cr3t"}}x{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: cannot be filled in: at 1:5: error calling gt:"}},
		"a method":                  {map[string]string{"BODY_TEMPLATE": `{{.severity.Level}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:"}},
		"a loop over a number":      {map[string]string{"BODY_TEMPLATE": `{{range 1000000000}}x{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:8: range takes .resource.tags or .facts"}},
		"a loop in a loop":          {map[string]string{"BODY_TEMPLATE": `{{range .facts}}{{range $.facts}}x{{end}}{{end}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:24: a range within a range"}},
		"recursion":                 {map[string]string{"BODY_TEMPLATE": `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`}, []string{"ONCALL_BODY_TEMPLATE: at 1:48: template, define and block"}},
		"too long":                  {map[string]string{"BODY_TEMPLATE": strings.Repeat("x", 5000)}, []string{"ONCALL_BODY_TEMPLATE: longer than 4096 bytes"}},
		"a runbook over http":       {map[string]string{"RUNBOOK_URL": "http://s3cr3t.example.com/{type}"}, []string{"ONCALL_RUNBOOK_URL: want an https URL"}},
		"a runbook with a password": {map[string]string{"RUNBOOK_URL": "https://u:s3cr3t@example.com/"}, []string{"ONCALL_RUNBOOK_URL: want an https URL"}},
		"a runbook's host":          {map[string]string{"RUNBOOK_URL": "https://{type}.example.com/"}, []string{"ONCALL_RUNBOOK_URL: {type} may not stand in the host"}},
		"a runbook's placeholder":   {map[string]string{"RUNBOOK_URL": "https://example.com/{title}"}, []string{"ONCALL_RUNBOOK_URL: the only placeholder is {type}"}},
		"a runbook with markup":     {map[string]string{"RUNBOOK_URL": "https://example.com/|s3cr3t>"}, []string{"ONCALL_RUNBOOK_URL: want an https URL"}},
		"a mention by name":         {map[string]string{"MENTION": "@channel s3cr3t"}, []string{"ONCALL_MENTION: want mentions as Slack writes them"}},
		"a link as a mention":       {map[string]string{"MENTION": "<https://s3cr3t.example>"}, []string{"ONCALL_MENTION: want mentions"}},
		"a label in a mention":      {map[string]string{"MENTION": "<!subteam^S012|s3cr3t>"}, []string{"ONCALL_MENTION: want mentions"}},
		"a long mention":            {map[string]string{"MENTION": strings.Repeat("<@U012AB3CD> ", 77) + "<@U012AB>"}, []string{"ONCALL_MENTION: longer than 1000 characters (it has 1010)"}},
		"a mention's severity":      {map[string]string{"MENTION": "<!here>", "MENTION_MIN_SEVERITY": "s3cr3t"}, []string{"ONCALL_MENTION_MIN_SEVERITY: not a severity"}},
		"an unknown language":       {map[string]string{"MESSAGE_LANG": "s3cr3t"}, []string{"ONCALL_MESSAGE_LANG: want one of: en, ja"}},
		"an unknown time zone":      {map[string]string{"TIME_ZONE": "s3cr3t"}, []string{"ONCALL_TIME_ZONE: not the name of a time zone; want one as the IANA writes it"}},
		"the zone of the machine":   {map[string]string{"TIME_ZONE": "Local"}, []string{"ONCALL_TIME_ZONE: not the name of a time zone"}},
		"a path as a time zone":     {map[string]string{"TIME_ZONE": "../../etc/passwd"}, []string{"ONCALL_TIME_ZONE: not the name of a time zone"}},
		"tags and none":             {map[string]string{"SHOW_TAGS": "none, Owner"}, []string{"ONCALL_SHOW_TAGS: none stands alone"}},
		"all at once": {
			map[string]string{"FIELDS": "x", "TITLE_TEMPLATE": "{{", "BODY_TEMPLATE": "{{.x}}", "RUNBOOK_URL": "x", "MENTION": "x", "MESSAGE_LANG": "x"},
			[]string{"ONCALL_FIELDS:", "ONCALL_TITLE_TEMPLATE:", "ONCALL_BODY_TEMPLATE:", "ONCALL_RUNBOOK_URL:", "ONCALL_MENTION:", "ONCALL_MESSAGE_LANG:"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := formatter.NewStyle(func(setting string) (string, string) { return "ONCALL_" + setting, test.settings[setting] }, formattertest.ParseMention, nil)
			if err == nil {
				t.Fatal("want an error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %d lines, want %d:\n%v", len(lines), len(test.want), err)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got  %q\nwant %q", lines[i], want)
				}
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("a value shows: %v", err)
			}
		})
	}
}

func message(t *testing.T, f finding.Finding, settings map[string]string) formatter.Message {
	t.Helper()
	return formattertest.Message(t, formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{f}}, Settings: settings})
}

func TestTemplates(t *testing.T) {
	f := formattertest.Instance()
	f.Event = json.RawMessage(`{"detail":{"service":{"detectorId":"d\n1","additionalInfo":[{"n":3.10,"ok":true,"o":{}}]}}}`)
	for template, want := range map[string]string{
		"{{.what}} on {{.target}}":                                     "Brute-force attack over SSH on i-0a1b2c3d (web-1)",
		"{{.level}} {{.level_name}} {{.severity}}":                     "medium MEDIUM 5.0",
		`{{if ge .severity 7.0}}bad{{else}}not so bad{{end}}`:          "not so bad",
		`{{if and .sample (not .archived)}}try{{else}}real{{end}}`:     "real",
		`{{if starts "UnauthorizedAccess:" .type}}who?{{end}}`:         "",
		`{{if starts .type "UnauthorizedAccess:"}}who?{{end}}`:         "who?",
		`{{if contains .title "SSH"}}port 22{{end}}`:                   "port 22",
		`{{.actor.ip}}, {{.actor.country | upper}}`:                    "198.51.100.7, PERU",
		`{{.resource.name}} of {{tag "owner" | default "nobody"}}`:     "web-1 of ann",
		`{{tag "nope" | default "nobody"}}`:                            "nobody",
		`{{index .resource.tags "cost-center"}}`:                       "42",
		`{{range $key, $value := .resource.tags}}{{$key}} {{end}}`:     "Name Owner cost-center team",
		`{{with .actor}}{{.ip}}{{end}}{{with tag "x"}}{{.}}{{end}}`:    "198.51.100.7",
		`{{cut 10 .title}}`:                                            "198.51.10…",
		`{{event "detail.service.detectorId"}}`:                        "d 1",
		`{{event "detail.service.additionalInfo.0.n"}}`:                "3.10",
		`{{event "detail.service.additionalInfo.0.ok"}}`:               "true",
		`{{event "detail.service.additionalInfo.0.o"}}{{event "a.9"}}`: "",
		`{{.facts.action}}`:                                            "inbound TCP connection from remote port 40312 to local port 22 (SSH), not blocked",
		`{{.count}} since {{.first_seen}}`:                             "3 since 2026-03-16 08:20:05 UTC",
		`{{.account_name}} {{.account}} {{.region}} {{.place}}`:        "prod 111122223333 eu-west-1 prod / eu-west-1",
		`{{len .title | eq 0}}`:                                        "false",
		"  {{.id}}\r\n":                                                "16afba5c5c43e07c9e3e5e2e544e95df",
	} {
		m := message(t, f, map[string]string{"TITLE_TEMPLATE": template})
		if want == "" { // an empty output falls back to the usual headline
			want = "Brute-force attack over SSH"
		} else if m.Target != "" || m.Place != "" {
			t.Errorf("%s: target %q and place %q stand beside it", template, m.Target, m.Place)
		}
		if m.Title != want {
			t.Errorf("%s: got %q, want %q", template, m.Title, want)
		}
	}
}

// The templates of a message decode its event once, however often they ask for something in it, and
// not at all where they do not.
func TestEventIsDecodedOnce(t *testing.T) {
	const elements = 5000
	f := formattertest.Instance()
	f.Event = json.RawMessage(`{"a":"x","b":[` + strings.Repeat(`"y",`, elements) + `"z"]}`)
	n := notify.Notification{Findings: []finding.Finding{f}}
	allocations := func(title, body string) float64 {
		own := formattertest.Style(t, map[string]string{"TITLE_TEMPLATE": title, "BODY_TEMPLATE": body})
		return testing.AllocsPerRun(5, func() { formatter.New(n, own) })
	}
	none, one := allocations("x", "x"), allocations(`{{event "a"}}`, "x")
	if none > elements || one < elements {
		t.Errorf("%v allocations without the event, %v with it", none, one)
	}
	if both := allocations(strings.Repeat(`{{event "a"}}`, 20), strings.Repeat(`{{event "b.5000"}}`, 20)); both > one+elements/2 {
		t.Errorf("%v allocations for the event once, %v for forty times", one, both)
	}
	other := f
	other.Event, other.Resource.ID = json.RawMessage(`{"a":"another"}`), "i-1"
	n.Kind, n.Findings = notify.KindDigest, append(n.Findings, other)
	m := formatter.New(n, formattertest.Style(t, map[string]string{"TITLE_TEMPLATE": `{{event "a"}}`}))
	if len(m.Entries) != 2 || m.Entries[0].Title != "x" || m.Entries[1].Title != "another" {
		t.Errorf("got %v", m.Entries)
	}
}

// What goes wrong while a template runs, and what it makes too much of, costs no message.
func TestTemplatesFailOpen(t *testing.T) {
	f := formattertest.Instance()
	usual := message(t, f, nil)
	long := strings.Repeat("{{.description}}", 200)
	f.Description = strings.Repeat("x ", 4000)
	m := message(t, f, map[string]string{"BODY_TEMPLATE": long, "TITLE_TEMPLATE": long})
	if n := len([]rune(m.Description)); n > 1500 || n < 1000 {
		t.Errorf("got a body of %d characters", n)
	}
	if n := len([]rune(m.Title)); n > 200 || n < 100 {
		t.Errorf("got a title of %d characters", n)
	}
	// The template was fine for every finding that was tried.
	m = message(t, formattertest.Instance(), map[string]string{"TITLE_TEMPLATE": `{{if eq .account_name "prod"}}{{index .resource.tags .severity}}{{end}}`, "BODY_TEMPLATE": "\n \n"})
	if m.Title != usual.Title || m.Target != usual.Target || m.Description != usual.Description || m.Summary != usual.Summary {
		t.Errorf("got %+v, want the usual headline and description", m.Headline)
	}
}

func TestMention(t *testing.T) {
	one := func(severity finding.Severity, kind notify.Kind, changes ...notify.Change) notify.Notification {
		f := formattertest.Exfiltration()
		f.Severity = severity
		return notify.Notification{Kind: kind, Findings: []finding.Finding{f}, Changes: changes}
	}
	over := func(severity finding.Severity) notify.Notification {
		n := one(severity, notify.KindDigest)
		n.Findings[0].State = finding.Resolved
		return n
	}
	rise := notify.Change{What: "severity", From: "5.0", To: "8.0"}
	for name, test := range map[string]struct {
		notification notify.Notification
		want         bool
	}{
		"at the level":                {one(7, notify.KindFinding), true},
		"above it":                    {one(9, notify.KindFinding), true},
		"below it":                    {one(6.9, notify.KindFinding), false},
		"unknown may be anything":     {one(0, notify.KindFinding), true},
		"an update":                   {one(8, notify.KindUpdate, notify.Change{What: "count", From: "1", To: "2"}), false},
		"an update that rises to it":  {one(8, notify.KindUpdate, rise), true},
		"an update that rises beyond": {one(9.5, notify.KindUpdate, notify.Change{What: "severity", From: "8.0", To: "9.5"}), false},
		"a source that states none":   {one(finding.Unstated, notify.KindFinding), false},
		"not graded yet":              {one(finding.Untriaged, notify.KindFinding), false},
		"a digest of what is over":    {over(9.5), false},
		"an update from none stated":  {one(8, notify.KindUpdate, notify.Change{What: "severity", From: "unstated", To: "8.0"}), true},
		"an update from unknown":      {one(8, notify.KindUpdate, notify.Change{What: "severity", From: "unknown", To: "8.0"}), false},
		"a digest":                    {one(8, notify.KindDigest), true},
		"a digest below":              {one(5, notify.KindDigest), false},
		"a notice":                    {one(9, notify.KindNotice), false},
		"a finding that is over":      {one(9, notify.KindResolved, rise), false},
		"a heartbeat":                 {notify.Notification{Kind: notify.KindHeartbeat}, false},
	} {
		m := formatter.New(test.notification, formattertest.Style(t, map[string]string{"MENTION": "<!channel> <@U012AB3CD>"}))
		var want []formatter.Mention
		if test.want {
			want = []formatter.Mention{{Kind: formatter.MentionChannel}, {Kind: formatter.MentionUser, ID: "U012AB3CD"}}
		}
		if !slices.Equal(m.Mentions, want) {
			t.Errorf("%s: got %v, want %v", name, m.Mentions, want)
		}
	}
}

// The lowest threshold calls people for every severity but that of good news and that of a source
// that states none by design.
func TestMentionForEverySeverity(t *testing.T) {
	for severity, want := range map[finding.Severity]bool{
		finding.Unstated: false, finding.Lowest: false, finding.Untriaged: true, 1.1: true, 0: true,
	} {
		n := notify.Notification{Kind: notify.KindFinding, Findings: []finding.Finding{{Severity: severity}}}
		m := formatter.New(n, formattertest.Style(t, map[string]string{"MENTION": "<!here>", "MENTION_MIN_SEVERITY": "0"}))
		if len(m.Mentions) == 1 != want {
			t.Errorf("%v: got %v", severity, m.Mentions)
		}
	}
}

// A severity that an event has none of by design has words of its own, and no number; so has one
// that its source has yet to state.
func TestUngradedSeverity(t *testing.T) {
	untriaged := finding.Finding{Title: "t", Severity: finding.Untriaged}
	for language, want := range map[string]string{"en": "UNTRIAGED", "ja": "未評価"} {
		m := message(t, untriaged, map[string]string{"FIELDS": "severity", "MESSAGE_LANG": language})
		if m.LevelName != want || m.Level != finding.LevelUntriaged || m.About != "" || m.Facts[0].Value != want {
			t.Errorf("got %+v, facts %v", m.Headline, m.Facts)
		}
	}
	f := finding.Finding{Title: "t", Severity: finding.Unstated}
	for language, want := range map[string]string{"en": "NOT STATED", "ja": "記載なし"} {
		m := message(t, f, map[string]string{"FIELDS": "severity", "MESSAGE_LANG": language})
		if m.LevelName != want || m.Level != finding.LevelMedium || m.About != "" || m.Facts[0].Value != want {
			t.Errorf("got %+v, facts %v", m.Headline, m.Facts)
		}
	}
	n := notify.Notification{
		Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{{What: "severity", From: "unstated", To: "8.0"}},
	}
	if m := formatter.New(n, formatter.Style{}); m.Changes[0] != "severity NOT STATED -> HIGH 8.0" {
		t.Errorf("got %q", m.Changes[0])
	}
	n = notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{f, untriaged, {Severity: 2}, {Severity: 0}}}
	if m := formatter.New(n, formatter.Style{}); m.Title != "4 findings: 1 not stated, 1 untriaged, 1 low, 1 unknown" {
		t.Errorf("got %q", m.Title)
	}
}

func TestTags(t *testing.T) {
	for shown, want := range map[string]string{
		"": "Owner=ann, team=shop", "cost-center": "cost-center=42", "TEAM , owner": "team=shop, Owner=ann", "none": "",
		"*": "team=shop, cost-center=42, Owner=ann", "nope": "",
	} {
		m := message(t, formattertest.Instance(), map[string]string{"SHOW_TAGS": shown, "FIELDS": "tags"})
		got := ""
		if len(m.Facts) > 0 {
			got = m.Facts[0].Value
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", shown, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	m := message(t, formattertest.Kinds()["kind-eks"], map[string]string{"FIELDS": "region, user,actor,severity"})
	var got []string
	for _, fact := range m.Facts {
		got = append(got, fact.Name+" "+fact.Label+" "+fact.Value)
	}
	want := []string{"region Region eu-west-1", "user User ci-runner (Kubernetes)", "severity Severity MEDIUM 5.0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRunbook(t *testing.T) {
	for template, want := range map[string]string{
		"https://wiki.example.com/{type}":     "https://wiki.example.com/Execution%3AKubernetes%2FExecInKubeSystemPod",
		"https://wiki.example.com/?q={type}#": "https://wiki.example.com/?q=Execution%3AKubernetes%2FExecInKubeSystemPod#",
		"https://wiki.example.com/on-call":    "https://wiki.example.com/on-call",
	} {
		m := message(t, formattertest.Kinds()["kind-eks"], map[string]string{"RUNBOOK_URL": template})
		at := slices.IndexFunc(m.Links, func(l formatter.Link) bool { return l.Name == formatter.LinkRunbook })
		if at < 0 || m.Links[at].URL != want {
			t.Errorf("%s: got %v, want %s", template, m.Links, want)
		}
	}
	f := formattertest.Kinds()["kind-eks"]
	f.Type = "a/../b?c&d=<>|\"' e"
	m := message(t, f, map[string]string{"RUNBOOK_URL": "https://wiki.example.com/{type}?x"})
	if got, want := m.Links[2].URL, "https://wiki.example.com/a%2F..%2Fb%3Fc%26d%3D%3C%3E%7C%22%27%20e?x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The settings in the documentation are accepted, and its examples say what they are said to say.
func TestDocumentedExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?m)^(?:ONCALL_)?([A-Z_]+)=(.+)\n(?:MEDIUM  (.+)\n)?")
	settings := []string{
		"FIELDS", "TITLE_TEMPLATE", "BODY_TEMPLATE", "SHOW_TAGS", "RUNBOOK_URL", "MENTION", "MENTION_MIN_SEVERITY", "MESSAGE_LANG",
		"TIME_ZONE",
	}
	seen := map[string]int{}
	for _, match := range example.FindAllStringSubmatch(string(page), -1) {
		setting, value, want := match[1], match[2], match[3]
		if !slices.Contains(settings, setting) {
			continue
		}
		seen[setting]++
		m := message(t, formattertest.Instance(), map[string]string{setting: value})
		if want != "" && m.Line("  ") != "MEDIUM  "+want {
			t.Errorf("%s=%s: got %q, want %q", setting, value, m.Line("  "), "MEDIUM  "+want)
		}
	}
	for _, setting := range settings {
		if seen[setting] == 0 {
			t.Errorf("docs/messages.md has no example of %s", setting)
		}
	}
	for _, name := range formatter.Fields() {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("docs/messages.md does not say what the fact %s is", name)
		}
	}
}
