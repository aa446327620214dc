package condition

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// The operators of comparisons.
const (
	opEqual    = "=="
	opUnequal  = "!="
	opIn       = "in"
	opStarts   = "startsWith"
	opEnds     = "endsWith"
	opContains = "contains"
	opMatches  = "matches"
	opNot      = "not"
	opAnd      = "and"
	opOr       = "or"
)

// subject is the variable that a comparison is about.
type subject struct {
	// name is the variable with its member: resource.tags.Team, first_seen.Hour.
	name string
	// isLower and isUpper say that its letters are all small, or capitals, when it is compared.
	isLower, isUpper bool
}

// comparison is a variable that is compared with constants.
type comparison struct {
	subject  subject
	operator string
	// texts and numbers are the constants; numbers of a range are its ends.
	texts   []*ast.StringNode
	numbers []float64
	// isWhole says that it is compared with nothing but constants, isRange that they are a range.
	isWhole, isRange bool
	node             ast.Node
}

// comparison reads a node; it returns nil for one that is none of a variable with constants.
func (j *judge) comparison(node ast.Node) *comparison {
	var c *comparison
	switch n := node.(type) {
	case *ast.BinaryNode:
		if c = j.compared(n.Left, n.Operator, n.Right); c == nil {
			c = j.compared(n.Right, mirrored(n.Operator), n.Left)
		}
	case *ast.BuiltinNode:
		switch {
		case len(n.Arguments) != 2:
		case n.Name == "hasPrefix":
			c = j.compared(n.Arguments[0], opStarts, n.Arguments[1])
		case n.Name == "hasSuffix":
			c = j.compared(n.Arguments[0], opEnds, n.Arguments[1])
		}
	}
	if c != nil {
		c.node = node
	}
	return c
}

// mirrored returns the operator that stands when both sides are exchanged, or "".
func mirrored(operator string) string {
	switch operator {
	case opEqual, opUnequal:
		return operator
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return ""
}

func (j *judge) compared(left ast.Node, operator string, right ast.Node) *comparison {
	if !isPart(operator) && operator != opIn && operator != opMatches && mirrored(operator) == "" {
		return nil
	}
	about, ok := j.subject(left)
	if !ok {
		return nil
	}
	c := &comparison{subject: about, operator: operator, isWhole: true}
	right = j.resolve(right)
	if operator != opIn {
		c.add(right)
	} else if list, isList := right.(*ast.ArrayNode); isList {
		for _, value := range list.Nodes {
			c.add(j.resolve(value))
		}
	} else if ends, isRange := right.(*ast.BinaryNode); isRange && ends.Operator == ".." {
		c.isRange = true
		c.add(ends.Left)
		c.add(ends.Right)
	}
	if len(c.texts)+len(c.numbers) == 0 {
		return nil
	}
	return c
}

// add adds what the variable is compared with.
func (c *comparison) add(value ast.Node) {
	if text, isText := value.(*ast.StringNode); isText {
		c.texts = append(c.texts, text)
	} else if number, isNumber := numberOf(value); isNumber {
		c.numbers = append(c.numbers, number)
	} else {
		c.isWhole = false
	}
}

// numberOf returns the number that a node is.
func numberOf(node ast.Node) (float64, bool) {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.UnaryNode:
		number, ok := numberOf(n.Node)
		if n.Operator == "-" {
			number = -number
		}
		return number, ok && (n.Operator == "-" || n.Operator == "+")
	}
	return 0, false
}

// resolve returns what a node stands for: the value of a variable of let, the inside of a chain.
func (j *judge) resolve(node ast.Node) ast.Node {
	for range maxNodes { // the names of let lead to earlier ones only, but who knows
		switch n := node.(type) {
		case *ast.IdentifierNode:
			value, isLet := j.lets[n.Value]
			if !isLet {
				return node
			}
			node = value
		case *ast.ChainNode:
			node = n.Node
		default:
			return node
		}
	}
	return node
}

// subject returns the variable that a node stands for. What is in the documents is none: nobody
// knows what to find there.
func (j *judge) subject(node ast.Node) (subject, bool) {
	switch n := j.resolve(node).(type) {
	case *ast.IdentifierNode:
		isKnown := slices.Contains(j.names, n.Value) && n.Value != "event" && n.Value != "document"
		return subject{name: n.Value}, isKnown
	case *ast.MemberNode:
		of, ok := j.subject(n.Node)
		member, isName := j.resolve(n.Property).(*ast.StringNode)
		if !ok || !isName {
			return subject{}, false
		}
		return subject{name: of.name + "." + member.Value}, true
	case *ast.CallNode:
		if len(n.Arguments) == 0 {
			return j.subject(n.Callee)
		}
	case *ast.BuiltinNode:
		if len(n.Arguments) != 1 {
			return subject{}, false
		}
		of, ok := j.subject(n.Arguments[0])
		switch n.Name {
		case "lower":
			return subject{of.name, true, false}, ok
		case "upper":
			return subject{of.name, false, true}, ok
		case "trim":
			return of, ok
		}
	}
	return subject{}, false
}

// of returns a value as the comparison sees it.
func (s subject) of(value string) string {
	switch {
	case s.isLower:
		return strings.ToLower(value)
	case s.isUpper:
		return strings.ToUpper(value)
	}
	return value
}

// fits reports whether a value stands in the relation of an operator to a text.
func fits(operator, value, text string) bool {
	switch operator {
	case opStarts:
		return strings.HasPrefix(value, text)
	case opEnds:
		return strings.HasSuffix(value, text)
	case opContains:
		return strings.Contains(value, text)
	default:
		return value == text
	}
}
