package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// uses are the variables that a condition reads, in its order.
type uses []path

// reads reports whether a condition reads a variable, or a member of it.
func (u uses) reads(name string) bool {
	return slices.ContainsFunc(u, func(p path) bool { return p[0] == name })
}

// path is the way to a value: resource, tags, Team.
type path []any

// String returns the path as a condition writes it.
func (p path) String() string {
	var text strings.Builder
	for i, step := range p {
		name, isName := step.(string)
		switch {
		case i == 0:
			text.WriteString(name)
		case isName && isIdentifier(name):
			text.WriteString("." + name)
		case isName:
			fmt.Fprintf(&text, "[%q]", name)
		default:
			fmt.Fprintf(&text, "[%v]", step)
		}
	}
	return text.String()
}

func isIdentifier(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// inspection walks over a condition, the inner nodes first.
type inspection struct {
	levels  levels
	paths   map[ast.Node]path
	order   []ast.Node
	mistake *file.Error
}

// inspect says what a condition asks for, and finds the mistakes that the library does not know of.
func inspect(node ast.Node) (uses, *file.Error) {
	i := inspection{levels: levelsOf(node), paths: map[ast.Node]path{}}
	ast.Walk(&node, &i)
	var u uses
	for _, n := range i.order {
		p, isWhole := i.paths[n]
		if isWhole && !slices.ContainsFunc(u, func(other path) bool { return slices.Equal(other, p) }) {
			u = append(u, p)
		}
	}
	return u, i.mistake
}

// Visit inspects one node.
func (i *inspection) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if strings.HasPrefix(n.Value, "$") {
			i.wrong(n, "unknown name "+n.Value)
		}
		if slices.Contains(names(), n.Value) {
			i.add(n, path{n.Value})
		}
	case *ast.ChainNode:
		if p, ok := i.paths[n.Node]; ok {
			delete(i.paths, n.Node)
			i.add(n, p)
		}
	case *ast.MemberNode:
		i.member(n)
	case *ast.BinaryNode:
		if i.levels.orders(n) {
			i.wrong(n, n.Operator+` would compare levels by the alphabet; use severity, as in severity >= 7, or level in ["high", "critical"]`)
		}
	case *ast.CallNode:
		i.call(n)
	case *ast.BuiltinNode:
		if !slices.Contains(builtins(), n.Name) { // the library leaves some in that were disabled
			i.wrong(n, "unknown name "+n.Name)
		}
		i.duration(n)
	}
}

// duration checks a constant that is given to the function of that name.
func (i *inspection) duration(n *ast.BuiltinNode) {
	if n.Name != "duration" || len(n.Arguments) != 1 {
		return
	}
	if constant, ok := n.Arguments[0].(*ast.StringNode); ok {
		if _, err := time.ParseDuration(constant.Value); err != nil {
			i.wrong(constant, "a duration is written as 90m or 36h; a day is 24h")
		}
	}
}

func (i *inspection) add(node ast.Node, p path) {
	i.paths[node] = p
	i.order = append(i.order, node)
}

// member makes a longer path of a path and the name of a member.
func (i *inspection) member(n *ast.MemberNode) {
	p, ok := i.paths[n.Node]
	if !ok || n.Method {
		return
	}
	var step any
	switch property := n.Property.(type) {
	case *ast.StringNode:
		step = property.Value
	case *ast.IntegerNode:
		step = property.Value
	default:
		return
	}
	delete(i.paths, n.Node)
	i.add(n, append(append(path{}, p...), step))
}

// call checks the constants that are given to Tocsin's own functions.
func (i *inspection) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	for place, argument := range n.Arguments {
		constant, ok := argument.(*ast.StringNode)
		if !ok {
			continue
		}
		var err error
		switch {
		case callee.Value == functionCIDR && place > 0:
			_, err = parseNetwork(constant.Value)
		case callee.Value == functionDate:
			_, err = parseDate(constant.Value)
		}
		if err != nil {
			i.wrong(constant, err.Error())
		}
	}
}

// wrong keeps the first mistake.
func (i *inspection) wrong(node ast.Node, message string) {
	if i.mistake == nil {
		i.mistake = &file.Error{Location: node.Location(), Message: message}
	}
}
