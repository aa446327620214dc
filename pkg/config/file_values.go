package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting reads the value of a variable.
func (r *fileReader) setting(m member, variable, path string) {
	if m.value.Tag == "!!null" {
		return // set to nothing is not set
	}
	text, err := textOf(m.value, variable)
	if err != nil {
		r.mistake(m.value.Line, path, "%v", err)
		r.unread(variable, m.at)
		return
	}
	r.set(variable, text, m.at)
}

// textOf returns a value as the variable has it: a text, or a list or a map of texts.
func textOf(node *yaml.Node, variable string) (string, error) {
	isOne := func(name string) bool { return variable == name || strings.HasSuffix(variable, "_"+name) }
	switch {
	case isTagged(node):
		return "", errors.New("what begins with ! is read as a tag of YAML: put it in quotes")
	case node.Kind == yaml.ScalarNode:
		return node.Value, nil
	case isOne("WHEN") || strings.HasSuffix(variable, "_TEMPLATE"):
		return "", errors.New("want a text: put it in quotes, or below | in lines that stand further in")
	case node.Kind == yaml.SequenceNode:
		separator := ","
		if isOne("MENTION") {
			separator = " "
		} else if isOne("HEADERS") {
			separator = "\n"
		}
		texts, err := scalars(node.Content, "a list of texts")
		return strings.Join(texts, separator), err
	case variable == "ACCOUNT_NAMES":
		texts, err := scalars(node.Content, "keys with texts")
		if err != nil {
			return "", err
		}
		return objectOf(texts)
	case isOne("HEADERS"):
		return pairsOf(node, ": ", "\n")
	case variable == sourceSeverity:
		return pairsOf(node, "=", ",")
	default:
		return "", errors.New("want a text, and no keys below it; put what begins with { in quotes")
	}
}

// isTagged reports whether a value has a tag of its own: not sample can be written !sample.
func isTagged(node *yaml.Node) bool {
	return strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!")
}

// pairsOf returns keys and values, with what stands between the two, and between pairs.
func pairsOf(node *yaml.Node, between, after string) (string, error) {
	texts, err := scalars(node.Content, "keys with texts")
	var pairs []string
	for i := 0; i+1 < len(texts); i += 2 {
		pairs = append(pairs, texts[i]+between+texts[i+1])
	}
	return strings.Join(pairs, after), err
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
		if isTagged(node) {
			return nil, errors.New("what begins with ! is read as a tag of YAML: put it in quotes")
		}
		if node.Tag == "!!null" {
			return nil, fmt.Errorf("one of them has no value; want %s", want)
		}
		texts = append(texts, node.Value)
	}
	return texts, nil
}

// mutes returns the text of a list of mutes, in which its entries stand in the file's lines.
func (r *fileReader) mutes(list member, next []member) string {
	if list.value.Style&yaml.FlowStyle == 0 && !refers(list.value) {
		return r.lines(list, next)
	}
	var text strings.Builder
	line := 1 // the one that is written next
	for _, entry := range list.value.Content {
		entry = followed(entry)
		if entry.Kind == yaml.MappingNode {
			entry = flow(r.members(entry, keyMutes))
		}
		one, err := yaml.Marshal(entry)
		if err != nil {
			r.mistake(list.at, keyMutes, "cannot be read")
		}
		for ; line < entry.Line; line++ {
			text.WriteString("#\n")
		}
		item := "- " + strings.ReplaceAll(strings.TrimSpace(string(one)), "\n", "\n  ") + "\n"
		line += strings.Count(item, "\n")
		text.WriteString(item)
	}
	return text.String()
}

// refers reports whether a part of the file stands for others that are elsewhere.
func refers(node *yaml.Node) bool {
	return node.Kind == yaml.AliasNode || slices.ContainsFunc(node.Content, refers)
}

// flow returns keys with their texts as a map on one line.
func flow(all []member) *yaml.Node {
	object := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, m := range all {
		if object.Line == 0 {
			object.Line = m.at
		}
		value := &yaml.Node{Kind: yaml.ScalarNode, Value: m.value.Value, Tag: m.value.Tag, Style: m.value.Style}
		if m.value.Kind != yaml.ScalarNode {
			value = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle} // a mistake whatever is in it
		}
		put(object, m.key, value)
	}
	return object
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
