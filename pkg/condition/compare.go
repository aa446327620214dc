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

// comparison reads a node, and reports whether it is one of a variable with constants.
func (j *judge) comparison(node ast.Node) (comparison, bool) {
	switch n := node.(type) {
	case *ast.BinaryNode:
		if c, ok := j.compared(n.Left, n.Operator, n.Right); ok {
			c.node = n
			return c, true
		}
		if turned := mirrored(n.Operator); turned != "" {
			c, ok := j.compared(n.Right, turned, n.Left)
			c.node = n
			return c, ok
		}
	case *ast.BuiltinNode:
		operator := map[string]string{"hasPrefix": opStarts, "hasSuffix": opEnds}[n.Name]
		if operator != "" && len(n.Arguments) == 2 {
			c, ok := j.compared(n.Arguments[0], operator, n.Arguments[1])
			c.node = n
			return c, ok
		}
	}
	return comparison{}, false
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

func (j *judge) compared(left ast.Node, operator string, right ast.Node) (comparison, bool) {
	if !slices.Contains([]string{opIn, opStarts, opEnds, opContains, opMatches}, operator) && mirrored(operator) == "" {
		return comparison{}, false
	}
	about, ok := j.subject(left)
	if !ok {
		return comparison{}, false
	}
	c := comparison{subject: about, operator: operator, isWhole: true}
	values := []ast.Node{j.resolve(right)}
	if operator == opIn {
		switch list := values[0].(type) {
		case *ast.ArrayNode:
			values = list.Nodes
		case *ast.BinaryNode:
			if list.Operator != ".." {
				return comparison{}, false
			}
			values, c.isRange = []ast.Node{list.Left, list.Right}, true
		default:
			return comparison{}, false
		}
	}
	for _, value := range values {
		value = j.resolve(value)
		if text, isText := value.(*ast.StringNode); isText {
			c.texts = append(c.texts, text)
			continue
		}
		number, isNumber := numberOf(value)
		if !isNumber {
			c.isWhole = false
			continue
		}
		c.numbers = append(c.numbers, number)
	}
	return c, len(c.texts)+len(c.numbers) > 0
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
