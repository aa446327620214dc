package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// thresholds are those that rules are held against. Below medium a rule may hold back what nobody
// pays for in the hundred thousands, such as the calls that were let through.
func thresholds(t testing.TB) map[string]finding.Threshold {
	t.Helper()
	all := map[string]finding.Threshold{}
	for _, text := range []string{"medium", "high", "critical", "10"} {
		threshold, err := finding.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		all[text] = threshold
	}
	return all
}

// publisher returns the source that publishes an event by EventBridge: the first one whose names and
// detail-types match, letter by letter.
func publisher(t testing.TB, table []source.Source, event []byte) (source.Source, bool) {
	t.Helper()
	for _, s := range table {
		if s.Name == "" {
			continue
		}
		envelope := s.Pattern(0)
		delete(envelope, "detail")
		if isMatched(t, envelope, event) {
			return s, true
		}
	}
	return source.Source{}, false
}

// findingsOf parses an event.
func findingsOf(t testing.TB, table []source.Source, event []byte) []finding.Finding {
	t.Helper()
	delivery, err := events.Open(table, event)
	if err != nil {
		t.Fatal(err)
	}
	var findings []finding.Finding
	for _, record := range delivery.Records {
		if record.Err == nil {
			findings = append(findings, events.Parse(table, record.Envelope)...)
		}
	}
	return findings
}

// isMatched holds a source's rule at a threshold against an event.
func isMatched(t testing.TB, pattern map[string]any, event []byte) bool {
	t.Helper()
	matched, err := eventstest.Matches(pattern, event)
	if err != nil {
		t.Fatalf("EventBridge would refuse the pattern: %v\n%v", err, pattern)
	}
	return matched
}

// tally counts what rules held back of what is below the threshold.
type tally struct{ events, wanted, below, heldBack, endings int }

// hold sees that the rule of a source takes an event at each threshold that one of its findings
// reaches, and at every threshold if one is over or has no readable severity.
func hold(t testing.TB, table []source.Source, name string, event []byte, counts map[string]*tally) {
	t.Helper()
	s, isPublished := publisher(t, table, event)
	if !isPublished {
		return
	}
	count := counts[s.ID]
	if count == nil {
		count = &tally{}
		counts[s.ID] = count
	}
	count.events++
	findings := findingsOf(t, table, event)
	for text, threshold := range thresholds(t) {
		isWanted := slices.ContainsFunc(findings, func(f finding.Finding) bool {
			return f.State.Over() || f.Severity.AtLeast(threshold)
		})
		matched := isMatched(t, s.Pattern(threshold), event)
		isUrgent := slices.ContainsFunc(findings, func(f finding.Finding) bool { return !f.State.Over() && f.Severity.AtLeast(threshold) })
		if cheap := isMatched(t, s.PatternWithoutEndings(threshold), event); cheap && !matched || isUrgent && !cheap {
			t.Errorf("%s: %s at %s: without endings its rule says %t, with them %t", name, s.ID, text, cheap, matched)
		}
		switch {
		case isWanted && !matched:
			t.Errorf("%s: the rule of %s holds it back at %s: severity %v, %v", name, s.ID, text, findings[0].Severity, findings[0].State)
		case isWanted:
			count.wanted++
		case matched:
			count.below++
		default:
			count.below, count.heldBack = count.below+1, count.heldBack+1
		}
	}
	if slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.State.Over() }) {
		count.endings++
	}
}

// madeUp are events of the corpus that no service has published: somebody has written them to see a
// parser fail. Their severity is a number in quotes, and 0; what GuardDuty publishes is a number from
// 1 to 10. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
func madeUp() []string {
	return []string{"guardduty/049-malformed-test-invaliddatatypes.json", "guardduty/094-test-minimal-finding.json"}
}

// Every event of the corpus that is at or above a threshold, has no readable severity or is over
// passes the rule of its source; most of what is below does not.
func TestRulesOnCorpus(t *testing.T) {
	table, counts := events.Table(), map[string]*tally{}
	for _, file := range corpusFiles(t) {
		if slices.ContainsFunc(madeUp(), func(name string) bool { return strings.HasSuffix(file, name) }) {
			t.Logf("%s: left out, for no service has published it", file)
			continue
		}
		event, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hold(t, table, file, event, counts)
	}
	report(t, table, counts, true)
}

