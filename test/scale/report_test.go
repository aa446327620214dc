package scale_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// report is the part of the page about the run.
func (m *million) report(a account) string {
	return m.whatCame(a) + "\n" + m.growth() + "\n" + m.latencies()
}

func (m *million) whatCame(a account) string {
	g := newGrid("what", "number")
	row := func(what string, value any) {
		if n, isNumber := value.(int); isNumber {
			value = grouped(n)
		}
		g.row(what, fmt.Sprint(value))
	}
	row("publications of 500 accounts, each for three sinks", m.total)
	row("findings", m.queue.stream.made)
	row("batches of up to 10 records", m.queue.batches)
	row("records handed over twice by the queue", m.queue.twice)
	row("kills at work", m.killed)
	sum := 0
	for _, count := range m.seen {
		sum += count
	}
	row("requests to sinks that went wrong, one in 100", sum)
	for _, name := range slices.Sorted(maps.Keys(m.seen)) {
		row("- "+name, m.seen[name])
	}
	row("pairs for which the ledger did not answer (one call of the table in 200 fails)", m.outcomes.ledgerUnavailable)
	row("messages that hold one finding", a.messages)
	row("pairs that went into a digest, and digests", fmt.Sprintf("%s, %s", grouped(a.digested), grouped(len(m.outcomes.digests))))
	row("pairs with nothing new (`repeat`)", a.outcomes["repeat"])
	row("dead letters", a.letters)
	row("pairs of which somebody has to be told", fmt.Sprintf("%s; %s of them first tellings, %s ends", grouped(a.owed), grouped(a.firsts), grouped(a.ends)))
	row("**pairs lost**", len(a.lost))
	row("**messages doubled**", fmt.Sprintf("%s, of at most %s: %s lost answers, %s failures of the ledger, %s in flight at the kills",
		grouped(a.doubled), grouped(m.bound()), grouped(m.excuses), grouped(m.outcomes.ledgerUnavailable), grouped(m.killed*mostInFlight)))
	row("ends of which the ledger did not know any more that the finding was told", a.unknownEnds)
	row("most receives of one record", m.queue.longest)
	row("publications a second, two functions and their remote ends on this machine", int(float64(m.total)/m.handed.Seconds()))
	row("minutes", fmt.Sprintf("%.1f", m.took.Minutes()))
	return g.String()
}

// growth is what memory and table come to.
func (m *million) growth() string {
	g := newGrid("publications", "the function that lives on, MiB", "at the most, MiB", "items of the table", "their MB", "bytes an item", "the table server, MiB", "CPU of a publication, us",
		"ten duplicates, ms", "the same in a new function on an empty table, ms", "ratio")
	for _, c := range m.lives {
		aged, fresh := at(c.aged, 50), at(c.fresh, 50)
		g.row(fmt.Sprintf("%d %%", c.percent), mebibytes(c.memory.now), mebibytes(c.memory.most), grouped(c.size.Items), fmt.Sprintf("%.1f", float64(c.size.Bytes)/1e6),
			fmt.Sprint(c.size.Bytes/max(c.size.Items, 1)), mebibytes(c.tables.now), fmt.Sprint(c.cpu.Microseconds()), milliseconds(aged), milliseconds(fresh), ratio(float64(aged), float64(fresh)))
	}
	return g.String()
}

// latencies are how long full batches took, tenth by tenth.
func (m *million) latencies() string {
	g := newGrid("tenth of the run", "p50, ms", "p90, ms", "p99, ms", "longest, ms", "p50 beside the first", "p99 beside the first")
	const parts = 10
	if len(m.times) < parts {
		return ""
	}
	var first []time.Duration
	for i := range parts {
		part := m.times[i*len(m.times)/parts : (i+1)*len(m.times)/parts]
		if i == 0 {
			first = part
		}
		g.row(fmt.Sprint(i+1), milliseconds(at(part, 50)), milliseconds(at(part, 90)), milliseconds(at(part, 99)), milliseconds(at(part, 100)),
			ratio(float64(at(part, 50)), float64(at(first, 50))), ratio(float64(at(part, 99)), float64(at(first, 99))))
	}
	return g.String()
}

// at returns a percentile.
func at(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// list writes some lines as a list.
func list(lines ...string) string { return "- " + strings.Join(lines, "\n- ") + "\n" }
