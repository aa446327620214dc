package scale_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

const (
	// mostPayload is what Lambda hands over at the most:
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	mostPayload = 6 << 20
	// mostRecords is the largest batch of a standard queue:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
	mostRecords = 10_000
)

// TestLargestBatches hands over batches as large as Lambda does: of as many records as there can be, and of as many events of the usual
// size as there is room for.
func TestLargestBatches(t *testing.T) {
	skipUnlessWanted(t)
	share := 1
	if !isFull() {
		share = 50
	}
	g := newGrid("batch", "records", "MB", "given", "s", "of them CPU", "CPU of a record, us", "messages", "kept", "MiB at the most")
	for _, kind := range []struct {
		name string
		make func(share int) []byte
	}{{"of small records", smallest}, {"of usual events", usual}} {
		payload := kind.make(share)
		count := strings.Count(string(payload), `"messageId"`)
		b := newBench(t)
		f := start(t, b.variables, time.Minute, nil)
		for _, step := range []struct {
			name       string
			isRefusing bool
			messages   int
			kept       int
		}{{"sinks that ask for less", true, 0, count}, {"the same, taken", false, 2 * count, 0}, {"duplicates", false, 0, 0}} {
			b.isRefusing.Store(step.isRefusing)
			b.messages.Store(0)
			before := f.cpu()
			body, took := f.invoke(t, payload)
			cpu := f.cpu() - before
			ids, err := kept(body)
			if err != nil {
				t.Error(err)
			}
			messages := int(b.messages.Load())
			if len(ids) != step.kept || messages != step.messages {
				t.Errorf("%s, %s: %d records are kept, want %d; %d messages, want %d", kind.name, step.name, len(ids), step.kept, messages, step.messages)
			}
			g.row(kind.name, grouped(count), fmt.Sprintf("%.2f", float64(len(payload))/1e6), step.name, fmt.Sprintf("%.2f", took.Seconds()),
				fmt.Sprintf("%.2f", cpu.Seconds()), fmt.Sprint(cpu.Microseconds()/int64(count)), grouped(messages), grouped(len(ids)), mebibytes(f.memory().most))
			say("%s, %s: %s in %.2f s", kind.name, step.name, grouped(count), took.Seconds())
		}
	}
	publish(t, "batches", g.String())
}

// smallest returns a batch of as many records as there can be, in as little room as they need.
func smallest(share int) []byte {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range mostRecords / share {
		if i > 0 {
			b.WriteByte(',')
		}
		body := fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1","time":"2026-11-29T09:00:00Z",`+
			`"detail":{"id":"%032x","type":"Recon:EC2/Portscan","severity":8,"updatedAt":"2026-11-29T09:00:00.000Z","title":"A scan"}}`, i)
		fmt.Fprintf(&b, `{"messageId":"m%06d","receiptHandle":"r%06d","body":%q,"attributes":{"ApproximateReceiveCount":"1"},"eventSource":"aws:sqs","eventSourceARN":%q,"awsRegion":"us-east-1"}`,
			i, i, body, queueARN)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// usual returns a batch of as many events of the usual size as Lambda hands over.
func usual(share int) []byte {
	s := &side{stream: newStream(time.Now().UTC().Add(-24 * time.Hour))}
	count := mostPayload / len(batch(s.findings(1)))
	return batch(s.findings(count / share))
}

// bench is two sinks and a table that work as fast as they can.
type bench struct {
	variables  map[string]string
	isRefusing atomic.Bool
	messages   atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	w := newWorld(t, newQueue(newStream(time.Now()), 0), 0)
	b.variables = map[string]string{
		"SINKS": "slack,sns", "RATE": "0", "DIGEST_AFTER": "0", "LEDGER": "dynamodb", "LEDGER_TABLE": tableName,
		"AWS_ENDPOINT_URL_DYNAMODB": startTable(t).url, "AWS_ENDPOINT_URL_SQS": w.serve(w.sqs),
		"SLACK_WEBHOOK_URL": w.serve(b.slack) + "/services/T00000000/B00000000/XXXX",
		"SNS_TOPIC_ARN":     "arn:aws:sns:us-east-1:111122223333:scale", "AWS_ENDPOINT_URL_SNS": w.serve(b.sns),
	}
	return b
}

// refuses asks for less where that is wanted.
func (b *bench) refuses(w http.ResponseWriter) bool {
	if !b.isRefusing.Load() {
		return false
	}
	w.Header().Set("Retry-After", "60")
	w.WriteHeader(http.StatusTooManyRequests)
	return true
}

func (b *bench) slack(w http.ResponseWriter, _ *http.Request) {
	if !b.refuses(w) {
		b.messages.Add(1)
		_, _ = w.Write([]byte("ok"))
	}
}

func (b *bench) sns(w http.ResponseWriter, r *http.Request) {
	if b.refuses(w) {
		return
	}
	entries := snstest.Entries(r)
	b.messages.Add(int64(len(entries)))
	proof, accepted := snstest.Published("m"), ""
	for _, entry := range entries {
		accepted += snstest.Accepted(entry.Get("Id"), "m")
	}
	if r.PostForm.Get("Action") == "PublishBatch" {
		proof = snstest.Batch("", accepted)
	}
	_, _ = w.Write([]byte(proof))
}
