package notice_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notice"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
)

var errGone = notify.PermanentSink(errors.New("sending to Slack: status 404, no_service"))

// A sink that is gone is said to be so once an hour, with why and since when, and never the finding; that it
// works again is said once.
func TestOnceAnHour(t *testing.T) {
	w := newWorld()
	p := w.process()
	w.finds(t, p, 1)
	since := w.now()
	w.slack.answers(errGone)
	for range 25 { // two hours and five minutes, the first failure included
		w.finds(t, p, 1)
		w.pass(5 * time.Minute)
	}
	w.slack.answers(nil)
	for range 3 {
		w.finds(t, p, 1)
	}
	if got, want := strings.Join(w.fallback.words, " "), strings.Repeat("sink_dead ", 3)+"sink_works"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for i, n := range w.fallback.sent {
		isFirst := i == 0 || i == 3
		if n.Kind != notify.KindNotice || len(n.Findings) > 0 || strings.Contains(fmt.Sprint(n), "secret plan") {
			t.Errorf("it says of the finding: %+v", n)
		}
		if got := n.Word.Values[len(n.Word.Values)-1].Time; !got.Equal(since) {
			t.Errorf("since %v, want %v", got, since)
		}
		if isFirst && n.Word.About != "sink/slack" {
			t.Errorf("it is about %s", n.Word.About)
		}
		if reason := n.Word.Values[1].Text; !n.Word.IsOver && reason != "sending to Slack: status 404, no_service" {
			t.Errorf("the reason is %s", reason)
		}
	}
}

// A sink that comes and goes is said to be dead once an hour at most, and to work as often.
func TestThatComesAndGoes(t *testing.T) {
	w := newWorld()
	p := w.process()
	for range 30 {
		w.slack.answers(errGone)
		w.finds(t, p, 1)
		w.pass(2 * time.Minute)
		w.slack.answers(nil)
		w.finds(t, p, 1)
		w.pass(2 * time.Minute)
	}
	if got, want := strings.Join(w.fallback.words, " "), "sink_dead sink_works sink_dead sink_works"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Twenty processes find it out at one moment, and one of them says it; so it is when it works again, though
// none of these is one of those.
func TestTwentyAtOnce(t *testing.T) {
	w := newWorld()
	all := func() {
		var running sync.WaitGroup
		for range 20 {
			p := w.process()
			running.Go(func() { w.finds(t, p, 1) })
		}
		running.Wait()
	}
	w.slack.answers(errGone)
	all()
	w.pass(time.Minute)
	all()
	w.slack.answers(nil)
	w.pass(time.Minute)
	all()
	all()
	if got, want := strings.Join(w.fallback.words, " "), "sink_dead sink_works"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever happens in which process, and whichever dies before it says what it has written down: notices are
// an hour apart, each recovery follows a notice, and what can be said then is.
func TestModel(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 21))
		w := newWorld()
		processes := []*pipeline.Pipeline{w.process(), w.process(), w.process()}
		for step := range 80 {
			w.pass(61*time.Second + time.Duration(random.IntN(25))*time.Minute)
			w.slack.answers([]error{nil, errGone}[random.IntN(3)/2^(step/20)%2])
			w.fallback.answers([]error{nil, errGone, errors.New("no answer")}[max(random.IntN(8)-5, 0)])
			w.crashes.Store(random.IntN(6) == 0)
			one := random.IntN(len(processes))
			r := w.finds(t, processes[one], 1)
			if w.crashes.Load() {
				processes[one] = w.process()
			}
			w.check(t, fmt.Sprintf("seed %d, step %d", seed, step), w.fallback.err == nil && !w.crashes.Load(), r.Records[0].Findings[0].Results[0].Outcome)
		}
		if len(w.fallback.words) < 2 {
			t.Errorf("seed %d: only %v was said", seed, w.fallback.words)
		}
		if t.Failed() {
			return
		}
	}
}

