package tocsin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// defaultSource is the ID of the source whose findings are sent unless others are chosen. Its
// resources have the plain ids, which they have had since there was no other source.
const defaultSource = "guardduty"

// sourceTable returns the sources that there are to choose from: those that EventBridge has a name
// for.
func (p *Props) sourceTable() []source.Source {
	table := p.SourceTable
	if table == nil {
		table = events.Table()
	}
	return slices.DeleteFunc(slices.Clone(table), func(s source.Source) bool { return s.Name == "" })
}

// chosen returns the sources whose findings are sent, in the order of the table: the order in which
// they are named changes nothing.
func (p *Props) chosen() []source.Source {
	ids := p.Sources
	if len(ids) == 0 {
		ids = []string{defaultSource}
	}
	return slices.DeleteFunc(p.sourceTable(), func(s source.Source) bool { return !slices.Contains(ids, s.ID) })
}

// checkSources sees that each chosen source is there, once.
func (p *Props) checkSources(found *mistakes) {
	const option = "sources"
	var ids []string
	for _, s := range p.sourceTable() {
		ids = append(ids, s.ID)
	}
	for i, id := range p.Sources {
		switch {
		case slices.Contains(p.Sources[:i], id):
			found.add(option, "entry %d names a source twice; leave one out", i+1)
		case slices.Contains(ids, id):
		case suggest.Word(strings.ToLower(id), ids) != "":
			found.add(option, "entry %d: there is no such source; did you mean %s?", i+1, suggest.Word(strings.ToLower(id), ids))
		default:
			found.add(option, "entry %d: there is no such source; there are: %s", i+1, strings.Join(ids, ", "))
		}
	}
}

// pattern returns what the rule of a source matches. What the operator grades by SOURCE_SEVERITY may
// be raised over any threshold, so nothing of it is held back.
func (c checked) pattern(s source.Source) map[string]any {
	threshold := c.threshold
	if !s.IsGraded && c.isGradedByHand(s) {
		threshold = 0
	}
	if c.WithoutEndings {
		return s.PatternWithoutEndings(threshold)
	}
	return s.Pattern(threshold)
}

// isGradedByHand reports whether the variable SOURCE_SEVERITY names a source:
// "health=medium,macie=high".
func (p *Props) isGradedByHand(s source.Source) bool {
	return slices.ContainsFunc(split(p.value(variableSourceSeverity)), func(entry string) bool {
		id, _, _ := strings.Cut(entry, "=")
		return strings.EqualFold(strings.TrimSpace(id), s.ID)
	})
}

// idOf returns the id of a source's own copy of a resource: "Rule" for the default source, and
// "RuleAccessAnalyzer" for access-analyzer.
func idOf(resource string, s source.Source) string {
	if s.ID == defaultSource {
		return resource
	}
	for word := range strings.SplitSeq(s.ID, "-") {
		resource += strings.ToUpper(word[:1]) + word[1:]
	}
	return resource
}

// nameOf returns the name of a source's own copy of a resource, without the prefix.
func nameOf(resource string, s source.Source) string {
	if s.ID == defaultSource {
		return resource
	}
	return resource + "-" + s.ID
}

// admitted returns the condition on the EventBridge sources and detail-types of the chosen sources,
// out of their patterns. ForAllValues is what EventBridge documents for its list keys.
func (p *Props) admitted() conditions {
	var names, detailTypes []string
	operator := "StringEquals"
	for _, s := range p.chosen() {
		for _, name := range s.Pattern(0)["source"].([]any) {
			switch name := name.(type) {
			case string:
				names = append(names, name)
			case map[string]any: // the services of AWS, by the prefix of their names
				names = append(names, fmt.Sprint(name["prefix"])+"*")
				operator = "StringLike"
			}
		}
		detailTypes = append(detailTypes, s.DetailTypes...)
	}
	if p.Ops.Drill != "" { // of the members' rules
		names, detailTypes = append(names, ownSource), append(detailTypes, drillDetailType)
	}
	return conditions{"ForAllValues:" + operator: map[string]any{
		"events:source": oneOrList(names), "events:detail-type": oneOrList(detailTypes),
	}}
}

// oneOrList returns values as a policy has them: one by itself, several as a list.
func oneOrList(values []string) any {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// Findings returns in words what the chosen sources find: "GuardDuty findings", or "security
// findings" for others than the default.
func (p *Props) Findings() string {
	if chosen := p.chosen(); len(chosen) == 1 && chosen[0].ID == defaultSource {
		return chosen[0].Product + " findings"
	}
	return "security findings"
}
