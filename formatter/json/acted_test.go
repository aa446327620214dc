package json_test

import (
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// What somebody did is its word, with the finding as far as it is named; it is no document of the finding.
func TestDocumentOfWhatSomebodyDid(t *testing.T) {
	for _, minimal := range []bool{false, true} {
		n := formattertest.Acted()
		n.Minimal = minimal
		text := document(t, n, 4_000)
		check(t, notificationSchema(t), text)
		var got struct {
			Kind  string
			Count int
			Word  struct {
				Name, About string
				Values      map[string]string
			}
		}
		if err := stdjson.Unmarshal(text, &got); err != nil || got.Kind != "action" || got.Count != 1 || got.Word.Name != "act_mute" || got.Word.About != n.Findings[0].Key() {
			t.Fatalf("minimal %v: got %s, %v", minimal, text, err)
		}
		want := map[string]string{
			"who": "jane (U012AB3CD)", "what": "resource", "until": "2026-12-06T10:00:30Z", "reason": "a scanner of ours", "mute": "slack-20261129-ab12",
		}
		if diff := cmp.Diff(want, got.Word.Values); diff != "" && !minimal {
			t.Error(diff)
		}
	}
}

// Who has taken a finding on stands in its document, as they called themselves, where there is room.
func TestTaken(t *testing.T) {
	n := formattertest.Taken()
	n.Taken.By.Name = "<!channel>\n"
	text := string(document(t, n, 100_000))
	check(t, schema(t), []byte(text))
	if want := `"taken":{"id":"U012AB3CD","name":"\u003c!channel\u003e\n","at":"2026-11-29T10:00:30Z"}`; !strings.Contains(text, want) {
		t.Errorf("got %s, want %s", text, want)
	}
	n.Taken.By.Name = strings.Repeat("x", 50_000)
	check(t, schema(t), document(t, n, 2_000))
	n.Minimal = true
	if text := string(document(t, n, 2_000)); strings.Contains(text, "taken") {
		t.Errorf("the least that names a finding is %s", text)
	}
}
