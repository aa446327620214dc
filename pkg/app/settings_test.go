package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// toy is a type of sink of these tests alone: it keeps the titles of what it is sent.
type toy struct {
	Room string
}

type toySink struct {
	room string
	sent *[]string
}

func (s toySink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	*s.sent = append(*s.sent, s.room+": "+n.Findings[0].Title)
	return notify.Receipt{ID: "1"}, nil
}

// toys returns a table with no other type of sink, and what its sinks are sent.
func toys() (table []sinks.Type, sent *[]string) {
	sent = &[]string{}
	build := func(_ context.Context, _ string, c toy, _ formatter.Style) (toySink, error) {
		if c.Room == "" {
			return toySink{}, errors.New("ROOM: is not set")
		}
		return toySink{c.Room, sent}, nil
	}
	return []sinks.Type{sinks.Of("toy", traits.Traits{Concurrency: 1, Needs: [][]string{{"ROOM"}}}, build)}, sent
}

// The App has the types of sink that it is given, and reads the settings that it is given and no
// others.
func TestSettingsAndSinksAreHandedOver(t *testing.T) {
	for name, value := range map[string]string{"SINKS": "console", "TOY_ROOM": "of the environment", "MIN_SEVERITY": "critical", "LEDGER": "nonsense", "TOY_ROM": "x"} {
		t.Setenv(name, value)
	}
	table, sent := toys()
	var log bytes.Buffer
	settings := config.Texts(map[string]string{"SINKS": "toy,other=toy", "TOY_ROOM": "a", "OTHER_ROOM": "b", "OTHER_MIN_SEVERITY": "critical", "TITLE_TEMPLATE": "x"})
	a, err := app.Load(t.Context(), app.Options{Settings: settings, Sinks: table, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Invoke(t.Context(), []byte(event("f1", 8))); err != nil || !slices.Equal(*sent, []string{"a: A scan"}) {
		t.Errorf("sent %q, error %v: %s", *sent, err, &log)
	}
}

// The App reads events by the sources that it is given, and says what they say in their own words.
func TestSourcesAreHandedOver(t *testing.T) {
	toy := source.Source{
		Name: "com.example.toy", Product: "Toy", DetailTypes: []string{"Toy Finding"},
		Parse: func(e source.Envelope, _ lenient.Document, raw json.RawMessage) finding.Finding {
			return finding.Finding{ID: "t1", Source: e.Source, Type: "broken", Title: "x", Severity: 8, Origin: e.Origin(raw)}
		},
		About: func(f *finding.Finding) finding.About {
			return finding.About{Headlines: []finding.Headline{{Key: "toy." + f.Type}}}
		},
		Words: map[string]string{"en": "\ntoy.broken|Toy broken\n", "ja": "\ntoy.broken|壊れた玩具\n"},
	}
	for lang, want := range map[string]string{"en": "Toy broken", "ja": "壊れた玩具"} {
		settings := config.Texts(map[string]string{"SINKS": "console", "MESSAGE_LANG": lang})
		a, err := app.Load(t.Context(), app.Options{Settings: settings, Sources: []source.Source{toy}})
		if err != nil {
			t.Fatal(err)
		}
		shown, err := a.Preview(t.Context(), []byte(`{"source":"com.example.toy","detail-type":"Toy Finding","detail":{}}`))
		if err != nil || len(shown) != 1 || shown[0].Finding.About.Product != "Toy" {
			t.Fatalf("got %+v, %v", shown, err)
		}
		message := formatter.New(notify.Notification{Findings: []finding.Finding{shown[0].Finding}}, a.Style())
		if body := string(shown[0].Sinks[0].Message.Body); message.Title != want || !strings.Contains(body, want) {
			t.Errorf("%s: the title %q, the message %s", lang, message.Title, body)
		}
	}
}

// The operator's severity is that of what a source finds without one, of which the effective
// configuration says so; a slip in it is found at start, with all others.
func TestSourceSeverity(t *testing.T) {
	for value, want := range map[string]finding.Severity{"": finding.Unstated, "generic=low": 2, "generic=9": 9} {
		settings := config.Texts(map[string]string{"SINKS": "console", "SOURCE_SEVERITY": value})
		a, err := app.Load(t.Context(), app.Options{Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		for event, severity := range map[string]finding.Severity{
			`{"source":"com.example","detail-type":"A","detail":{"a":1}}`:                          want,
			`{"source":"com.example","detail-type":"A","detail":{"severity":"high"}}`:              8,
			`{"source":"com.example","detail-type":"A","detail":{"status":"RESOLVED"}}`:            finding.Lowest,
			`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{}}`:             0,
			`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"severity":4}}`: 4,
		} {
			shown, err := a.Preview(t.Context(), []byte(event))
			if err != nil || shown[0].Finding.Severity != severity {
				t.Errorf("%q: %s: got %v, %v, want %v", value, event, shown, err, severity)
			}
		}
		effective, err := a.Effective(t.Context())
		if got := effective.SourceSeverity["generic"]; err != nil || value != "" && got != want || value == "" && got != 0 {
			t.Errorf("%q: in force is %v, %v", value, effective.SourceSeverity, err)
		}
	}
	_, err := app.Load(t.Context(), app.Options{Settings: config.Texts(map[string]string{"SINKS": "console", "MIN_SEVERITY": "loud", "SOURCE_SEVERITY": "genric=low,guardduty=low"})})
	var got []string
	for _, mistake := range app.Mistakes(err) {
		got = append(got, mistake.Error())
	}
	if len(got) != 3 || !strings.HasPrefix(got[0], "MIN_SEVERITY: ") || !strings.HasSuffix(got[1], "did you mean generic?") || !strings.HasPrefix(got[2], "SOURCE_SEVERITY: entry 2: ") {
		t.Errorf("got %q", got)
	}
}

func TestMistakesInAnotherSource(t *testing.T) {
	table, _ := toys()
	settings := config.Variables{
		"SINKS": {Text: "toy,slack,tooy", Origin: "tocsin.yaml:2"}, "TOY_ROM": {Text: "s3cret", Origin: "tocsin.yaml:3"},
		"TOY_WHEN": {Text: "levl", Origin: "tocsin.yaml:9"}, "FIELDS": {Text: "everything"},
	}
	want := []string{
		"tocsin.yaml:2: SINKS: entry 2: there is no such type of sink; there are: toy",
		"tocsin.yaml:2: SINKS: entry 3: there is no such type of sink; did you mean toy?",
		"tocsin.yaml:3: TOY_ROM: no such setting; did you mean TOY_ROOM?",
		"tocsin.yaml:9: TOY_WHEN: line 1, column 1: unknown name levl",
		"FIELDS: entry 1: not the name of a fact", "TOY_ROOM: is not set",
	}
	_, err := app.Load(t.Context(), app.Options{Settings: settings, Sinks: table})
	_, judged := app.Judge(t.Context(), app.Options{Settings: settings, Sinks: table})
	for _, err := range []error{err, judged} {
		var got []string
		for i, mistake := range app.Mistakes(err) {
			text := mistake.Error()
			if i < len(want) && strings.HasPrefix(text, want[i]) {
				text = want[i]
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// Nothing stands for settings that nobody hands over, least of all the environment.
func TestNoSettings(t *testing.T) {
	t.Setenv("SINKS", "console")
	if _, err := app.Load(t.Context(), app.Options{}); err == nil {
		t.Error("the environment is read though nobody handed it over")
	}
	if _, err := app.Judge(t.Context(), app.Options{}); err == nil {
		t.Error("the environment is judged though nobody handed it over")
	}
}

func TestJudge(t *testing.T) {
	for name, value := range map[string]string{"AWS_PROFILE": "nowhere", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"} {
		t.Setenv(name, value)
	}
	settings := config.Texts(map[string]string{
		"SINKS": "sns,low=console", "SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:t", "LOW_MIN_SEVERITY": "low",
		"LEDGER": "dynamodb", "LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/d",
	})
	judgement, err := app.Judge(t.Context(), app.Options{Settings: settings})
	if err != nil || judgement.Lowest != 1 || len(judgement.Warnings) > 0 {
		t.Errorf("got %v, error %v", judgement, err)
	}
	for text, want := range map[string]int{
		"[{name: all, when: 'true', until: 9999-12-31, reason: x}]": 2, "[{when: sample, until: 2026-01-01, reason: x}]": 0,
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:mutes": 0, // is not read
	} {
		judgement, err := app.Judge(t.Context(), app.Options{Settings: config.Over(config.Texts(map[string]string{"MUTES": text}), settings)})
		if err != nil || len(judgement.Warnings) != want {
			t.Errorf("%s: got %q, error %v", text, judgement.Warnings, err)
		}
	}
}
