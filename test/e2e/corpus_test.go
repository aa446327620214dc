package e2e_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus sends real events of other projects through the bootstrap: no invocation fails, and
// every finding is sent once to each sink.
func TestCorpus(t *testing.T) {
	const corpus = "../../../shared/corpus"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	slack, tp := newSlack(t), newTopic(t, "corpus")
	variables := both(slack, tp)
	maps.Copy(variables, map[string]string{"MIN_SEVERITY": "0", "LEDGER": "off"})
	f := start(t, variables)

	invocations, findings, published := 0, 0, 0
	err := filepath.WalkDir(corpus, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		payload, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var counts map[string]int
		if err := json.Unmarshal([]byte(f.succeeded(t, string(payload))), &counts); err != nil {
			return err
		}
		invocations++
		findings += counts["findings"]
		if counts["delivered"] != 2*counts["findings"] || counts["findings"] == 0 {
			t.Errorf("%s: %v", path, counts)
		}
		published += len(tp.received(t))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(slack.Messages()); invocations < 258 || got != findings || published != findings {
		t.Errorf("%d invocations, %d findings, %d Slack messages, %d SNS messages", invocations, findings, got, published)
	}
	l := f.logged(t, invocations)
	if len(l.findings) != findings || l.total("slack", "delivered") != findings || l.total("sns", "delivered") != findings {
		t.Errorf("the log tells of %d findings, %d delivered to Slack and %d to SNS, want %d of each",
			len(l.findings), l.total("slack", "delivered"), l.total("sns", "delivered"), findings)
	}
	t.Logf("%d invocations, %d findings, each sent once to each sink", invocations, findings)
}
