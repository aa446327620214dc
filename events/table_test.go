package events_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// toy is what a source of one's own needs: a folder would hold this, and the table a line.
func toy() source.Source {
	return source.Source{
		ID: "toy", Name: "aws.toy", Product: "Toy", DetailTypes: []string{"Toy Finding", "Toy Alarm"},
		Parse: func(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
			arn := d.Text("toyArn")
			return finding.Finding{
				ID: d.Text("toyId"), Source: e.Source, Type: d.Text("sort"), Title: "a toy", Severity: lenient.SeverityWord(d.Text("bad")),
				Place: e.Place(finding.Place{}, arn), Origin: e.Origin(raw), About: finding.About{Aliases: []string{arn}},
			}
		},
		About: func(f *finding.Finding) finding.About {
			return finding.About{
				Headlines: []finding.Headline{{Key: "toy." + f.Type}},
				Links:     finding.Links{Finding: f.ConsoleURL("/toy/" + f.ID), Findings: f.ConsoleURL("/toy"), Type: "https://toys.example/" + f.Type},
			}
		},
		Recognises: func(d lenient.Document) bool { return d.Text("toyId") != "" },
		Words:      map[string]string{"en": "\ntoy.broken|Toy broken\n", "ja": "\ntoy.broken|壊れた玩具\n"},
	}
}

