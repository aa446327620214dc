package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// maxFile is how long a file of settings may be, in bytes: an account name has thirty.
const maxFile = 1 << 20

// ReadFile reads a file of settings, such as tocsin.yaml, into the variables that it stands for:
//
//	min_severity: medium             the name of any variable, in small letters
//	accounts:                        ACCOUNT_NAMES, in groups or without
//	  shop:
//	    "111122223333": shop-prod
//	defaults:                        what all sinks of a type have, unless they have it themselves
//	  slack: {bot_token: arn:...}
//	sinks:                           SINKS: an instance's name, and its own settings
//	  shop:
//	    type: slack                  the name of the instance where it is left out
//	    channel: C0123ABCD
//	    accounts: shop               a group, a name, an id, or a list of them; it narrows when
//	mutes: [...]                     MUTES, as a list
//
// name is what mistakes call the file. The origin of each value is its line. There is one error for
// each mistake, which begins with the line and the key, and shows no value.
func ReadFile(name string, text []byte, o Options) (Variables, []error) {
	r := read(name, text, o)
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return r.variables, nil
}

// ReadGroups reads a file of settings as ReadFile does, and returns the ids of the accounts in each
// group by its name.
func ReadGroups(name string, text []byte, o Options) (map[string][]string, []error) {
	r := read(name, text, o)
	return r.groups.ids, r.mistakes
}

func read(name string, text []byte, o Options) *fileReader {
	r := &fileReader{name: name, text: string(text), options: o, variables: Variables{}}
	if len(text) > maxFile {
		r.mistakes = []error{fmt.Errorf("%s: has more than %d bytes; keep the names of accounts in a secret (account_names)", name, maxFile)}
		return r
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		r.mistakes = []error{noYAML(name, err)}
		return r
	}
	if len(document.Content) > 0 {
		r.document(followed(document.Content[0]))
	}
	return r
}

// noYAML returns an error without the parser's own, which shows a part of the text.
func noYAML(name string, err error) error {
	line := "1"
	if found := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error()); found != nil {
		line = found[1]
	}
	return fmt.Errorf("%s:%s: this is no YAML: a key and its value have a colon and a space between them, and what belongs "+
		"to a key stands further in", name, line)
}

// fileReader collects what a file says, and the mistakes in it.
type fileReader struct {
	name      string
	text      string
	options   Options
	variables Variables
	groups    accountGroups
	defaults  map[string][]member
	mistakes  []error
}

// member is one key of a map with its value.
type member struct {
	key   string
	at    int // the line of the key
	value *yaml.Node
}

func (r *fileReader) mistake(line int, key, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf("%s:%d: %s: %s", r.name, line, key, fmt.Sprintf(format, args...)))
}

// set sets a variable to a text that stands in a line.
func (r *fileReader) set(variable, text string, line int) {
	r.variables[variable] = Value{Text: text, Origin: r.name + ":" + strconv.Itoa(line)}
}

// followed returns the node that an alias stands for, or the node itself.
func followed(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// members returns the keys of a map in their order; "<<" brings those of another map that it has not
// itself. What is no map is a mistake, but for nothing at all.
func (r *fileReader) members(node *yaml.Node, path string) []member {
	node = followed(node)
	if node.Kind != yaml.MappingNode {
		if node.Tag != "!!null" {
			r.mistake(node.Line, path, "want keys with values below it")
		}
		return nil
	}
	var all, merged []member
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], followed(node.Content[i+1])
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, r.members(value, path)...)
		case key.Kind != yaml.ScalarNode:
			r.mistake(key.Line, path, "a key is a text")
		case indexOf(all, key.Value) >= 0:
			r.mistake(key.Line, joinPath(path, key.Value), "is given twice")
		default:
			all = append(all, member{key.Value, key.Line, value})
		}
	}
	for _, m := range merged {
		if indexOf(all, m.key) < 0 {
			all = append(all, m)
		}
	}
	return all
}

func indexOf(all []member, key string) int {
	return slices.IndexFunc(all, func(m member) bool { return m.key == key })
}

func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// The keys that are no variable's name.
const (
	keyAccounts = "accounts"
	keyDefaults = "defaults"
	keyMutes    = "mutes"
	keySinks    = "sinks"
	keyType     = "type"
)

