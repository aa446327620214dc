package json_test

import (
	stdjson "encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// people are names that somebody could have chosen.
func people() []notify.Person {
	return []notify.Person{
		{ID: "U012AB3CD", Name: "jane"}, {Name: "jane"}, {ID: "U012AB3CD"}, {},
		{ID: "\x00<!channel>", Name: strings.Repeat("é\x1b[2J\"</script>", 20_000)},
	}
}

// Who has taken a finding on stands in the document of an update, which keeps to the schema, whatever they are
// called and however small it has to be.
func TestTaken(t *testing.T) {
	at := time.Date(2026, 3, 16, 9, 25, 10, 0, time.FixedZone("JST", 9*60*60))
	for _, who := range people() {
		n := notify.Notification{
			Kind: notify.KindUpdate, Findings: []finding.Finding{formattertest.Exfiltration()}, Taken: notify.Taken{By: who, At: at},
		}
		for _, limit := range []int{2_000, 100_000} {
			check(t, schema(t), document(t, n, limit))
		}
		check(t, schema(t), render(t, n))
	}
	n := notify.Notification{
		Kind: notify.KindUpdate, Findings: []finding.Finding{formattertest.Exfiltration()}, Taken: notify.Taken{By: people()[0], At: at},
	}
	const want = `"taken":{"by":{"id":"U012AB3CD","name":"jane"},"at":"2026-03-16T00:25:10Z"}`
	if text := document(t, n, 100_000); !strings.Contains(string(text), want) {
		t.Errorf("got %.500s", text)
	}
	n.Taken = notify.Taken{}
	if text := document(t, n, 100_000); strings.Contains(string(text), `"taken"`) {
		t.Errorf("nobody has it: %.500s", text)
	}
}

// What somebody did about a finding is a notification that names it.
func TestAct(t *testing.T) {
	f := formattertest.Exfiltration()
	long := formattertest.Exfiltration()
	long.ID = strings.Repeat("<", 1_500)
	for _, one := range []finding.Finding{f, long} {
		for _, who := range people() {
			n := notify.Notification{Kind: notify.KindAction, Findings: []finding.Finding{one}, Word: notify.Word{
				Name: "act_acknowledge", ID: "r1", About: one.Key(), Values: []notify.Value{{Name: "who", Person: who}},
			}}
			for _, n.Minimal = range []bool{false, true} {
				for _, limit := range []int{2_000, 100_000} {
					check(t, notificationSchema(t), document(t, n, limit))
				}
			}
		}
	}
	n := notify.Notification{Kind: notify.KindAction, Findings: []finding.Finding{f}, Word: notify.Word{
		Name: "act_acknowledge", ID: "r1", About: f.Key(), Values: []notify.Value{{Name: "who", Person: people()[0]}},
	}}
	var got struct {
		Kind     string
		Count    int
		Findings []struct{ Key string }
		Word     struct {
			Name, About string
			Values      map[string]string
		}
	}
	if err := stdjson.Unmarshal(document(t, n, 100_000), &got); err != nil {
		t.Fatal(err)
	}
	isWhole := got.Kind == "action" && got.Count == 1 && len(got.Findings) == 1 && got.Findings[0].Key == f.Key()
	if !isWhole || got.Word.Name != "act_acknowledge" || got.Word.About != f.Key() || got.Word.Values["who"] != "jane (U012AB3CD)" {
		t.Errorf("got %+v", got)
	}
}
