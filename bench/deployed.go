package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// programs are what is measured as deployed.
type programs struct {
	tocsin, naive, tables string
	before                string // "" where it cannot be built
}

// buildDeployed builds what is measured beside the bootstrap and the naive function.
func buildDeployed(directory string, tocsin, naive program) (p programs, err error) {
	p = programs{tocsin: tocsin.path, naive: naive.path, tables: filepath.Join(directory, "tables")}
	if err := compile(".", "./bench/tableserver", p.tables); err != nil {
		return p, err
	}
	p.before, err = buildBefore(directory)
	if errors.Is(err, errNoCommit) {
		fmt.Fprintln(os.Stderr, "bench: nothing is measured beside the build before:", err)
		err = nil
	}
	return p, err
}

// The kinds of findings that a function is given.
const (
	first      = "first tellings"
	duplicates = "duplicates"
	digested   = "digested"
)

// load is what a function is given: lone events where the size is 1, or SQS batches.
type load struct {
	size int
	kind string
	// isQueued says that lone events come in batches of one, from the queue through which digests are
	// flushed: without it there are none, and messages are not counted.
	isQueued bool
}

// lone are events as EventBridge hands them over.
func lone(kind string) load { return load{1, kind, false} }

// batchesOf are first tellings in batches.
func batchesOf(size int) load { return load{size, first, true} }

// loads are what is measured; a check needs those that a budget is for. Duplicates come after the
// first tellings of their size.
func loads(check bool) []load {
	if check {
		return []load{lone(first), lone(duplicates), batchesOf(10), batchesOf(100)}
	}
	var all []load
	for _, size := range []int{1, 10, 100} {
		for _, kind := range []string{first, duplicates, digested} {
			all = append(all, load{size, kind, size > 1 || kind == digested})
		}
	}
	return all
}

// count returns how many invocations a load has after the first one; a check has less time.
func (l load) count(isShort bool) int {
	if isShort {
		return map[int]int{1: 100, 10: 40, 100: 5}[l.size]
	}
	return map[int]int{1: 200, 10: 100, 100: 12}[l.size]
}

// More figures of a run as deployed.
const (
	figureRate   = "events/s"
	figureCalls  = "table calls per finding"
	figureReads  = "read units per finding"
	figureWrites = "write units per finding"
)

// deployed are the measurements with a table, whose calls and units are counted, and a secret.
type deployed struct {
	programs programs
	naive    []numbers
	rows     []deployedRow
	// far are lone first tellings with a table that answers after 5 ms.
	far deployedRow
	// sinks are lone first tellings to several sinks, as EventBridge hands them over and from a queue.
	sinks []deployedSinks
	// profiles say where the CPU time goes.
	profiles []profile
}

type deployedRow struct {
	load        load
	now, before []numbers
}

type deployedSinks struct {
	count       int
	isQueued    bool
	now, before numbers
}

func (d *deployed) row(l load) deployedRow {
	at := slices.IndexFunc(d.rows, func(r deployedRow) bool { return r.load == l })
	if at < 0 {
		return deployedRow{}
	}
	return d.rows[at]
}

// bed is what the runs of one kind have in common.
type bed struct {
	*world
	tables *tables
	queue  string
	event  func(int) []byte
	// isShort says that there are fewer invocations.
	isShort bool
}

func (d *deployed) newBed(latency time.Duration, isShort bool, event func(int) []byte) (*bed, error) {
	t, err := startTables(d.programs.tables, latency)
	if err != nil {
		return nil, err
	}
	w := newWorld(0)
	w.close = append(w.close, t.stop)
	return &bed{w, t, w.startQueue(), event, isShort}, nil
}

// deployed are the variables as the CDK app sets them: a table, and the webhook in a secret. The
// messages are counted, and digested beyond so many a minute.
func (b *bed) deployed(digestAfter string) (variables, error) {
	name, err := b.tables.make()
	v := b.usual()
	maps.Copy(v, variables{
		"LEDGER": "dynamodb", "LEDGER_TABLE": name, "AWS_ENDPOINT_URL_DYNAMODB": b.tables.url, "DIGEST_AFTER": digestAfter,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": b.secrets, "AWS_ENDPOINT_URL_SQS": b.queue,
		"SLACK_WEBHOOK_URL": "arn:aws:secretsmanager:us-east-1:111122223333:secret:hook-AbCdEf",
	})
	return v, err
}

