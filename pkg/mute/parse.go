package mute

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

const (
	// MaxText is the longest list, in bytes: that of a secret
	// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
	MaxText = 65536
	// MaxMutes is the most mutes in a list: each finding is held against all of them.
	MaxMutes = 500
	// maxName and maxReason are the longest name and the longest other text, in bytes.
	maxName, maxReason = 64, 300
)

const keyEvenCritical = "even_critical"

// keys are what an entry can hold.
func keys() []string { return []string{"name", "when", "until", "reason", "by", keyEvenCritical} }

// Parse reads a YAML list of mutes, of which JSON is a form:
//
//   - name: scanner
//     when: cidr(actor.ip, "192.0.2.0/24")
//     until: 2026-12-01
//     reason: the scanner of the audit
//     by: alice
//
// An end without a time is the end of that day in UTC. It returns the mutes that can be read and an
// error for each mistake, which names the line and the key and shows no value.
func Parse(text []byte) (mutes []Mute, mistakes []error) {
	if len(text) > MaxText {
		return nil, []error{fmt.Errorf("the list is longer than %d bytes", MaxText)}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, []error{errors.New(place(err) + "this is no YAML: want a list of entries that begin with - and have when, until and reason")}
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	list := document.Content[0]
	switch {
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null":
		return nil, nil
	case list.Kind != yaml.SequenceNode:
		return nil, []error{fmt.Errorf("line %d: want a list, whose entries begin with -", list.Line)}
	case len(list.Content) > MaxMutes:
		return nil, []error{fmt.Errorf("there are more than %d mutes", MaxMutes)}
	}
	names := map[string]bool{}
	for _, node := range list.Content {
		e := entry{names: names}
		m := e.read(node)
		if len(e.mistakes) == 0 {
			mutes = append(mutes, m)
		}
		mistakes = append(mistakes, e.mistakes...)
	}
	return mutes, mistakes
}

// place returns the line that an error of the library names: its texts can quote the list.
func place(err error) string {
	var line int
	if _, scanErr := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scanErr != nil {
		return ""
	}
	return fmt.Sprintf("line %d: ", line)
}

// entry reads one mute.
type entry struct {
	// names are those of the mutes before it.
	names    map[string]bool
	mistakes []error
}

func (e *entry) wrong(line int, format string, arguments ...any) {
	e.mistakes = append(e.mistakes, fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, arguments...)))
}

// read takes the keys of an entry, and says which are missing.
func (e *entry) read(node *yaml.Node) Mute {
	var m Mute
	if node.Kind != yaml.MappingNode {
		e.wrong(node.Line, "want an entry with when, until and reason")
		return m
	}
	given, meant := map[string]bool{}, map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case !slices.Contains(keys(), key.Value):
			meant[e.unknown(key)] = true
		case given[key.Value]:
			e.wrong(key.Line, "%s is given twice", key.Value)
		case value.Kind != yaml.ScalarNode:
			e.wrong(value.Line, "%s: want a text", key.Value)
		case strings.TrimSpace(value.Value) == "":
			e.wrong(value.Line, "%s: is empty", key.Value)
		default:
			e.set(&m, key.Value, value)
		}
		given[key.Value] = true
	}
	for _, key := range []string{"when", "until", "reason"} {
		if !given[key] && !meant[key] {
			e.wrong(node.Line, "%s is missing", key)
		}
	}
	if len(e.mistakes) == 0 && m.Name == "" {
		m.Name = NameOf(m.Reason, e.names)
	}
	e.names[m.Name] = true
	return m
}

// unknown says that there is no such key, and returns the one that was probably meant.
func (e *entry) unknown(key *yaml.Node) (meant string) {
	if meant = suggest.Word(key.Value, keys()); meant != "" {
		e.wrong(key.Line, "there is no such key; did you mean %s?", meant)
		return meant
	}
	e.wrong(key.Line, "there is no such key; there are: %s", strings.Join(keys(), ", "))
	return ""
}

func (e *entry) set(m *Mute, key string, value *yaml.Node) {
	err := m.set(key, value.Value)
	switch {
	case key == keyEvenCritical && (value.Tag != "!!bool" || value.Decode(&m.EvenCritical) != nil):
		err = errors.New("want true or false")
	case key == "name" && err == nil && e.names[m.Name]:
		err = errors.New("another mute before has this name")
	}
	if err != nil {
		e.wrong(value.Line, "%s: %v", key, err)
	}
}

// set sets what is a text.
func (m *Mute) set(key, value string) (err error) {
	text := strings.TrimSpace(value)
	switch key {
	case "name":
		m.Name, err = text, checkName(text)
	case "when":
		m.When, err = condition.Compile(value)
	case "until":
		m.End, m.Until, err = until(text)
	case "reason":
		m.Reason, err = oneLine(text)
	case "by":
		m.By, err = oneLine(text)
	}
	return err
}

func checkName(name string) error {
	if len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) && r != ' ' }) {
		return fmt.Errorf("want at most %d letters, digits, spaces and . _ -", maxName)
	}
	return nil
}

func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)
}

// NameOf makes a name of the reason for a mute, that is none of those: "the-scanner-of-the-audit".
func NameOf(reason string, names map[string]bool) string {
	words := strings.FieldsFunc(strings.ToLower(reason), func(r rune) bool { return !isNameRune(r) })
	name := strings.Join(words, "-")
	if len(name) > maxName/2 {
		name = strings.TrimRight(strings.ToValidUTF8(name[:maxName/2], ""), "-")
	}
	if name == "" {
		name = "mute"
	}
	unique := name
	for i := 2; names[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	return unique
}

// until reads the end: a day, which ends with it, or a moment.
func until(text string) (end string, moment time.Time, err error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return text, day.AddDate(0, 0, 1), nil
	}
	moment, err = time.Parse(time.RFC3339, text)
	if err != nil {
		return "", time.Time{}, errors.New("want a day such as 2026-12-01, or a time with its zone such as 2026-12-01T18:00:00+01:00")
	}
	return text, moment, nil
}

// oneLine is for a text that is shown as it is.
func oneLine(text string) (string, error) {
	if len(text) > maxReason {
		return "", fmt.Errorf("is longer than %d bytes", maxReason)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", errors.New("want one line of text")
	}
	return text, nil
}
