package formatter

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// line is what a reader of a digest acts on at once: one finding, or several that share a group.
type line struct {
	// group is the name of the group that they share, as finding.Groups gives it; it is empty for a
	// single finding.
	group string
	// members are the places of the findings, the worst first.
	members []int
}

// linesOf divides findings into lines, the worst first and of equally bad ones the largest. The
// largest group becomes a line first, without those that are in another line already. The findings
// are the worst first; each one that is over is a line of its own, at the end. The work grows with
// the number of findings and little more.
func linesOf(findings []finding.Finding) []line {
	g := groupsOf(findings)
	var lines []line
	isTaken := make([]bool, len(findings))
	for g.Len() > 0 {
		largest := g.queue[0]
		if largest.size != g.sizes[largest.group] { // some of it went into another line since
			g.resize()
			continue
		}
		l := line{group: g.names[largest.group]}
		for _, i := range g.members[largest.group] {
			if !isTaken[i] {
				isTaken[i] = true
				l.members = append(l.members, i)
				g.leave(i)
			}
		}
		lines = append(lines, l)
	}
	for i := range findings {
		if !isTaken[i] {
			lines = append(lines, line{members: []int{i}})
		}
	}
	sort.Slice(lines, func(i, j int) bool {
		one, other := lines[i].members, lines[j].members
		return cmp.Or(worse(&findings[one[0]], &findings[other[0]]), cmp.Compare(len(other), len(one)), cmp.Compare(one[0], other[0])) < 0
	})
	return lines
}

// worse compares findings for sorting: what is open before what is over, and then the more urgent.
func worse(one, other *finding.Finding) int {
	switch {
	case one.State.Over() == other.State.Over():
		return one.Severity.MoreUrgent(other.Severity)
	case one.State.Over():
		return 1
	default:
		return -1
	}
}

// groups are the groups that findings share, with a queue of them, the largest first.
type groups struct {
	names   []string
	members [][]int
	// sizes are how many members of a group are in no line yet, of a finding the groups that it is in.
	sizes []int
	of    [][]int
	queue []sized
}

// sized is a group with the size that it had when it was put into the queue.
type sized struct{ group, size int }

func groupsOf(findings []finding.Finding) *groups {
	g := &groups{of: make([][]int, len(findings))}
	at := map[string]int{}
	for i := range findings {
		if findings[i].State.Over() {
			continue
		}
		for _, name := range findings[i].Groups() {
			group, isKnown := at[name]
			if !isKnown {
				group, at[name] = len(g.names), len(g.names)
				g.names, g.members, g.sizes = append(g.names, name), append(g.members, nil), append(g.sizes, 0)
			}
			g.members[group] = append(g.members[group], i)
			g.sizes[group]++
			g.of[i] = append(g.of[i], group)
		}
	}
	for group, size := range g.sizes {
		if size > 1 {
			g.queue = append(g.queue, sized{group, size})
		}
	}
	heap.Init(g)
	return g
}

// leave takes a finding out of every group that it is in.
func (g *groups) leave(i int) {
	for _, group := range g.of[i] {
		g.sizes[group]--
	}
}

// resize puts the first group of the queue where it belongs by now, or out of it.
func (g *groups) resize() {
	size := g.sizes[g.queue[0].group]
	if size < 2 {
		heap.Pop(g)
		return
	}
	g.queue[0].size = size
	heap.Fix(g, 0)
}

// Len returns how many groups are in the queue. It and the methods below are those of
// heap.Interface.
func (g *groups) Len() int { return len(g.queue) }

// Less reports whether the group at one place goes before another: the larger one does.
func (g *groups) Less(i, j int) bool {
	a, b := g.queue[i], g.queue[j]
	return a.size > b.size || a.size == b.size && a.group < b.group
}

// Swap changes the places of two groups.
func (g *groups) Swap(i, j int) { g.queue[i], g.queue[j] = g.queue[j], g.queue[i] }

// Push does nothing: no group comes into the queue later.
func (g *groups) Push(any) {}

// Pop takes the last group out of the queue.
func (g *groups) Pop() any {
	last := g.queue[len(g.queue)-1]
	g.queue = g.queue[:len(g.queue)-1]
	return last
}

// entryOf returns a line as people read it: a finding as it would stand alone, or "CVE-2026-1: 37
// findings (3 critical, 34 high) on 37 resources in 5 accounts" at the level of the worst.
func (b *builder) entryOf(l line, findings []finding.Finding) Entry {
	worst := &findings[l.members[0]]
	if len(l.members) == 1 {
		return b.entry(worst)
	}
	all := make([]finding.Finding, len(l.members))
	for i, member := range l.members {
		all[i] = findings[member]
	}
	entry := b.entry(worst)
	h := b.shared(all)
	h.Level, h.LevelName, h.Severity = entry.Level, entry.LevelName, entry.Severity
	h.Title, h.Target = b.lineTitle(l.group, all), common(all, func(f *finding.Finding) string { return cmp.Or(b.target(f), who(f)) })
	if isOfResource(l.group) { // which can have several names
		h.Target = b.target(worst)
	}
	entry.Headline = h
	return entry
}

// lineTitle says what several findings have in common, how many there are and where.
func (b *builder) lineTitle(group string, all []finding.Finding) string {
	_, name, _ := strings.Cut(group, " ")
	title, spread := common(all, b.title), b.spread(all)
	switch {
	case isOfResource(group) && title == "":
		if titles := b.fewTitles(all); titles != "" {
			return spread + ": " + titles
		}
		return joined(", ", spread, b.say("worst", b.title(&all[0])))
	case isOfResource(group):
		return title + ": " + spread
	default:
		return b.withName(name, title) + ": " + spread
	}
}

// maxTitles is how many titles of findings of one resource stand in a line of theirs.
const maxTitles = 3

// fewTitles returns the titles of findings where they are few, so that none hides behind the worst.
func (b *builder) fewTitles(all []finding.Finding) string {
	var titles []string
	for i := range all {
		if title := cutRunes(b.title(&all[i]), maxTitle/2); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		if len(titles) > maxTitles {
			return ""
		}
	}
	return strings.Join(titles, ", ")
}

// isOfResource reports whether a group is that of a resource.
func isOfResource(group string) bool { return strings.HasPrefix(group, "resource ") }

// withName returns a title with the name of a vulnerability or a control before it, unless it has
// it already.
func (b *builder) withName(name, title string) string {
	if name = cutRunes(clean(name), maxTarget); strings.Contains(title, name) {
		return title
	}
	return cutRunes(joined(" ", name, title), maxTitle)
}

// spread returns "37 findings (3 critical, 34 high) on 37 resources in 5 accounts".
func (b *builder) spread(all []finding.Finding) string {
	resources, accounts := map[[3]string]bool{}, map[string]bool{}
	for i := range all {
		resources[[3]string{all[i].Account.ID, all[i].Region, all[i].Resource.ID}] = true
		accounts[all[i].Account.ID] = true
	}
	levels := b.levels(all)
	if !strings.Contains(levels, ", ") { // all are of the level that stands before it
		levels = ""
	}
	more := func(key string, n int) string {
		if n < 2 {
			return ""
		}
		return b.say(key, strconv.Itoa(n))
	}
	return joined(" ", bracketed(more("findings", len(all)), levels), more("on_resources", len(resources)), more("in_accounts", len(accounts)))
}
