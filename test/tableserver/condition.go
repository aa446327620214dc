package tableserver

import "strings"

// condition is a parsed condition: what holds of an item, or does not.
type condition interface {
	holds(item Item) bool
}

type (
	and struct{ left, right condition }
	or  struct{ left, right condition }
	not struct{ of condition }
	// group is what stands in parentheses.
	group struct{ condition }
	// comparison compares what two operands stand for.
	comparison struct {
		operator    string
		left, right operand
	}
	exists    struct{ name string }
	hasPrefix struct{ of, prefix operand }
)

func (c and) holds(item Item) bool    { return c.left.holds(item) && c.right.holds(item) }
func (c or) holds(item Item) bool     { return c.left.holds(item) || c.right.holds(item) }
func (c not) holds(item Item) bool    { return !c.of.holds(item) }
func (c exists) holds(item Item) bool { _, is := item[c.name]; return is }

func (c hasPrefix) holds(item Item) bool {
	of, isThere := c.of.in(item)
	prefix, has := c.prefix.in(item)
	return isThere && has && of.S != nil && prefix.S != nil && strings.HasPrefix(*of.S, *prefix.S)
}

func (c comparison) holds(item Item) bool {
	left, isThere := c.left.in(item)
	right, has := c.right.in(item)
	if !isThere || !has {
		return c.operator == "<>" && isThere != has
	}
	switch c.operator {
	case "=":
		return left.equal(right)
	case "<>":
		return !left.equal(right)
	}
	order, ok := left.compare(right)
	switch {
	case !ok:
		return false
	case c.operator == "<":
		return order < 0
	case c.operator == "<=":
		return order <= 0
	case c.operator == ">":
		return order > 0
	default:
		return order >= 0
	}
}

// operand is the name of an attribute, or a value.
type operand struct {
	name  string
	value *Value
}

// in returns what an operand stands for in an item; ok is false for an attribute that is not there.
func (o operand) in(item Item) (value Value, ok bool) {
	if o.value != nil {
		return *o.value, true
	}
	value, ok = item[o.name]
	return value, ok
}

// condition reads what OR joins; AND binds closer, and NOT the closest.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
func (p *parser) condition() condition {
	left := p.conjunction()
	for p.takeWord("OR") {
		left = or{left, p.conjunction()}
	}
	return left
}

func (p *parser) conjunction() condition {
	left := p.negation()
	for p.takeWord("AND") {
		left = and{left, p.negation()}
	}
	return left
}

func (p *parser) negation() condition {
	if p.takeWord("NOT") {
		return not{p.negation()}
	}
	return p.simple()
}

// simple reads a condition in parentheses, a function or a comparison.
func (p *parser) simple() condition {
	if p.take("(") {
		inner := p.condition()
		p.want(")")
		if _, isGroup := inner.(group); isGroup {
			p.fail(p.what + ": The expression has redundant parentheses;")
		}
		return group{inner}
	}
	if isName(p.token) && p.next() == "(" {
		return p.function()
	}
	c := comparison{left: p.operand()}
	switch p.token {
	case "=", "<>", "<", "<=", ">", ">=":
		c.operator = p.token
		p.advance()
	default:
		p.syntax()
	}
	c.right = p.operand()
	if c.left.value == nil && c.left.name == c.right.name {
		p.fail(p.what + ": The first operand must be distinct from the remaining operands for this operator or function; operator: " +
			c.operator + ", first operand: [" + c.left.name + "]")
	}
	return c
}

func (p *parser) function() condition {
	name := p.token
	p.advance()
	p.want("(")
	defer p.want(")")
	switch name {
	case "attribute_exists", "attribute_not_exists":
		of := p.operand()
		if of.value != nil {
			p.fail(p.what + ": Operator or function requires a document path; operator or function: " + name)
		}
		if name == "attribute_exists" {
			return exists{of.name}
		}
		return not{exists{of.name}}
	case "begins_with":
		of := p.operand()
		p.want(",")
		prefix := p.operand()
		if prefix.value != nil && prefix.value.S == nil {
			p.fail(p.what + ": Incorrect operand type for operator or function; operator or function: begins_with, operand type: " + prefix.value.kind())
		}
		return hasPrefix{of, prefix}
	default:
		p.fail(p.what + ": Invalid function name; function: " + name)
		return nil
	}
}
