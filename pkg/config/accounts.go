package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParseAccountNames reads "111122223333=prod,444455556666=dev", or the same as a JSON object, which
// is what a secret usually holds: {"111122223333":"prod"}. It returns the names that can be read
// and an error for each entry that cannot; none shows the text. Messages show names as they are.
func ParseAccountNames(text string) (names map[string]string, mistakes []error) {
	names = map[string]string{}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		if err := json.Unmarshal([]byte(text), &names); err != nil {
			return map[string]string{}, []error{fmt.Errorf("ACCOUNT_NAMES: want a JSON object of account ids and names")}
		}
		for id := range names {
			if !isAccountID(id) {
				delete(names, id)
				mistakes = append(mistakes, fmt.Errorf("ACCOUNT_NAMES: an account id has 12 digits"))
			}
		}
		return names, mistakes
	}
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
			mistakes = append(mistakes, fmt.Errorf("ACCOUNT_NAMES: entry %d: want 12 digits, = and a name, such as 111122223333=prod", place))
		case name == "":
			mistakes = append(mistakes, fmt.Errorf("ACCOUNT_NAMES: entry %d: the name is missing", place))
		case strings.Contains(name, "="):
			mistakes = append(mistakes, fmt.Errorf("ACCOUNT_NAMES: entry %d: the name holds =; a comma stands between two accounts", place))
		case names[id] != "":
			mistakes = append(mistakes, fmt.Errorf("ACCOUNT_NAMES: entry %d: the account was named before", place))
		default:
			names[id] = name
		}
	}
	return names, mistakes
}

func isAccountID(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
