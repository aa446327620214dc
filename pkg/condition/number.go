package condition

import (
	"math"
	"strconv"
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

// spans has a line for each number: its lowest and highest value, and the words for them.
const spans = `
severity|1|10|it goes from 1 to 10, high from 7, critical from 9
score|0|10|it goes from 0 to 10
epss|0|1|it goes from 0 to 1
count|0|Inf|it is a whole number from 0 on
first_seen.Hour|0|23|it goes from 0 to 23
last_seen.Hour|0|23|it goes from 0 to 23
`

// spanOf returns the span of a variable.
func spanOf(name string) (s span, ok bool) {
	_, line, ok := strings.Cut(spans, "\n"+name+"|")
	if !ok {
		return s, false
	}
	line, _, _ = strings.Cut(line, "\n")
	parts := strings.Split(line, "|")
	s.low, _ = strconv.ParseFloat(parts[0], 64)
	s.high, _ = strconv.ParseFloat(parts[1], 64)
	s.words, s.isInteger = parts[2], name != "severity" && name != "score" && name != "epss"
	return s, true
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
	case opEqual, opIn:
		return one == other
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
