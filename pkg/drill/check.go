package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	// heldBack is how long a check waits in the queue after it was asked for, the most that SQS holds a
	// message back. However late it comes, and however often, it looks at the same moment.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
	heldBack = 15 * time.Minute
	// oldCounts is for how long a check counts that comes again, or after a newer one: whoever judged it may have
	// ended before it was counted. One that comes again for a day, since it could not be said, or that is redriven,
	// would hide that the drills of another day were missed.
	oldCounts = time.Hour
	// maxRules is how many rules one check can ask for: more than there are in an account and region.
	maxRules = 300
)

// question is what a check asks: whether the drills of these rules have come within a time.
type question struct {
	rules  []place
	within time.Duration
	asked  time.Time
}

// readCheck returns what a check asks.
func readCheck(e events.Envelope, now time.Time) (question, error) {
	var detail struct {
		Rules  []string `json:"rules"`
		Within string   `json:"within"`
	}
	if json.Unmarshal(e.Detail, &detail) != nil {
		return question{}, errors.New("a check of drills of which the detail cannot be read")
	}
	within, err := time.ParseDuration(detail.Within)
	switch {
	case err != nil || within <= 0:
		return question{}, errors.New("a check of drills with a time that is none: want within, such as 25h")
	case len(detail.Rules) == 0 || len(detail.Rules) > maxRules:
		return question{}, fmt.Errorf("a check of drills of %d rules: want 1 to %d", len(detail.Rules), maxRules)
	}
	q := question{within: within, asked: e.Time}
	if q.asked.IsZero() || q.asked.After(now) {
		q.asked = now
	}
	for _, rule := range detail.Rules {
		p := place{e.Account, e.Region, rule}
		if !p.isValid() {
			return question{}, errors.New("a check of drills of what can be no rule, or without its account and region")
		}
		q.rules = append(q.rules, p)
	}
	return q, nil
}

// since returns how old the last drill of a rule may be.
func (q question) since(now time.Time) time.Time {
	looks := q.asked.Add(heldBack)
	if looks.After(now) {
		looks = now
	}
	return looks.Add(-q.within)
}

// verdict is what is kept of the last check.
type verdict struct {
	Asked time.Time `json:"asked"`
	// Rules are those that it asked for, Missed those of them whose drills did not come.
	Rules  []string `json:"rules"`
	Missed []string `json:"missed,omitempty"`
	// WasMissed says that the check before has missed some.
	WasMissed bool `json:"wasMissed,omitempty"`
}

func checkKey() table.Key { return table.Key{Partition: partition, Sort: "check"} }

// check looks whether the drills of the rules have come, counts that, and says which have not. A check that
// cannot be answered counts as a drill that was missed, and is said in the log alone: no rule is to blame.
func (d *Drills) check(ctx context.Context, e events.Envelope) (pipeline.Done, error) {
	q, err := readCheck(e, d.Now())
	if err == nil && d.Store == nil {
		err = errors.New("a check of drills, but nothing remembers whether they came; set LEDGER=dynamodb and LEDGER_TABLE")
	}
	if err != nil {
		d.Trouble(err)
		return pipeline.Done{Gauges: map[string]int{report.MetricDrill: 0}}, nil
	}
	v, isOld, err := d.judge(ctx, q)
	if err != nil {
		return pipeline.Done{}, err
	}
	var done pipeline.Done
	count := 0
	switch {
	case len(v.Missed) > 0:
		done = d.say(MissedWord(q.rules[0].site(), v.Missed, q.asked))
	case v.WasMissed:
		done, count = d.say(BackWord(q.rules[0].site(), q.asked)), 1
	default:
		count = 1
	}
	if !isOld || d.Now().Sub(q.asked) <= heldBack+oldCounts {
		done.Gauges = map[string]int{report.MetricDrill: count}
	}
	return done, nil
}

// judge returns the verdict of a check, which is the same when it comes again. A check that a newer one has
// overtaken is not kept. isOld says that it is either.
func (d *Drills) judge(ctx context.Context, q question) (v verdict, isOld bool, err error) {
	for range maxRaces {
		var last verdict
		revision, err := d.load(ctx, checkKey(), &last)
		if err != nil {
			return verdict{}, false, err
		}
		v := verdict{Asked: q.asked, Rules: names(q.rules), WasMissed: len(last.Missed) > 0}
		if last.Asked.Equal(v.Asked) && slices.Equal(last.Rules, v.Rules) {
			return last, true, nil
		}
		if v.Missed, err = d.missed(ctx, q); err != nil {
			return verdict{}, false, err
		}
		if last.Asked.After(v.Asked) {
			v.WasMissed = false
			return v, true, nil
		}
		if err = d.save(ctx, checkKey(), v, revision); !errors.Is(err, table.ErrConflict) {
			return v, false, err
		}
	}
	return verdict{}, false, table.ErrConflict
}

// missed returns the rules whose drills did not come in time, and says in the log when they last did.
func (d *Drills) missed(ctx context.Context, q question) ([]string, error) {
	var missed []string
	since := q.since(d.Now())
	for _, rule := range q.rules {
		var last item
		if _, err := d.load(ctx, rule.key(), &last); err != nil {
			return nil, err
		}
		if !last.Came.Before(since) {
			continue
		}
		missed = append(missed, rule.rule)
		seen := "none is known"
		if !last.Came.IsZero() {
			seen = "the last one came " + last.Came.UTC().Format(time.RFC3339)
		}
		d.Trouble(fmt.Errorf("the drill of the rule %s in %s %s was missed: %s, and one should have come since %s",
			rule.rule, rule.account, rule.region, seen, since.UTC().Format(time.RFC3339)))
	}
	return missed, nil
}

func names(rules []place) []string {
	all := make([]string, len(rules))
	for i, rule := range rules {
		all[i] = rule.rule
	}
	slices.SortFunc(all, strings.Compare)
	return all
}
