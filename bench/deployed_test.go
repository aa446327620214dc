package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// The table server runs in a process of its own, and says what it was asked for.
func TestTables(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tables")
	if err := compile("..", "./bench/tableserver", program); err != nil {
		t.Fatal(err)
	}
	tables, err := startTables(program, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tables.stop()
	first, err := tables.make()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := tables.make(); err != nil || second == first {
		t.Errorf("the tables are %s and %s, %v", first, second, err)
	}
	w := newWorld(0)
	defer w.stop()
	b := &bed{world: w, tables: tables, queue: w.startQueue(), isShort: true}
	v, err := b.deployed(mostMessages)
	if err != nil || v["AWS_ENDPOINT_URL_DYNAMODB"] != tables.url || v["LEDGER_TABLE"] == first {
		t.Errorf("%v, %v", v, err)
	}
	if err := tables.reset(); err != nil {
		t.Fatal(err)
	}
	if counted, err := tables.total(); err != nil || counted.Calls != 0 {
		t.Errorf("%v, %v", counted, err)
	}
}

func TestBuildBeforeWithoutTheCommit(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GIT_DIR", "nothing") // so that no repository above counts
	if _, err := buildBefore(t.TempDir()); !errors.Is(err, errNoCommit) {
		t.Errorf("got %v", err)
	}
}

// A load is what its messages say, but for the few that a busy machine sends.
func TestHasCome(t *testing.T) {
	for kind, messages := range map[string]map[float64]bool{
		first:      {1: true, 8: true, 0.5: false, 0: false},
		duplicates: {0: true, 0.01: true, 1: false},
		digested:   {0.02: true, 1: false},
	} {
		for count, want := range messages {
			if err := lone(kind).hasCome(count); (err == nil) != want {
				t.Errorf("%s with %v messages for each finding: %v", kind, count, err)
			}
		}
	}
}

// measured are measurements in which today's build takes a part of what the one before takes.
func measured(part float64, hasBefore bool) *deployed {
	of := func(value float64) numbers {
		n := numbers{figureRate: 1 / value, figureCalls: value, figureReads: value, figureWrites: value}
		for _, figure := range figures() {
			n[figure] = value
		}
		return n
	}
	d := &deployed{naive: []numbers{of(1)}, far: deployedRow{load: lone(first), now: []numbers{of(part)}}}
	for _, l := range loads(false) {
		d.rows = append(d.rows, deployedRow{load: l, now: []numbers{of(part)}})
	}
	for _, sinks := range []int{1, 2, 8} {
		d.sinks = append(d.sinks, deployedSinks{count: sinks, isQueued: true, now: of(part)})
	}
	if !hasBefore {
		return d
	}
	d.programs.before, d.far.before = "before", []numbers{of(1)}
	for i := range d.rows {
		d.rows[i].before = []numbers{of(1)}
	}
	for i := range d.sinks {
		d.sinks[i].before = of(1)
	}
	return d
}

func TestBudgetsOfDeployed(t *testing.T) {
	for _, b := range measured(0.2, true).budgets(false) {
		if !b.isKept() {
			t.Errorf("%s is not kept: %v", b.name, b.value)
		}
	}
	reached := 0
	for _, b := range measured(9, true).budgets(true) {
		if b.isKept() {
			reached++
		}
	}
	if reached > 0 {
		t.Errorf("%d budgets are kept by a build that is nine times as slow", reached)
	}
	if with, without := len(measured(1, true).budgets(true)), len(measured(1, false).budgets(true)); without >= with {
		t.Errorf("%d budgets with the build before, %d without", with, without)
	}
}

// A goal that is not reached is shown, and fails nothing.
func TestGoals(t *testing.T) {
	broken := show([]budget{{name: "a goal", value: 2, limit: 1, isGoal: true}, {name: "a budget", value: 2, limit: 1}})
	if len(broken) != 1 || broken[0].name != "a budget" {
		t.Errorf("got %v", broken)
	}
}

func TestPageOfDeployed(t *testing.T) {
	for hasBefore, want := range map[bool][]string{
		true:  {"| 100, digested | 0.50 | 1.00 | 0.50 | 1.00 | 0.50 | 1.00 |", "| 10, first tellings | 2 | 1 | 2.00 (2.00 to 2.00) |"},
		false: {"| 100, digested | 0.50 | - | 0.50 | - | 0.50 | - |", "The build before was not measured"},
	} {
		var page bytes.Buffer
		measured(0.5, hasBefore).page(&page)
		for _, line := range want {
			if !strings.Contains(page.String(), line) {
				t.Errorf("with the build before: %v: no %q in\n%s", hasBefore, line, page.String())
			}
		}
	}
}
