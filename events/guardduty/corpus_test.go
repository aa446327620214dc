package guardduty_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// TestCorpus holds what is read of every real event against what it states, and prints both.
func TestCorpus(t *testing.T) {
	all := eventstest.Corpus(t, "guardduty")
	stated, read := map[string]int{}, map[string]int{}
	for _, file := range slices.Sorted(maps.Keys(all)) {
		delivery, err := events.Open(events.Table(), all[file])
		if err != nil {
			t.Fatal(err)
		}
		found := events.Parse(events.Table(), delivery.Records[0].Envelope)
		if len(delivery.Records) != 1 || len(found) != 1 {
			t.Fatalf("%s: got %d findings", file, len(found))
		}
		f, s := found[0], statements(t, all[file])
		t.Log(eventstest.Row(file, f))
		for _, c := range slices.Concat(columns(t, f, s), resources(f, s), deeds(f, s)) {
			for _, want := range c.want {
				if isNothing(want) {
					continue
				}
				stated[c.what]++
				if !slices.Contains(c.got, want) {
					t.Errorf("%s: %s: the event states %q, got %q", file, c.what, want, c.got)
					continue
				}
				read[c.what]++
			}
		}
	}
	t.Logf("%d events", len(all))
	for _, what := range slices.Sorted(maps.Keys(stated)) {
		t.Logf("%-16s stated %4d, read %4d", what, stated[what], read[what])
	}
}

// statement is what an event states at a place, and what of the finding has to hold each of it.
type statement struct {
	what      string
	want, got []string
}

// isNothing reports whether GuardDuty says by a text that it knows nothing: a port without a name,
// a network without a number.
func isNothing(text string) bool {
	return slices.Contains([]string{"", "Unknown", "AS-1", "AS0", "ASnull"}, text)
}

// stated is what stands in an event by path. Names have no case and no separators, lists and levels
// leave no trace, so that one path finds all forms in which GuardDuty's findings are passed around.
type stated map[string][]string

func statements(t *testing.T, event []byte) stated {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(event)))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	s := stated{}
	s.add("", whole)
	return s
}

func (s stated) add(path string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			s.add(path+plain(name), value[name])
		}
	case []any:
		for _, element := range value {
			s.add(path, element)
		}
	default:
		// One exporter calls the service "finding".
		path = strings.Replace(path, "detailfinding", "detailservice", 1)
		s[path] = append(s[path], scalar(value))
	}
}

// scalar returns a text, number or flag as people write it: one exporter has flags in texts, another
// ports as fractions.
func scalar(value any) string {
	text := fmt.Sprint(value)
	if text == "True" || text == "False" {
		return strings.ToLower(text)
	}
	if _, isNumber := value.(json.Number); isNumber {
		return strings.TrimSuffix(text, ".0")
	}
	return text
}

// plain returns a name without case, separators and the numbers of a list's elements.
func plain(name string) string {
	var b strings.Builder
	for _, part := range strings.Split(strings.ToLower(name), "_") {
		if strings.Trim(part, "0123456789") != "" {
			b.WriteString(part)
		}
	}
	return b.String()
}

// all returns what stands at any of the paths of a detail.
func (s stated) all(paths ...string) []string {
	var texts []string
	for _, path := range paths {
		texts = append(texts, s["detail"+strings.ToLower(strings.ReplaceAll(path, ".", ""))]...)
	}
	return texts
}

// first returns what stands at the first of the paths that has anything.
func (s stated) first(paths ...string) []string {
	if texts := s.all(paths...); len(texts) > 0 {
		return texts[:1]
	}
	return nil
}

// arn returns a part of the finding's ARN.
func (s stated) arn(part int) []string {
	for _, text := range s.first("arn") {
		return strings.SplitN(text, ":", 6)[part : part+1]
	}
	return nil
}

// either returns the first list that has something.
func either(lists ...[]string) []string {
	for _, list := range lists {
		if len(list) > 0 {
			return list[:1]
		}
	}
	return nil
}

