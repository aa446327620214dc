package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Two processes count eight days into the table, side by side; on the Monday after, what the week was like is
// told to the one sink that is told of it, once, though both are asked and one is asked again.
func TestSummaryOfAWeek(t *testing.T) {
	summaryOfAWeek(t, func(work *sync.WaitGroup, one func()) { work.Go(one) })
}

// summaryInTurns is the same with one process after the other: moto loses additions to one item that come side
// by side, which DynamoDB and dynalite do not.
func summaryInTurns(t *testing.T) {
	t.Helper()
	summaryOfAWeek(t, func(_ *sync.WaitGroup, one func()) { one() })
}

func summaryOfAWeek(t *testing.T, start func(*sync.WaitGroup, func())) {
	t.Helper()
	slack, tp, clock := newSlack(t), newTopic(t, "summary"), newClock(t)
	variables, deadLetters := deployed(t, slack, tp, "summary")
	maps.Copy(variables, map[string]string{
		"SNS_SUMMARY": "weekly", "RATE": "0", "ACCOUNT_NAMES": "111122223333=prod", "DIGEST_AFTER": "0", "SLACK_MIN_SEVERITY": "critical",
		"MUTES": `[{"when":"severity == 5","until":"2099-01-01","reason":"known"}]`,
	})
	var isGone atomic.Bool
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		if isGone.Load() {
			w.WriteHeader(http.StatusNotFound)
		}
		return isGone.Load()
	})
	processes := []*function{clock.start(t, variables), clock.start(t, variables)}
	monday := clock.at.UTC().Truncate(24 * time.Hour)
	for monday.Weekday() != time.Monday {
		monday = monday.Add(-24 * time.Hour)
	}
	n := 0
	for day := range 7 {
		clock.moveTo(t, monday.Add(time.Duration(day)*24*time.Hour+9*time.Hour))
		isGone.Store(day == 3)
		for range 2 {
			var running sync.WaitGroup
			for i, f := range processes {
				queue := map[string]string{}
				for severity := range []int{5, 8, 9}[:i+2] {
					n++
					queue[fmt.Sprint(n)] = event(float64([]int{5, 8, 9}[severity]), fmt.Sprint("summary-", n))
				}
				start(&running, func() {
					if failed := f.batch(t, queue, 1); len(failed) != 0 {
						t.Errorf("failed: %v", failed)
					}
				})
			}
			running.Wait()
		}
	}
	if got := len(received(t, deadLetters)); got != 2 {
		t.Errorf("%d dead letters, want 2", got)
	}
	tp.received(t)
	next := monday.Add(7*24*time.Hour + 8*time.Hour)
	clock.moveTo(t, next)
	record := fmt.Sprintf(`{"version":"0","source":"tocsin","detail-type":"Tocsin Summary","time":%q,"detail":{}}`, next.Format(time.RFC3339))
	for range 2 {
		for _, f := range processes {
			if failed := f.batch(t, map[string]string{"m": record}, 1); len(failed) != 0 {
				t.Errorf("the record is handed back: %v", failed)
			}
		}
		clock.pass(t, time.Hour)
	}
	told := tp.received(t)
	if len(told) != 1 {
		t.Fatalf("%d summaries, want 1", len(told))
	}
	from := monday.Format(time.DateOnly)
	if want := "The week from " + from + " on: 70 findings came, 42 sent to sns"; told[0].Subject != want {
		t.Errorf("the subject is %q, want %q", told[0].Subject, want)
	}
	for _, want := range []string{
		"Findings that came            70\n", "Sent one by one               42\n", "Muted                         28\n", "Dead letters                  0\n",
		"Each day, from Monday on      ███████ 10, 10, 10, 10, 10, 10, 10", "70  prod (111122223333)", "70  Recon:EC2/Portscan", "14  CRITICAL",
	} {
		if !strings.Contains(strings.Join(strings.Fields(told[0].Message), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the summary lacks %q:\n%s", want, told[0].Message)
		}
	}
	if strings.Contains(told[0].Message, "(0)") {
		t.Errorf("it is held against a week that nobody counted:\n%s", told[0].Message)
	}
	for _, f := range processes {
		noticesIn(t, f) // the balance
	}
}
