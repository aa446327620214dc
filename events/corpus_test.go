package events_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// corpus is where real events of other projects are, beside the checkout.
const corpus = "../../shared/corpus"

func corpusFiles(t testing.TB) []string {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	var files []string
	err := filepath.WalkDir(corpus, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// field is something that a GuardDuty event may state, and whether the finding has it.
type field struct {
	name   string
	stated func(leaves map[string]string) bool
	has    func(f finding.Finding) bool
}

func fields() []field {
	at := func(paths ...string) func(map[string]string) bool {
		return func(leaves map[string]string) bool {
			for _, path := range paths {
				if leaves[path] != "" {
					return true
				}
			}
			return false
		}
	}
	under := func(parts ...string) func(map[string]string) bool {
		return func(leaves map[string]string) bool {
			for path, value := range leaves {
				for _, part := range parts {
					if value != "" && strings.Contains(path, part) {
						return true
					}
				}
			}
			return false
		}
	}
	return []field{
		{"id", at("detail.id", "detail.arn"), func(f finding.Finding) bool { return f.ID != "" }},
		{"type", at("detail.type"), func(f finding.Finding) bool { return f.Type != "" }},
		{"account", at("detail.accountid", "account"), func(f finding.Finding) bool { return f.Account.ID != "" }},
		{"region", at("detail.region", "region"), func(f finding.Finding) bool { return f.Region != "" }},
		{"severity", severityOnScale, func(f finding.Finding) bool { return f.Severity.Known() }},
		{"title", at("detail.title"), func(f finding.Finding) bool { return f.Title != "" }},
		{"description", at("detail.description"), func(f finding.Finding) bool { return f.Description != "" }},
		{"count", at("detail.service.count"), func(f finding.Finding) bool { return f.Count > 0 }},
		{"first seen", at("detail.service.eventfirstseen"), func(f finding.Finding) bool { return !f.FirstSeen.IsZero() }},
		{"last seen", at("detail.service.eventlastseen"), func(f finding.Finding) bool { return !f.LastSeen.IsZero() }},
		{"created", at("detail.createdat"), func(f finding.Finding) bool { return !f.Created.IsZero() }},
		{"updated", at("detail.updatedat"), func(f finding.Finding) bool { return !f.Updated.IsZero() }},
		{
			"resource",
			under("instanceid", "s3bucketdetails.name", "s3bucketdetails.0.name", "clusterdetails.name",
				"dbinstanceidentifier", "functionname", "accesskeyid", "containerdetails.id"),
			func(f finding.Finding) bool { return f.Resource.ID != "" },
		},
		{
			"actor",
			under("remoteipdetails.ipaddressv4", "remoteipdetails.country.countryname", "accesskeydetails.username",
				"kubernetesuserdetails.username", "runtimedetails.process.name", "rdsdbuserdetails.user"),
			func(f finding.Finding) bool { return !f.Actor.Zero() },
		},
		{
			"action", under("detail.service.action."),
			func(f finding.Finding) bool { return !f.Action.Zero() },
		},
	}
}

// severityOnScale leaves out what is no severity, such as the 0.0 of a test event.
func severityOnScale(leaves map[string]string) bool {
	value, err := strconv.ParseFloat(leaves["detail.severity"], 64)
	return err == nil && value >= 1 && value <= 10
}

// leaves flattens a JSON value into its texts by path; names lose case and separators.
func leaves(value any, path string, into map[string]string) map[string]string {
	join := func(name string) string {
		name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
		return strings.TrimPrefix(path+"."+name, ".")
	}
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for name, member := range value {
			leaves(member, join(name), into)
		}
	case []any:
		for i, member := range value {
			leaves(member, join(fmt.Sprint(i)), into)
		}
	default:
		into[path] = fmt.Sprint(value)
	}
	return into
}

func TestCorpus(t *testing.T) {
	files := corpusFiles(t)
	if len(files) < 258 {
		t.Errorf("the corpus has %d events, want 258", len(files))
	}
	stated, found := map[string]int{}, map[string]int{}
	findings := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		delivery, err := events.Open(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, record := range delivery.Records {
			if record.Err != nil {
				t.Errorf("%s: %v", file, record.Err)
				continue
			}
			parsed := events.Parse(record.Envelope)
			findings += len(parsed)
			for _, f := range parsed {
				if f.Title == "" || f.Source == "" || len(f.Document) == 0 {
					t.Errorf("%s: it does not say what it is: %+v", file, f.Title)
				}
			}
			if record.Envelope.DetailType == "GuardDuty Finding" {
				countFields(t, file, parsed, stated, found)
			}
		}
	}
	t.Logf("%d events, %d findings", len(files), findings)
	for _, field := range fields() {
		t.Logf("%-12s stated %3d, read %3d", field.name, stated[field.name], found[field.name])
	}
}

func countFields(t *testing.T, file string, parsed []finding.Finding, stated, found map[string]int) {
	t.Helper()
	for _, f := range parsed {
		var event any
		if err := json.Unmarshal(f.Event, &event); err != nil {
			t.Fatal(err)
		}
		all := leaves(event, "", map[string]string{})
		for _, field := range fields() {
			if !field.stated(all) {
				continue
			}
			stated[field.name]++
			if !field.has(f) {
				t.Errorf("%s states its %s, which was not read", file, field.name)
				continue
			}
			found[field.name]++
		}
	}
}
