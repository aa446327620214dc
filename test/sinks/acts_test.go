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
	stepFinding = "finding"
	stepTaken   = "acknowledged"
	stepUpdate  = "update"
	stepOver    = "over"
)

// chapter is a sink, the pipeline that sends to it, and what people do about findings in a table of their own.
type chapter struct {
	*world
	pipeline *pipeline.Pipeline
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
	engine := delivery.New([]delivery.Target{{Name: k.name, Sink: notifier, Concurrency: 1}},
		delivery.Options{Ledger: c.ledger, Taken: action.NewTakings(store, now).Of})
	c.pipeline = pipeline.New(pipeline.Parts{
		Sources: events.Table(), Routes: []router.Route{{Sink: k.name}}, Sinks: []notify.Notifier{notifier}, Engine: engine,
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
	before, requests := c.far.arrived(), len(c.requests())
	ctx, cancel := context.WithTimeout(c.Context(), invocation)
	defer cancel()
	r, err := c.pipeline.Handle(ctx, payload)
	if err != nil {
		c.Fatal(err)
	}
	s := seen{isLocal: c.far.handler == nil}
	for _, record := range r.Records {
		for i := range record.Findings {
			c.f = *record.Findings[i].Finding
			for _, result := range record.Findings[i].Results {
				s.outcomes = append(s.outcomes, string(result.Outcome))
			}
		}
		for _, said := range record.Said {
			s.outcomes = append(s.outcomes, string(said.Result.Outcome))
		}
	}
	for i, text := range c.far.arrived() {
		if i >= len(before) || text != before[i] {
			if !c.calls {
				c.far.check(c, text)
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
		ID: "press/" + what, What: what, Subject: action.SubjectOf(&c.f), By: notify.Person{ID: "U0JANE111", Name: "jane"}, At: time.Now(),
		From: action.From{Sink: "team", Place: "C024BE91L", Message: "1741611600.000100"},
	}.Record()
	if err != nil {
		c.Fatal(err)
	}
	return record
}

// isCalled reports whether a message calls whom MENTION names.
func (c *chapter) isCalled(s seen) bool {
	who := mentions()[c.kind.name].found
	return who != "" && strings.Contains(strings.Join(s.arrived, "\n"), who)
}

// What somebody takes on elsewhere is acknowledged where alerts are, and told to nobody else; its update says who has
// it, and calls nobody, which it would do otherwise; its end is told as ever.
func TestTakenOnElsewhere(t *testing.T) {
	for name, value := range environment() {
		t.Setenv(name, value)
	}
	var rows strings.Builder
	for _, k := range kinds() {
		t.Run(k.label, func(t *testing.T) {
			alone := newChapter(t, k)
			alone.calls = true
			alone.handle(first(t, "f1"))
			if who := mentions()[k.name].setting; alone.isCalled(alone.handle(update(t, "f1"))) != (who != "") {
				t.Errorf("an update of what nobody has taken on calls %q: %v", who, who == "")
			}

			c := newChapter(t, k)
			write := func(step string, s seen, want string) {
				if s.String() != want {
					t.Errorf("%s: got %s, want %s", step, s, want)
				}
				calls := "calls nobody"
				if c.isCalled(s) {
					calls = "calls somebody"
					t.Errorf("%s: somebody is called", step)
				}
				fmt.Fprintf(&rows, "%-13s %-13s %s, %s\n", k.label, step, s, calls)
			}
			isServer := k.name != local
			write(stepFinding, c.handle(first(t, "f1")), k.want(row{name: rowFirst, expected: "delivered: 1 message by 1 request"}, isServer))
			c.isTold(write)
			s := c.handle(update(t, "f1"))
			write(stepUpdate, s, k.want(row{name: rowUpdate, expected: "delivered: 1 message by 1 request"}, isServer))
			if !strings.Contains(strings.Join(s.arrived, "\n"), "jane") {
				t.Errorf("the update does not say who has it: %.600q", s.arrived)
			}
			write(stepOver, c.handle(over(t, "f1")), k.want(row{name: rowOver, expected: "delivered: 1 message by 1 request"}, isServer))
		})
	}
	t.Log("\n" + rows.String())
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