// instants returns times in one form.
func instants(t *testing.T, texts []string) []string {
	t.Helper()
	var all []string
	for _, text := range texts {
		at, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "T", 1))
		if err != nil {
			at, err = time.Parse("2006-01-02 15:04:05", text)
		}
		if err != nil && text != "" {
			t.Errorf("a time of another form: %s", text)
		}
		all = append(all, at.UTC().Format(time.RFC3339Nano))
	}
	return all
}

func instant(at time.Time) []string { return []string{at.UTC().Format(time.RFC3339Nano)} }

// columns compares the columns of the table that all events have.
func columns(t *testing.T, f finding.Finding, s stated) []statement {
	t.Helper()
	kind, result := s.first("type", "category"), s.all("scanResultDetails.scanResultStatus")
	if len(result) > 0 {
		kind = []string{s["detail-type"][0] + "/" + result[0]}
	}
	id := s.first("id", "findingId")
	if at := s.arn(5); len(id) == 0 && len(at) > 0 {
		id = []string{at[0][strings.LastIndex(at[0], "/")+1:]}
	}
	isOver := slices.Contains(s.all("service.archived", "archived"), "true")
	sample := s.all("service.additionalInfo.sample")
	for _, text := range s.all("service.additionalInfo.value") {
		if strings.Contains(strings.ReplaceAll(text, " ", ""), `"sample":true`) {
			sample = []string{"true"}
		}
	}
	return []statement{
		{"id", id, []string{f.ID}},
		{"type", kind, []string{f.Type}},
		{"title", s.first("title"), []string{f.Title}},
		{"description", s.first("description"), []string{f.Description}},
		{"severity", severities(t, s, result), []string{f.Severity.String()}},
		{"account", either(s.all("accountId"), s.arn(4), s["account"]), []string{f.Account.ID}},
		{"region", either(s.all("region"), s.arn(3), s["region"]), []string{f.Region}},
		{"partition", either(s.all("partition"), s.arn(1)), []string{f.Partition}},
		{"count", s.all("service.count"), []string{strconv.Itoa(f.Count)}},
		{"first seen", instants(t, s.all("service.eventFirstSeen")), instant(f.FirstSeen)},
		{"last seen", instants(t, s.all("service.eventLastSeen")), instant(f.LastSeen)},
		{"created", instants(t, s.all("createdAt")), instant(f.Created)},
		{"updated", instants(t, s.all("updatedAt")), instant(f.Updated)},
		{"any time", anyTime(t, s), slices.Concat(instant(f.Updated), instant(f.Created), instant(f.LastSeen))},
		{"state", []string{map[bool]string{true: "archived", false: "open"}[isOver]}, []string{f.State.String()}},
		{"sample", sample, []string{strconv.FormatBool(f.Sample)}},
		{"link", []string{link(s, f, id, isOver)}, []string{f.About.Links.Finding}},
		{"alias", s.all("arn"), f.About.Aliases},
	}
}

// anyTime returns a time that the finding has to have, when the event states any.
func anyTime(t *testing.T, s stated) []string {
	t.Helper()
	return instants(t, either(s.all("updatedAt"), s.all("createdAt"), s.all("service.eventLastSeen"), s["time"]))
}

// severities returns the stated severity, which is off the scale in a test event, and that of a scan
// that has found something.
func severities(t *testing.T, s stated, result []string) []string {
	t.Helper()
	if slices.Contains(result, "THREATS_FOUND") {
		return []string{"8.0"}
	}
	for _, text := range s.first("severity") {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if value >= 1 {
			return []string{strconv.FormatFloat(value, 'f', 1, 64)}
		}
	}
	return []string{"unknown"}
}

// link returns the page of a finding in the console of its own account, region and partition; the
// result of a scan has none.
func link(s stated, f finding.Finding, id []string, isOver bool) string {
	region := either(s.all("region"), s.arn(3), s["region"])
	if len(region) == 0 || len(id) == 0 || len(s.all("scanStatus")) > 0 {
		return f.About.Links.Finding[:0]
	}
	host := map[string]string{"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
	partition := append(either(s.all("partition"), s.arn(1)), "aws")[0]
	return "https://" + region[0] + "." + host[partition] + "/guardduty/home?region=" + region[0] +
		"#/findings?macros=" + map[bool]string{true: "all", false: "current"}[isOver] + "&fId=" + url.QueryEscape(id[0])
}
