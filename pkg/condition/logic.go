package condition

import (
	"math"
	"regexp"

	"github.com/expr-lang/expr/ast"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// maxSteps is how much of the logic of a condition is judged: all of it, unless it is very long or
// names its variables over and over.
const maxSteps = 2000

// supposed is what is supposed to be so at some place of a condition: a comparison that holds, or
// does not, and what was supposed before.
type supposed struct {
	*comparison
	holds  bool
	before *supposed
}

// logic finds what contradicts itself, and what holds whatever a finding is, because of two
// comparisons that do not go together. What follows from one alone is judged where that stands.
func (j *judge) logic(node ast.Node) {
	j.agree(node)
	ast.Walk(&node, &chains{j})
}

// chains looks at each chain of and, or of or, by itself.
type chains struct{ *judge }

// Visit looks at a node after the nodes in it.
func (c *chains) Visit(node *ast.Node) {
	n, isBinary := (*node).(*ast.BinaryNode)
	if !isBinary || len(c.mistakes) > 0 {
		return
	}
	switch n.Operator {
	case opOr, "||":
		c.isSearching, c.hasMet = true, false
		_, possible := c.suppose(n, false, nil)
		c.isSearching = false
		if !possible && c.hasMet {
			c.wrong(n, "always holds: one side or the other does, whatever the finding is; and may be meant")
		}
	case opAnd, "&&":
		c.agree(n)
	}
}

// agree finds what contradicts itself in a node that is to hold.
func (j *judge) agree(node ast.Node) {
	j.hasMet = false
	if _, possible := j.suppose(node, true, nil); !possible && j.hasMet && len(j.mistakes) == 0 {
		j.wrong(node, "can never hold: it contradicts itself")
	}
}

// suppose adds to what is supposed that a node holds, or does not. It reports whether that is
// possible, and notes where something that is to hold is not.
func (j *judge) suppose(node ast.Node, holds bool, before *supposed) (after *supposed, possible bool) {
	if j.steps++; j.steps > maxSteps {
		return before, true
	}
	switch n := j.resolve(node).(type) {
	case *ast.BoolNode:
		return before, n.Value == holds
	case *ast.UnaryNode:
		if n.Operator == opNot || n.Operator == "!" {
			return j.suppose(n.Node, !holds, before)
		}
	case *ast.VariableDeclaratorNode:
		return j.suppose(n.Expr, holds, before)
	case *ast.BinaryNode:
		isAnd, isOr := n.Operator == opAnd || n.Operator == "&&", n.Operator == opOr || n.Operator == "||"
		switch {
		case isAnd && holds, isOr && !holds:
			if before, possible = j.suppose(n.Left, holds, before); !possible {
				return before, false
			}
			return j.suppose(n.Right, holds, before)
		case isAnd, isOr:
			_, left := j.suppose(n.Left, holds, before)
			_, right := j.suppose(n.Right, holds, before)
			return before, left || right
		}
	}
	c := j.atom(node)
	if c == nil {
		return before, true
	}
	after = &supposed{comparison: c, holds: holds, before: before}
	if after.isPossible() {
		return after, true
	}
	if before.mentions(c.subject.name) {
		j.hasMet = true
		if holds && !j.isSearching {
			j.contradiction(c)
		}
	}
	return after, false
}

// contradiction notes a comparison that cannot hold where it stands, once.
func (j *judge) contradiction(c *comparison) {
	const message = "cannot hold here: it contradicts what is asked of "
	name := c.subject.name
	for _, mistake := range j.mistakes {
		if mistake.Location == c.node.Location() {
			return
		}
	}
	j.wrong(c.node, message+name+" before; or may be meant, or a list with in")
}

// atom returns a comparison whose constants are all known, or a variable that is true or false as
// the comparison with true; nil for anything else.
func (j *judge) atom(node ast.Node) *comparison {
	node = j.resolve(node)
	c := j.comparison(node)
	if s, ok := j.subject(node); ok && isSwitch(s.name) {
		c = &comparison{subject: s, operator: opEqual, texts: []*ast.StringNode{{Value: "true"}}, isWhole: true, node: node}
	}
	if c == nil || !c.isWhole {
		return nil
	}
	return c
}

// mentions reports whether something is supposed of a variable. A level is a part of the scale.
func (s *supposed) mentions(name string) bool {
	for ; s != nil; s = s.before {
		if s.subject.name == name || isGrade(name) && isGrade(s.subject.name) {
			return true
		}
	}
	return false
}

func isGrade(name string) bool { return name == "severity" || name == nameLevel }

// isPossible reports whether what was supposed last goes together with what was supposed of the same
// variable before.
func (s *supposed) isPossible() bool {
	name := s.subject.name
	switch {
	case isGrade(name):
		return s.isGradePossible()
	case len(s.numbers) == 0:
		return s.isTextPossible(name)
	}
	within, isSpan := spanOf(name)
	return s.anyNumber(name, func(number float64) bool {
		return !isSpan || number >= within.low && number <= within.high
	}, within.low, within.high)
}

// isGradePossible looks for a severity, of which the level is a part.
func (s *supposed) isGradePossible() bool {
	for _, odd := range []finding.Severity{0, finding.Untriaged} {
		if s.allows(nameLevel, odd.Level().String()) && s.allowsNumber("severity", odd.Counted()) {
			return true
		}
	}
	return s.anyNumber("severity", func(number float64) bool {
		grade := finding.Severity(number)
		return grade.Known() && s.allows(nameLevel, grade.Level().String())
	}, 1, 4, 7, 9, 10)
}

// anyNumber reports whether a number is as is supposed of a variable and passes a test: one of some,
// of those that the variable is compared with, or next to one of them. There is no other where these
// are not.
func (s *supposed) anyNumber(name string, passes func(float64) bool, some ...float64) bool {
	for one := s; one != nil; one = one.before {
		if one.subject.name == name {
			some = append(some, one.numbers...)
		}
	}
	for _, number := range some {
		for _, near := range []float64{number, math.Nextafter(number, math.Inf(-1)), math.Nextafter(number, math.Inf(1))} {
			if passes(near) && s.allowsNumber(name, near) {
				return true
			}
		}
	}
	return false
}

// allowsNumber reports whether a number is as is supposed of a variable.
func (s *supposed) allowsNumber(name string, number float64) bool {
	for ; s != nil; s = s.before {
		if s.subject.name != name || len(s.numbers) == 0 {
			continue
		}
		holds := s.isRange && number >= s.numbers[0] && number <= s.numbers[len(s.numbers)-1]
		for _, other := range s.numbers {
			holds = holds || stands(number, s.operator, other)
		}
		if holds != s.holds {
			return false
		}
	}
	return true
}

// isTextPossible reports whether some text is as is supposed: one of the few that it can be, or any
// where the beginnings and ends go together.
func (s *supposed) isTextPossible(name string) bool {
	words := wordsOf(name)
	candidates, isFew := words.words, words.isClosed && len(words.words) > 0
	if isSwitch(name) {
		candidates, isFew = []string{"true", "false"}, true
	}
	for one := s; one != nil; one = one.before {
		isOne := one.subject.name == name && !one.subject.isLower && !one.subject.isUpper
		if isOne && one.isList() && len(one.texts) > 0 {
			candidates, isFew = one.values(), true
		}
	}
	if !isFew {
		return s.goTogether(opStarts) && s.goTogether(opEnds)
	}
	for _, candidate := range candidates {
		if s.allows(name, candidate) {
			return true
		}
	}
	return false
}

// isList reports whether a value has to be one of those that it is compared with.
func (s *supposed) isList() bool {
	return s.holds && (s.operator == opEqual || s.operator == opIn) || !s.holds && s.operator == opUnequal
}

// goTogether reports whether a text can begin, or end, with what was supposed last and with all that
// was supposed before.
func (s *supposed) goTogether(operator string) bool {
	if s.operator != operator || !s.holds {
		return true
	}
	part := s.texts[0].Value
	for one := s.before; one != nil; one = one.before {
		if one.subject != s.subject || one.operator != operator || !one.holds {
			continue
		}
		if other := one.texts[0].Value; !fits(operator, part, other) && !fits(operator, other, part) {
			return false
		}
	}
	return true
}

// allows reports whether a text is as is supposed of a variable.
func (s *supposed) allows(name, value string) bool {
	for ; s != nil; s = s.before {
		if s.subject.name == name && len(s.texts) > 0 && s.compares(value) != s.holds {
			return false
		}
	}
	return true
}

// compares returns what a comparison gives for a text.
func (s *supposed) compares(value string) bool {
	value = s.subject.of(value)
	switch s.operator {
	case opUnequal:
		return value != s.texts[0].Value
	case opMatches:
		pattern, err := regexp.Compile(s.texts[0].Value)
		return err != nil && s.holds || err == nil && pattern.MatchString(value)
	default:
		for _, text := range s.texts {
			if fits(s.operator, value, text.Value) {
				return true
			}
		}
		return false
	}
}

// values returns the texts that it is compared with.
func (s *supposed) values() []string {
	var all []string
	for _, text := range s.texts {
		all = append(all, text.Value)
	}
	return all
}
