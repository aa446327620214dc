package summary

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// DetailType is that of the records that ask for a summary.
const DetailType = "Tocsin Summary"

const daysOfWeek = 7

// Duty says what is done about a record that asks for a summary: the last whole week before it is told to
// the sink that it names, or to all that are told of weeks. A week is from Monday to Sunday, so that a record
// that comes late, or twice, asks for the same, which the ledger lets each sink be told once.
func (c *Counter) Duty() pipeline.Duty {
	return pipeline.Duty{DetailType: DetailType, Do: c.do}
}

func (c *Counter) do(ctx context.Context, record events.Envelope) (pipeline.Done, error) {
	var detail struct{ Sink string }
	if err := json.Unmarshal(record.Detail, &detail); err != nil && len(record.Detail) > 0 {
		c.options.Trouble(fmt.Errorf("SUMMARY: a record asks for a summary, and its detail is none; all are told"))
	}
	told := slices.DeleteFunc(slices.Clone(c.options.Sinks), func(sink string) bool { return detail.Sink != "" && sink != detail.Sink })
	if len(told) == 0 {
		c.options.Trouble(fmt.Errorf("SUMMARY: a record asks for a summary of which nobody is told"))
		return pipeline.Done{}, nil
	}
	at := record.Time
	if at.IsZero() {
		at = c.options.Now()
	}
	w, err := c.read(ctx, lastWeek(at))
	if err != nil {
		return pipeline.Done{}, err
	}
	w.names = c.options.Names(ctx)
	w.account, w.region = record.Account, record.Region
	var done pipeline.Done
	for _, sink := range told {
		done.Sayings = append(done.Sayings, pipeline.Saying{Sink: sink, Notification: w.told(sink)})
	}
	return done, nil
}

// lastWeek returns the Monday with which the last week began that was over.
func lastWeek(at time.Time) time.Time {
	at = at.UTC()
	sinceMonday := (int(at.Weekday()) + daysOfWeek - int(time.Monday)) % daysOfWeek
	return time.Date(at.Year(), at.Month(), at.Day()-sinceMonday-daysOfWeek, 0, 0, 0, 0, time.UTC)
}

// week is what was counted in a week, and in the one before.
type week struct {
	monday time.Time
	// now and before are the sums, hasBefore says that something was counted in the week before.
	now, before map[string]int64
	hasBefore   bool
	// came are the findings of each day.
	came  [daysOfWeek]int64
	names map[string]string
	// account and region are those of the deployment whose week it is; empty where the record does not say so.
	account, region string
}

// read reads the numbers of a week and of the one before.
func (c *Counter) read(ctx context.Context, monday time.Time) (week, error) {
	w := week{monday: monday, now: map[string]int64{}, before: map[string]int64{}}
	for day := -daysOfWeek; day < daysOfWeek; day++ {
		numbers, err := c.numbers(ctx, monday.AddDate(0, 0, day))
		if err != nil {
			return w, fmt.Errorf("ledger: %w", err)
		}
		sums := w.now
		if day < 0 {
			sums = w.before
			w.hasBefore = w.hasBefore || len(numbers) > 0
		} else {
			w.came[day] = numbers[came]
		}
		for name, n := range numbers {
			sums[name] += n
		}
	}
	return w, nil
}

func (c *Counter) numbers(ctx context.Context, day time.Time) (map[string]int64, error) {
	ctx, cancel := table.Bounded(ctx, c.options.Store)
	defer cancel()
	return c.options.Store.Numbers(ctx, dayKey(day.Format(dayForm)))
}
