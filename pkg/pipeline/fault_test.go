package pipeline_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// panics is a fault that comes with the text of a finding.
func panics(text string) {
	if strings.Contains(text, "bad") {
		panic("fault at " + text)
	}
}

// A panic at one record leaves the others of the batch alone, whether they are read one after
// another or side by side: it is unreadable, and a dead letter.
func TestFaultAtOneRecord(t *testing.T) {
	for name, at := range map[string]func(*pipeline.Pipeline){
		"parsing":  func(p *pipeline.Pipeline) { p.BeforeParse(func(e events.Envelope) { panics(string(e.Detail)) }) },
		"deciding": func(p *pipeline.Pipeline) { p.BeforeDecide(func(f finding.Finding) { panics(f.ID) }) },
	} {
		for _, records := range []int{3, 40} {
			t.Run(name, func(t *testing.T) {
				asked, slack := newSQS(t, http.StatusOK), &sink{}
				var log bytes.Buffer
				withLetters := parts(&log, slack)
				withLetters.DeadLetters = deadletter.NewQueue(queue.New(), deadLetterURL)
				p := pipeline.New(withLetters)
				at(p)
				bodies := make([]string, records)
				for i := range bodies {
					bodies[i] = event("low", 1)
				}
				bodies[1], bodies[2] = event("bad", 8), event("good", 8)
				answer, err := p.Invoke(t.Context(), batch(t, nil, bodies...))
				if string(answer) != `{"batchItemFailures":[]}` || err != nil {
					t.Errorf("got %s, %v", answer, err)
				}
				if len(slack.sent) != 1 || len(*asked) != 1 {
					t.Fatalf("%d messages and %d letters, want one of each", len(slack.sent), len(*asked))
				}
				letter := (*asked)[0]
				if letter.MessageBody != bodies[1] || letter.MessageAttributes[deadletter.AttrKind].StringValue != "unreadable" {
					t.Errorf("got the letter %+v", letter)
				}
				checkFault(t, letter.MessageAttributes[deadletter.AttrReason].StringValue, "m1")
				if !strings.Contains(log.String(), `"Unreadable":1,`) {
					t.Errorf("got %s", log.String())
				}
			})
		}
	}
}

// A source that panics at a finding without an envelope, or at one of a digest, costs that record
// alone as well.
func TestFaultOfASource(t *testing.T) {
	toy := source.Source{
		Name: "aws.toy", Product: "Toy", DetailTypes: []string{"Toy"},
		Recognises: func(d lenient.Document) bool { panics(d.Text("id")); return false },
		About:      func(f *finding.Finding) finding.About { panics(f.ID); return finding.About{} },
	}
	asked, slack := newSQS(t, http.StatusOK), &sink{}
	var log bytes.Buffer
	with := parts(&log, slack)
	with.Sources, with.DeadLetters = []source.Source{toy}, deadletter.NewQueue(queue.New(), deadLetterURL)
	p := pipeline.New(with)
	const bare = `{"id":"bad","findings":1}`
	for _, records := range []int{3, 40} {
		bodies := []string{event("good", 8), bare}
		for len(bodies) < records {
			bodies = append(bodies, event("low", 1))
		}
		*asked = nil
		answer, err := p.Invoke(t.Context(), batch(t, nil, bodies...))
		if string(answer) != `{"batchItemFailures":[]}` || err != nil || len(slack.sent) != 1 || len(*asked) != 1 {
			t.Fatalf("%s, %v, %d messages, %d letters", answer, err, len(slack.sent), len(*asked))
		}
		reason := (*asked)[0].MessageAttributes[deadletter.AttrReason].StringValue
		if (*asked)[0].MessageBody != bare || !strings.Contains(reason, "a fault of Tocsin") || strings.Contains(reason, "bad") {
			t.Errorf("got the letter %+v", (*asked)[0])
		}
	}
	*asked = nil
	answer, err := p.Invoke(t.Context(), []byte(bare))
	if string(answer) != `{"unreadable":1}` || err != nil || len(*asked) != 1 || (*asked)[0].MessageBody != bare {
		t.Fatalf("by itself: %s, %v, %d letters", answer, err, len(*asked))
	}
	*asked = nil
	var flush []byte
	err = with.Digests.Store.Gather(t.Context(), digest.GatherRequest{
		Sink: "slack", Finding: &finding.Finding{ID: "bad", Source: "aws.toy"}, Every: time.Minute,
		Announce: func(_ context.Context, f digest.Flush) (err error) { flush, err = f.Event(); return err },
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err = p.Invoke(t.Context(), batch(t, nil, string(flush), event("other", 8)))
	if string(answer) != `{"batchItemFailures":[]}` || err != nil || len(slack.sent) != 2 || len(*asked) != 1 {
		t.Fatalf("%s, %v, %d messages, %d letters", answer, err, len(slack.sent), len(*asked))
	}
	if (*asked)[0].MessageBody != string(flush) {
		t.Errorf("got the letter %+v", (*asked)[0])
	}
}

// Without a dead-letter queue the record stays failed, and an event on its own is an error.
func TestFaultWithoutLetters(t *testing.T) {
	p := pipeline.New(parts(nil, &sink{}))
	p.BeforeParse(func(e events.Envelope) { panics(string(e.Detail)) })
	answer, err := p.Invoke(t.Context(), batch(t, nil, event("good", 8), event("bad", 8)))
	if want := `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`; string(answer) != want || err != nil {
		t.Errorf("got %s, %v", answer, err)
	}
	if _, err := p.Invoke(t.Context(), []byte(event("bad", 8))); err == nil {
		t.Error("no error")
	} else {
		checkFault(t, err.Error(), "1 of the payload")
	}
	report, err := p.Handle(t.Context(), []byte(event("bad", 8)))
	if err != nil || report.Records[0].Err == nil {
		t.Fatalf("error %v, report %+v", err, report)
	}
	checkFault(t, report.Records[0].Err.Error(), "1 of the payload")
}

func checkFault(t *testing.T, text, record string) {
	t.Helper()
	for _, want := range []string{"a fault of Tocsin", "record " + record + ":", "string in ", ".panics"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in: %s", want, text)
		}
	}
	if strings.Contains(text, "bad") {
		t.Errorf("text of the finding in: %s", text)
	}
}
