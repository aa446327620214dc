package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// panics is a fault that comes with the text of a finding.
func panics(text string) {
	if strings.Contains(text, "bad") {
		panic("fault at " + text)
	}
}

// A panic at one record leaves the others of the batch alone, whether they are read one after another or side by side:
// it is unreadable, and a dead letter.
func TestFaultAtOneRecord(t *testing.T) {
	for name, at := range map[string]func(*app.App){
		"parsing":  func(a *app.App) { a.BeforeParse(func(e events.Envelope) { panics(string(e.Detail)) }) },
		"deciding": func(a *app.App) { a.BeforeDecide(func(f finding.Finding) { panics(f.ID) }) },
	} {
		for _, records := range []int{3, 40} {
			t.Run(name, func(t *testing.T) {
				dead, slack := newDeadLetters(t), newHook(t, 200)
				a, log := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.address()})
				at(a)
				bodies := make([]string, records)
				for i := range bodies {
					bodies[i] = event("low", 1)
				}
				bodies[1], bodies[2] = event("bad", 8), event("good", 8)
				if got := invoke(t, a, batch(bodies...)); got != `{"batchItemFailures":[]}` {
					t.Errorf("got %s", got)
				}
				if len(slack.bodies) != 1 || len(dead.letters) != 1 {
					t.Fatalf("%d messages and %d letters, want one of each", len(slack.bodies), len(dead.letters))
				}
				letter := dead.letters[0]
				if letter.MessageBody != bodies[1] || letter.attribute("tocsin.error_kind") != "unreadable" {
					t.Errorf("got the letter %+v", letter)
				}
				checkFault(t, letter.attribute("tocsin.reason"), "m1")
				if metrics := lastLine(t, log); metrics["Unreadable"] != 1.0 || metrics["Findings"] != float64(records-1) {
					t.Errorf("got %v", metrics)
				}
			})
		}
	}
}

// Without a dead-letter queue the record stays failed, and an event on its own is an error.
func TestFaultWithoutLetters(t *testing.T) {
	t.Setenv("DEAD_LETTER_QUEUE_URL", "")
	a, _ := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": newHook(t, 200).address()})
	a.BeforeParse(func(e events.Envelope) { panics(string(e.Detail)) })
	if got := invoke(t, a, batch(event("good", 8), event("bad", 8))); got != `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` {
		t.Errorf("got %s", got)
	}
	if _, err := a.Invoke(t.Context(), []byte(event("bad", 8))); err == nil {
		t.Error("no error")
	} else {
		checkFault(t, err.Error(), "1 of the payload")
	}
	report, err := a.Handle(t.Context(), []byte(event("bad", 8)))
	var fault *app.FaultError
	if err != nil || !errors.As(report.Records[0].Err, &fault) {
		t.Errorf("error %v, report %+v", err, report)
	}
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
