package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func notificationSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	text, err := os.Open("../../docs/schema/finding.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	ofFinding, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("https://github.com/tocsin-sec/tocsin/blob/main/docs/schema/finding.v1.json", ofFinding); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("../../docs/schema/notification.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func document(t *testing.T, n notify.Notification, limit int) []byte {
	t.Helper()
	text, err := json.Document(n, limit)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > limit || bytes.ContainsAny(text, "\n\r") {
		t.Errorf("%d bytes, want at most %d on one line", len(text), limit)
	}
	return text
}

// One finding has the same document as a line has; it is the finding's own schema.
func TestDocumentOfOne(t *testing.T) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	got := document(t, n, 100_000)
	if want := bytes.TrimSuffix(render(t, n), []byte("\n")); !bytes.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	n.Minimal = true
	minimal := document(t, n, 2_000)
	check(t, schema(t), minimal)
	if !strings.Contains(string(minimal), `"key":`) || strings.Contains(string(minimal), `"actor"`) {
		t.Errorf("got %s", minimal)
	}
}

// Whatever the room, the document fits, keeps to the schema, and says which finding it is.
func TestDocumentFits(t *testing.T) {
	all := formattertest.Huge()
	all["filled"] = formattertest.Filled(strings.Repeat("x<>&\"\x00é終", 3_000))
	for name, n := range all {
		if len(n.Findings) != 1 || n.Minimal {
			continue
		}
		for _, limit := range []int{2_000, 20_000, 256_000, 1 << 20} {
			text := document(t, n, limit)
			check(t, schema(t), text)
			var got struct {
				Key       string
				Shortened bool
			}
			if err := stdjson.Unmarshal(text, &got); err != nil || got.Key == "" {
				t.Errorf("%s within %d bytes: got key %q, %v", name, limit, got.Key, err)
			}
			if whole := document(t, n, 1<<30); got.Shortened != (len(whole) > limit) {
				t.Errorf("%s within %d bytes: shortened is %v, of %d", name, limit, got.Shortened, len(whole))
			}
		}
	}
}

// A key that AWS gives stays whole, since it differs from others of the same detector at its end.
func TestKeysStayWhole(t *testing.T) {
	f := formattertest.Huge()["lists"].Findings[0]
	f.Source, f.Region, f.Account.ID, f.Native = "aws.guardduty", "eu-west-1", "111122223333", finding.Native{}
	f.ID = "arn:aws:guardduty:eu-west-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0/finding/16afba5c5c43e07c9e3e5e2e544e95df"
	for _, limit := range []int{2_000, 4_000, 8_000, 64_000} {
		for _, isMinimal := range []bool{false, true} {
			var got struct{ Key, ID, Source string }
			text := document(t, notify.Notification{Findings: []finding.Finding{f}, Minimal: isMinimal}, limit)
			if err := stdjson.Unmarshal(text, &got); err != nil || got.Key != f.Key() || got.ID != f.ID || got.Source != f.Source {
				t.Errorf("within %d bytes: got %+v, %v", limit, got, err)
			}
		}
	}
}

// One finding that is large hides none of the others in a digest.
func TestLargeFindingInADigest(t *testing.T) {
	large, other := formattertest.Huge()["text"].Findings[0], formattertest.Exfiltration()
	large.Severity, other.Severity = 9.5, 8
	n := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{other, large, other, other}}
	for _, limit := range []int{30_000, 64_000, 256_000} {
		text := document(t, n, limit)
		check(t, notificationSchema(t), text)
		var got struct{ Findings []struct{ Key string } }
		if err := stdjson.Unmarshal(text, &got); err != nil || len(got.Findings) != len(n.Findings) || got.Findings[1].Key != other.Key() {
			t.Errorf("within %d bytes: %d findings, %v", limit, len(got.Findings), err)
		}
	}
}

// A digest holds as many of the worst as fit, and how many there are.
func TestDocumentOfMany(t *testing.T) {
	low, high := formattertest.Exfiltration(), formattertest.Exfiltration()
	low.Severity, high.Severity = 2, 9
	findings := []finding.Finding{low, low, low, low, low, low, low, high}
	for _, kind := range []notify.Kind{notify.KindDigest, notify.KindNotice} {
		for _, limit := range []int{2_000, 5_000, 100_000} {
			text := document(t, notify.Notification{Kind: kind, Findings: findings}, limit)
			check(t, notificationSchema(t), text)
			var got struct {
				Count    int
				Findings []struct{ Severity struct{ Value float64 } }
			}
			if err := stdjson.Unmarshal(text, &got); err != nil || got.Count != 8 || len(got.Findings) > 0 && got.Findings[0].Severity.Value != 9 {
				t.Errorf("within %d: %d of %d, %v", limit, len(got.Findings), got.Count, err)
			}
		}
	}
	check(t, notificationSchema(t), document(t, notify.Notification{Kind: notify.KindHeartbeat}, 2_000))
	for _, n := range []notify.Notification{formattertest.Dead(), formattertest.Works(), formattertest.Summary(strings.Repeat("&é", 5_000))} {
		check(t, notificationSchema(t), document(t, n, 2_000))
		n.Minimal = true
		check(t, notificationSchema(t), document(t, n, 2_000))
	}
	check(t, notificationSchema(t), document(t, notify.Notification{Kind: notify.KindDigest, Findings: findings, Minimal: true}, 2_000))
}
