package config

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

// Source is where settings stand: the environment, a file, or what a program has put together. All
// sources give the same for the same names and texts.
type Source interface {
	// Lookup returns the setting of a name, and whether it is set. It may be set to nothing.
	Lookup(name string) (Value, bool)
	// Names returns the names that are set, in no order.
	Names() []string
	// Decode fills the fields of a struct that are set, and leaves the others as they are. The name
	// of each is that of setting.Fields, under the prefix of an instance unless that is empty. A
	// field is a text, or reads itself from a text as an encoding.TextUnmarshaler that does not
	// fail. No error shows a value.
	Decode(prefix string, into any) error
}

// Value is the text of a setting.
type Value struct {
	Text string
	// Origin says where the text stands, such as "tocsin.yaml:3". It is empty for the environment,
	// and wherever the name alone says enough.
	Origin string
	// IsOurs says that it stands where settings of Tocsin alone do, such as an environment file: a
	// name that nobody reads is a mistake there.
	IsOurs bool
	// IsUnread says that something stands in the file that cannot be read, or not all of it, and that
	// its mistake is said: what is missing for that reason is no further one.
	IsUnread bool

	// within is a further condition on the accounts of an instance, which whatever condition takes the
	// place of its own has too. isShared says that it has none of its own, but the one that all share.
	within   string
	isShared bool
	// own is the condition without that one, as it was written.
	own string
	// keepsLines says that the lines of the text are those of the file.
	keepsLines bool
}

// narrowed returns a condition that holds for the accounts of an instance only. A comment in the
// condition ends with its line.
func (v Value) narrowed(when Value) Value {
	text := strings.TrimSpace(when.Text)
	when.Text, when.within, when.isShared, when.own = v.within, v.within, v.isShared, text
	if text != "" {
		end := ""
		if strings.Contains(text, "//") {
			end = "\n"
		}
		when.Text = "(" + text + end + ") and " + v.within
	}
	return when
}

// Variables are settings by their names, with all values at hand.
type Variables map[string]Value

// Texts returns the variables that have these texts, and no origin.
func Texts(texts map[string]string) Variables {
	v := make(Variables, len(texts))
	for name, text := range texts {
		v[name] = Value{Text: text}
	}
	return v
}

// Lookup implements Source.
func (v Variables) Lookup(name string) (Value, bool) {
	value, found := v[name]
	return value, found
}

// Names implements Source.
func (v Variables) Names() []string { return slices.Collect(maps.Keys(v)) }

// Decode implements Source.
func (v Variables) Decode(prefix string, into any) error {
	structure := reflect.ValueOf(into)
	if structure.Kind() != reflect.Pointer || structure.Elem().Kind() != reflect.Struct {
		return errors.New("settings are read into a pointer to a struct")
	}
	structure = structure.Elem()
	for _, field := range setting.Fields(structure.Type()) {
		name := setting.Variable(prefix, field.Name)
		value, found := v[name]
		if !found {
			continue
		}
		if err := assign(structure.Field(field.Index), value.Text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// assign sets a field to its text, which no error shows.
func assign(field reflect.Value, text string) error {
	if reader, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if reader.UnmarshalText([]byte(text)) != nil {
			return errors.New("cannot be read")
		}
		return nil
	}
	if field.Kind() != reflect.String {
		return fmt.Errorf("a setting is a text, or reads itself from one; %s does neither", field.Type())
	}
	field.SetString(text)
	return nil
}

// Over returns the settings of two sources. What is set in the upper one hides the lower one's,
// even where it is set to nothing.
func Over(upper, lower Source) Source { return composition{upper, lower} }

type composition struct{ upper, lower Source }

// Lookup implements Source.
func (c composition) Lookup(name string) (Value, bool) {
	if value, found := c.upper.Lookup(name); found {
		return value, true
	}
	return c.lower.Lookup(name)
}

// Names implements Source.
func (c composition) Names() []string {
	names := append(c.upper.Names(), c.lower.Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// Decode implements Source.
func (c composition) Decode(prefix string, into any) error {
	if err := c.lower.Decode(prefix, into); err != nil {
		return err
	}
	return c.upper.Decode(prefix, into)
}

// Filled returns the settings of a source with what is not set there from a file. What is set to
// nothing counts as not set. A condition takes the place of the file's, and leaves the accounts of an
// instance in force, for which there is no variable.
func Filled(source Source, file Variables) Variables {
	all := maps.Clone(file)
	for _, name := range source.Names() {
		if value, _ := source.Lookup(name); strings.TrimSpace(value.Text) != "" {
			all[name] = value
		}
	}
	for name, value := range file {
		if value.within == "" {
			continue
		}
		when, isSet := all[name], all[name].within == ""
		if shared := all["WHEN"]; !isSet && value.isShared && shared != file["WHEN"] {
			when, isSet = shared, true
		}
		if isSet {
			all[name] = value.narrowed(when)
		}
	}
	return all
}
