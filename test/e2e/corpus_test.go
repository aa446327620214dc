package e2e_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
)

// ended returns how many findings of an event are over.
func ended(t *testing.T, payload []byte) int {
	t.Helper()
	delivery, err := events.Open(events.Table(), payload)
	if err != nil {
		t.Fatal(err)
	}
	over := 0
	for _, f := range events.Parse(events.Table(), delivery.Records[0].Envelope) {
		if f.State.Over() {
			over++
		}
	}
	return over
}

// TestCorpus sends real events of other projects through the bootstrap: no invocation fails, and
// every finding that is not over is sent once to each sink.
func TestCorpus(t *testing.T) {
	const corpus = "../../../shared/corpus"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	slack, tp := newSlack(t), newTopic(t, "corpus")
	variables := both(slack, tp)
	maps.Copy(variables, map[string]string{"MIN_SEVERITY": "0", "LEDGER": "off"})
	f := start(t, variables)

	invocations, findings, over, published := 0, 0, 0, 0
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
		ends := ended(t, payload)
		findings, over = findings+counts["findings"], over+ends
		if counts["resolved"] != 2*ends || counts["delivered"] != 2*(counts["findings"]-ends) || counts["findings"] == 0 {
			t.Errorf("%s: %v", path, counts)
		}
		published += len(tp.received(t))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := findings - over
	if got := len(slack.Messages()); invocations < 258 || got != sent || published != sent {
		t.Errorf("%d invocations, %d findings, %d over, %d Slack messages, %d SNS messages", invocations, findings, over, got, published)
	}
	l := f.logged(t, invocations)
	if len(l.findings) != findings || l.total("slack", "delivered") != sent || l.total("sns", "delivered") != sent {
		t.Errorf("the log tells of %d findings, %d delivered to Slack and %d to SNS, want %d and %d of each",
			len(l.findings), l.total("slack", "delivered"), l.total("sns", "delivered"), findings, sent)
	}
	t.Logf("%d invocations, %d findings, %d of them over; each other one sent once to each sink", invocations, findings, over)
}
