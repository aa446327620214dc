package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// field is something that a GuardDuty event may state, and whether the finding has it as it is
// stated.
type field struct {
	name   string
	stated func(leaves map[string]string) bool
	has    func(f finding.Finding, leaves map[string]string) bool
}

// has is for what is there or not, whatever form the event has it in.
func has(there func(f finding.Finding) bool) func(finding.Finding, map[string]string) bool {
	return func(f finding.Finding, _ map[string]string) bool { return there(f) }
}

// holds is for what the finding must have in the event's own words, where they stand at path.
func holds(path string, text func(f finding.Finding) string) func(finding.Finding, map[string]string) bool {
	return func(f finding.Finding, leaves map[string]string) bool {
		return text(f) != "" && (leaves[path] == "" || leaves[path] == text(f))
	}
}

// quotes is for texts that may stand anywhere in the event: at least one is there, and each is the
// event's.
func quotes(texts func(f finding.Finding) []string) func(finding.Finding, map[string]string) bool {
	return func(f finding.Finding, leaves map[string]string) bool {
		event := slices.Collect(maps.Values(leaves))
		found := 0
		for _, text := range texts(f) {
			if text == "" {
				continue
			}
			if !slices.Contains(event, text) {
				return false
			}
			found++
		}
		return found > 0
	}
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
		{"id", at("detail.id", "detail.arn"), holds("detail.id", func(f finding.Finding) string { return f.ID })},
		{"type", at("detail.type"), holds("detail.type", func(f finding.Finding) string { return f.Type })},
		{"account", at("detail.accountid", "account"), holds("detail.accountid", func(f finding.Finding) string { return f.Account.ID })},
		{"region", at("detail.region", "region"), holds("detail.region", func(f finding.Finding) string { return f.Region })},
		{"severity", severityOnScale, sameSeverity},
		{"title", at("detail.title"), holds("detail.title", func(f finding.Finding) string { return f.Title })},
		{"description", at("detail.description"), holds("detail.description", func(f finding.Finding) string { return f.Description })},
		{"count", at("detail.service.count"), has(func(f finding.Finding) bool { return f.Count > 0 })},
		{"first seen", at("detail.service.eventfirstseen"), has(func(f finding.Finding) bool { return !f.FirstSeen.IsZero() })},
		{"last seen", at("detail.service.eventlastseen"), has(func(f finding.Finding) bool { return !f.LastSeen.IsZero() })},
		{"created", at("detail.createdat"), has(func(f finding.Finding) bool { return !f.Created.IsZero() })},
		{"updated", at("detail.updatedat"), has(func(f finding.Finding) bool { return !f.Updated.IsZero() })},
		{
			"resource",
			under("instanceid", "s3bucketdetails.name", "s3bucketdetails.0.name", "clusterdetails.name",
				"dbinstanceidentifier", "functionname", "accesskeyid", "containerdetails.id"),
			quotes(func(f finding.Finding) []string { return []string{f.Resource.ID} }),
		},
		{
			"actor",
			under("remoteipdetails.ipaddressv4", "remoteipdetails.country.countryname", "accesskeydetails.username",
				"kubernetesuserdetails.username", "runtimedetails.process.name", "rdsdbuserdetails.user"),
			quotes(func(f finding.Finding) []string {
				return []string{f.Actor.Remote.IP, f.Actor.Remote.Country, f.Actor.User.Name, f.Actor.Process.Name}
			}),
		},
		{
			"action", under("detail.service.action."),
			has(func(f finding.Finding) bool { return !f.Action.Zero() }),
		},
	}
}

// severityOnScale leaves out what is no severity, such as the 0.0 of a test event.
func severityOnScale(leaves map[string]string) bool {
	value, err := strconv.ParseFloat(leaves["detail.severity"], 64)
	return err == nil && value >= 1 && value <= 10
}

func sameSeverity(f finding.Finding, leaves map[string]string) bool {
	value, err := strconv.ParseFloat(leaves["detail.severity"], 64)
	return err == nil && float64(f.Severity) == value
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
		delivery, err := events.Open(events.Table(), text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, record := range delivery.Records {
			if record.Err != nil {
				t.Errorf("%s: %v", file, record.Err)
				continue
			}
			parsed := events.Parse(events.Table(), record.Envelope)
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
		decoder := json.NewDecoder(bytes.NewReader(f.Event))
		decoder.UseNumber()
		if err := decoder.Decode(&event); err != nil {
			t.Fatal(err)
		}
		all := leaves(event, "", map[string]string{})
		for _, field := range fields() {
			if !field.stated(all) {
				continue
			}
			stated[field.name]++
			if !field.has(f, all) {
				t.Errorf("%s states its %s, which was not read as it is", file, field.name)
				continue
			}
			found[field.name]++
		}
	}
}
