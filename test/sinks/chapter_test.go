package sinks_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/action/duty"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks"
)

// The steps of the chapter in which somebody takes the finding on elsewhere.
const (
	stepFinding   = "finding"
	stepEscalated = "escalated"
	stepTaken     = "acknowledged"
	stepUpdate    = "update"
	stepOver      = "over"
)

// chapter is a sink, the pipeline that sends to it, and what people do about findings in a table of their own.
type chapter struct {
	*world
	pipeline *pipeline.Pipeline
	engine   *delivery.Engine
	ledger   *ledger.Ledger
	takes    bool
	f        finding.Finding // of the last event
	// calls says that messages may call people, which no text of a finding can.
	calls bool
}

// mention is somebody whom messages of a type of sink call, as MENTION has it and as it is found in a message.
type mention struct{ setting, found string }

func mentions() map[string]mention {
	return map[string]mention{
		"slack": {"<@U0ONCALL1>", "U0ONCALL1"}, "teams": {"<at>oncall@example.com</at>", "oncall@example.com"},
		"discord": {"<@80351110224678912>", "80351110224678912"}, "googlechat": {"<users/123456789012345678901>", "123456789012345678901"},
		"telegram": {"tg://user?id=987654321", "987654321"},
	}
}

func newChapter(t *testing.T, k kind) *chapter {
	t.Helper()
	far := k.open(t)
	c := &chapter{world: &world{T: t, kind: k, far: far, gate: newGate(t, far)}}
	at := slices.IndexFunc(sinks.Table(), func(one sinks.Type) bool { return one.Name == k.name })
	kind := sinks.Table()[at]
	c.takes = kind.TakesActions
	notifier := c.build(kind)
	now, store := time.Now, table.NewMemory()
	c.ledger = ledger.New(store, now)
	duties := duty.New(duty.Options{
		Store: store, Sinks: c.told(), Log: report.NewLog(&c.log), Now: now,
		Told: func(ctx context.Context, key string) (map[string]ledger.Told, error) { return c.ledger.Told(ctx, key) },
	})
	c.engine = delivery.New([]delivery.Target{{Name: k.name, Sink: notifier, Concurrency: 1}},
		delivery.Options{Ledger: c.ledger, Taken: action.NewTakings(store, now).Of})
	c.pipeline = pipeline.New(pipeline.Parts{
		Sources: events.Table(), Routes: []router.Route{{Sink: k.name}}, Sinks: []notify.Notifier{notifier}, Engine: c.engine,
		Duties: []pipeline.Duty{duties.Duty()}, Log: report.NewLog(&c.log),
	})
	return c
}

// told returns the instances that are told what people do.
func (c *chapter) told() []string {
	if c.takes {
		return []string{c.kind.name}
	}
	return nil
}

// build makes the instance as the program does, with somebody to call from high on.
func (c *chapter) build(kind sinks.Type) notify.Notifier {
	c.Helper()
	settings := map[string]string{"SINKS": kind.Name, "MENTION": mentions()[kind.Name].setting, "MENTION_MIN_SEVERITY": "high"}
	maps.Copy(settings, c.far.settings(c.gate.server.URL))
	for name, value := range settings {
		if strings.HasPrefix(name, "AWS_") {
			c.Setenv(name, value)
		}
		if strings.HasPrefix(name, "AWS_") || value == "" {
			delete(settings, name)
		}
	}
	loaded, err := config.Load(config.Texts(settings), config.Options{SinkTypes: map[string][]string{kind.Name: kind.Settings}})
	if err != nil {
		c.Fatal(err)
	}
	style, err := kind.NewStyle(sinks.Table(), loaded.Sinks[0].Setting, events.Words(events.Table()))
	if err != nil {
		c.Fatal(err)
	}
	notifier, err := kind.New(c.Context(), config.Texts(settings), kind.Name, style)
	if err != nil {
		c.Fatal(err)
	}
	return notifier
}

// handle hands a payload over, and returns what came of it.
func (c *chapter) handle(payload []byte) seen {
	c.Helper()
	return c.sees(func(ctx context.Context) (outcomes []string) {
		r, err := c.pipeline.Handle(ctx, payload)
		if err != nil {
			c.Fatal(err)
		}
		for _, record := range r.Records {
			for i := range record.Findings {
				c.f = *record.Findings[i].Finding
				for _, result := range record.Findings[i].Results {
					outcomes = append(outcomes, string(result.Outcome))
				}
			}
			for _, said := range record.Said {
				outcomes = append(outcomes, string(said.Result.Outcome))
			}
		}
		return outcomes
	})
}

