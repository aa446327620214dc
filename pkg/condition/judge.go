package condition

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// Known is what a judge of conditions knows of the world that they are about. What is empty is not
// known, and not judged.
type Known struct {
	// AccountNames are the operator's names for accounts.
	AccountNames []string
	// Roads are the names of all roads that findings come by.
	Roads []string
	// Sources and Products are known sources and their products. There are others.
	Sources, Products []string
	// Types returns documented types of findings. There are others.
	Types func() []string
}

// Mistakes returns what is right by names and types, and yet cannot mean what it says: texts that
// stand in no finding, numbers off the scale, what contradicts itself, what fails on every finding.
// It returns one error for each, with its place. No text and no number of the condition stands in
// it.
//
// Of values that are an open set, such as types, only those are mistakes that are close to a known
// one: a new one is none. What is matched with a pattern can be anything.
func (c *Condition) Mistakes(known Known) []error {
	j := judge{known: known, names: names(), lets: map[string]ast.Node{}}
	ast.Walk(&c.tree, (*declarations)(&j))
	ast.Walk(&c.tree, &j)
	if len(j.mistakes) == 0 {
		j.logic(c.tree)
	}
	var all []error
	for _, mistake := range j.mistakes {
		all = append(all, placed(mistake.Bind(file.NewSource(c.text)), mistake.Message))
	}
	if len(all) > 0 {
		return all
	}
	if err := c.tried(); err != nil {
		return []error{err}
	}
	return nil
}

// judge walks over a condition and collects the mistakes.
type judge struct {
	known Known
	names []string
	// lets are the variables of let.
	lets map[string]ast.Node
	// types are the documented types, once they were asked for.
	types    []string
	mistakes []*file.Error
	// isSearching says that what cannot hold is looked for, and is no mistake. hasMet says that two
	// comparisons have met that do not go together.
	isSearching, hasMet bool
	// steps counts the steps of the logic.
	steps int
}

// declarations notes the variables of let.
type declarations judge

// Visit notes one variable.
func (d *declarations) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.VariableDeclaratorNode); ok {
		d.lets[n.Name] = n.Value
	}
}

// Visit judges one node by itself.
func (j *judge) Visit(node *ast.Node) {
	if list, isIn := (*node).(*ast.BinaryNode); isIn && list.Operator == opIn {
		if items, isList := j.resolve(list.Right).(*ast.ArrayNode); isList && len(items.Nodes) == 0 {
			j.wrong(items, "the list is empty: nothing is in it")
		}
	}
	c := j.comparison(*node)
	if c == nil {
		return
	}
	for _, text := range c.texts {
		if message := j.textMistake(c.subject, c.operator, text.Value); message != "" {
			j.wrong(text, message)
		}
	}
	if message := numberMistake(c); message != "" {
		j.wrong(c.node, message)
	}
}

func (j *judge) wrong(node ast.Node, message string) {
	j.mistakes = append(j.mistakes, &file.Error{Location: node.Location(), Message: message})
	for at := len(j.mistakes) - 1; at > 0 && j.mistakes[at-1].From > j.mistakes[at].From; at-- { // in the order of the text
		j.mistakes[at-1], j.mistakes[at] = j.mistakes[at], j.mistakes[at-1]
	}
}