// The same of the samples, and of samples whose severity is missing or in words that nobody knows.
func TestRulesOnSamples(t *testing.T) {
	table, counts := events.Table(), map[string]*tally{}
	for _, s := range table {
		if s.Samples.Types == nil {
			continue
		}
		for _, findingType := range s.Samples.Types() {
			event, err := s.Samples.Event(findingType, source.SampleOptions{Time: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			hold(t, table, findingType, event, counts)
			for change, changed := range withOddSeverities(t, event) {
				hold(t, table, findingType+" "+change, changed, counts)
			}
		}
	}
	report(t, table, counts, false)
}

// report prints what was counted. Of events that are typical of what a source publishes, most of those
// below a threshold are held back.
func report(t *testing.T, table []source.Source, counts map[string]*tally, isTypical bool) {
	t.Helper()
	for _, s := range table {
		count := counts[s.ID]
		if count == nil {
			continue
		}
		t.Logf("%-16s %4d events, %3d of them over; at four thresholds %4d wanted, %4d below, %4d of those held back",
			s.ID, count.events, count.endings, count.wanted, count.below, count.heldBack)
		if s.Rules.Matching != nil && isTypical && count.heldBack*2 < count.below {
			t.Errorf("the rule of %s lets most of what is below the threshold through", s.ID)
		}
	}
}

// withOddSeverities returns copies of an event, each without one of its severities, or with a word in
// its place that nobody knows. A number stays a number: services do not change the type of a field.
func withOddSeverities(t testing.TB, event []byte) map[string][]byte {
	t.Helper()
	changed := map[string][]byte{}
	var whole map[string]any
	if err := json.Unmarshal(event, &whole); err != nil {
		t.Fatal(err)
	}
	write := func(change string) {
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		changed[change] = text
	}
	eachObject(whole["detail"], func(object map[string]any) {
		for name, value := range object {
			if !strings.Contains(strings.ToLower(name), "severity") {
				continue
			}
			delete(object, name)
			write(fmt.Sprintf("without %s", name))
			if _, isText := value.(string); isText {
				object[name] = "EXTRAORDINARY"
				write(fmt.Sprintf("with an odd %s", name))
			}
			object[name] = value
		}
	})
	return changed
}

// eachObject calls do with every object in a JSON value.
func eachObject(value any, do func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		do(value)
		for _, member := range value {
			eachObject(member, do)
		}
	case []any:
		for _, element := range value {
			eachObject(element, do)
		}
	}
}

// EventBridge takes the pattern of each source at each threshold, with endings and without. No
// pattern takes an event of another source, and that of a source that states severities takes what
// comes without one.
func TestPatternsOfAllSources(t *testing.T) {
	table := events.Table()
	for _, s := range table {
		if s.Name == "" {
			continue
		}
		for text, threshold := range thresholds(t) {
			for _, pattern := range []map[string]any{s.Pattern(threshold), s.PatternWithoutEndings(threshold)} {
				compiled, err := eventstest.CompilePattern(pattern)
				if err != nil {
					t.Errorf("%s at %s: %v", s.ID, text, err)
					continue
				}
				// https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1378
				if text, _ := json.Marshal(pattern); bytes.Contains(text, []byte("null")) {
					t.Errorf("%s has a null: CloudFormation refuses it, and the CDK leaves it out", s.ID)
				}
				foreign, err := compiled.Matches(eventOf(t, "aws.other", s.DetailTypes[0]))
				if err != nil || foreign {
					t.Errorf("%s at %s takes events of another source (%v)", s.ID, text, err)
				}
			}
		}
		for _, detailType := range s.DetailTypes {
			if !s.IsGraded {
				continue // its severity is made of what such an event lacks
			}
			hold(t, table, "a bare "+detailType, eventOf(t, s.Name, detailType), map[string]*tally{})
		}
	}
}

// What is over passes a rule whatever its severity, and not the rule without endings. A source
// without such a rule has its usual one.
func TestWithoutEndings(t *testing.T) {
	severe := func(threshold finding.Threshold) map[string]any {
		return map[string]any{"severity": []any{map[string]any{"numeric": []any{">=", float64(threshold)}}}}
	}
	s := source.Source{Name: "aws.toy", DetailTypes: []string{"Toy"}, Rules: source.Rules{WithoutEndings: severe}}
	s.Rules.Matching = func(threshold finding.Threshold) map[string]any {
		return map[string]any{"$or": []any{severe(threshold), map[string]any{"status": []any{"CLOSED"}}}}
	}
	for event, want := range map[string][2]bool{
		`{"source":"aws.toy","detail-type":"Toy","detail":{"severity":8,"status":"OPEN"}}`:   {true, true},
		`{"source":"aws.toy","detail-type":"Toy","detail":{"severity":8,"status":"CLOSED"}}`: {true, true},
		`{"source":"aws.toy","detail-type":"Toy","detail":{"severity":1,"status":"CLOSED"}}`: {true, false},
		`{"source":"aws.toy","detail-type":"Toy","detail":{"severity":1,"status":"OPEN"}}`:   {false, false},
	} {
		got := [2]bool{isMatched(t, s.Pattern(7), []byte(event)), isMatched(t, s.PatternWithoutEndings(7), []byte(event))}
		if got != want {
			t.Errorf("%s: with and without endings %v, want %v", event, got, want)
		}
	}
	s.Rules.WithoutEndings = nil
	if !isMatched(t, s.PatternWithoutEndings(7), []byte(`{"source":"aws.toy","detail-type":"Toy","detail":{"severity":1,"status":"CLOSED"}}`)) {
		t.Error("a source without a cheaper rule does not have its usual one")
	}
}

func eventOf(t testing.TB, name, detailType string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "1", "source": name, "detail-type": detailType, "account": "111122223333", "region": "eu-central-1",
		"time": "2026-11-02T08:30:00Z", "resources": []string{}, "detail": map[string]any{"title": "t"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
