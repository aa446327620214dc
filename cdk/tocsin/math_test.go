package tocsin_test

import (
	"go/ast"
	"go/parser"
	operator "go/token"
	"strconv"
	"strings"
	"testing"
)

// The alarms' expressions are held against numbers by the small part of CloudWatch's metric math that
// they use: + and <, IF and FILL, over one period at a time.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

// queriesOf returns the expression of an alarm and the metrics that it is over.
func queriesOf(alarm object) []object {
	var queries []object
	all, _ := alarm["Metrics"].(list)
	for _, query := range all {
		queries = append(queries, query.(object))
	}
	return queries
}

// goesOff reports whether an alarm goes off over the periods, of which the newest is the last.
func goesOff(t *testing.T, alarm object, periods []counted) bool {
	t.Helper()
	wanted := alarm["EvaluationPeriods"].(float64)
	least, given := alarm["DatapointsToAlarm"].(float64)
	if !given {
		least = wanted
	}
	if len(periods) < int(wanted) {
		t.Fatalf("%d periods, want %v", len(periods), wanted)
	}
	breaches := 0.0
	for _, period := range periods[len(periods)-int(wanted):] {
		value, known := valueIn(t, alarm, period)
		isBreach := alarm["TreatMissingData"] == "breaching"
		if known {
			isBreach = value >= alarm["Threshold"].(float64)
			if alarm["ComparisonOperator"] == "LessThanThreshold" {
				isBreach = !isBreach
			}
		}
		if isBreach {
			breaches++
		}
	}
	return breaches >= least
}

// valueIn returns the value of an alarm's expression in one period; known is false where it has none.
func valueIn(t *testing.T, alarm object, period counted) (value float64, known bool) {
	t.Helper()
	metrics, expression := map[string]string{}, ""
	for _, query := range queriesOf(alarm) {
		if text, is := query["Expression"].(string); is {
			expression = text
			continue
		}
		metrics[query["Id"].(string)] = query["MetricStat"].(object)["Metric"].(object)["MetricName"].(string)
	}
	parsed, err := parser.ParseExpr(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return evaluate(t, parsed, func(id string) (float64, bool) {
		name, isThere := metrics[id]
		if !isThere {
			t.Fatalf("%s: there is no %s", expression, id)
		}
		value, known := period[name]
		return value, known
	})
}

// evaluate returns the value of an expression, which is not known where one of its parts is not.
func evaluate(t *testing.T, e ast.Expr, lookup func(string) (float64, bool)) (float64, bool) {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		value, err := strconv.ParseFloat(e.Value, 64)
		return value, err == nil
	case *ast.Ident:
		return lookup(e.Name)
	case *ast.BinaryExpr:
		left, knownLeft := evaluate(t, e.X, lookup)
		right, knownRight := evaluate(t, e.Y, lookup)
		known := knownLeft && knownRight
		switch {
		case e.Op == operator.ADD:
			return left + right, known
		case e.Op == operator.LSS && left < right:
			return 1, known
		case e.Op == operator.LSS:
			return 0, known
		}
	case *ast.CallExpr:
		return call(t, e, lookup)
	}
	t.Fatalf("%T is no part of what is understood", e)
	return 0, false
}

func call(t *testing.T, e *ast.CallExpr, lookup func(string) (float64, bool)) (float64, bool) {
	t.Helper()
	var values []float64
	allKnown, firstKnown := true, false
	for i, argument := range e.Args {
		value, known := evaluate(t, argument, lookup)
		values, allKnown = append(values, value), allKnown && known
		firstKnown = firstKnown || i == 0 && known
	}
	switch name := e.Fun.(*ast.Ident).Name; {
	case name == "IF" && len(values) == 3 && values[0] != 0:
		return values[1], allKnown
	case name == "IF" && len(values) == 3:
		return values[2], allKnown
	case name == "FILL" && len(values) == 2 && firstKnown:
		return values[0], true
	case name == "FILL" && len(values) == 2:
		return values[1], true
	}
	t.Fatalf("%s is no function that is understood", strings.ToUpper(e.Fun.(*ast.Ident).Name))
	return 0, false
}
