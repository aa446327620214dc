package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
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
// each mistake, which begins with the line and the key, and shows no value; they have the order of
// ByLine. Beside mistakes the variables are those that could be read, for Load to find what is wrong
// with their values: they are no configuration. They are nil where nothing could be read.
func ReadFile(name string, text []byte, o Options) (Variables, []error) {
	r := read(name, text, o)
	return r.variables, r.mistakes
}

// ReadGroups reads a file of settings as ReadFile does, and returns the ids of the accounts in each
// group by its name.
func ReadGroups(name string, text []byte, o Options) (map[string][]string, []error) {
	r := read(name, text, o)
	return r.groups.ids, r.mistakes
}

func read(name string, text []byte, o Options) *fileReader {
	r := &fileReader{name: name, text: string(text), options: o, maps: map[*yaml.Node][]member{}}
	if len(text) > maxFile {
		r.mistakes = []error{fmt.Errorf("%s: has more than %d bytes; keep the names of accounts in a secret (account_names)", name, maxFile)}
		return r
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	err := documents.Decode(&first)
	if err == nil {
		err = documents.Decode(&second)
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		r.mistakes = []error{noYAML(name, r.text, err)}
	case len(second.Content) > 0 && second.Content[0].Tag != "!!null":
		r.mistakes = []error{fmt.Errorf("%s:%d: a second document begins before this, and would not be read: take out the line ---",
			name, second.Content[0].Line)}
	default:
		r.variables = Variables{}
		if len(first.Content) > 0 {
			r.document(followed(first.Content[0]))
		}
	}
	ByLine(r.mistakes)
	return r
}

// fileReader collects what a file says, and the mistakes in it.
type fileReader struct {
	name      string
	text      string
	options   Options
	variables Variables
	groups    accountGroups
	defaults  typeDefaults
	maps      map[*yaml.Node][]member // what was read of each: others can refer to it, many times over
	mistakes  []error
	said      int // how many there are, with those that are left out of them
}

// member is one key of a map with its value.
type member struct {
	key   string
	at    int // the line of the key
	value *yaml.Node
}

// maxKey is how long a key may be with those above it, to be shown in a mistake.
const maxKey = 100

// maxMistakes is how many mistakes are said of a file: one that is none of ours has thousands.
const maxMistakes = 100

// mistake notes a mistake. A key that is none by its letters may be a secret that stands in the wrong
// place, and is not shown.
func (r *fileReader) mistake(line int, key, format string, args ...any) {
	r.said++
	if len(r.mistakes) >= maxMistakes {
		return
	}
	if strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz0123456789_-. ") != "" || len(key) > maxKey {
		key = "a key"
	}
	mistake := At(r.origin(line), fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	if !slices.ContainsFunc(r.mistakes, func(m error) bool { return m.Error() == mistake.Error() }) { // defaults are read for each sink
		r.mistakes = append(r.mistakes, mistake)
	}
}

func (r *fileReader) origin(line int) string { return r.name + ":" + strconv.Itoa(line) }

// set sets a variable to a text that stands in a line.
func (r *fileReader) set(variable, text string, line int) {
	r.variables[variable] = Value{Text: text, Origin: r.origin(line)}
}

// unread notes that what stands in a line for a variable cannot be read, unless it stands elsewhere too.
func (r *fileReader) unread(variable string, line int) {
	if _, isRead := r.variables[variable]; !isRead {
		r.variables[variable] = Value{Origin: r.origin(line), IsUnread: true}
	}
}

// followed returns the node that an alias stands for, or the node itself.
func followed(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// members returns the keys of a map in their order; "<<" brings those of other maps that it has not
// itself. What is no map is a mistake, but for nothing at all.
func (r *fileReader) members(node *yaml.Node, path string) []member {
	node = followed(node)
	if node.Kind != yaml.MappingNode {
		if node.Tag != "!!null" {
			r.mistake(node.Line, path, "want keys with values below it")
		}
		return nil
	}
	if all, isRead := r.maps[node]; isRead {
		return all
	}
	r.maps[node] = nil // ends what refers to itself
	var all, merged []member
	has := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], followed(node.Content[i+1])
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, r.merged(value, path)...)
		case key.Kind != yaml.ScalarNode:
			r.mistake(key.Line, path, "a key is a text")
		case has[key.Value]:
			r.mistake(key.Line, joinPath(path, key.Value), "is given twice")
		default:
			has[key.Value] = true
			all = append(all, member{key.Value, key.Line, value})
		}
	}
	for _, m := range merged {
		if !has[m.key] {
			has[m.key] = true
			all = append(all, m)
		}
	}
	r.maps[node] = all
	return all
}

// merged returns the keys of what "<<" names, a map or a list of them; the first one counts.
func (r *fileReader) merged(value *yaml.Node, path string) []member {
	if value.Kind != yaml.SequenceNode {
		return r.members(value, path)
	}
	var all []member
	for _, node := range value.Content {
		all = append(all, r.members(node, path)...)
	}
	return all
}

// isIn reports whether a key is one of the names of variables, in small letters: in two spellings it
// could stand twice.
func isIn(variables []string, key string) bool {
	return key == strings.ToLower(key) && slices.Contains(variables, strings.ToUpper(key))
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
	keyNames    = "account_names"
	keySinks    = "sinks"
	keyType     = "type"
)
