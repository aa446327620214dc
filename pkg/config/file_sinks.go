package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// accountGroups are the accounts of a file: their names, and which belong together.
type accountGroups struct {
	names map[string]string   // by id
	ids   map[string][]string // by the name of a group
	// unread are the groups, ids and names with a mistake in them; isUnread says that all are.
	unread   map[string]bool
	isUnread bool
}

// typeDefaults are what all sinks of a type have.
type typeDefaults struct {
	of map[string][]member // by the type
	// unread are the types with a mistake in what they have; isUnread says that all are.
	unread   map[string]bool
	isUnread bool
}

// accounts reads the key of that name into ACCOUNT_NAMES, and keeps the groups.
func (r *fileReader) accounts(all []member) {
	at := r.section(all, keyAccounts)
	if at < 0 {
		return
	}
	before := r.said
	if named := indexOf(all, keyNames); named >= 0 {
		r.mistake(all[named].at, keyNames, "stands beside accounts; put the names into one of them")
	}
	r.groups = accountGroups{
		names: map[string]string{}, ids: map[string][]string{}, unread: map[string]bool{}, isUnread: isNoMap(all[at].value),
	}
	for _, m := range r.members(all[at].value, keyAccounts) {
		if m.value.Kind == yaml.ScalarNode && isDigits(m.key) {
			r.account(m, keyAccounts, "")
			continue
		}
		if isAccountID(m.key) {
			r.mistake(m.at, keyAccounts, "an account has a name, and no keys below it")
			r.groups.unread[m.key] = true
			continue
		}
		r.groups.ids[m.key], r.groups.isUnread = nil, r.groups.isUnread || isNoMap(m.value) // it has names that are not known
		for _, account := range r.members(m.value, joinPath(keyAccounts, m.key)) {
			r.account(account, joinPath(keyAccounts, m.key), m.key)
		}
	}
	text, err := json.Marshal(r.groups.names)
	if err == nil {
		r.variables[accountNames] = Value{Text: string(text), Origin: r.origin(all[at].at), IsUnread: r.said > before}
	}
}

// isNoMap reports whether a value is neither keys with values nor nothing at all.
func isNoMap(node *yaml.Node) bool { return node.Kind != yaml.MappingNode && node.Tag != "!!null" }

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789-") == "" }

// account reads an account's id and its name.
func (r *fileReader) account(m member, path, group string) {
	before := r.said
	defer func() {
		if r.said > before {
			r.groups.unread[group], r.groups.unread[m.key], r.groups.unread[m.value.Value] = true, true, true
		}
	}()
	switch {
	case !isAccountID(m.key):
		r.mistake(m.at, path, "an account's id has 12 digits, with its zeros and without dashes: \"011122223333\": name")
	case m.value.Kind != yaml.ScalarNode || m.value.Tag == "!!null" || m.value.Value == "":
		r.mistake(m.at, path, "the account has no name")
	case r.groups.names[m.key] != "":
		r.mistake(m.at, path, "the account was named before")
	default:
		r.groups.names[m.key] = m.value.Value
		if group != "" {
			r.groups.ids[group] = append(r.groups.ids[group], m.key)
		}
	}
}

// of returns the ids of what a sink's accounts name: a group, an account's name, or an id.
func (g accountGroups) of(text string) []string {
	if ids, isGroup := g.ids[text]; isGroup {
		return ids
	}
	var ids []string
	for id, name := range g.names {
		if id == text || name == text {
			ids = append(ids, id)
		}
	}
	return ids
}

// known returns the words by which accounts can be named.
func (g accountGroups) known() []string {
	return slices.Concat(slices.Collect(maps.Keys(g.ids)), slices.Collect(maps.Values(g.names)))
}

// readDefaults keeps what all sinks of a type have.
func (r *fileReader) readDefaults(all []member) {
	r.defaults = typeDefaults{of: map[string][]member{}, unread: map[string]bool{}}
	at := r.section(all, keyDefaults)
	if at < 0 {
		return
	}
	r.defaults.isUnread = isNoMap(all[at].value)
	for _, m := range r.members(all[at].value, keyDefaults) {
		path := joinPath(keyDefaults, m.key)
		if _, exists := r.options.SinkTypes[m.key]; !exists {
			meant := r.noType(m.at, path, m.key)
			r.defaults.unread[meant], r.defaults.isUnread = true, r.defaults.isUnread || meant == ""
			continue
		}
		r.defaults.unread[m.key] = r.defaults.unread[m.key] || isNoMap(m.value)
		r.defaults.of[m.key] = r.members(m.value, path)
		for _, one := range r.defaults.of[m.key] {
			if names := r.settingsOf(m.key); !isIn(names, one.key) {
				r.unknownKey(one, joinPath(path, one.key), names)
			}
		}
	}
}

// settingsOf returns the names of what a sink of a type can have.
func (r *fileReader) settingsOf(kind string) []string {
	return slices.Concat(sharedSettings(), r.options.SinkTypes[kind])
}

// noType says that there is no such type of sink, and returns the one that was probably meant.
func (r *fileReader) noType(line int, path, kind string) (meant string) {
	types := slices.Sorted(maps.Keys(r.options.SinkTypes))
	if meant = suggest.Word(kind, types); meant != "" {
		r.mistake(line, path, "there is no such type of sink; did you mean %s?", meant)
		return meant
	}
	r.mistake(line, path, "there is no such type of sink; there are: %s", strings.Join(types, ", "))
	return ""
}
