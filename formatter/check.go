package formatter

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// check refuses what a message needs no template for, so that a template always ends soon: other
// templates, loops within loops or over anything but a name, and functions that are not in
// functionNames. And it refuses names outside the vocabulary, in branches that are not tried too.
func check(tree *parse.Tree) error {
	c := checker{tree: tree, known: vocabulary(&builder{language: newLanguage(english, nil)}, trial())}
	c.node(tree.Root, c.known)
	return c.mistake
}

type checker struct {
	tree    *parse.Tree
	known   map[string]any
	looping bool
	mistake error
}

// fail keeps the first mistake, with its line and column.
func (c *checker) fail(at parse.Node, format string, args ...any) {
	if c.mistake == nil {
		place, _ := c.tree.ErrorContext(at)
		c.mistake = fmt.Errorf("at %s: %s", strings.TrimPrefix(place, "template:"), fmt.Sprintf(format, args...))
	}
}

// node checks a node in which the dot stands for the given value; nil is a value that is not known.
func (c *checker) node(node parse.Node, dot any) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, one := range n.Nodes {
			c.node(one, dot)
		}
	case *parse.TextNode:
		c.text(n)
	case *parse.ActionNode:
		c.pipe(n.Pipe, dot)
	case *parse.IfNode:
		c.branch(&n.BranchNode, dot, dot)
	case *parse.WithNode:
		c.branch(&n.BranchNode, dot, c.valueOf(n.Pipe, dot))
	case *parse.RangeNode:
		if c.looping {
			c.fail(n, "a range within a range is not supported")
		}
		if _, isMap := c.valueOf(n.Pipe, dot).(map[string]any); !isMap {
			c.fail(n, "range takes .resource.tags or .facts")
		}
		c.looping = true
		c.branch(&n.BranchNode, dot, nil)
		c.looping = false
	case *parse.TemplateNode:
		c.fail(n, "template, define and block are not supported")
	}
}

// text refuses a name in single braces, such as the {type} of RUNBOOK_URL, which would stand in each
// message as it is.
func (c *checker) text(n *parse.TextNode) {
	for _, part := range strings.Split(string(n.Text), "{")[1:] {
		inner, _, isClosed := strings.Cut(part, "}")
		name := strings.TrimPrefix(strings.TrimSpace(inner), ".")
		top, _, _ := strings.Cut(name, ".")
		if _, isKnown := c.known[top]; isClosed && isKnown && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_.") == "" {
			c.fail(n, "a name in single braces stands as it is; write {{.%s}}", name)
		}
	}
}

func (c *checker) branch(n *parse.BranchNode, dot, inner any) {
	c.pipe(n.Pipe, dot)
	c.node(n.List, inner)
	c.node(n.ElseList, dot)
}

func (c *checker) pipe(pipe *parse.PipeNode, dot any) {
	if pipe == nil {
		return
	}
	for _, command := range pipe.Cmds {
		for _, argument := range command.Args {
			c.argument(argument, dot)
		}
	}
}

func (c *checker) argument(node parse.Node, dot any) {
	switch n := node.(type) {
	case *parse.PipeNode:
		c.pipe(n, dot)
	case *parse.ChainNode:
		c.argument(n.Node, dot)
	case *parse.FieldNode:
		c.path(n, n.Ident, dot)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			c.path(n, n.Ident[1:], c.known)
		}
	case *parse.IdentifierNode:
		if !slices.Contains(functionNames(), n.Ident) {
			c.fail(n, "there is no function %s; there are: %s", n.Ident, strings.Join(functionNames(), ", "))
		}
	}
}

// path follows names from a value, and reports the first that is not there.
func (c *checker) path(at parse.Node, names []string, from any) {
	for i, name := range names {
		known, isMap := from.(map[string]any)
		if from == nil || isMap && i > 0 && names[i-1] == "tags" {
			return
		}
		next, exists := known[name]
		if !exists {
			c.fail(at, "there is no .%s; there are: .%s", strings.Join(names, "."), strings.Join(slices.Sorted(maps.Keys(known)), ", ."))
			return
		}
		from = next
	}
}

// valueOf returns the value that a pipe of one name stands for, or nil.
func (c *checker) valueOf(pipe *parse.PipeNode, dot any) any {
	if pipe == nil || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return nil
	}
	var names []string
	from := dot
	switch n := pipe.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		names = n.Ident
	case *parse.VariableNode:
		if n.Ident[0] != "$" {
			return nil
		}
		names, from = n.Ident[1:], c.known
	case *parse.DotNode:
	default:
		return nil
	}
	for _, name := range names {
		known, _ := from.(map[string]any)
		from = known[name]
	}
	return from
}

// trial is a finding that states everything, to try a template on.
func trial() *finding.Finding {
	f := &finding.Finding{
		ID: "id", Source: "aws.example", Type: "Trojan:EC2/DNSDataExfiltration", Title: "title", Description: "description", Severity: 8,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333", Name: "name"}, Region: "eu-west-1", Partition: "aws"},
		Resource: finding.Resource{Type: "Instance", ID: "i-0", Name: "name", ARN: "arn", Tags: []finding.Tag{{Key: "Name", Value: "name"}}},
		Action:   finding.Action{Kind: "DNS_REQUEST"}, Activity: finding.Activity{Count: 1, Sample: true, State: finding.Archived},
	}
	f.Actor = finding.Actor{
		Remote: finding.Remote{IP: "198.51.100.7", Country: "country", Organization: "organization"},
		User:   finding.User{Name: "name"}, Process: finding.Process{Path: "path"}, UserAgent: "agent",
	}
	return f
}
