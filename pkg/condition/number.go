package condition

import (
	"math"
	"strings"
)

// span is what the values of a number lie between.
type span struct {
	low, high float64
	// isInteger says that they are whole numbers.
	isInteger bool
	// words say so.
	words string
}

// spanOf returns the span of a variable.
func spanOf(name string) (span, bool) {
	switch name {
	case "severity":
		return span{1, 10, false, "it goes from 1 to 10, high from 7, critical from 9"}, true
	case "score":
		return span{0, 10, false, "it goes from 0 to 10"}, true
	case "epss":
		return span{0, 1, false, "it goes from 0 to 1"}, true
	case "count":
		return span{0, math.Inf(1), true, "it is a whole number from 0 on"}, true
	}
	switch of, method, _ := strings.Cut(name, "."); {
	case of != "first_seen" && of != "last_seen":
	case method == "Hour":
		return span{0, 23, true, "it goes from 0 to 23"}, true
	case method == "Minute":
		return span{0, 59, true, "it goes from 0 to 59"}, true
	case method == "Day":
		return span{1, 31, true, "it goes from 1 to 31"}, true
	}
	return span{}, false
}

// numberMistake returns what is wrong with the numbers that a variable is compared with: none of
// its values is so, or each is and the number is off the scale. severity >= 1 is no mistake.
func numberMistake(c *comparison) string {
	s, ok := spanOf(c.subject.name)
	if !ok {
		return ""
	}
	if c.isRange && len(c.numbers) == 2 {
		switch first, last := c.numbers[0], c.numbers[1]; {
		case first > last:
			return "no " + c.subject.name + " is so: the range ends before it begins"
		case first < 0 || last < s.low || last > s.high:
			return "that is off the scale of " + c.subject.name + ": " + s.words
		}
		return ""
	}
	operator := c.operator
	if operator == opIn {
		operator = opEqual
	}
	for _, number := range c.numbers {
		var how string
		isOff := number > s.high || number < 0 // 0 is a beginning of every scale
		switch {
		case s.never(operator, number):
			how = "no "
		case s.never(opposite(operator), number) && (isOff || operator == opUnequal):
			how = "every "
		default:
			continue
		}
		return how + c.subject.name + " is so: " + s.words
	}
	return ""
}

// never reports whether no value stands so to a number.
func (s span) never(operator string, number float64) bool {
	if operator == opEqual {
		return number < s.low || number > s.high || s.isInteger && number != math.Trunc(number)
	}
	return !stands(s.low, operator, number) && !stands(s.high, operator, number)
}

// stands reports whether a number stands so to another one.
func stands(one float64, operator string, other float64) bool {
	switch operator {
	case opUnequal:
		return one != other
	case "<":
		return one < other
	case "<=":
		return one <= other
	case ">":
		return one > other
	case ">=":
		return one >= other
	}
	return false
}

// opposite returns the operator that holds where another one does not.
func opposite(operator string) string {
	switch operator {
	case opEqual:
		return opUnequal
	case opUnequal:
		return opEqual
	case "<":
		return ">="
	case "<=":
		return ">"
	case ">":
		return "<="
	case ">=":
		return "<"
	}
	return ""
}
