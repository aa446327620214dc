package sinks_test

import (
	"strings"
	"testing"
)

// usual returns what has to be seen of a row of the story.
func (c *chapter) usual(name string) string {
	return c.kind.want(row{name: name, expected: "delivered: 1 message by 1 request"}, c.kind.name != local)
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
			write := c.line(&rows)
			write(stepFinding, c.handle(first(t, "f1")), c.usual(rowFirst))
			c.isTold(write)
			s := c.handle(update(t, "f1"))
			write(stepUpdate, s, c.usual(rowUpdate))
			if !strings.Contains(strings.Join(s.arrived, "\n"), "jane") {
				t.Errorf("the update does not say who has it: %.600q", s.arrived)
			}
			write(stepOver, c.handle(over(t, "f1")), c.usual(rowOver))
		})
	}
	t.Log("\n" + rows.String())
}

// A sink that is told of a finding since nobody has taken it on is told when somebody does, where it takes such, and when
// the finding is over.
func TestEscalatedFromElsewhere(t *testing.T) {
	for name, value := range environment() {
		t.Setenv(name, value)
	}
	var rows strings.Builder
	for _, k := range kinds() {
		t.Run(k.label, func(t *testing.T) {
			from := newChapter(t, k)
			from.calls = true
			from.handle(update(t, "f1"))
			c := newChapter(t, k)
			write := c.line(&rows)
			want := c.usual(rowFirst)
			if k.name == "jsm" { // an alert that was there before would be counted up, which nobody sees: so it is noted too
				want = c.usual(rowUpdate)
			}
			c.calls = true
			write(stepEscalated, c.escalates(from.f), want)
			c.calls = false
			c.isTold(write)
			write(stepOver, c.handle(over(t, "f1")), c.usual(rowOver))
		})
	}
	t.Log("\n" + rows.String())
}
