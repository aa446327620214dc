package main

// budgets are the limits of what is deployed: beside the naive function, beside the build before
// where there is one, and of the table's calls and units, which no machine makes more or less. Without
// slack they are goals: what is measured is what the page says, and most of it is near its limit.
func (d *deployed) budgets(slack bool) []budget {
	with := func(limit, more float64) float64 {
		if slack {
			return more
		}
		return limit
	}
	once, again := d.row(lone(first)).now, d.row(lone(duplicates)).now
	all := []budget{
		{"lone, as deployed: CPU beside naive", ratio(once, d.naive, figureCPU).median, with(1.6, 1.9), "x naive", false, !slack},
		{"table calls, new to two sinks", d.callsOf(2), with(3, 3.1), "calls", false, !slack},
		{"table calls, new to eight sinks", d.callsOf(8), with(4, 4.1), "calls", false, !slack},
		{"table calls, duplicate", of(again, figureCalls).median, with(1, 1.05), "calls", false, !slack},
		{"units, duplicate", of(again, figureReads).median + of(again, figureWrites).median, with(1, 1.05), "units", false, !slack},
	}
	if d.programs.before == "" {
		return all
	}
	than := func(l load, figure string) float64 { r := d.row(l); return ratio(r.now, r.before, figure).median }
	all = append(all,
		budget{"lone, as deployed: CPU beside before", than(lone(first), figureCPU), with(0.5, 0.6), "x before", false, !slack},
		budget{"lone, as deployed, table of 5 ms: warm p50", ratio(d.far.now, d.far.before, figureP50).median, with(0.7, 0.8), "x before", false, !slack},
		budget{"batches of 10, as deployed: CPU", than(batchesOf(10), figureCPU), with(0.33, 0.4), "x before", false, !slack},
		budget{"batches of 100, as deployed: events/s", than(batchesOf(100), figureRate), with(4, 3.2), "x before", true, !slack},
		budget{"batches of 100, as deployed: memory", than(batchesOf(100), figureMemory), with(1, 1.05), "x before", false, !slack},
		budget{"write units, new to two sinks", than(lone(first), figureWrites), with(0.5, 0.52), "x before", false, !slack},
	)
	if !slack { // milliseconds are the machine's
		all = append(all, budget{
			"batches of 10, as deployed: CPU per event", of(d.row(batchesOf(10)).now, figureCPU).median, 0.7, "ms", false, !slack,
		})
	}
	return all
}
