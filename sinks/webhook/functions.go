package webhook

import (
	stdjson "encoding/json"
	"maps"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/formatter/text"
)

// usualText is how long the message is as text, in bytes, where a template does not say it.
const usualText = 4_000

// The functions that write what an action gives; no template can name them.
const (
	writeText  = "_text"
	writeValue = "_value"
)

// functions returns what a template can call; docs/sinks/webhook.md explains each. None of them
// fails, whatever the finding holds or lacks.
func functions(o *occasion) template.FuncMap {
	return template.FuncMap{
		writeText: inString, writeValue: asValue,
		"headline": func() string { return o.message().Line(" · ") },
		"text": func(limit ...int) string {
			most := usualText
			if len(limit) > 0 {
				most = max(limit[0], 0)
			}
			return text.Render(o.message(), most)
		},
		"link": func() string {
			if links := o.message().Links; len(links) > 0 {
				return links[0].URL
			}
			return ""
		},
		"level":      func() string { return o.message().Level.String() },
		"over":       func() bool { return o.message().IsOver },
		"message_id": func() string { return o.messageID },
		"finding_id": func() string { return o.n.FindingID() },
		"code":       code,
		"quiet":      quiet,
		"eq": func(a any, others ...any) bool {
			return slices.ContainsFunc(others, func(b any) bool { order, alike := compare(a, b); return alike && order == 0 })
		},
		"ne": func(a, b any) bool { order, alike := compare(a, b); return !alike || order != 0 },
		"lt": func(a, b any) bool { order, alike := compare(a, b); return alike && order < 0 },
		"le": func(a, b any) bool { order, alike := compare(a, b); return alike && order <= 0 },
		"gt": func(a, b any) bool { order, alike := compare(a, b); return alike && order > 0 },
		"ge": func(a, b any) bool { order, alike := compare(a, b); return alike && order >= 0 },
		"default": func(fallback, value any) any {
			if isNothing := value == nil || value == ""; isNothing {
				return fallback
			}
			return value
		},
		"upper":    func(value any) string { return strings.ToUpper(said(value)) },
		"lower":    func(value any) string { return strings.ToLower(said(value)) },
		"contains": func(value, part any) bool { return strings.Contains(said(value), said(part)) },
		"starts":   func(value, part any) bool { return strings.HasPrefix(said(value), said(part)) },
		"cut":      func(limit int, value any) string { return cut(limit, said(value)) },
		"index":    index,
	}
}

// functionNames returns what a template can call: ours, and those of text/template that cannot fail.
func functionNames() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(functions(&occasion{}))), func(name string) bool { return strings.HasPrefix(name, "_") })
	return append(names, "and", "or", "not")
}

// asValue returns the JSON of a value.
func asValue(value any) (string, error) {
	written, err := stdjson.Marshal(value)
	return string(json.Escape(written)), err
}

// inString returns a value as a part of a JSON string: a text as it is, anything else as its JSON.
func inString(value any) (string, error) {
	written, err := asValue(said(value))
	return strings.TrimSuffix(strings.TrimPrefix(written, `"`), `"`), err
}

// said returns a value as a text; what is not there is the empty text.
func said(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	written, err := stdjson.Marshal(value)
	if err != nil {
		return ""
	}
	return string(written)
}

// compare orders two values; false where they are not of one sort.
func compare(a, b any) (order int, alike bool) {
	if x, ok := number(a); ok {
		y, ok := number(b)
		switch {
		case x < y:
			return -1, ok
		case x > y:
			return 1, ok
		}
		return 0, ok
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return strings.Compare(x, y), ok
	case bool:
		y, ok := b.(bool)
		if x == y {
			return 0, ok
		}
		return 1, ok
	}
	return 1, a == nil && b == nil
}

// number returns a number of a document or of a template.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}

// index returns the member at a path of names and places, or nil.
func index(value any, path ...any) any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			name, _ := step.(string)
			value = v[name]
		case []any:
			at, ok := step.(int)
			if !ok || at < 0 || at >= len(v) {
				return nil
			}
			value = v[at]
		default:
			return nil
		}
	}
	return value
}

// cut returns the first characters of a text.
func cut(limit int, whole string) string {
	if limit <= 0 {
		return ""
	}
	if utf8.RuneCountInString(whole) <= limit {
		return whole
	}
	runes := []rune(whole)
	return string(runes[:limit-1]) + "…"
}

// code returns a text as a fenced block of Markdown, in which no mark, mention or link is one: the
// fence is longer than any within. https://spec.commonmark.org/0.31.2/#fenced-code-blocks
func code(value any) string {
	const shortest = 3
	whole, longest, run := said(value), 0, 0
	for i := range len(whole) {
		if whole[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(longest+1, shortest))
	return fence + "\n" + strings.TrimSuffix(whole, "\n") + "\n" + fence
}

// quiet returns a text that calls nobody: a word joiner, which is not seen, stands after each @.
func quiet(value any) string { return strings.ReplaceAll(said(value), "@", "@\u2060") }