// The numbers of messages a minute beyond which there are digests.
const (
	mostMessages = "10000" // the most that may be set, which no load reaches
	oneMessage   = "1"
)

// measure measures in turns: the naive function, and each load with today's build and the one
// before.
func (d *deployed) measure(count int, check bool, event func(int) []byte) error {
	say("as deployed")
	b, err := d.newBed(0, check, event)
	if err != nil {
		return err
	}
	defer b.stop()
	for _, l := range loads(check) {
		d.rows = append(d.rows, deployedRow{load: l})
	}
	for range count {
		naive, err := run(d.programs.naive, b.usual(), event, lone(first).count(check))
		if err != nil {
			return err
		}
		d.naive = append(d.naive, naive)
		if err := d.turn(b); err != nil {
			return err
		}
	}
	if err := d.measureSinks(b); err != nil {
		return err
	}
	return d.measureFar(count, event)
}

// turn measures each load once with either build.
func (d *deployed) turn(b *bed) error {
	told := map[string]variables{} // those of the last first tellings of a program
	for i := range d.rows {
		row := &d.rows[i]
		for _, p := range []struct {
			path string
			all  *[]numbers
		}{{d.programs.tocsin, &row.now}, {d.programs.before, &row.before}} {
			if p.path == "" {
				continue
			}
			v, err := told[p.path], error(nil)
			switch row.load.kind {
			case first:
				v, err = b.deployed(mostMessages)
				told[p.path] = v
			case digested:
				v, err = b.deployed(oneMessage)
			}
			if err != nil {
				return err
			}
			n, err := b.run(p.path, v, row.load)
			if err != nil {
				return fmt.Errorf("%s of %d: %w", row.load.kind, row.load.size, err)
			}
			*p.all = append(*p.all, n)
		}
	}
	return nil
}

// measureFar measures lone first tellings with a table that is as far away as the service.
func (d *deployed) measureFar(count int, event func(int) []byte) error {
	say("as deployed, with a table of 5 ms")
	b, err := d.newBed(5*time.Millisecond, true, event)
	if err != nil {
		return err
	}
	defer b.stop()
	d.far.load = lone(first)
	one := func(path string) (numbers, error) {
		v, err := b.deployed(mostMessages)
		if err != nil || path == "" {
			return numbers{}, err
		}
		return run(path, v, event, 40)
	}
	d.far.now, d.far.before, err = pairs(count,
		func() (numbers, error) { return one(d.programs.tocsin) }, func() (numbers, error) { return one(d.programs.before) })
	if d.programs.before == "" {
		d.far.before = nil
	}
	return err
}

// measureSinks counts the calls for a finding that is new to several sinks.
func (d *deployed) measureSinks(b *bed) error {
	for _, isQueued := range []bool{false, true} {
		for _, count := range []int{1, 2, 8} {
			s := deployedSinks{count: count, isQueued: isQueued}
			for path, n := range map[string]*numbers{d.programs.tocsin: &s.now, d.programs.before: &s.before} {
				if path == "" {
					continue
				}
				v, err := b.deployed(mostMessages)
				if err != nil {
					return err
				}
				maps.Copy(v, b.manySinks(count))
				v["DIGEST_AFTER"] = mostMessages
				if *n, err = b.run(path, v, load{1, first, isQueued}); err != nil {
					return fmt.Errorf("%d sinks: %w", count, err)
				}
			}
			d.sinks = append(d.sinks, s)
		}
	}
	return nil
}

// callsOf returns the calls for a lone finding from a queue that is new to so many sinks.
func (d *deployed) callsOf(sinks int) float64 {
	at := slices.IndexFunc(d.sinks, func(s deployedSinks) bool { return s.isQueued && s.count == sinks })
	if at < 0 {
		return 0
	}
	return d.sinks[at].now[figureCalls]
}
