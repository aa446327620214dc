package condition

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// errUndecided says no more, since the library's reason can hold a part of the answer.
var errUndecided = errors.New("cannot be decided for this answer")

// Answer is a compiled condition over what a remote end has answered. It is safe for concurrent
// use.
type Answer struct{ program *vm.Program }

// answer are the names that a condition over an answer can use.
type answer struct {
	// Status is the answer's status; Body is what its JSON holds.
	Status int              `expr:"status"`
	Body   any              `expr:"body"`
	Meter  func(...any) any `expr:"$meter"`
}

// CompileAnswer checks and compiles a condition over status and body, in the language of Compile
// and with its bounds. The error shows as little of the text as that of Compile.
func CompileAnswer(text string) (*Answer, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("is longer than %d bytes", maxText)
	}
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("is empty")
	}
	plain, err := compile(text, answer{}, expr.Optimize(false))
	if err != nil {
		return nil, answerError(text, err)
	}
	if _, mistake := inspect(plain.Node()); mistake != nil {
		return nil, placed(mistake.Bind(file.NewSource(text)), mistake.Message)
	}
	metered, err := compile(text, answer{}, expr.Patch(metering{}))
	if err != nil {
		return nil, answerError(text, err)
	}
	return &Answer{metered}, nil
}

// answerError returns what is wrong with a condition over an answer. These names are few: where one is not
// known, it says all.
func answerError(text string, err error) error {
	err = syntaxError(text, err, namesOf(reflect.TypeFor[answer]()))
	if message := err.Error(); strings.Contains(message, ": unknown name ") && !strings.HasSuffix(message, "?") {
		return fmt.Errorf("%w; there are status and body", err)
	}
	return err
}

// Holds reports whether the condition holds for an answer whose body is decoded JSON: nil, a bool,
// a float64, a string, a []any or a map[string]any. The error shows nothing of the answer.
func (a *Answer) Holds(status int, body any) (bool, error) {
	machine := vm.VM{MemoryBudget: budget}
	result, err := machine.Run(a.program, answer{Status: status, Body: body, Meter: newMeter()})
	holds, ok := result.(bool)
	if err != nil || !ok {
		return false, errUndecided
	}
	return holds, nil
}