// check holds what was said against what was promised; canSay says that this step could. What is said is named
// by when it was found out, which may be before it could be said.
func (w *world) check(t *testing.T, where string, canSay bool, outcome delivery.Outcome) {
	t.Helper()
	var lastID string
	found := map[string]time.Time{}
	for _, n := range w.fallback.sent {
		at, err := time.Parse(time.RFC3339, n.Word.ID[strings.LastIndex(n.Word.ID, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		if before, isKnown := found[n.Word.Name]; isKnown && at.Sub(before) < time.Hour {
			t.Errorf("%s: %s of %v and of %v", where, n.Word.Name, before, at)
		}
		if n.Word.Name == "sink_dead" && at.Before(found["sink_works"]) {
			t.Errorf("%s: the notice of %v comes after its recovery", where, at)
		}
		found[n.Word.Name], lastID = at, n.Word.Name
	}
	dead := found["sink_dead"]
	if works := found["sink_works"]; works.After(dead) { // the fallback did not take the notice before it
		dead = works
	}
	switch {
	case !canSay:
	case outcome == delivery.Delivered && lastID == "sink_dead":
		t.Errorf("%s: it works, and the last word is that it is dead", where)
	case outcome == delivery.Dead && w.now().Sub(dead) >= time.Hour:
		t.Errorf("%s: it is dead, and was last found to be at %v", where, dead)
	}
}

// Of the fallback itself nothing is said, and nothing is written.
func TestNeverOfItself(t *testing.T) {
	w := newWorld()
	p := w.process()
	w.fallback.answers(errGone)
	for range 3 {
		body := `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"x","severity":10,"type":"a"}}`
		if _, err := p.Handle(t.Context(), []byte(body)); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
	}
	if len(w.fallback.words) > 0 || len(w.slack.words) > 0 || w.store.saves.Load() > 0 {
		t.Errorf("said %v, written %d times", w.fallback.words, w.store.saves.Load())
	}
}

// While all is well, the table is asked once a minute and never written to.
func TestWhatItCosts(t *testing.T) {
	w := newWorld()
	p := w.process()
	for range 120 {
		w.finds(t, p, 1)
		w.pass(time.Second)
	}
	if loads, saves := w.store.loads.Load(), w.store.saves.Load(); loads != 2 || saves != 0 {
		t.Errorf("%d reads and %d writes in two minutes, want 2 and 0", loads, saves)
	}
}

// What fails in a way that may pass is said after an hour of it, unless something was accepted meanwhile.
func TestFailingForLong(t *testing.T) {
	least := time.Duration(0)
	for receives := 1; receives < 12; receives++ {
		least += delivery.Wait{Kind: delivery.AfterFailure}.Backoff(receives, 0)
	}
	if least < time.Hour {
		t.Errorf("at the twelfth receive a record was tried for %v", least)
	}
	for name, test := range map[string]struct {
		err      error
		receives int
		worked   time.Duration
		want     string
	}{
		"for an hour":         {errors.New("status 500"), 12, 2 * time.Hour, "sink_dead sink_works"},
		"not so long":         {errors.New("status 500"), 11, 2 * time.Hour, ""},
		"and takes others":    {errors.New("status 500"), 12, 20 * time.Minute, ""},
		"asked for less":      {notify.RetryAfter(errors.New("status 429"), time.Hour), 12, 2 * time.Hour, ""},
		"refused the message": {notify.PermanentMessage(errors.New("status 400")), 12, 2 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			p := w.process()
			w.finds(t, p, 1)
			w.pass(test.worked)
			w.slack.answers(test.err)
			w.finds(t, p, test.receives)
			w.slack.answers(nil)
			w.finds(t, p, 1)
			if got := strings.Join(w.fallback.words, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A table that does not answer keeps no notice back; the process then goes by what it knows.
func TestTableDown(t *testing.T) {
	w := newWorld()
	p := w.process()
	w.store.isDown.Store(true)
	w.slack.answers(errGone)
	for range 10 {
		w.finds(t, p, 1)
		w.pass(5 * time.Minute)
	}
	w.slack.answers(nil)
	w.finds(t, p, 1)
	if got := strings.Join(w.fallback.words, " "); got != "sink_dead sink_works" {
		t.Errorf("got %s", got)
	}
}

// What the fallback did not take is said once it does.
func TestFallbackDownForAWhile(t *testing.T) {
	w := newWorld()
	p := w.process()
	w.slack.answers(errGone)
	w.fallback.answers(errors.New("no answer"))
	w.finds(t, p, 1)
	w.fallback.answers(nil)
	w.finds(t, p, 1) // it is left alone for a minute
	if len(w.fallback.words) > 0 {
		t.Errorf("got %v at once", w.fallback.words)
	}
	w.pass(time.Minute)
	w.finds(t, p, 1)
	if !slices.Equal(w.fallback.words, []string{"sink_dead"}) {
		t.Errorf("got %v", w.fallback.words)
	}
}

func TestExamples(t *testing.T) {
	all := notice.Examples("slack", time.Unix(0, 0))
	if len(all) != 2 || all[0].Word.About != all[1].Word.About || all[0].MessageID("x") == all[1].MessageID("x") || !all[1].Word.IsOver {
		t.Errorf("got %+v", all)
	}
}
