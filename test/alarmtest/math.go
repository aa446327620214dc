package alarmtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	operator "go/token"
	"strconv"
)

// lookup returns the value of a metric by its id.
type lookup func(id string) (value float64, isKnown bool, err error)

// evaluate returns the value of an expression of metric math in one period: of +, <, IF and FILL. It is
// not known where a part of it is not.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func evaluate(expression string, find lookup) (value float64, isKnown bool, err error) {
	parsed, err := parser.ParseExpr(expression) // the two languages agree on these
	if err != nil {
		return 0, false, fmt.Errorf("%s: %w", expression, err)
	}
	return find.value(parsed)
}

func (find lookup) value(e ast.Expr) (value float64, isKnown bool, err error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		value, err = strconv.ParseFloat(e.Value, 64)
		return value, err == nil, err
	case *ast.Ident:
		return find(e.Name)
	case *ast.BinaryExpr:
		return find.binary(e)
	case *ast.CallExpr:
		return find.call(e)
	}
	return 0, false, fmt.Errorf("%T is no part of what is understood", e)
}

func (find lookup) binary(e *ast.BinaryExpr) (value float64, isKnown bool, err error) {
	left, isLeft, err := find.value(e.X)
	if err != nil {
		return 0, false, err
	}
	right, isRight, err := find.value(e.Y)
	switch isKnown = isLeft && isRight; {
	case err != nil:
		return 0, false, err
	case e.Op == operator.ADD:
		return left + right, isKnown, nil
	case e.Op == operator.LSS && left < right:
		return 1, isKnown, nil
	case e.Op == operator.LSS:
		return 0, isKnown, nil
	}
	return 0, false, fmt.Errorf("%s is no operator that is understood", e.Op)
}

func (find lookup) call(e *ast.CallExpr) (value float64, isKnown bool, err error) {
	name, isName := e.Fun.(*ast.Ident)
	var values []float64
	var known []bool
	isKnown = true
	for _, argument := range e.Args {
		value, is, err := find.value(argument)
		if err != nil {
			return 0, false, err
		}
		values, known, isKnown = append(values, value), append(known, is), isKnown && is
	}
	switch {
	case isName && name.Name == "IF" && len(values) == 3 && values[0] != 0:
		return values[1], isKnown, nil
	case isName && name.Name == "IF" && len(values) == 3:
		return values[2], isKnown, nil
	case isName && name.Name == "FILL" && len(values) == 2 && known[0]:
		return values[0], true, nil
	case isName && name.Name == "FILL" && len(values) == 2:
		return values[1], known[1], nil
	}
	return 0, false, fmt.Errorf("%s is no call that is understood", e.Fun)
}
