package formatter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// mostEntries is how many findings of a digest stand in it, the worst first.
const mostEntries = 5

// several makes the message for more than one finding: counts, the worst in full line, and the console's
// list.
func (b *builder) several(n notify.Notification) Message {
	worst := worstFirst(n.Findings)
	m := Message{Headline: b.headlineOf(n)}
	for i := range worst[:min(len(worst), mostEntries)] {
		m.Entries = append(m.Entries, b.entry(&worst[i]))
	}
	if more := len(worst) - mostEntries; more > 0 {
		m.More = b.say("more", strconv.Itoa(more))
	}
	if len(worst) > 1 {
		m.Groups = b.groups(worst)
	}
	if address := first(worst).About.Links.Findings; address != "" {
		m.Links = []Link{{LinkFindings, b.word("link.findings"), address}}
	}
	return m
}

// severalHeadline gives the counts as headline, with the level of the worst and what all have in common.
func (b *builder) severalHeadline(n notify.Notification) Headline {
	h := b.shared(n.Findings)
	worst := first(worstFirst(n.Findings)).Severity
	h.Level, h.LevelName, h.Severity = worst.Level(), b.level(worst), worst.String()
	h.Title = b.counted("findings", len(n.Findings)) + ": " + b.levels(n.Findings)
	if n.Kind == notify.KindNotice {
		h.Title = b.say("notice", h.Title)
	}
	isReal := func(f finding.Finding) bool { return !f.Sample }
	if len(n.Findings) > 0 && !slices.ContainsFunc(n.Findings, isReal) {
		h.Marks = []string{b.word("mark.sample")}
	}
	return h
}

func worstFirst(findings []finding.Finding) []finding.Finding {
	worst := slices.Clone(findings)
	slices.SortStableFunc(worst, func(one, other finding.Finding) int {
		return one.Severity.MoreUrgent(other.Severity)
	})
	return worst
}

func (b *builder) entry(f *finding.Finding) Entry {
	entry := Entry{Headline: b.headline(f)}
	if address := f.About.Links.Finding; address != "" {
		entry.Link = Link{LinkFinding, b.word("link.open"), address}
	}
	return entry
}

// shared gives the source and the place that all findings have in common.
func (b *builder) shared(findings []finding.Finding) Headline {
	var common Headline
	for i := range findings {
		f := &findings[i]
		h := Headline{
			Source: cutRunes(product(f), maxTitle), Account: fact(f.Account.String()), Region: fact(f.Region),
		}
		if i == 0 {
			common = h
		}
		common.Source = same(common.Source, h.Source)
		common.Account = same(common.Account, h.Account)
		common.Region = same(common.Region, h.Region)
	}
	var f finding.Finding
	if common.Account != "" {
		f.Account = findings[0].Account
		common.AccountName = accountName(f.Account)
	}
	f.Region = common.Region
	common.Place = b.place(&f)
	return common
}

// same gives the text when the other is the same one.
func same(text, other string) string {
	if text != other {
		return ""
	}
	return text
}

// groups counts by level, the worst first, and by account, type and resource, what is most frequent
// first. The findings are in the order of their severity.
func (b *builder) groups(findings []finding.Finding) []Group {
	levels := b.group("level", findings, func(f *finding.Finding) string { return b.level(f.Severity) })
	return []Group{
		levels,
		b.group("account", findings, func(f *finding.Finding) string { return fact(f.Account.String()) }),
		b.group("type", findings, func(f *finding.Finding) string { return cmp.Or(b.what(f), findingType(f)) }),
		b.group("resource", findings, b.target),
	}
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
		slices.SortStableFunc(g.Counts, func(one, other Count) int { return cmp.Compare(other.N, one.N) })
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

// levels gives "1 critical, 2 high", the worst first.
func (b *builder) levels(findings []finding.Finding) string {
	counts := map[string]int{}
	for _, f := range findings {
		counts[b.level(f.Severity)]++
	}
	var parts []string
	for _, severity := range [...]finding.Severity{10, 8, 5, 2, finding.Unstated, 0} { // one of each level
		level := b.level(severity)
		if n := counts[level]; n > 0 {
			words := strings.NewReplacer("{n}", strconv.Itoa(n), "{level}", strings.ToLower(level))
			parts = append(parts, words.Replace(b.word("level_count")))
		}
	}
	return strings.Join(parts, ", ")
}

// counted gives "1 finding" or "2 findings".
func (b *builder) counted(key string, n int) string {
	if n == 1 {
		key += ".one"
	}
	return b.say(key, strconv.Itoa(n))
}
