package webhook

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// check sees that a template makes JSON whatever it is filled in with, and lets each of its actions
// write what it gives as JSON wants it there. It refuses names that no document has, and what
// would let a template run for long: loops within loops.
func check(tree *parse.Tree, text string) error {
	c := checker{text: text, root: vocabulary(), variables: map[string]*shape{}, writers: map[*parse.ActionNode]string{}}
	end := c.list(tree.Root, place{}, c.root)
	if c.mistake == nil && !end.isEnd() {
		c.fail(len(text), "the JSON ends too early: %s is wanted", end.next)
	}
	for action, writer := range c.writers {
		action.Pipe.Cmds = append(action.Pipe.Cmds, &parse.CommandNode{
			NodeType: parse.NodeCommand, Args: []parse.Node{parse.NewIdentifier(writer).SetPos(action.Pos)},
		})
	}
	return c.mistake
}

type checker struct {
	text string
	root *shape
	// variables are the shapes of the template's own variables, as far as they are known.
	variables map[string]*shape
	// writers are the functions that write what an action gives.
	writers map[*parse.ActionNode]string
	looping bool
	mistake error
}

// fail keeps the first mistake, with its line and column.
func (c *checker) fail(at int, format string, args ...any) {
	if c.mistake != nil {
		return
	}
	before := c.text[:min(max(at, 0), len(c.text))]
	line, column := strings.Count(before, "\n")+1, len(before)-strings.LastIndex(before, "\n")
	c.mistake = fmt.Errorf("line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

// list returns the place after some nodes, in which the dot has the given shape.
func (c *checker) list(nodes *parse.ListNode, from place, dot *shape) place {
	if nodes == nil {
		return from
	}
	for _, node := range nodes.Nodes {
		if c.mistake != nil {
			return from
		}
		from = c.node(node, from, dot)
	}
	return from
}

func (c *checker) node(node parse.Node, from place, dot *shape) place {
	switch n := node.(type) {
	case *parse.TextNode:
		after, at, err := from.read(string(n.Text))
		if err != nil {
			c.fail(int(n.Pos)+at, "%v", err)
		}
		return after
	case *parse.ActionNode:
		return c.action(n, from, dot)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, from, [2]*shape{dot, dot})
	case *parse.WithNode:
		defer c.scope()()
		return c.branch(&n.BranchNode, from, [2]*shape{c.pipe(n.Pipe, dot), dot})
	case *parse.RangeNode:
		return c.loop(n, from, dot)
	case *parse.CommentNode:
		return from
	default:
		c.fail(int(node.Position()), "template, block, break and continue are not supported")
		return from
	}
}

// action returns the place after an action, which gives a value or a part of a string.
func (c *checker) action(n *parse.ActionNode, from place, dot *shape) place {
	c.pipe(n.Pipe, dot)
	switch {
	case len(n.Pipe.Decl) > 0: // it gives nothing
		return from
	case from.isInString():
		c.writers[n] = writeText
		return from
	}
	after, err := from.valued()
	if err != nil {
		c.fail(int(n.Pos), "%v", err)
	}
	c.writers[n] = writeValue
	return after
}

// branch returns the place after an if or a with; in its two branches the dot has the given shapes.
func (c *checker) branch(n *parse.BranchNode, from place, dots [2]*shape) place {
	defer c.scope()()
	c.pipe(n.Pipe, dots[1])
	one, other := c.list(n.List, from, dots[0]), c.list(n.ElseList, from, dots[1])
	after, ok := joined(one, other)
	if !ok {
		c.fail(int(n.Pos), "with what is between here and its end, %s has to follow, without it %s; let both be whole values, "+
			"or whole members with their commas", one.next, other.next)
	}
	return after
}

// loop returns the place after a range, whose body has to end where the next round can begin.
func (c *checker) loop(n *parse.RangeNode, from place, dot *shape) place {
	defer c.scope()()
	over := c.pipe(n.Pipe, dot)
	switch {
	case c.looping:
		c.fail(int(n.Pos), "a range within a range is not supported")
		return from
	case over == nil || over.element == nil:
		c.fail(int(n.Pos), "range takes a list or an object, such as .changes, .findings or .resource.tags")
		return from
	}
	for i, variable := range n.Pipe.Decl {
		if i == len(n.Pipe.Decl)-1 {
			c.variables[variable.Ident[0]] = over.element
		} else {
			c.variables[variable.Ident[0]] = aText() // or a number, in which is nothing either
		}
	}
	c.looping = true
	defer func() { c.looping = false }()
	begin := from
	for range 2 { // the second round begins where the first has ended
		end := c.list(n.List, begin, over.element)
		both, ok := joined(begin, end)
		if !ok {
			c.fail(int(n.Pos), "one round of the range ends where %s has to follow, and the next begins where %s has to; "+
				"put the comma before or behind each element, with one that is always there", end.next, begin.next)
			return from
		}
		begin = both
	}
	after, ok := joined(begin, c.list(n.ElseList, from, dot))
	if !ok {
		c.fail(int(n.Pos), "the range and its else end in different places")
	}
	return after
}

// scope begins a scope of variables, which ends when what it returns is called.
func (c *checker) scope() (end func()) {
	before := maps.Clone(c.variables)
	return func() { c.variables = before }
}

// pipe checks the names and the calls in a pipe, and returns the shape of what it gives where it is known.
func (c *checker) pipe(pipe *parse.PipeNode, dot *shape) *shape {
	if pipe == nil {
		return nil
	}
	var of *shape
	for i, command := range pipe.Cmds {
		var given []*shape
		for _, argument := range command.Args {
			given = append(given, c.argument(argument, dot))
		}
		if i > 0 {
			given = append(given, of)
		}
		of = c.command(command, given)
	}
	for _, variable := range pipe.Decl {
		name := variable.Ident[0]
		if before := c.variables[name]; pipe.IsAssign && !before.isLike(of) {
			c.fail(int(variable.Pos), "%s stays what it was, a single value or one of the same kind; name another variable", name)
		}
		c.variables[name] = of
	}
	return of
}

func (c *checker) argument(node parse.Node, dot *shape) *shape {
	switch n := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.PipeNode:
		return c.pipe(n, dot)
	case *parse.ChainNode:
		return c.path(n, n.Field, c.argument(n.Node, dot))
	case *parse.FieldNode:
		return c.path(n, n.Ident, dot)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return c.path(n, n.Ident[1:], c.root)
		}
		return c.path(n, n.Ident[1:], c.variables[n.Ident[0]])
	case *parse.IdentifierNode:
		if !slices.Contains(functionNames(), n.Ident) {
			c.fail(int(n.Pos), "there is no function %s; there are: %s", n.Ident, strings.Join(functionNames(), ", "))
		}
	case *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		return aText()
	}
	return nil
}

// path follows names from a value, and reports the first that is not there.
func (c *checker) path(at parse.Node, names []string, from *shape) *shape {
	for _, name := range names {
		if from == nil {
			c.fail(int(at.Position()), "it is not known what .%s stands in; begin with a name of the document", strings.Join(names, "."))
			return nil
		}
		next, ok := from.member(name)
		if !ok && from.members == nil {
			c.fail(int(at.Position()), "there is nothing in .%s with a name, but for its end", strings.Join(names, "."))
			return nil
		}
		if !ok {
			c.fail(int(at.Position()), "there is no .%s; there are: .%s", strings.Join(names, "."),
				strings.Join(slices.Sorted(maps.Keys(from.members)), ", ."))
			return nil
		}
		from = next
	}
	return from
}
