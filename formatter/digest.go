package formatter

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxEntries is how many lines a digest has, the worst first.
const maxEntries = 5

// several makes the message for more than one finding: counts, the worst, and the console's list.
func (b *builder) several(n notify.Notification) Message {
	worst := worstFirst(n.Findings)
	m := Message{Headline: b.headlineOf(n)}
	lines, more := linesOf(worst), len(worst)
	for _, line := range lines[:min(len(lines), maxEntries)] {
		m.Entries = append(m.Entries, b.entryOf(line, worst))
		more -= len(line.members)
	}
	if more > 0 {
		m.More = b.say("more", strconv.Itoa(more))
	}
	if len(worst) > 1 {
		m.Groups = b.groups(worst)
	}
	if address := common(worst, func(f *finding.Finding) string { return f.About.Links.Findings }); address != "" {
		m.Links = []Link{{LinkFindings, b.word("link.findings"), address}}
	}
	return m
}

// severalHeadline returns the counts as headline, with the worst level and what all have in common.
// What is over is counted apart, and is no longer as bad as it was.
func (b *builder) severalHeadline(n notify.Notification) Headline {
	h := b.shared(n.Findings)
	worst := first(worstFirst(n.Findings)).Severity
	if isOver(n) {
		worst = finding.Lowest
	}
	h.Level, h.LevelName, h.Severity = worst.Level(), b.level(worst), worst.String()
	key := "findings"
	if len(n.Findings) == 1 {
		key = "findings.one"
	}
	h.Title = b.say(key, strconv.Itoa(len(n.Findings))) + ": " + b.levels(n.Findings)
	if n.Kind == notify.KindNotice {
		h.Title = b.say("notice", h.Title)
	}
	isReal := func(f finding.Finding) bool { return !f.Sample }
	if len(n.Findings) > 0 && !slices.ContainsFunc(n.Findings, isReal) {
		h.Marks = []string{b.word("mark.sample")}
	}
	return h
}

// accountsNamed returns findings in which an account has the same name wherever it stands: some
// sources state one and others do not.
func accountsNamed(findings []finding.Finding) []finding.Finding {
	names := map[string]string{}
	for i := range findings {
		if a := findings[i].Account; a.ID != "" {
			names[a.ID] = cmp.Or(names[a.ID], a.Name)
		}
	}
	isNamed := func(f finding.Finding) bool { return f.Account.Name == cmp.Or(names[f.Account.ID], f.Account.Name) }
	if !slices.ContainsFunc(findings, func(f finding.Finding) bool { return !isNamed(f) }) {
		return findings // a large digest takes much memory once
	}
	named := slices.Clone(findings)
	for i := range named {
		named[i].Account.Name = cmp.Or(names[named[i].Account.ID], named[i].Account.Name)
	}
	return named
}

// worstFirst sorts a copy of the findings. Package sort compares large values without copying them,
// and is compiled once for all types, unlike package slices.
func worstFirst(findings []finding.Finding) []finding.Finding {
	worst := slices.Clone(findings)
	sort.SliceStable(worst, func(i, j int) bool { return worse(&worst[i], &worst[j]) < 0 })
	return worst
}

func (b *builder) entry(f *finding.Finding) Entry {
	entry := Entry{Headline: b.headline(f)}
	if address := f.About.Links.Finding; address != "" {
		entry.Link = Link{LinkFinding, b.word("link.open"), address}
	}
	return entry
}

// shared returns the source and the place that all findings have in common.
func (b *builder) shared(findings []finding.Finding) Headline {
	h := Headline{
		Source: common(findings, source), Account: common(findings, account),
		Region: common(findings, func(f *finding.Finding) string { return fact(f.Region) }),
	}
	place := finding.Finding{Place: finding.Place{Region: h.Region}}
	if h.Account != "" {
		place.Account = findings[0].Account
		h.AccountName = accountName(place.Account)
	}
	h.Place = b.place(&place)
	return h
}

// common returns the text that all findings have in common, or "".
func common(findings []finding.Finding, text func(*finding.Finding) string) string {
	shared := text(first(findings))
	for i := range findings {
		if text(&findings[i]) != shared {
			return ""
		}
	}
	return shared
}

func source(f *finding.Finding) string  { return cutRunes(product(f), maxTitle) }
func account(f *finding.Finding) string { return fact(f.Account.String()) }

// groups counts by level, the worst first, and by account, type and resource, what is most frequent
// first. The findings are in the order of their severity.
func (b *builder) groups(findings []finding.Finding) []Group {
	return []Group{
		b.group("level", findings, b.levelOrEnd),
		b.group("account", findings, account),
		b.group("type", findings, b.sort),
		b.group("resource", findings, b.target),
	}
}

// sort returns what sort of finding it is: the vulnerability or the control where there is one, since
// the type of such a finding is a category that all have in common.
func (b *builder) sort(f *finding.Finding) string {
	if what := b.what(f); what != "" {
		return what
	}
	if f.Check.Control != "" {
		return b.withName(f.Check.Control, b.title(f))
	}
	return cmp.Or(clean(f.Vulnerability.ID), findingType(f))
}

// levelOrEnd returns the level of a finding, and one word for all that are over.
func (b *builder) levelOrEnd(f *finding.Finding) string {
	if f.State.Over() {
		return b.word("ended.plain")
	}
	return b.level(f.Severity)
}

func (b *builder) group(name string, findings []finding.Finding, trait func(*finding.Finding) string) Group {
	g := Group{Name: name, Label: b.word("group." + name)}
	at := map[string]int{}
	for i := range findings {
		value := cmp.Or(cutRunes(trait(&findings[i]), maxTitle), b.word("unstated"))
		known, seen := at[value]
		if !seen {
			known, at[value] = len(g.Counts), len(g.Counts)
			g.Counts = append(g.Counts, Count{Value: value})
		}
		g.Counts[known].N++
	}
	if name != "level" {
		sort.SliceStable(g.Counts, func(i, j int) bool { return g.Counts[i].N > g.Counts[j].N })
	}
	left := 0
	for _, count := range g.Counts[min(len(g.Counts), most):] {
		left += count.N
	}
	if left > 0 {
		g.Counts = g.Counts[:most]
		g.More = b.say("more", strconv.Itoa(left))
	}
	return g
}

// levels returns "1 critical, 2 high, 3 over", the worst first.
func (b *builder) levels(findings []finding.Finding) string {
	counts, over := map[string]int{}, 0
	for i := range findings {
		if findings[i].State.Over() {
			over++
			continue
		}
		counts[b.level(findings[i].Severity)]++
	}
	var parts []string
	for _, severity := range [...]finding.Severity{10, 8, 5, finding.Unstated, finding.Untriaged, 2, 0} { // one of each level
		level := b.level(severity)
		if n := counts[level]; n > 0 {
			words := strings.NewReplacer("{n}", strconv.Itoa(n), "{level}", strings.ToLower(level))
			parts = append(parts, words.Replace(b.word("level_count")))
		}
	}
	if over > 0 {
		parts = append(parts, b.say("ended", strconv.Itoa(over)))
	}
	return strings.Join(parts, ", ")
}
