package config

import "strings"

// accountNames reads "111122223333=prod,444455556666=dev". Names are shown in messages as they are.
func (l *loader) accountNames(text string) map[string]string {
	const variable = "ACCOUNT_NAMES"
	names := map[string]string{}
	place := 0
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		place++
		id, name, _ := strings.Cut(entry, "=")
		id, name = strings.TrimSpace(id), strings.TrimSpace(name)
		switch {
		case !isAccountID(id):
			l.mistake(variable, "entry %d: want 12 digits, = and a name, such as 111122223333=prod", place)
		case name == "":
			l.mistake(variable, "entry %d: the name is missing", place)
		case names[id] != "":
			l.mistake(variable, "entry %d: the account was named before", place)
		default:
			names[id] = name
		}
	}
	return names
}

func isAccountID(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
