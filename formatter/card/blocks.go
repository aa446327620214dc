package card

import (
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// header is the headline, in the colour of the level.
func header(m formatter.Message) element {
	items := []element{rich(run{Text: cut(m.Line(" · "), maxHeadline), Size: "Medium", Weight: "Bolder"})}
	if m.About != "" {
		items = append(items, tight(rich(run{Text: cut(m.About, maxHeadline), Size: "Small", IsSubtle: true})))
	}
	return element{Type: "Container", Style: style(m), Bleed: true, Items: items}
}

// style names the colour of a container: red, amber, blue, green or grey in Teams.
func style(m formatter.Message) string {
	switch {
	case m.IsOver:
		return "emphasis"
	case m.Kind.CallsNobody():
		return "good"
	}
	return map[finding.Level]string{
		finding.LevelUnknown:   "emphasis",
		finding.LevelLow:       "accent",
		finding.LevelMedium:    "warning",
		finding.LevelHigh:      "attention",
		finding.LevelCritical:  "attention",
		finding.LevelUntriaged: "emphasis",
	}[m.Level]
}

// colour names the colour of a level's word among others.
func colour(level finding.Level) string {
	return map[finding.Level]string{
		finding.LevelLow: "Accent", finding.LevelMedium: "Warning", finding.LevelHigh: "Attention", finding.LevelCritical: "Attention",
	}[level]
}

// blocks returns what stands below the header and the mentions.
func blocks(m formatter.Message) []element {
	var all []element
	for _, change := range m.News() {
		all = append(all, rich(run{Text: change, Weight: "Bolder"}))
	}
	for line := range strings.Lines(m.Paragraph()) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, rich(run{Text: line}))
		}
	}
	for i, fact := range m.Facts {
		line := row(fact.Label, fact.Value)
		if i > 0 {
			line = tight(line)
		}
		all = append(all, line)
	}
	for _, group := range m.Groups {
		all = append(all, groupBlocks(group)...)
	}
	for _, entry := range m.Entries {
		all = append(all, entryBlock(entry))
	}
	if m.More != "" {
		all = append(all, rich(run{Text: m.More, IsSubtle: true}))
	}
	return all
}

// row puts a label beside a value, in two columns.
func row(label, value string) element {
	return element{Type: "ColumnSet", Columns: []element{
		{Type: "Column", Width: "110px", Items: []element{rich(run{Text: label, IsSubtle: true})}},
		{Type: "Column", Width: "stretch", Items: []element{rich(run{Text: value})}},
	}}
}

// groupBlocks returns the counts of a digest by one trait.
func groupBlocks(group formatter.Group) []element {
	all := []element{rich(run{Text: group.Label, Weight: "Bolder"})}
	for _, count := range group.Counts {
		all = append(all, tight(rich(run{Text: strconv.Itoa(count.N) + "  ", Weight: "Bolder"}, run{Text: count.Value})))
	}
	if group.More != "" {
		all = append(all, tight(rich(run{Text: group.More, IsSubtle: true})))
	}
	return all
}

// entryBlock is one finding of several, and the way to it.
func entryBlock(e formatter.Entry) element {
	runs := []run{{Text: e.What(" · ")}}
	if e.LevelName != "" {
		runs = []run{{Text: e.LevelName + "  ", Weight: "Bolder", Color: colour(e.Level)}, runs[0]}
	}
	if isLink(e.Link) {
		open := action{Type: "Action.OpenUrl", Title: inert(cut(e.Link.Label, maxLabel)), URL: e.Link.URL}
		runs = append(runs, run{Text: "  "}, run{Text: cut(e.Link.Label, maxLabel), Select: &open})
	}
	return rich(runs...)
}

// rich is a paragraph of text runs. A client draws nothing of an empty one.
func rich(runs ...run) element {
	for i := range runs {
		runs[i].Type, runs[i].Text = "TextRun", inert(runs[i].Text)
		if runs[i].Text == "" {
			runs[i].Text = "-"
		}
	}
	return element{Type: "RichTextBlock", Inlines: runs}
}

// tight is an element that stands close to the one before.
func tight(e element) element {
	e.Spacing = "Small"
	return e
}
