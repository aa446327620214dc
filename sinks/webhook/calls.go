package webhook

import (
	"math"
	"reflect"
	"slices"
	"text/template/parse"
)

// command checks a command of a pipe, which is a value or a call, and returns the shape of what it
// gives where it is known. given are the shapes of its words, and of what the pipe gives it.
// text/template finds a wrong call only once it makes it, which can be when something is over.
func (c *checker) command(command *parse.CommandNode, given []*shape) *shape {
	name, isCall := command.Args[0].(*parse.IdentifierNode)
	if !isCall {
		if len(given) > 1 {
			c.fail(int(command.Pos), "what is no function takes no values")
		}
		return given[0]
	}
	c.call(name, command.Args[1:], len(given)-1)
	for _, argument := range command.Args[1:] {
		if inner, ok := argument.(*parse.IdentifierNode); ok {
			c.call(inner, nil, 0)
		}
	}
	switch values := given[1:]; {
	case c.mistake != nil:
		return nil
	case name.Ident == "index":
		return indexed(command.Args[1:], values)
	case name.Ident == "default", name.Ident == "and", name.Ident == "or": // one of the values
		for _, value := range values {
			if !value.isLike(values[0]) {
				return nil
			}
		}
		return values[0]
	}
	return aText()
}

// call checks that a function is given as many values as it takes, and whole numbers where it wants
// such: those of a document are others to text/template.
func (c *checker) call(name *parse.IdentifierNode, words []parse.Node, given int) {
	least, most, wantsNumber := takes(name.Ident)
	if given < least || given > most {
		values := "values"
		if given == 1 {
			values = "value"
		}
		c.fail(int(name.Pos), "%s is given %d %s and takes %d", name.Ident, given, values, least)
		return
	}
	for i := range given {
		var word parse.Node // nil is what comes by the pipe
		if i < len(words) {
			word = words[i]
		}
		_, isNil := word.(*parse.NilNode)
		if isNil && slices.Contains([]string{"and", "or", "not"}, name.Ident) {
			c.fail(int(name.Pos), "%s does not take nil", name.Ident)
		}
		if number, ok := word.(*parse.NumberNode); wantsNumber(i) && (!ok || !number.IsInt) {
			c.fail(int(name.Pos), "%s takes a whole number there, written out", name.Ident)
		}
	}
}

// takes returns how many values a function takes at the least and at the most, and which of them have
// to be whole numbers.
func takes(name string) (least, most int, wantsNumber func(i int) bool) {
	noNumbers := func(int) bool { return false }
	switch name {
	case "not":
		return 1, 1, noNumbers
	case "and", "or":
		return 1, math.MaxInt, noNumbers
	}
	function, found := functions(&occasion{})[name]
	if !found { // which has been said
		return 0, math.MaxInt, noNumbers
	}
	of := reflect.TypeOf(function)
	least, most = of.NumIn(), of.NumIn()
	if of.IsVariadic() {
		least, most = least-1, math.MaxInt
	}
	return least, most, func(i int) bool {
		if i >= of.NumIn()-1 && of.IsVariadic() {
			return of.In(of.NumIn()-1).Elem().Kind() == reflect.Int
		}
		return of.In(i).Kind() == reflect.Int
	}
}

// indexed returns the shape of what index gives, whose words are a value and the path from there.
func indexed(words []parse.Node, values []*shape) *shape {
	if len(words) != len(values) { // the end of the path comes by the pipe
		return nil
	}
	of := values[0]
	for _, step := range words[1:] {
		switch text, isText := step.(*parse.StringNode); {
		case of == nil:
			return nil
		case of.element != nil:
			of = of.element
		case of.members == nil: // in a single value is nothing
			return of
		case !isText:
			return nil
		case of.members[text.Text] == nil:
			return aText()
		default:
			of = of.members[text.Text]
		}
	}
	return of
}
