package e2e_test

import (
	"crypto/md5" // SQS answers with it, and the SDK looks at it
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// overlapSecond is what a second of SQS takes in this test: nobody waits a minute for what was throttled.
const overlapSecond = 20 * time.Millisecond

// overlapRecord is a message of the queue, or of the dead-letter queue.
type overlapRecord struct {
	id, body   string
	attributes map[string]string
	receives   int
	visible    time.Time
	receipt    string        // of this hand-over
	hidden     time.Duration // what the function asked for; 0 for nothing
	// number and version are of the finding in it; 0 for what holds none.
	number, version int
}

// isLetter reports whether it was moved out of the dead-letter queue, and is for one sink.
func (r *overlapRecord) isLetter() bool { return r.attributes["tocsin.sink"] != "" }

// overlapQueue is SQS, played: one queue with visibility, delays and copies, and its dead-letter queue.
type overlapQueue struct {
	mu      sync.Mutex
	records []*overlapRecord
	out     map[string]*overlapRecord // those that were handed over, by their receipts
	letters []*overlapRecord
	written map[string]int // letters by pair
	made    int            // ids and receipts
	copies  int
	moved   int
}

func newOverlapQueue() *overlapQueue {
	return &overlapQueue{out: map[string]*overlapRecord{}, written: map[string]int{}}
}

var overlapName = regexp.MustCompile(`i-([0-9]{16})([0-9])`)

// namesIn returns the numbers and versions of the findings that a text names.
func namesIn(text string) (numbers, versions []int) {
	known := map[string]bool{}
	for _, found := range overlapName.FindAllStringSubmatch(text, -1) {
		if !known[found[0]] {
			known[found[0]] = true
			number, _ := strconv.Atoi(found[1])
			version, _ := strconv.Atoi(found[2])
			numbers, versions = append(numbers, number), append(versions, version)
		}
	}
	return numbers, versions
}

// put puts a message into the queue.
func (q *overlapQueue) put(body string, attributes map[string]string, delay time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.records = append(q.records, q.record(body, attributes, delay))
}

func (q *overlapQueue) record(body string, attributes map[string]string, delay time.Duration) *overlapRecord {
	q.made++
	r := &overlapRecord{id: fmt.Sprint("m", q.made), body: body, attributes: attributes, visible: time.Now().Add(delay)}
	if numbers, versions := namesIn(body); len(numbers) == 1 {
		r.number, r.version = numbers[0], versions[0]
	}
	return r
}

// waiting returns how many messages could be handed over now, and whether there will be none any more.
func (q *overlapQueue) waiting() (visible int, isOver bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for _, r := range q.records {
		if !now.Before(r.visible) {
			visible++
		}
	}
	return visible, len(q.records)+len(q.out) == 0
}

// take hands over up to ten messages. One in ten comes a second time, whatever becomes of it.
func (q *overlapQueue) take() (batch []*overlapRecord) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now, rest := time.Now(), q.records[:0:0]
	for _, r := range q.records {
		if len(batch) == soakBatch || now.Before(r.visible) {
			rest = append(rest, r)
			continue
		}
		r.receives++
		if rand.IntN(10) == 0 {
			again := *r
			again.visible = now.Add(time.Duration(rand.IntN(400)+rand.IntN(2)*rand.IntN(4000)) * time.Millisecond)
			rest = append(rest, &again)
			q.copies++
		}
		q.made++
		r.receipt, r.hidden = fmt.Sprint("r", q.made), 0
		q.out[r.receipt] = r
		batch = append(batch, r)
	}
	q.records = rest
	return batch
}

// giveBack ends a batch: what is not kept is deleted.
func (q *overlapQueue) giveBack(batch []*overlapRecord, isKept func(*overlapRecord) bool, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range batch {
		delete(q.out, r.receipt)
		if isKept(r) {
			r.visible = time.Now().Add(max(after, r.hidden))
			q.records = append(q.records, r)
		}
	}
}

// redrive moves all letters into the queue, as AWS's own redrive does.
func (q *overlapQueue) redrive() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, letter := range q.letters {
		q.records = append(q.records, q.record(letter.body, letter.attributes, 0))
		q.moved++
	}
	q.letters = nil
}

// ServeHTTP implements http.Handler: what the function asks of SQS.
func (q *overlapQueue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var in struct {
		QueueURL, MessageBody string
		DelaySeconds          int
		MessageAttributes     map[string]struct{ StringValue string }
		Entries               []struct {
			ID, ReceiptHandle string
			VisibilityTimeout int
		}
	}
	if err != nil || json.Unmarshal(text, &in) != nil {
		return // whoever asks was killed before it had said everything
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".SendMessage") {
		attributes := map[string]string{}
		for name, value := range in.MessageAttributes {
			attributes[name] = value.StringValue
		}
		if path.Base(in.QueueURL) == "dead" {
			q.bury(in.MessageBody, attributes)
		} else {
			q.put(in.MessageBody, attributes, time.Duration(in.DelaySeconds)*overlapSecond)
		}
		sum := md5.Sum([]byte(in.MessageBody))
		_ = json.NewEncoder(w).Encode(map[string]string{"MessageId": "m", "MD5OfMessageBody": hex.EncodeToString(sum[:])})
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	done := []map[string]string{}
	for _, entry := range in.Entries {
		if record := q.out[entry.ReceiptHandle]; record != nil {
			record.hidden = time.Duration(entry.VisibilityTimeout) * overlapSecond
		}
		done = append(done, map[string]string{"Id": entry.ID})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Successful": done, "Failed": []any{}})
}

func (q *overlapQueue) bury(body string, attributes map[string]string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	letter := q.record(body, attributes, 0)
	q.letters = append(q.letters, letter)
	q.written[pairName(attributes["tocsin.sink"], letter.number, letter.version)]++
}

// overlapPayload is a batch as Lambda hands it over.
func overlapPayload(batch []*overlapRecord) string {
	records := make([]map[string]any, 0, len(batch))
	for _, r := range batch {
		attributes := map[string]any{}
		for name, value := range maps.All(r.attributes) {
			attributes[name] = map[string]string{"stringValue": value, "dataType": "String"}
		}
		records = append(records, map[string]any{
			"messageId": r.receipt, "receiptHandle": r.receipt, "body": r.body, "messageAttributes": attributes,
			"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:overlap",
			"attributes": map[string]string{"ApproximateReceiveCount": strconv.Itoa(r.receives)},
		})
	}
	text, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return err.Error()
	}
	return string(text)
}
