package tocsin

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// envPrefix begins the context values that are variables of the function.
const envPrefix = "env."

// noOption is the tag of a field that no context value sets.
const noOption = "-"

// FromContext reads the options from CDK context values: texts as the command line gives them, and
// what a cdk.json can hold in their place (true, 30, lists). An option that looks like a slip of a
// known one is a mistake; other unknown names are left alone, since the context is shared with the
// CDK and with ~/.cdk.json. Names in others are options that the app has itself.
func FromContext(values map[string]any, others ...string) (*Props, error) {
	props := &Props{}
	reader := contextReader{values: values}
	fields := optionFields(reflect.ValueOf(props).Elem())
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != envPrefix {
			reader.set(name, fields[name])
		}
	}
	known := append(slices.Collect(maps.Keys(fields)), others...)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if variable, found := strings.CutPrefix(name, envPrefix); found {
			if props.Env == nil {
				props.Env = map[string]string{}
			}
			props.Env[variable], _ = reader.text(name)
			continue
		}
		if slices.Contains(known, name) || strings.ContainsAny(name, ":@/-") {
			continue
		}
		if meant := suggest.Word(name, known); meant != "" {
			reader.mistakes.add(name, "there is no such option; did you mean %s?", meant)
		} else if matches(`^[A-Z][A-Z0-9_]*$`, name) {
			reader.mistakes.add(name, "there is no such option; a variable of the function is given as %s%s", envPrefix, name)
		}
	}
	return props, reader.mistakes.err()
}

// Options returns the names of all context values that set an option, sorted; "env." stands for
// every name that begins so.
func Options() []string {
	return slices.Sorted(maps.Keys(optionFields(reflect.ValueOf(&Props{}).Elem())))
}

// optionFields returns the fields with a context tag, those of nested structs too, by their tag.
func optionFields(structure reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range structure.NumField() {
		field := structure.Type().Field(i)
		if name, tagged := field.Tag.Lookup("context"); name == noOption {
			continue
		} else if tagged {
			fields[name] = structure.Field(i)
		} else if field.Type.Kind() == reflect.Struct {
			maps.Copy(fields, optionFields(structure.Field(i)))
		}
	}
	return fields
}

type contextReader struct {
	values   map[string]any
	mistakes mistakes
}

// set reads one option into its field.
func (r *contextReader) set(name string, field reflect.Value) {
	text, found := r.text(name)
	if !found {
		return
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			r.mistakes.add(name, "want true or false")
		}
		field.SetBool(value)
	case reflect.Int:
		value, err := strconv.Atoi(text)
		if err != nil {
			r.mistakes.add(name, "want a whole number")
		}
		field.SetInt(int64(value))
	case reflect.Slice:
		field.Set(reflect.ValueOf(split(text)))
	default:
		field.Set(reflect.ValueOf(r.pairs(name, text)))
	}
}

// text returns a context value as the command line would; false when it is absent or empty.
func (r *contextReader) text(name string) (string, bool) {
	var text string
	switch value := r.values[name].(type) {
	case nil:
		return "", false
	case string:
		text = value
	case bool, int:
		text = fmt.Sprint(value)
	case float64:
		text = strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = fmt.Sprint(part)
		}
		text = strings.Join(parts, ",")
	default:
		r.mistakes.add(name, "want a text, such as -c %s=value", name)
		return "", false
	}
	text = strings.TrimSpace(text)
	return text, text != ""
}

// pairs reads "team=sec,stage=prod".
func (r *contextReader) pairs(name, text string) map[string]string {
	pairs := map[string]string{}
	for _, entry := range split(text) {
		key, value, found := strings.Cut(entry, "=")
		if !found || key == "" {
			r.mistakes.add(name, "want name=value pairs with commas between them, such as team=sec,stage=prod")
			break
		}
		pairs[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return pairs
}

// split returns the parts of a list with commas, without space around them and without empty ones.
func split(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
