package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// document reads the whole file. Sinks are read last: they refer to the rest.
func (r *fileReader) document(node *yaml.Node) {
	all := r.members(node, "the file")
	r.accounts(all)
	r.readDefaults(all)
	variables := slices.DeleteFunc(slices.Concat(globalSettings(), sharedSettings()), func(name string) bool { return name == sinksVariable })
	for i, m := range all {
		switch {
		case slices.Contains([]string{keyAccounts, keyDefaults, keySinks}, m.key):
		case m.key == keyNames && r.groups.names != nil: // stands beside accounts
		case m.key == keyMutes && m.value.Kind == yaml.SequenceNode:
			r.variables["MUTES"] = Value{Text: r.mutes(m, all[i+1:]), Origin: r.origin(m.at), keepsLines: true}
		case isIn(variables, m.key):
			r.setting(m, strings.ToUpper(m.key), m.key)
		default:
			r.unknownKey(m, m.key, keysOfFile())
			r.unreadSection(m, all)
		}
	}
	if at := r.section(all, keySinks); at >= 0 {
		r.sinks(all[at])
	}
	if node.Kind != yaml.MappingNode && len(r.mistakes) > 0 || len(r.mistakes) >= maxMistakes {
		r.variables = nil // none of ours
	}
}

// keysOfFile returns the keys that a file can have, in capitals.
func keysOfFile() []string {
	return append(slices.Concat(globalSettings(), sharedSettings()), "ACCOUNTS", "DEFAULTS")
}

// section returns where a key is that has others below it, or what is probably meant to be it; -1
// where there is neither. A slip in its name hides no mistake below it.
func (r *fileReader) section(all []member, key string) int {
	if at := indexOf(all, key); at >= 0 {
		return at
	}
	return slices.IndexFunc(all, func(m member) bool {
		return m.value.Kind == yaml.MappingNode && suggest.Word(m.key, []string{key}) != "" && meantBy(m.key, keysOfFile()) == strings.ToUpper(key)
	})
}

// unreadSection notes what a key of the file that there is not was probably meant to say; it can be
// any that has keys below it, and is not there, where it has some itself.
func (r *fileReader) unreadSection(m member, all []member) {
	if len(r.mistakes) >= maxMistakes {
		return
	}
	switch meant := meantBy(m.key, keysOfFile()); meant {
	case "":
		if m.value.Kind != yaml.MappingNode {
			return
		}
		r.groups.isUnread = r.groups.isUnread || r.section(all, keyAccounts) < 0
		r.defaults.isUnread = r.defaults.isUnread || r.section(all, keyDefaults) < 0
		r.unread(accountNames, m.at)
		r.unread(sinksVariable, m.at) // until they are read
	case "ACCOUNTS":
		r.groups.isUnread = r.groups.isUnread || m.value.Kind != yaml.MappingNode
	case "DEFAULTS":
		r.defaults.isUnread = r.defaults.isUnread || m.value.Kind != yaml.MappingNode
	default:
		r.unread(meant, m.at)
	}
}

// meantBy returns the variable that a key was probably meant to be, of those that there are; empty for
// none.
func meantBy(key string, variables []string) string {
	return suggest.Word(strings.ToUpper(key), variables)
}

// unknownKey says that there is no such key; there are those of the variables, and more.
func (r *fileReader) unknownKey(m member, path string, variables []string) {
	if len(r.mistakes) >= maxMistakes {
		return
	}
	if meant := meantBy(m.key, variables); meant != "" {
		r.mistake(m.at, path, "there is no such key; did you mean %s?", strings.ToLower(meant))
		return
	}
	names := strings.Split(strings.ToLower(strings.Join(variables, ",")), ",")
	slices.Sort(names)
	r.mistake(m.at, path, "there is no such key; there are: %s", strings.Join(names, ", "))
}
