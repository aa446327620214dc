package tableserver

import (
	"slices"
	"strings"
)

// update is a parsed update expression.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
type update struct {
	steps []step
	names []string // of the attributes that are changed
}

// step changes one attribute.
type step struct {
	name   string
	change func(before Item) (*Value, error) // nil removes it
}

// apply returns the item after an update. Every step sees the item as it was before.
func (u update) apply(before Item) (Item, error) {
	after := Item{}
	for name, value := range before {
		after[name] = value
	}
	for _, step := range u.steps {
		value, err := step.change(before)
		if err != nil {
			return nil, err
		}
		if value == nil {
			delete(after, step.name)
			continue
		}
		after[step.name] = *value
	}
	return after, nil
}

func (p *parser) update() (u update) {
	seen := map[string]bool{}
	for p.token != "" {
		section := strings.ToUpper(p.token)
		if seen[section] {
			p.fail(p.what + `: The "` + section + `" section can only be used once in an update expression;`)
			return u
		}
		seen[section] = true
		p.advance()
		for isFirst := true; isFirst || p.take(","); isFirst = false {
			one := p.step(section)
			if slices.Contains(u.names, one.name) && p.err == nil {
				p.fail(p.what + ": Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [" +
					one.name + "], path two: [" + one.name + "]")
			}
			u.steps, u.names = append(u.steps, one), append(u.names, one.name)
		}
	}
	return u
}

func (p *parser) step(section string) step {
	switch section {
	case "SET":
		s := step{name: p.path()}
		p.want("=")
		s.change = p.sum()
		return s
	case "REMOVE":
		return step{p.path(), func(Item) (*Value, error) { return nil, nil }}
	case "ADD":
		return p.add()
	default:
		p.fail(p.what + `: Syntax error; token: "` + section + `", near: "` + section + `"`)
		return step{}
	}
}

// sum reads an operand, or two of them with + or - between.
func (p *parser) sum() func(Item) (*Value, error) {
	left := p.term()
	sign := map[string]int64{"+": 1, "-": -1}[p.token]
	if sign == 0 {
		return func(before Item) (*Value, error) { return left(before) }
	}
	p.advance()
	right := p.term()
	return func(before Item) (*Value, error) {
		a, err := left(before)
		if err != nil {
			return nil, err
		}
		b, err := right(before)
		if err != nil {
			return nil, err
		}
		if a.N == nil || b.N == nil {
			return nil, invalid("An operand in the update expression has an incorrect data type")
		}
		total, err := sum(*a, *b, sign)
		return &total, err
	}
}

// term reads an operand, or if_not_exists with a name and what stands for it.
func (p *parser) term() func(Item) (*Value, error) {
	if !isName(p.token) || p.next() != "(" {
		of := p.operand()
		return func(before Item) (*Value, error) {
			value, is := of.in(before)
			if !is {
				return nil, invalid("The provided expression refers to an attribute that does not exist in the item")
			}
			return &value, nil
		}
	}
	if p.token != "if_not_exists" {
		p.fail(p.what + ": Invalid function name; function: " + p.token)
		return nil
	}
	p.advance()
	p.want("(")
	name := p.path()
	p.want(",")
	other := p.term()
	p.want(")")
	return func(before Item) (*Value, error) {
		if value, is := before[name]; is {
			return &value, nil
		}
		return other(before)
	}
}

// add reads a name and the number that is added, or the set whose elements are.
func (p *parser) add() step {
	name := p.path()
	if p.err == nil && !strings.HasPrefix(p.token, ":") {
		p.syntax()
	}
	more := p.operand().value
	if more == nil {
		return step{}
	}
	if !slices.Contains([]string{"N", "SS", "NS", "BS"}, more.kind()) {
		p.fail(p.what + ": Incorrect operand type for operator or function; operator: ADD, operand type: " + more.kind())
	}
	return step{name, func(before Item) (*Value, error) {
		now, is := before[name]
		switch {
		case !is:
			return more, nil
		case now.kind() != more.kind():
			return nil, invalid("An operand in the update expression has an incorrect data type")
		case now.N != nil:
			total, err := sum(now, *more, 1)
			return &total, err
		}
		return joined(now, *more), nil
	}}
}

// joined returns the elements of two sets of one type.
func joined(a, b Value) *Value {
	both := Value{SS: slices.Clone(a.SS), NS: slices.Clone(a.NS), BS: slices.Clone(a.BS)}
	for _, s := range b.SS {
		if !slices.Contains(both.SS, s) {
			both.SS = append(both.SS, s)
		}
	}
	for _, n := range b.NS {
		if !slices.Contains(both.NS, n) {
			both.NS = append(both.NS, n)
		}
	}
	for _, element := range b.BS {
		if !slices.ContainsFunc(both.BS, func(other []byte) bool { return string(other) == string(element) }) {
			both.BS = append(both.BS, element)
		}
	}
	return &both
}
