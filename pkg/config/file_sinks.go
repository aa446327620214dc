package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// accountGroups are the accounts of a file: their names, and which belong together.
type accountGroups struct {
	names map[string]string   // by id
	ids   map[string][]string // by the name of a group
}

// accounts reads the key of that name into ACCOUNT_NAMES, and keeps the groups.
func (r *fileReader) accounts(all []member) {
	at := indexOf(all, keyAccounts)
	if at < 0 {
		return
	}
	if named := indexOf(all, "account_names"); named >= 0 {
		r.mistake(all[named].at, "account_names", "stands beside accounts; put the names into one of them")
	}
	r.groups = accountGroups{names: map[string]string{}, ids: map[string][]string{}}
	for _, m := range r.members(all[at].value, keyAccounts) {
		if m.value.Kind == yaml.ScalarNode && isDigits(m.key) {
			r.account(m, keyAccounts, "")
			continue
		}
		if isAccountID(m.key) {
			r.mistake(m.at, keyAccounts, "an account has a name, and no keys below it")
			continue
		}
		r.groups.ids[m.key] = nil
		for _, account := range r.members(m.value, joinPath(keyAccounts, m.key)) {
			r.account(account, joinPath(keyAccounts, m.key), m.key)
		}
	}
	text, err := json.Marshal(r.groups.names)
	if err == nil {
		r.set("ACCOUNT_NAMES", string(text), all[at].at)
	}
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789-") == "" }

// account reads an account's id and its name.
func (r *fileReader) account(m member, path, group string) {
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
	r.defaults = map[string][]member{}
	at := indexOf(all, keyDefaults)
	if at < 0 {
		return
	}
	for _, m := range r.members(all[at].value, keyDefaults) {
		path := joinPath(keyDefaults, m.key)
		if _, exists := r.options.SinkTypes[m.key]; !exists {
			r.noType(m.at, path, m.key)
			continue
		}
		r.defaults[m.key] = r.members(m.value, path)
		for _, one := range r.defaults[m.key] {
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

func (r *fileReader) noType(line int, path, kind string) {
	types := slices.Sorted(maps.Keys(r.options.SinkTypes))
	if meant := suggest.Word(kind, types); meant != "" {
		r.mistake(line, path, "there is no such type of sink; did you mean %s?", meant)
		return
	}
	r.mistake(line, path, "there is no such type of sink; there are: %s", strings.Join(types, ", "))
}

// sinks reads the instances into SINKS and their variables.
func (r *fileReader) sinks(sinks member) {
	var entries []string
	all := r.members(sinks.value, keySinks)
	if len(all) == 0 && len(r.mistakes) == 0 {
		r.mistake(sinks.at, keySinks, "names none; give each a name, and its settings below that")
	}
	for _, m := range all {
		path, own := joinPath(keySinks, m.key), r.members(m.value, joinPath(keySinks, m.key))
		kind := m.key
		if at := indexOf(own, keyType); at >= 0 && own[at].value.Tag != "!!null" {
			kind = own[at].value.Value
		}
		if _, exists := r.options.SinkTypes[kind]; !exists {
			r.noType(m.at, path, kind)
			continue
		}
		if !isName(m.key) {
			r.mistake(m.at, path, "an instance's name is small letters, digits and _, and begins with a letter")
			continue
		}
		entries = append(entries, m.key+"="+kind)
		r.instance(m.key, kind, own)
	}
	r.set("SINKS", strings.Join(entries, ","), sinks.at)
}

// instance reads the settings of one instance, and those that all of its type have.
func (r *fileReader) instance(name, kind string, own []member) {
	names := r.settingsOf(kind)
	for _, m := range own {
		path := joinPath(joinPath(keySinks, name), m.key)
		switch upper := strings.ToUpper(m.key); {
		case m.key == keyType || m.key == keyAccounts:
		case isIn(names, m.key):
			r.setting(m, setting.Variable(name, upper), path)
		default:
			r.unknownKey(m, path, append(slices.Clone(names), "TYPE", "ACCOUNTS"))
		}
	}
	for _, m := range r.defaults[kind] {
		if upper := strings.ToUpper(m.key); indexOf(own, m.key) < 0 && slices.Contains(names, upper) {
			r.setting(m, setting.Variable(name, upper), joinPath(joinPath(keyDefaults, kind), m.key))
		}
	}
	if at := indexOf(own, keyAccounts); at >= 0 {
		r.narrow(name, own[at])
	}
}

// narrow has an instance take the findings of some accounts only, of those that it would take. The
// line of the condition is its own where it has one: that is where a mistake is.
func (r *fileReader) narrow(instance string, accounts member) {
	path := joinPath(joinPath(keySinks, instance), keyAccounts)
	nodes := []*yaml.Node{accounts.value}
	if accounts.value.Kind == yaml.SequenceNode {
		nodes = accounts.value.Content
	}
	texts, err := scalars(nodes, "a list of them")
	if err != nil || len(texts) == 0 || texts[0] == "" {
		r.mistake(accounts.at, path, "want the name of a group, of an account, or an account's id, or a list of them")
		return
	}
	var ids []string
	for i, text := range texts {
		found := r.groups.of(text)
		_, isGroup := r.groups.ids[text]
		switch {
		case len(found) == 0 && isGroup:
			r.mistake(nodes[i].Line, path, "entry %d: there are no accounts in this group; put their ids and names below it", i+1)
		case len(found) == 0 && isAccountID(text):
			found = []string{text}
		case len(found) == 0:
			remedy := "want a group or a name under accounts, or an id of 12 digits"
			if meant := suggest.Word(text, r.groups.known()); meant != "" {
				remedy = "did you mean " + meant + "?"
			}
			r.mistake(nodes[i].Line, path, "entry %d: there is no such account and no such group; %s", i+1, remedy)
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	quoted := make([]string, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		quoted = append(quoted, strconv.Quote(id))
	}
	variable := setting.Variable(instance, "WHEN")
	value := r.variables[variable]
	value.within, value.isShared = fmt.Sprintf("account in [%s]", strings.Join(quoted, ", ")), value.Text == ""
	if value.isShared {
		value.Text = r.variables["WHEN"].Text
	}
	value.Origin = cmp.Or(value.Origin, r.name+":"+strconv.Itoa(accounts.at))
	r.variables[variable] = value.narrowed(value)
}