// escalates tells the sink that nobody has taken a finding on, of which another one was told.
func (c *chapter) escalates(f finding.Finding) seen {
	c.Helper()
	c.f = f
	n := notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{f}, Word: notify.Word{
		Name: "escalated", ID: "escalated/team/" + f.Key(), Severity: f.Severity, Values: []notify.Value{
			{Name: "sink", Text: "team"}, {Name: "since", Time: f.Updated}, {Name: "waited", Text: "15 min"},
		},
	}}
	return c.sees(func(ctx context.Context) (outcomes []string) {
		pair := delivery.Pair{Message: delivery.WordMessage(n, []byte(`{"source":"tocsin"}`))}
		for _, result := range c.engine.Deliver(ctx, delivery.Invocation{ID: "leg"}, []delivery.Pair{pair}).Results {
			outcomes = append(outcomes, string(result.Outcome))
		}
		return outcomes
	})
}

// sees returns what came of what is done.
func (c *chapter) sees(do func(ctx context.Context) (outcomes []string)) seen {
	c.Helper()
	before, requests := c.far.arrived(), len(c.requests())
	ctx, cancel := context.WithTimeout(c.Context(), invocation)
	defer cancel()
	s := seen{isLocal: c.far.handler == nil, outcomes: do(ctx)}
	for i, text := range c.far.arrived() {
		if i >= len(before) || text != before[i] {
			if !c.calls {
				c.far.check(c, shownByID().Replace(text))
			}
			s.arrived = append(s.arrived, text)
		}
	}
	s.requests = len(c.requests()) - requests
	for _, err := range c.far.refused() {
		c.Errorf("refused: %v", err)
	}
	return s
}

// presses is the record of somebody who has pressed a button under a message of another instance.
func (c *chapter) presses(what string) []byte {
	c.Helper()
	record, err := action.Request{
		ID: "press/" + what, What: what, Subject: action.SubjectOf(&c.f), By: jane(), At: time.Now(),
		From: action.From{Sink: "team", Place: "C024BE91L", Message: "1741611600.000100"},
	}.Record()
	if err != nil {
		c.Fatal(err)
	}
	return record
}

// jane is somebody who presses buttons.
func jane() notify.Person { return notify.Person{ID: "U0JANE111", Name: "jane"} }

// shownByID takes out of a message how Slack shows her: of all texts of others, it is the one that is no plain text.
func shownByID() *strings.Replacer {
	return strings.NewReplacer("<@"+jane().ID+">", jane().Name, `\u003c@`+jane().ID+`\u003e`, jane().Name)
}

// isCalled reports whether a message calls whom MENTION names.
func (c *chapter) isCalled(s seen) bool {
	who := mentions()[c.kind.name].found
	return who != "" && strings.Contains(strings.Join(s.arrived, "\n"), who)
}

// line returns what writes a line of the chapter, and holds it against what is wanted.
func (c *chapter) line(rows *strings.Builder) func(step string, s seen, want string) {
	return func(step string, s seen, want string) {
		c.Helper()
		if s.String() != want {
			c.Errorf("%s: got %s, want %s", step, s, want)
		}
		calls := "calls nobody"
		if c.isCalled(s) {
			calls = "calls somebody"
		}
		if isDue := step == stepEscalated && mentions()[c.kind.name].found != ""; c.isCalled(s) != isDue {
			c.Errorf("%s: it %s", step, calls)
		}
		fmt.Fprintf(rows, "%-13s %-13s %s, %s\n", c.kind.label, step, s, calls)
	}
}

// isTold has somebody take the finding on, of which a sink is told that keeps alerts or conversations, and has this
// one.
func (c *chapter) isTold(write func(step string, s seen, want string)) {
	c.Helper()
	told, err := c.ledger.Told(c.Context(), c.f.Key())
	if err != nil {
		c.Fatal(err)
	}
	want := "0 messages"
	if isKept := told[c.kind.name].Receipt.ID != ""; c.takes && isKept {
		want = "delivered: 1 message"
	}
	if c.kind.name != local {
		want += byRequests(strings.Count(want, "1"))
	}
	s := c.handle(c.presses(notify.ActAcknowledge))
	if len(s.outcomes) == 0 {
		s.outcomes, want = []string{"not told"}, "not told: "+want
	}
	write(stepTaken, s, want)
	if len(s.arrived) > 0 && !strings.Contains(strings.ToLower(strings.Join(s.arrived, "\n")), "jane") {
		c.Errorf("what arrived does not say who: %.600q", s.arrived)
	}
}
