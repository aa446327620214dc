// Package condition compiles and runs conditions: texts in the expr language
// (https://expr-lang.org) that say yes or no to a finding. A condition sees the finding and nothing
// else: no environment, no clock, no file. It is checked for its names and types when it is
// compiled, and what one run may cost is limited.
//
// Whoever asks decides what an error at run time means; for Tocsin an alert is sent when in doubt.
package condition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	// maxText is the longest condition, in bytes; all variables of a Lambda have 4 KB together.
	maxText = 8192
	// maxNodes is the most operations, names and constants in a condition.
	maxNodes = 4000
)

// Condition is a compiled condition. It is safe for concurrent use.
type Condition struct {
	program *vm.Program
	uses    uses
	// text is the condition as it is written, tree what it says.
	text string
	tree ast.Node
}

// Compile checks and compiles a condition. The error says in one line where it is wrong, and shows
// no more of the text than a name or an operator: no constant stands in it.
func Compile(text string) (*Condition, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("is longer than %d bytes", maxText)
	}
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("is empty")
	}
	plain, err := compile(text, variables{}, expr.Optimize(false))
	if err != nil {
		return nil, syntaxError(text, err, names())
	}
	uses, mistake := inspect(plain.Node())
	if mistake != nil {
		return nil, placed(mistake.Bind(file.NewSource(text)), mistake.Message)
	}
	metered, err := compile(text, variables{}, expr.Patch(metering{}))
	if err != nil {
		return nil, syntaxError(text, err, names())
	}
	return &Condition{program: metered, uses: uses, text: text, tree: plain.Node()}, nil
}

// Text returns the condition as it was written.
func (c *Condition) Text() string { return c.text }

// compile calls the library for a condition over the names in the given struct. A panic of it on an
// odd text becomes an error.
func compile(text string, names any, options ...expr.Option) (program *vm.Program, err error) {
	defer func() {
		if recover() != nil {
			program, err = nil, errors.New("cannot be compiled")
		}
	}()
	return expr.Compile(text, append(language(names), options...)...)
}

// MayHold reports whether the condition holds. When the severity is unknown, one severity for which
// it holds is enough: see Facts. The error says why the condition could not be decided.
func (c *Condition) MayHold(f *Facts) (bool, error) {
	var failed error
	for _, s := range f.severities(c.asksSeverity()) {
		holds, err := c.run(f, s)
		if holds {
			return true, nil
		}
		failed = errors.Join(failed, err)
	}
	return false, failed
}

// MustHold is MayHold for what holds a finding back: when the severity is unknown, the condition
// has to hold for every severity.
func (c *Condition) MustHold(f *Facts) (bool, error) {
	for _, s := range f.severities(c.asksSeverity()) {
		if holds, err := c.run(f, s); !holds || err != nil {
			return false, err
		}
	}
	return true, nil
}

// asksSeverity reports whether the condition depends on how severe a finding is.
func (c *Condition) asksSeverity() bool { return c.uses.reads("severity") || c.uses.reads(nameLevel) }

func (c *Condition) run(f *Facts, s finding.Severity) (bool, error) {
	variables, err := f.variables(c.uses, s)
	if err != nil {
		return false, err
	}
	result, err := f.machine.Run(c.program, variables)
	if err != nil {
		return false, runError(err)
	}
	holds, ok := result.(bool)
	if !ok { // the types were checked, so that this needs an odd value in the event
		return false, fmt.Errorf("gives %T, not true or false", result)
	}
	return holds, nil
}
