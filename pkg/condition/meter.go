package condition

import (
	"errors"
	"reflect"

	"github.com/expr-lang/expr/ast"
)

const (
	// budget is what one run may cost, in operations: some tenths of a second at the worst. A run
	// that would cost more fails. The library counts what it allocates against an equal budget.
	budget = 1_000_000
	// bytesEach is how many bytes of a text count as one operation.
	bytesEach = 32
)

var errCost = errors.New("costs too much")

// nameMeter is the variable that holds the meter of a run.
const nameMeter = "$meter"

// metering puts a call of the meter around everything that an operation reads and whose size is
// that of the finding: around the list of a loop with the size of the loop's body, and around
// texts, lists and objects. So the cost of a condition is bounded whatever stands in the finding.
type metering struct{}

// Visit wraps the operands of one node.
func (metering) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||", "??":
		default:
			wrap(&n.Left, whole)
			wrap(&n.Right, whole)
		}
	case *ast.BuiltinNode:
		if n.Name == "len" || n.Name == "first" || n.Name == "last" || n.Name == "get" {
			return
		}
		weight := whole
		for _, argument := range n.Arguments {
			if body, ok := argument.(*ast.PredicateNode); ok {
				weight = nodes(body.Node)
			}
		}
		for i := range n.Arguments {
			wrap(&n.Arguments[i], weight)
		}
	case *ast.SliceNode:
		wrap(&n.Node, whole)
	case *ast.CallNode:
		for i := range n.Arguments {
			wrap(&n.Arguments[i], whole)
		}
	}
}

// whole is the weight of what is read as a whole; another weight is what is done with each element.
const whole = 0

// wrap makes $meter(x, weight) of x, unless x is of a fixed size.
func wrap(node *ast.Node, weight int) {
	switch (*node).(type) {
	case *ast.StringNode, *ast.ConstantNode, *ast.NilNode, *ast.PredicateNode, *ast.ArrayNode:
		return
	}
	kind := (*node).Type()
	switch kind.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Interface:
	default:
		return
	}
	callee := &ast.IdentifierNode{Value: nameMeter}
	callee.SetType(reflect.TypeFor[func(...any) any]())
	call := &ast.CallNode{Callee: callee, Arguments: []ast.Node{*node, &ast.IntegerNode{Value: weight}}}
	call.SetLocation((*node).Location())
	call.SetType(kind)
	*node = call
}

// nodes counts what there is to do in a body.
func nodes(body ast.Node) (count int) {
	ast.Find(body, func(ast.Node) bool {
		count++
		return false
	})
	return count
}

// newMeter returns the meter of one run: it gives back its first argument, and ends the run over
// the budget.
func newMeter() func(...any) any {
	left := budget
	return func(arguments ...any) any {
		value := arguments[0]
		if weight, ok := arguments[1].(int); ok && weight != whole {
			left -= weight * elements(value)
		} else {
			left -= size(value, left)
		}
		if left < 0 {
			panic(errCost) // the library makes an error of it
		}
		return value
	}
}

func elements(value any) int {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice || v.Kind() == reflect.Array || v.Kind() == reflect.Map {
		return v.Len() + 1
	}
	return 1
}

// size returns the cost of reading a value as a whole, or something over most.
func size(value any, most int) int {
	cost := 1
	switch v := value.(type) {
	case string:
		cost += len(v) / bytesEach
	case []any:
		for _, element := range v {
			if cost > most {
				break
			}
			cost += size(element, most-cost)
		}
	case map[string]any:
		for name, element := range v {
			if cost > most {
				break
			}
			cost += len(name)/bytesEach + size(element, most-cost)
		}
	case []string: // as standards
		for _, element := range v {
			cost += 1 + len(element)/bytesEach
		}
	case map[string]string: // as facts and tags
		for name, element := range v {
			cost += 1 + (len(name)+len(element))/bytesEach
		}
	default:
		cost += elements(v)
	}
	return cost
}
