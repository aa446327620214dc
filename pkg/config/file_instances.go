package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// sinks reads the instances into SINKS and their variables. One whose type cannot be read is there
// without one, so that the values of what every sink can have are judged.
func (r *fileReader) sinks(sinks member) {
	var entries []string
	before := r.said
	all := r.members(sinks.value, keySinks)
	if len(all) == 0 && r.said == before {
		r.mistake(sinks.at, keySinks, "names none; give each a name, and its settings below that")
	}
	isUnread := r.said > before
	for _, m := range all {
		path := joinPath(keySinks, m.key)
		own := r.members(m.value, path)
		kind, isType := r.typeOf(m, own)
		if !isType {
			if isUnread = true; !isNoMap(m.value) { // else the type can stand there
				r.noType(m.at, path, kind)
			}
			kind = ""
		}
		name := m.key
		if !isName(name) {
			isUnread = true
			r.mistake(m.at, path, "an instance's name is small letters, digits and _, and begins with a letter")
			if name = strings.ReplaceAll(strings.ToLower(name), "-", "_"); !isName(name) || indexOf(all, name) >= 0 {
				continue
			}
		}
		entries = append(entries, name+"="+kind)
		if isNoMap(m.value) {
			r.unread(setting.Variable(name, typeOfSink), m.at)
		}
		r.instance(instance{name, kind, path, m.at}, own)
	}
	r.variables[sinksVariable] = Value{Text: strings.Join(entries, ","), Origin: r.origin(sinks.at), IsUnread: isUnread}
	r.noSuchSink(defaultSink, sinks, all)
	r.noSuchSink(fallbackSink, sinks, all)
}

// typeOf returns the type of an instance, and whether there is one of the name. A slip in the key type
// does not hide it.
func (r *fileReader) typeOf(m member, own []member) (kind string, exists bool) {
	kind = m.key
	at := indexOf(own, keyType)
	if at < 0 {
		names := r.keysOfSink("")
		at = slices.IndexFunc(own, func(m member) bool { return !isIn(names, m.key) && meantBy(m.key, names) == typeOfSink })
	}
	if at >= 0 && own[at].value.Tag != "!!null" {
		kind = own[at].value.Value
	}
	_, exists = r.options.SinkTypes[kind]
	return kind, exists
}

// noSuchSink notes that the instance that a variable names could not be read, if it is so.
func (r *fileReader) noSuchSink(variable string, sinks member, all []member) {
	value := r.variables[variable]
	named := strings.TrimSpace(value.Text)
	isOne := indexOf(all, named) >= 0 && !isName(named)
	if named != "" && (isOne || isNoMap(sinks.value)) {
		r.variables[variable] = Value{Origin: value.Origin, IsUnread: true}
	}
}

// keysOfSink returns the keys that a sink of a type can have, in capitals.
func (r *fileReader) keysOfSink(kind string) []string {
	return append(r.settingsOf(kind), typeOfSink, "ACCOUNTS")
}

// instance is one of the sinks: its name, its type, which is empty where it cannot be read, and the key
// under which it stands, with its line.
type instance struct {
	name, kind, path string
	at               int
}

// instance reads the settings of one instance, and those that all of its type have.
func (r *fileReader) instance(i instance, own []member) {
	names := r.settingsOf(i.kind)
	for _, m := range own {
		switch path := joinPath(i.path, m.key); {
		case m.key == keyType || m.key == keyAccounts:
		case isIn(names, m.key):
			r.settingOf(i, m, path)
		case i.kind != "" || meantBy(m.key, r.keysOfSink("")) == typeOfSink:
			r.unknownKey(m, path, r.keysOfSink(i.kind))
			r.lost(i, m)
		}
	}
	for _, m := range r.defaults.of[i.kind] {
		switch path := joinPath(joinPath(keyDefaults, i.kind), m.key); {
		case indexOf(own, m.key) >= 0:
		case slices.Contains(names, strings.ToUpper(m.key)):
			r.settingOf(i, m, path)
		default:
			r.lost(i, m) // said already
		}
	}
	if r.defaults.isUnread || r.defaults.unread[i.kind] {
		r.unread(setting.Variable(i.name, typeOfSink), i.at)
	}
	if at := indexOf(own, keyAccounts); at >= 0 {
		r.narrow(i, own[at])
	}
}

// settingOf reads the value of a variable of an instance.
func (r *fileReader) settingOf(i instance, m member, path string) {
	variable := setting.Variable(i.name, strings.ToUpper(m.key))
	if r.setting(m, variable, path); r.variables[variable].IsUnread {
		r.lost(i, m)
	}
}

// lost notes that a key of an instance could not be read: it can be what the instance seems to lack.
// What every sink can have is lacked by none.
func (r *fileReader) lost(i instance, m member) {
	switch meant := meantBy(m.key, r.keysOfSink(i.kind)); {
	case meant == typeOfSink || meant == "ACCOUNTS": // read in spite of it, or only narrows
	case slices.Contains(sharedSettings(), meant):
		r.unread(setting.Variable(i.name, meant), m.at)
	default:
		r.unread(setting.Variable(i.name, typeOfSink), m.at)
	}
}

// narrow has an instance take the findings of some accounts only, of those that it would take. The
// line of the condition is its own where it has one: that is where a mistake is.
func (r *fileReader) narrow(i instance, accounts member) {
	path := joinPath(i.path, keyAccounts)
	before := r.said
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
	isUnread := r.groups.isUnread
	for place, text := range texts {
		found := r.groups.of(text)
		_, isGroup := r.groups.ids[text]
		isUnread = isUnread || r.groups.unread[text]
		switch {
		case len(found) == 0 && (r.groups.isUnread || r.groups.unread[text]): // said already
		case len(found) == 0 && isGroup:
			r.mistake(nodes[place].Line, path, "entry %d: there are no accounts in this group; put their ids and names below it", place+1)
		case len(found) == 0 && isAccountID(text):
			found = []string{text}
		case len(found) == 0:
			remedy := "want a group or a name under accounts, or an id of 12 digits"
			if meant := suggest.Word(text, r.groups.known()); meant != "" {
				remedy = "did you mean " + meant + "?"
			}
			r.mistake(nodes[place].Line, path, "entry %d: there is no such account and no such group; %s", place+1, remedy)
		}
		ids = append(ids, found...)
	}
	variable := setting.Variable(i.name, "WHEN")
	value := r.variables[variable]
	if isUnread || value.IsUnread || r.said > before {
		return // what it is narrowed to is not known
	}
	slices.Sort(ids)
	quoted := make([]string, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		quoted = append(quoted, strconv.Quote(id))
	}
	value.within, value.isShared = fmt.Sprintf("account in [%s]", strings.Join(quoted, ", ")), value.Text == ""
	if value.isShared {
		value.Text = r.variables["WHEN"].Text
	}
	value.Origin = cmp.Or(value.Origin, r.origin(accounts.at))
	r.variables[variable] = value.narrowed(value)
}
