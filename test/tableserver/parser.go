package tableserver

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// expressions are what the expressions of one request are read with. Whatever they do not use is a
// mistake of the request.
type expressions struct {
	Names  map[string]string `json:"ExpressionAttributeNames"`
	Values map[string]Value  `json:"ExpressionAttributeValues"`

	used map[string]bool // of both
	any  bool            // the request has an expression
}

// parser reads one expression. Its first mistake stands; what is read after it has no meaning.
type parser struct {
	*expressions
	what  string // "Invalid ConditionExpression", how its mistakes begin
	rest  []string
	token string // "" at the end
	err   error
}

// parse reads an expression of a request by one of the parser's methods.
func parse[T any](e *expressions, kind, text string, read func(*parser) T) (result T, err error) {
	e.any = true
	if e.used == nil {
		e.used = map[string]bool{}
	}
	p := &parser{expressions: e, what: "Invalid " + kind}
	if strings.TrimSpace(text) == "" {
		return result, invalid(p.what + ": The expression can not be empty;")
	}
	p.rest = tokens(text)
	p.advance()
	result = read(p)
	if p.token != "" {
		p.syntax()
	}
	return result, p.err
}

// check refuses values that DynamoDB refuses, before they are used.
func (e *expressions) check() error {
	return Item(e.Values).check()
}

// checkUsed refuses names and values that no expression of the request uses.
func (e *expressions) checkUsed() error {
	if !e.any && e.Names != nil {
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	if !e.any && e.Values != nil {
		return invalid("ExpressionAttributeValues can only be specified when using expressions")
	}
	if e.Names != nil && len(e.Names) == 0 {
		return invalid("ExpressionAttributeNames must not be empty")
	}
	if e.Values != nil && len(e.Values) == 0 {
		return invalid("ExpressionAttributeValues must not be empty")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Names)) {
		if !e.used[name] {
			return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {" + name + "}")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		if !e.used[name] {
			return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {" + name + "}")
		}
	}
	return nil
}

// tokens cuts an expression into words, which may begin with # or :, and signs.
func tokens(text string) (all []string) {
	isWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		length := 1
		if isWord(rune(text[0])) || text[0] == '#' || text[0] == ':' {
			for length < len(text) && isWord(rune(text[length])) {
				length++
			}
		} else if len(text) > 1 && slices.Contains([]string{"<>", "<=", ">="}, text[:2]) {
			length = 2
		}
		all, text = append(all, text[:length]), text[length:]
	}
	return all
}

func (p *parser) advance() {
	p.token = ""
	if len(p.rest) > 0 {
		p.token, p.rest = p.rest[0], p.rest[1:]
	}
}

func (p *parser) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	return p.rest[0]
}

func (p *parser) fail(message string) {
	if p.err == nil {
		p.err = invalid(message)
	}
	p.token, p.rest = "", nil // so that nothing more is read
}

func (p *parser) syntax() {
	token := p.token
	if token == "" {
		token = "<EOF>"
	}
	p.fail(p.what + `: Syntax error; token: "` + token + `", near: "` + strings.Join(append([]string{p.token}, p.rest...), " ") + `"`)
}

func (p *parser) take(sign string) bool {
	if p.token != sign {
		return false
	}
	p.advance()
	return true
}

// takeWord takes a word of the language, which is written in capitals or not.
func (p *parser) takeWord(word string) bool {
	if !strings.EqualFold(p.token, word) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) want(sign string) {
	if !p.take(sign) {
		p.syntax()
	}
}

// operand reads the name of an attribute or of a value.
func (p *parser) operand() operand {
	if !strings.HasPrefix(p.token, ":") {
		return operand{name: p.path()}
	}
	value, is := p.Values[p.token]
	if !is {
		p.fail(p.what + ": An expression attribute value used in expression is not defined; attribute value: " + p.token)
		return operand{}
	}
	p.used[p.token] = true
	p.advance()
	return operand{value: &value}
}

// path reads the name of an attribute of the item itself. Those within others are not known here.
func (p *parser) path() (name string) {
	switch {
	case strings.HasPrefix(p.token, "#"):
		var is bool
		if name, is = p.Names[p.token]; !is {
			p.fail(p.what + ": An expression attribute name used in the document path is not defined; attribute name: " + p.token)
		}
		p.used[p.token] = true
	case !isName(p.token):
		p.syntax()
	case isReserved(p.token):
		p.fail(p.what + ": Attribute name is a reserved keyword; reserved keyword: " + p.token)
	default:
		name = p.token
	}
	p.advance()
	if p.token == "." || p.token == "[" {
		p.fail(p.what + ": this server knows no attributes within attributes")
	}
	return name
}

func isName(token string) bool {
	return token != "" && unicode.IsLetter(rune(token[0]))
}
