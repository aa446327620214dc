package events_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// FuzzOpenParse looks for a payload that panics, that gives neither a finding nor an error, or whose memory
// is still used after the invocation, when that is another's.
func FuzzOpenParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add([]byte(`{"Records":[` + sqsRecord("a", string(text)) + `,` + sqsRecord("b", snsEnvelope(string(text))) + `]}`))
	}
	for _, s := range events.Table() {
		if s.Samples.Showcase == nil {
			continue
		}
		for _, name := range s.Samples.Showcase() {
			event, err := s.Samples.Event(name, source.SampleOptions{Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(event))
		}
	}
	f.Add([]byte(`{"detail-type":"x","source":"y","detail":{"findings":[{"Severity":{"Label":"HIGH"}},{"Resources":[{"Id":"arn:aws:s3:::b"}]}]}}`))
	f.Add([]byte(`{"service_action_actiontype":"x","resource_instancedetails_networkinterfaces_0_vpcid":"v","type":"t","resource":{}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		memory := bytes.Clone(payload)
		delivery, err := events.Open(events.Table(), memory)
		before := said(delivery, err)
		for i := range memory {
			memory[i] = 'x'
		}
		if said(delivery, err) != before {
			t.Fatal("what was opened shares the memory of the payload")
		}
		if err == nil && len(delivery.Records) == 0 {
			t.Fatal("neither a record nor an error")
		}
		for _, record := range delivery.Records {
			if record.Err != nil {
				continue
			}
			findings := events.Parse(events.Table(), record.Envelope)
			if len(findings) == 0 {
				t.Fatal("an event without a finding")
			}
			for _, got := range findings {
				if _, err := finding.ParseSeverity(got.Severity.String()); err != nil || got.Title == "" || got.Severity > 10 || got.Count < 0 {
					t.Fatalf("an odd finding: %+v", got)
				}
				_ = got.Key() + got.Version().String()
			}
		}
	})
}

// said returns all that is known of a delivery.
func said(delivery events.Delivery, err error) string {
	text := fmt.Sprintf("%+v %+v", err, delivery)
	for _, record := range delivery.Records {
		text += fmt.Sprintf("%+v %s", record.Err, record.Envelope.Detail)
		if record.Err == nil {
			for _, f := range events.Parse(events.Table(), record.Envelope) {
				sequence := f.Sequence
				f.Sequence = nil // of which the address would be shown
				text += fmt.Sprintf("%s %+v", f.Document, sequence)
				text += fmt.Sprintf("%+v", f)
			}
		}
	}
	return text
}

func BenchmarkOpenParse(b *testing.B) {
	payload := []byte(recipe(b))
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		delivery, err := events.Open(events.Table(), payload)
		if err != nil {
			b.Fatal(err)
		}
		events.Parse(events.Table(), delivery.Records[0].Envelope)
	}
}

// BenchmarkReadBatch reads what a queue hands over at once: ten events in one payload.
func BenchmarkReadBatch(b *testing.B) {
	records := make([]string, 10)
	for i := range records {
		records[i] = sqsRecord(strconv.Itoa(i), recipe(b))
	}
	payload := []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		delivery, err := events.Open(events.Table(), payload)
		if err != nil {
			b.Fatal(err)
		}
		for _, record := range delivery.Records {
			events.Parse(events.Table(), record.Envelope)
		}
	}
}