// parsed returns the only finding in a payload, read by a table.
func parsed(t *testing.T, table []source.Source, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(table, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	findings := events.Parse(table, delivery.Records[0].Envelope)
	if len(findings) != 1 {
		t.Fatalf("%d findings", len(findings))
	}
	return findings[0]
}

// A source is what its line in the table says, whatever the others are: its events, its findings
// without an envelope, what it says beside the event, and the advice that names it.
func TestToySource(t *testing.T) {
	table := append([]source.Source{toy()}, events.Table()...)
	const detail = `{"toyId":"t1","toyArn":"arn:aws:toy:eu-west-1:111122223333:toy/t1","sort":"broken","bad":"high"}`
	want := finding.Finding{
		ID: "t1", Source: "aws.toy", Type: "broken", Title: "a toy", Severity: 8,
		Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
		About: finding.About{
			Product: "Toy", Headlines: []finding.Headline{{Key: "toy.broken"}}, Aliases: []string{"arn:aws:toy:eu-west-1:111122223333:toy/t1"},
			Links: finding.Links{
				Finding: "https://eu-west-1.console.aws.amazon.com/toy/t1", Findings: "https://eu-west-1.console.aws.amazon.com/toy",
				Type: "https://toys.example/broken",
			},
		},
	}
	for name, payload := range map[string]string{
		"an event":               `{"source":"aws.toy","detail-type":"Toy Finding","detail":` + detail + `}`,
		"its other detail-type":  `{"source":"aws.toy","detail-type":"toy-alarm","detail":` + detail + `}`,
		"without a detail-type":  `{"source":"aws.toy","detail":` + detail + `}`,
		"without an envelope":    detail,
		"a list of such":         `{"findings":[` + detail + `]}`,
		"in a batch, the second": `{"Records":[` + sqsRecord("a", `{"source":"aws.toy","detail-type":"Toy Alarm","detail":`+detail+`}`) + `]}`,
	} {
		got := parsed(t, table, payload)
		got.Origin = finding.Origin{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// A finding that was stored has lost what its source says of it, and gets it back.
	stored := want
	stored.About = finding.About{}
	if events.Describe(table, &stored); stored.About.Product != "Toy" || stored.About.Links != want.About.Links {
		t.Errorf("got %+v", stored.About)
	}
}

// Who does not know the source takes its event for a generic one, and its finding for none.
func TestUnknownSource(t *testing.T) {
	f := parsed(t, nil, `{"source":"aws.toy","detail-type":"Toy Finding","detail":{"toyId":"t1","id":"g1"}}`)
	if f.ID != "g1" || f.Title != "Toy Finding" || f.About.Product != "" || f.About.Links.Type != "" {
		t.Errorf("got %+v", f)
	}
	if f := parsed(t, nil, recipe(t)); f.About.Product != "" || len(f.About.Headlines) != 0 {
		t.Errorf("got %+v", f.About)
	}
	for name, test := range map[string]struct {
		table []source.Source
		want  string
	}{
		"none": {nil, "give an EventBridge event (with detail-type, source and detail)"},
		"one":  {[]source.Source{toy()}, "give an EventBridge event (with detail-type, source and detail) or a Toy finding"},
		"two":  {append(events.Table(), toy()), "give an EventBridge event (with detail-type, source and detail) or a GuardDuty finding"},
	} {
		_, err := events.Open(test.table, []byte(`{"toy":1}`))
		if noEvent, ok := errors.AsType[*events.NoEventError](err); !ok || noEvent.Remedy != test.want {
			t.Errorf("%s: got %v", name, err)
		}
		_, err = events.Open(test.table, []byte(`{"eventSource":"aws:s3"}`))
		if noEvent, ok := errors.AsType[*events.NoEventError](err); !ok || !strings.HasSuffix(noEvent.Remedy, "findings here by an EventBridge rule, a queue or a topic") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The operator's severity is that of every finding of a source that states none, but for good news.
func TestGraded(t *testing.T) {
	for name, test := range map[string]struct {
		read, graded, want finding.Severity
		state              finding.State
		isGraded, isForAll bool
	}{
		"made of what it states":   {read: 5, graded: 8, want: 8},
		"not stated":               {read: finding.Unstated, graded: 4, want: 4},
		"not stated, not graded":   {read: finding.Unstated, want: finding.Unstated},
		"good news":                {read: finding.Lowest, graded: 8, want: finding.Lowest},
		"over":                     {read: 5, graded: 8, want: 5, state: finding.Resolved},
		"critical already":         {read: 9, graded: 5, want: 9},
		"of a source with its own": {read: 5, graded: 8, want: 5, isGraded: true},
		"read by anybody":          {read: finding.Unstated, graded: 2, want: 2, isForAll: true},
		"stated to anybody":        {read: 8, graded: 2, want: 8, isForAll: true},
		"unreadable to anybody":    {read: 0, graded: 2, want: 0, isForAll: true},
	} {
		s := toy()
		if test.isForAll {
			s.Name, s.Recognises = "", nil
		}
		s.Graded, s.IsGraded = test.graded, test.isGraded
		s.Parse = func(source.Envelope, lenient.Document, json.RawMessage) finding.Finding {
			return finding.Finding{Severity: test.read, Activity: finding.Activity{State: test.state}}
		}
		if f := parsed(t, []source.Source{s}, `{"source":"aws.toy","detail-type":"Toy Finding","detail":{"toyId":"t1"}}`); f.Severity != test.want {
			t.Errorf("%s: got %v, want %v", name, f.Severity, test.want)
		}
	}
}

// A part as which a finding is passed on is the finding, but the end of a part is not the end of the
// whole.
func TestEndOfAPart(t *testing.T) {
	hub, own := toy(), toy()
	hub.ID, hub.Name, hub.DetailTypes, hub.Recognises = "hub", "aws.hub", []string{"Hub Finding"}, nil
	hub.Passed = func(d lenient.Document) source.Passed {
		return source.Passed{Product: "aws/toy", IDs: []string{d.Text("toyId")}}
	}
	read := hub.Parse
	hub.Parse = func(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
		f := read(e, d, raw)
		if d.Get("gone").IsTrue() {
			f.State = finding.Archived
		}
		return f
	}
	own.Native = source.Native{
		Product: "aws/toy", ID: func(alias string) string { return strings.TrimSuffix(alias, "/leg") },
		Part: func(alias string) string { return strings.TrimPrefix(alias, "t1/") },
	}
	table := []source.Source{hub, own}
	event := func(more string) string {
		return `{"source":"aws.hub","detail-type":"Hub Finding","detail":{"toyId":"t1/leg","toyArn":"arn:aws:toy:eu-west-1:111122223333:toy/t1"` + more + `}}`
	}
	whole := parsed(t, table, `{"source":"aws.toy","detail-type":"Toy Finding","detail":{"toyId":"t1","toyArn":"arn:aws:toy:eu-west-1:111122223333:toy/t1"}}`)
	part, end := parsed(t, table, event("")), parsed(t, table, event(`,"gone":true`))
	if part.Key() != whole.Key() || part.Part != "leg" || end.Key() == whole.Key() {
		t.Errorf("got %s (%s) and %s, of the whole %s", part.Key(), part.Part, end.Key(), whole.Key())
	}
}

// An event of any source that says that it is a sample is one.
func TestSampleOfAnySource(t *testing.T) {
	for detail, want := range map[string]bool{`{"toyId":"t1","sample":true}`: true, `{"toyId":"t1","sample":"no"}`: false, `{"toyId":"t1"}`: false} {
		if f := parsed(t, []source.Source{toy()}, detail); f.Sample != want {
			t.Errorf("%s: got %v", detail, f.Sample)
		}
	}
}

// What one source passes on for another one is that one's finding: one key, its words, its page.
func TestPassedOn(t *testing.T) {
	hub := toy()
	hub.ID, hub.Name, hub.Product, hub.DetailTypes, hub.Recognises = "hub", "aws.hub", "Hub", []string{"Hub Finding"}, nil
	hub.Passed = func(d lenient.Document) source.Passed {
		return source.Passed{Product: d.Text("product"), Name: "The " + d.Text("product"), IDs: []string{"hub/" + d.Text("toyId"), d.Text("toyId")}}
	}
	own := toy()
	own.Native = source.Native{Product: "aws/toy", ID: func(alias string) string {
		if strings.Contains(alias, "/") {
			return ""
		}
		return alias
	}}
	table := []source.Source{hub, own}
	const detail = `{"toyId":"t1","toyArn":"arn:aws:toy:eu-west-1:111122223333:toy/t1","sort":"broken","bad":"high","product":"aws/%s"}`
	event := func(product string) string {
		return `{"source":"aws.hub","detail-type":"Hub Finding","detail":` + strings.Replace(detail, "%s", product, 1) + `}`
	}
	native := parsed(t, table, `{"source":"aws.toy","detail-type":"Toy Finding","detail":`+detail+`}`)
	passed, foreign := parsed(t, table, event("toy")), parsed(t, table, event("other"))
	if passed.Key() != native.Key() || passed.About.Product != "Toy" || passed.Road != "hub" || passed.About.Links.Native != native.About.Links.Finding {
		t.Errorf("got %s, %+v, want the key %s", passed.Key(), passed.About, native.Key())
	}
	if foreign.Key() == native.Key() || foreign.About.Product != "The aws/other" || foreign.About.Links.Native != "" {
		t.Errorf("got %s, %+v", foreign.Key(), foreign.About)
	}
}

// A type that a source documents is known whoever published it.
func TestTypePageOfOthers(t *testing.T) {
	f := parsed(t, events.Table(), `{"source":"com.example","detail-type":"GuardDuty Finding","detail":{"id":"f","type":"Recon:EC2/Portscan","service":{}}}`)
	if !strings.HasPrefix(f.About.Links.Type, "https://docs.aws.amazon.com/") || f.About.Product != "" || f.About.Links.Finding != "" {
		t.Errorf("got %+v", f.About)
	}
}

// A rule asks for a severity where it is a number that a rule can compare.
func TestPattern(t *testing.T) {
	ruled := toy()
	ruled.Rules.Matching = func(threshold finding.Threshold) map[string]any {
		return map[string]any{"severity": []any{map[string]any{"numeric": []any{">=", float64(threshold)}}, map[string]any{"exists": false}}}
	}
	for want, s := range map[string]source.Source{
		`{"detail-type":["Toy Finding","Toy Alarm"],"source":["aws.toy"]}`:                                                                    toy(),
		`{"detail":{"severity":[{"numeric":["\u003e=",4]},{"exists":false}]},"detail-type":["Toy Finding","Toy Alarm"],"source":["aws.toy"]}`: ruled,
	} {
		if got, err := json.Marshal(s.Pattern(4)); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func keys(t *testing.T, table string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(table) {
		if key, _, found := strings.Cut(line, "|"); found && !strings.HasPrefix(line, "#") {
			all = append(all, key)
		}
	}
	return all
}

// The rows of the table get along with each other and with what all sources share.
func TestTable(t *testing.T) {
	known := map[string]bool{}
	for i, s := range events.Table() {
		isLast := i == len(events.Table())-1 // what reads anything
		if s.ID == "" || isLast != (s.Name == "") || isLast != (s.Product == "") || s.Parse == nil || s.About == nil || known[s.ID] {
			t.Errorf("%q lacks something, or stands there twice", s.ID)
		}
		known[s.ID] = true
		if s.Samples.Types != nil {
			for _, sample := range s.Samples.Types() {
				if known["sample "+sample] {
					t.Errorf("%s: the sample %s is another source's, too", s.ID, sample)
				}
				known["sample "+sample] = true
			}
		}
		for _, detailType := range s.DetailTypes {
			if known[s.Name+detailType] {
				t.Errorf("%s: %s is another source's, too", s.ID, detailType)
			}
			known[s.Name+detailType] = true
		}
		english := keys(t, s.Words["en"])
		for code, table := range s.Words {
			if diff := cmp.Diff(english, keys(t, table)); diff != "" {
				t.Errorf("%s: %s has not the words that English has: %s", s.Name, code, diff)
			}
		}
		for _, key := range english {
			if !strings.HasPrefix(key, s.WordPrefix()) {
				t.Errorf("%s: the key %s does not begin with %s", s.Name, key, s.WordPrefix())
			}
		}
		common, err := os.ReadFile(filepath.FromSlash("../formatter/lang/en.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys(t, string(common)) {
			if strings.HasPrefix(key, s.WordPrefix()) {
				t.Errorf("%s: the key %s of all sources begins as those of this one do", s.Name, key)
			}
		}
	}
}

func TestWordsOfAll(t *testing.T) {
	words := events.Words(append([]source.Source{toy()}, events.Table()...))
	for code, want := range map[string]string{"en": "\ntoy.broken|Toy broken\n", "ja": "\ntoy.broken|壊れた玩具\n"} {
		if !strings.Contains(words[code], want) || !strings.Contains(words[code], "\nguardduty.Spambot|") {
			t.Errorf("%s: got %q", code, words[code])
		}
	}
}
