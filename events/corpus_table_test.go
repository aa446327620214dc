package events_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/generic"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// unread returns the events of the corpus that only the generic parser reads, with the reason: none,
// since each folder of it has a source.
func unread() map[string]string { return map[string]string{} }

// timeless returns the events of the corpus that state times, but none of the finding itself.
func timeless() map[string]string {
	return map[string]string{
		"cloudwatch/005-cloudwatch-alarm-state-change-cpualarm-alarm.json": "a fragment: only when the alarm was set up",
		"guardduty/033-ecscluster.json":                                    "a fragment: only when the task was started",
		"guardduty/034-ekscluster.json":                                    "a fragment: only when the cluster was made",
	}
}

// The paths at which the events of the corpus state an account or a region, as leaves names them, in
// the detail or the first of its findings.
func accountPaths() []string {
	return []string{
		"detail.accountid", "detail.awsaccountid", "detail.affectedaccount", "detail.resourceowneraccount",
		"detail.configurationitem.awsaccountid", "detail.findings.0.awsaccountid", "detail.findings.0.cloud.account.uid",
	}
}

func regionPaths() []string {
	return []string{
		"detail.region", "detail.eventregion", "detail.resources.0.region",
		"detail.configurationitem.awsregion", "detail.findings.0.region", "detail.findings.0.cloud.region",
	}
}

// TestCorpusTable prints a line for every finding of every event of the corpus. Each is read by the
// parser of its own source, is where the event says, and has a time where the event states any.
func TestCorpusTable(t *testing.T) {
	byRoad := map[string]int{}
	for _, file := range corpusFiles(t) {
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(file, corpus+"/")
		delivery, err := events.Open(events.Table(), text)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, record := range delivery.Records {
			for _, f := range events.Parse(events.Table(), record.Envelope) {
				byRoad[f.Road]++
				t.Log(line(name, f))
				for _, complaint := range complaints(t, name, f, text) {
					t.Errorf("%s: %s", name, complaint)
				}
			}
		}
	}
	t.Log("findings by road:", byRoad)
}

// line returns file, road, type, severity, account, region, resource, actor and state.
func line(name string, f finding.Finding) string {
	columns := []string{
		name, f.Road, f.Type, f.Severity.String(), f.Account.ID, f.Region,
		strings.TrimSpace(f.Resource.Type + " " + f.Resource.ID), eventstest.Actor(f), f.State.String(),
	}
	for i, column := range columns {
		columns[i] = cmp.Or(column, "-")
	}
	return strings.Join(columns, " | ")
}

// complaints returns what a finding lacks of what its event states.
func complaints(t *testing.T, name string, f finding.Finding, text []byte) []string {
	t.Helper()
	var event any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&event); err != nil {
		t.Fatal(err)
	}
	all := leaves(event, "", map[string]string{})
	var wrong []string
	if isGeneric := f.Road == generic.Source().ID; isGeneric != (unread()[name] != "") {
		wrong = append(wrong, "the parser that reads it is "+f.Road)
	}
	if stated := statedAt(all, accountPaths(), "account"); stated != nil && !slices.Contains(stated, f.Account.ID) {
		wrong = append(wrong, "the account is "+f.Account.ID+", the event states "+strings.Join(stated, ", "))
	}
	isNamed := strings.Contains(f.ID, ":"+f.Region+":") // by the finding's own ARN
	if stated := statedAt(all, regionPaths(), "region"); stated != nil && !slices.Contains(stated, f.Region) && !isNamed {
		wrong = append(wrong, "the region is "+f.Region+", the event states "+strings.Join(stated, ", "))
	}
	hasTime := !f.Updated.IsZero() || !f.Created.IsZero() || !f.LastSeen.IsZero() || !f.FirstSeen.IsZero()
	if stated := aTime().Find(text); (stated != nil && timeless()[name] == "") != hasTime {
		wrong = append(wrong, "it has a time: "+strconv.FormatBool(hasTime)+", the event states "+string(stated))
	}
	return wrong
}

// aTime finds a point in time in the forms that the corpus has: two of texts, and seconds since 1970.
func aTime() *regexp.Regexp {
	return regexp.MustCompile(`\b(20\d\d-\d\d-\d\d[T ]|\d{1,2} [A-Z][a-z]{2} 20\d\d )\d\d:|[tT]ime": 1\d{9}\b`)
}

// statedAt returns the texts that stand at the paths of the detail, else in the envelope. What is
// global is in no region.
func statedAt(all map[string]string, paths []string, envelope string) []string {
	var texts []string
	for _, path := range paths {
		if all[path] != "" && all[path] != "global" {
			texts = append(texts, all[path])
		}
	}
	if texts == nil && all[envelope] != "" && all[envelope] != "global" {
		texts = []string{all[envelope]}
	}
	return texts
}
