package condition

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm/runtime"
)

// longestValue is the longest value that is shown, in runes.
const longestValue = 60

// Seen is a variable of a condition and the value that a run saw, in words. A text is quoted, so
// that nothing in it can act; what is not there is "absent".
type Seen struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Seen returns what the condition saw in the facts, in the order in which it reads them.
func (c *Condition) Seen(f *Facts) []Seen {
	variables, err := f.variables(c.uses, f.finding.Severity)
	var all []Seen
	for _, p := range c.uses {
		seen := Seen{Name: p.String(), Value: "absent"}
		switch {
		case p[0] == "severity" && !f.finding.Severity.Known():
			seen.Value = f.finding.Severity.String()
		case err == nil || p[0] != "event" && p[0] != "document":
			seen.Value = words(fetch(variables, p))
		}
		all = append(all, seen)
	}
	return all
}

// fetch follows a path; what does not lead on gives nil.
func fetch(value any, p path) (result any) {
	defer func() {
		if recover() != nil { // the library's way of saying that there is no such member
			result = nil
		}
	}()
	for _, step := range p {
		value = runtime.Fetch(value, step)
	}
	return value
}

func words(value any) string {
	switch v := value.(type) {
	case nil:
		return "absent"
	case string:
		return strconv.Quote(cut(v))
	case *time.Time:
		if v == nil {
			return "absent"
		}
		return v.Format(time.RFC3339)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return "something"
		}
		quoted := strconv.Quote(string(text)) // for what JSON leaves as it is and a terminal does not
		return cut(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
	}
}

func cut(text string) string {
	count := 0
	for i := range text {
		if count == longestValue {
			return text[:i] + "..."
		}
		count++
	}
	return text
}
