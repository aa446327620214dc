package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

// Convert returns the file that stands for settings: ReadFile gives them back. Settings of others,
// such as those of the AWS SDK, have no place in it. Secrets stand in it as they do in the settings.
// The error joins one error for each mistake in the settings.
func Convert(source Source, o Options) ([]byte, error) {
	c, err := Load(source, o)
	if err != nil {
		return nil, err
	}
	l := loader{source: source, options: o}
	whole := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Concat(globalSettings(), sharedSettings()) {
		text := l.text(name)
		switch {
		case text == "" || name == "SINKS":
		case name == "ACCOUNT_NAMES" && len(c.AccountNames) > 0:
			names := &yaml.Node{Kind: yaml.MappingNode}
			for _, id := range slices.Sorted(maps.Keys(c.AccountNames)) {
				put(names, id, scalarNode(c.AccountNames[id]))
				names.Content[len(names.Content)-2].Style = yaml.DoubleQuotedStyle
			}
			put(whole, keyAccounts, names)
		case name == "MUTES" && c.Mutes.Text != "":
			list := yaml.Node{}
			if err := yaml.Unmarshal([]byte(text), &list); err != nil || len(list.Content) == 0 {
				return nil, errors.New("MUTES: this is no YAML")
			}
			put(whole, keyMutes, list.Content[0])
		default:
			put(whole, strings.ToLower(name), scalarNode(text))
		}
	}
	instances := &yaml.Node{Kind: yaml.MappingNode}
	for _, sink := range c.Sinks {
		put(instances, sink.Name, l.instanceNode(sink))
	}
	put(whole, keySinks, instances)
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(whole), encoder.Close()); err != nil {
		return nil, fmt.Errorf("the file: %w", err)
	}
	return text.Bytes(), nil
}

// instanceNode returns the settings that an instance has of its own.
func (l *loader) instanceNode(sink Sink) *yaml.Node {
	own := &yaml.Node{Kind: yaml.MappingNode}
	if sink.Type != sink.Name {
		put(own, keyType, scalarNode(sink.Type))
	}
	for _, name := range slices.Concat(l.options.SinkTypes[sink.Type], sharedSettings()) {
		if text := l.text(setting.Variable(sink.Name, name)); text != "" {
			put(own, strings.ToLower(name), scalarNode(text))
		}
	}
	return own
}

func put(object *yaml.Node, key string, value *yaml.Node) {
	object.Content = append(object.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

// scalarNode returns a text that stays one, over several lines where it has them.
func scalarNode(text string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(text)
	return node
}
