// Package setting knows the names of settings: which variable a field of a struct is.
package setting

import (
	"reflect"
	"strconv"
	"strings"
)

// Field is one field of a struct that holds settings.
type Field struct {
	// Name is the setting's name without a prefix: WEBHOOK_URL for the field WebhookURL.
	Name string
	// Index is the field's place in the struct, Type its type.
	Index int
	Type  reflect.Type
}

// Fields returns the settings of a struct's type, in the order of its fields. A field with the tag
// split_words:"true" has a word of its name at each change from small letters to capitals; without
// the tag its name is one word. Fields that are not exported, or have the tag ignored:"true", are
// left out. These are the rules of github.com/kelseyhightower/envconfig.
func Fields(structure reflect.Type) []Field {
	var all []Field
	for i := range structure.NumField() {
		field := structure.Field(i)
		isIgnored, _ := strconv.ParseBool(field.Tag.Get("ignored")) // false where there is none
		isSplit, _ := strconv.ParseBool(field.Tag.Get("split_words"))
		if !field.IsExported() || isIgnored {
			continue
		}
		name := field.Name
		if isSplit {
			name = splitWords(name)
		}
		all = append(all, Field{Name: strings.ToUpper(name), Index: i, Type: field.Type})
	}
	return all
}

// Names returns the names of the settings of a struct's type.
func Names(structure reflect.Type) []string {
	var names []string
	for _, field := range Fields(structure) {
		names = append(names, field.Name)
	}
	return names
}

// Variable returns the variable of a setting under a prefix: ONCALL_RATE for RATE of "oncall", and
// RATE itself without a prefix.
func Variable(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return strings.ToUpper(prefix) + "_" + name
}

// splitWords puts _ before each capital that begins a word: one after a letter that is no capital,
// and the last of several capitals, unless the name ends there.
func splitWords(name string) string {
	var words strings.Builder
	for i := range len(name) {
		begins := i > 0 && isCapital(name[i]) && (!isCapital(name[i-1]) || i+1 < len(name) && !isCapital(name[i+1]))
		if begins {
			words.WriteByte('_')
		}
		words.WriteByte(name[i])
	}
	return words.String()
}

func isCapital(letter byte) bool { return 'A' <= letter && letter <= 'Z' }