// document reads the whole file. Sinks are read last: they refer to the rest.
func (r *fileReader) document(node *yaml.Node) {
	all := r.members(node, "the file")
	r.accounts(all)
	r.readDefaults(all)
	variables := slices.DeleteFunc(slices.Concat(globalSettings(), sharedSettings()), func(name string) bool { return name == "SINKS" })
	for i, m := range all {
		switch {
		case slices.Contains([]string{keyAccounts, keyDefaults, keySinks}, m.key):
		case m.key == keyMutes && m.value.Kind == yaml.SequenceNode:
			r.set("MUTES", r.lines(m, all[i+1:]), m.at)
		case slices.Contains(variables, strings.ToUpper(m.key)):
			r.setting(m, strings.ToUpper(m.key), m.key)
		default:
			r.unknownKey(m, m.key, append(variables, "ACCOUNTS", "DEFAULTS", "SINKS"))
		}
	}
	if at := indexOf(all, keySinks); at >= 0 {
		r.sinks(all[at])
	}
}

// lines returns the text of a list as it stands in the file, in the same lines and columns, so that
// mistakes in it have the file's lines. The list ends where the next key begins.
func (r *fileReader) lines(list member, next []member) string {
	all := strings.SplitAfter(r.text, "\n")
	end := len(all)
	for _, m := range next {
		if m.at > list.at {
			end = min(end, m.at-1)
		}
	}
	first := all[list.at-1]
	if list.value.Line > list.at {
		first = "\n"
	} else if _, rest, found := strings.Cut(first, ":"); found {
		first = strings.Repeat(" ", len(first)-len(rest)) + rest
	}
	return strings.Repeat("#\n", list.at-1) + first + strings.Join(all[list.at:end], "")
}

// unknownKey says that there is no such key; there are those of the variables, and more.
func (r *fileReader) unknownKey(m member, path string, variables []string) {
	names := make([]string, len(variables))
	for i, name := range variables {
		names[i] = strings.ToLower(name)
	}
	switch meant := suggest.Word(strings.ToLower(m.key), names); {
	case meant != "":
		r.mistake(m.at, path, "there is no such key; did you mean %s?", meant)
	default:
		slices.Sort(names)
		r.mistake(m.at, path, "there is no such key; there are: %s", strings.Join(names, ", "))
	}
}

// setting reads the value of a variable.
func (r *fileReader) setting(m member, variable, path string) {
	if m.value.Tag == "!!null" {
		return // set to nothing is not set
	}
	text, err := textOf(m.value, variable)
	if err != nil {
		r.mistake(m.value.Line, path, "%v", err)
		return
	}
	r.set(variable, text, m.at)
}

// textOf returns a value as the variable has it: a text, or a list or a map of texts.
func textOf(node *yaml.Node, variable string) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		separator := ","
		if variable == "MENTION" || strings.HasSuffix(variable, "_MENTION") {
			separator = " "
		}
		texts, err := scalars(node.Content, "a list of texts")
		return strings.Join(texts, separator), err
	default:
		texts, err := scalars(node.Content, "keys with texts")
		if err != nil {
			return "", err
		}
		if variable == "ACCOUNT_NAMES" {
			return objectOf(texts)
		}
		var pairs []string
		for i := 0; i+1 < len(texts); i += 2 {
			pairs = append(pairs, texts[i]+"="+texts[i+1])
		}
		return strings.Join(pairs, ","), nil
	}
}

// objectOf returns keys and values as a JSON object of texts.
func objectOf(texts []string) (string, error) {
	object := map[string]string{}
	for i := 0; i+1 < len(texts); i += 2 {
		object[texts[i]] = texts[i+1]
	}
	text, err := json.Marshal(object)
	if err != nil {
		return "", errors.New("cannot be read")
	}
	return string(text), nil
}

func scalars(nodes []*yaml.Node, want string) ([]string, error) {
	var texts []string
	for _, node := range nodes {
		node = followed(node)
		if node.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("want a text, or %s", want)
		}
		texts = append(texts, node.Value)
	}
	return texts, nil
}
