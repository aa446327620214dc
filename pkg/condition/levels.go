package condition

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// nameLevel is the variable whose values have an order other than that of their texts.
const nameLevel = "level"

// levels finds the comparisons that would order levels by the alphabet, where critical comes first.
type levels struct {
	// declared are the variables of let whose value is a level.
	declared map[string]bool
}

// Visit notes a declared variable. The inner nodes come first, so that a variable that is made of
// another one is noted when the visit is repeated.
func (l levels) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.VariableDeclaratorNode); ok && l.has(n.Value) {
		l.declared[n.Name] = true
	}
}

// levelsOf returns what knows the levels in a condition.
func levelsOf(node ast.Node) levels {
	l := levels{map[string]bool{}}
	for noted := -1; noted < len(l.declared); {
		noted = len(l.declared)
		ast.Walk(&node, l)
	}
	return l
}

// orders reports whether an operation puts a level into an order.
func (l levels) orders(n *ast.BinaryNode) bool {
	return slices.Contains([]string{"<", "<=", ">", ">="}, n.Operator) && (l.has(n.Left) || l.has(n.Right))
}

// has reports whether the value of a node is, or is made of, a level. Where a level only decides,
// as in level == "high" ? 10 : 100, or is looked up in a map, the value is another one.
func (l levels) has(node ast.Node) bool {
	if n, ok := node.(*ast.IdentifierNode); ok {
		return n.Value == nameLevel || l.declared[n.Value]
	}
	return slices.ContainsFunc(madeOf(node), l.has)
}

// madeOf returns the nodes whose values the value of a node is, or is made of.
func madeOf(node ast.Node) []ast.Node {
	switch n := node.(type) {
	case *ast.ConditionalNode:
		return []ast.Node{n.Exp1, n.Exp2}
	case *ast.BinaryNode:
		if slices.Contains([]string{"+", "??"}, n.Operator) {
			return []ast.Node{n.Left, n.Right}
		}
	case *ast.BuiltinNode: // lower(level) is a text and first([level]) may be one, len(level) is none
		if slices.Contains([]reflect.Kind{reflect.String, reflect.Interface}, n.Type().Kind()) {
			return n.Arguments
		}
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.MemberNode:
		return []ast.Node{n.Node}
	case *ast.SliceNode:
		return []ast.Node{n.Node}
	case *ast.ChainNode:
		return []ast.Node{n.Node}
	case *ast.VariableDeclaratorNode:
		return []ast.Node{n.Expr}
	}
	return nil
}
