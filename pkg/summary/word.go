package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// shown is how many values of a trait stand in a summary.
const shown = 5

// told returns what a sink is told of the week.
func (w week) told(sink string) notify.Notification {
	year, number := w.monday.ISOWeek()
	word := notify.Word{Name: "summary", ID: fmt.Sprintf("summary/%s/%d-W%02d", sink, year, number)}
	if w.account != "" || w.region != "" { // several deployments can tell one place of their weeks
		word.ID += "/" + w.account + "/" + w.region
	}
	hidden := func(name, text string) {
		word.Values = append(word.Values, notify.Value{Name: name, Text: text, IsHidden: true})
	}
	hidden("sink", sink)
	hidden("from", w.monday.Format(dayForm))
	hidden("to", w.monday.AddDate(0, 0, daysOfWeek-1).Format(dayForm))
	hidden("total", strconv.FormatInt(w.now[came], 10))
	hidden("told", strconv.FormatInt(w.now[sent+sink], 10))
	for _, one := range []struct {
		name, number string
		isAlways     bool
	}{
		{"came", came, true}, {"sent", sent + sink, true}, {"digested", digested + sink, false}, {"repeated", repeated + sink, false},
		{"muted", muted + sink, false}, {"nobody", nobody, false}, {"dead_letters", dead + sink, true}, {"unreadable", unreadable, false},
	} {
		if one.isAlways || w.now[one.number] > 0 || w.before[one.number] > 0 {
			word.Values = append(word.Values, notify.Value{Name: one.name, Text: w.compared(one.number)})
		}
	}
	word.Values = append(word.Values, notify.Value{Name: "days", Text: chart(w.came[:])})
	for _, v := range []notify.Value{{Name: "account", Text: w.account}, {Name: "region", Text: w.region}} {
		if v.Text != "" {
			word.Values = append(word.Values, v)
		}
	}
	word.Tallies = append(word.Tallies, w.levels())
	for i, name := range []string{"account", "type", "resource"} {
		word.Tallies = append(word.Tallies, w.tally(name, traits()[i]))
	}
	return notify.Notification{Kind: notify.KindSummary, Word: word}
}

// compared returns a number, and that of the week before in brackets.
func (w week) compared(name string) string {
	if !w.hasBefore {
		return strconv.FormatInt(w.now[name], 10)
	}
	return fmt.Sprintf("%d (%d)", w.now[name], w.before[name])
}

// chart returns the numbers as bars of text, and as they are: a bar says nothing to who does not see it.
func chart(numbers []int64) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	most := slices.Max(numbers)
	var drawn strings.Builder
	var texts []string
	for _, n := range numbers {
		texts = append(texts, strconv.FormatInt(n, 10))
		if n <= 0 {
			drawn.WriteRune('·')
			continue
		}
		drawn.WriteRune(bars[(n*int64(len(bars))-1)/most])
	}
	return drawn.String() + " " + strings.Join(texts, ", ")
}

// levels counts the findings by level, the worst first.
func (w week) levels() notify.Tally {
	t := notify.Tally{Name: "level"}
	for _, name := range []string{"critical", "high", "medium", "low", "unknown", "unstated", "untriaged", over} {
		if n := w.now[level+name]; n > 0 {
			t.Counts = append(t.Counts, notify.TallyCount{Value: name, N: int(n)})
		}
	}
	return t
}

// tally counts the findings by a trait, what is most frequent first.
func (w week) tally(name, trait string) notify.Tally {
	t := notify.Tally{Name: name, More: int(max(w.now[trait], 0))}
	for number, n := range w.now {
		if value, isOne := strings.CutPrefix(number, trait+" "); isOne && n > 0 {
			if name == "account" {
				value = finding.Account{ID: value, Name: w.names[value]}.String()
			}
			t.Counts = append(t.Counts, notify.TallyCount{Value: value, N: int(n)})
		}
	}
	slices.SortFunc(t.Counts, func(a, b notify.TallyCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value))
	})
	for _, rest := range t.Counts[min(len(t.Counts), shown):] {
		t.More += rest.N
	}
	t.Counts = t.Counts[:min(len(t.Counts), shown)]
	return t
}

// Example returns the summary of a week that might have been, for a preview.
func Example(sink string, at time.Time) notify.Notification {
	w := week{monday: lastWeek(at), hasBefore: true, came: [daysOfWeek]int64{12, 31, 18, 9, 22, 0, 3}, names: map[string]string{"111122223333": "prod"}}
	w.now = map[string]int64{
		came: 95, sent + sink: 61, digested + sink: 14, repeated + sink: 11, muted + sink: 4, nobody: 5, level + "critical": 1, level + "high": 17,
		level + "medium": 70, level + over: 7, "a 111122223333": 58, "a 444455556666": 30, "a": 7, "t Recon:EC2/Portscan": 40,
		"t UnauthorizedAccess:EC2/SSHBruteForce": 33, "t": 22, "r i-0a1b2c3d4e5f60718": 29, "r example-bucket": 12, "r": 54,
	}
	w.before = map[string]int64{came: 80, sent + sink: 70, digested + sink: 2, muted + sink: 3, nobody: 5, dead + sink: 2}
	return w.told(sink)
}
