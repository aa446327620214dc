package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

var (
	soakPage  = flag.String("soak-report", "", "write the soak's table into this page, between its marks")
	soakCount = flag.Int("soak-events", 1000, "how many events the soak delivers; make soak says more")
)

const (
	soakBatch   = 10 // records in a batch
	soakWorkers = 2  // execution environments at once
	soakKills   = 5
	// soakTimeout is the function's timeout; a lease of a killed one lasts as long.
	soakTimeout = 10 * time.Second
	// soakInFlight is the most pairs that one execution environment sends at once: a batch to each
	// sink.
	soakInFlight = 2 * soakBatch
)

// TestSoak delivers many events through the built bootstrap while one in a hundred requests to the
// sinks and to the table goes wrong, one in a hundred records is handed over twice, and execution
// environments are killed at work. Nothing may be lost, and nothing sent twice beyond what was
// injected.
func TestSoak(t *testing.T) {
	w := newSoakWorld(t)
	began := time.Now()
	var workers sync.WaitGroup
	for range soakWorkers {
		workers.Go(w.work)
	}
	workers.Wait()
	took := time.Since(began)
	w.check(t)
	table := w.table(took)
	t.Log("\n" + table)
	if *soakPage != "" && !t.Failed() {
		writeBetweenMarks(t, *soakPage, "soak", table)
	}
}

// soakQueue is the SQS queue, played: a record that is kept comes again at its end.
type soakQueue struct {
	mu       sync.Mutex
	records  []soakRecord
	inFlight int
	handed   int // batches
	twice    int // records that were handed over twice
	longest  int // receives of one record
}

type soakRecord struct {
	number, receives int
	visible          time.Time
}

// take returns the next batch; it is empty when there is nothing to do at this moment, and over
// says that there will be nothing any more.
func (q *soakQueue) take() (batch []soakRecord, over bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.records) == 0 {
		return nil, q.inFlight == 0
	}
	rest := q.records[:0:0]
	for i, record := range q.records {
		if len(batch) == soakBatch {
			rest = append(rest, q.records[i:]...)
			break
		}
		if time.Now().Before(record.visible) {
			rest = append(rest, record)
			continue
		}
		record.receives++
		q.longest = max(q.longest, record.receives)
		batch = append(batch, record)
		if rand.IntN(100) == 0 { // SQS delivers at least once
			q.twice++
			rest = append(rest, record)
		}
	}
	q.records = rest
	if len(batch) > 0 {
		q.handed++
		q.inFlight++
	}
	return batch, false
}

// giveBack ends a batch; kept are the records that are not done.
func (q *soakQueue) giveBack(kept []soakRecord, hidden time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight--
	for _, record := range kept {
		record.visible = time.Now().Add(hidden)
		q.records = append(q.records, record)
	}
}

// isTimeToKill reports whether the batch at hand is one at which an execution environment is
// killed.
func (q *soakQueue) isTimeToKill(events, kills int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return kills < soakKills && q.handed >= (kills+1)*events/soakBatch/(soakKills+1)
}

func soakEvent(number int) string {
	return fmt.Sprintf(`{"version":"0","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333",
		"region":"eu-west-1","time":"2026-03-16T08:25:11Z","detail":{"id":"%032[1]x","type":"Recon:EC2/Portscan","title":"A scan of %[3]s","severity":%[2]d,
		"accountId":"111122223333","region":"eu-west-1","updatedAt":"2026-03-16T08:25:10.123Z",
		"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"%[3]s"}}}}`, number, 4+number%6, soakInstance(number))
}

// soakInstance is the resource of an event, by which its messages are known.
func soakInstance(number int) string { return fmt.Sprintf("i-%017d", number) }

func soakPayload(batch []soakRecord) string {
	type record struct {
		MessageID   string            `json:"messageId"`
		Body        string            `json:"body"`
		EventSource string            `json:"eventSource"`
		QueueARN    string            `json:"eventSourceARN"`
		Receipt     string            `json:"receiptHandle"`
		Attributes  map[string]string `json:"attributes"`
	}
	var payload struct{ Records []record }
	for i, r := range batch {
		payload.Records = append(payload.Records, record{
			fmt.Sprintf("%d-%d", i, r.number), soakEvent(r.number), "aws:sqs", "arn:aws:sqs:us-east-1:111122223333:soak",
			"receipt", map[string]string{"ApproximateReceiveCount": fmt.Sprint(r.receives)},
		})
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// soakKept returns the records that the function's answer keeps.
func soakKept(t *testing.T, batch []soakRecord, body []byte) []soakRecord {
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Errorf("the answer is no JSON: %v", err)
		return batch
	}
	var kept []soakRecord
	for _, failure := range answer.BatchItemFailures {
		var place, number int
		if _, err := fmt.Sscanf(failure.ItemIdentifier, "%d-%d", &place, &number); err != nil || place >= len(batch) || batch[place].number != number {
			t.Errorf("an unknown record is kept: %q", failure.ItemIdentifier)
			continue
		}
		kept = append(kept, batch[place])
	}
	return kept
}

// isBalanced reports whether findings x sinks is the sum of the outcomes.
func (m metrics) isBalanced() bool {
	for _, outcomes := range m.Outcomes {
		sum := 0
		for _, outcome := range delivery.Outcomes() {
			sum += outcomes[string(outcome)]
		}
		if sum != m.Findings {
			return false
		}
	}
	return true
}

// writeBetweenMarks replaces what stands between <!-- NAME --> and <!-- /NAME --> in a page.
func writeBetweenMarks(t *testing.T, page, name, text string) {
	t.Helper()
	from, to := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasFrom := strings.Cut(string(old), from)
	_, after, hasTo := strings.Cut(rest, to)
	if !hasFrom || !hasTo {
		t.Fatalf("%s lacks the marks %q and %q", page, from, to)
	}
	if err := os.WriteFile(page, []byte(before+from+text+to+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
