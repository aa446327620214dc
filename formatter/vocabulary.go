package formatter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// maxTags bounds the tags that a template can range over.
const maxTags = 50

// vocabulary returns what a template can name, by the names that conditions have for the same
// things. Texts are on one line, without invisible characters. What is not known is the empty text.
func vocabulary(b *builder, f *finding.Finding) map[string]any {
	tags := map[string]any{}
	for _, tag := range f.Resource.Tags[:min(len(f.Resource.Tags), maxTags)] {
		tags[value(tag.Key)] = value(tag.Value)
	}
	facts := map[string]any{}
	for _, field := range allFields() {
		facts[field.name] = field.text(b, f)
	}
	return map[string]any{
		"severity": f.Severity, "level": f.Severity.Level().String(), "level_name": b.level(f.Severity),
		"type": value(f.Type), "what": b.title(f), "title": value(summary(f)), "description": value(f.Description),
		"source": value(f.Source), "source_name": product(f), "id": value(f.ID),
		"account": value(f.Account.ID), "account_name": value(cmp.Or(f.Account.Name, f.Account.ID)),
		"region": value(f.Region), "partition": value(f.Partition), "place": b.place(f), "target": cmp.Or(b.target(f), who(f)),
		"count": f.Count, "sample": f.Sample, "archived": f.State.Over(),
		"first_seen": b.time(f.FirstSeen), "last_seen": b.time(f.LastSeen), "created": b.time(f.Created), "updated": b.time(f.Updated),
		"resource": map[string]any{
			"type": value(f.Resource.Type), "id": value(f.Resource.ID), "name": value(f.Resource.Name),
			"arn": value(f.Resource.ARN), "tags": tags,
		},
		"actor": map[string]any{
			"ip": value(f.Actor.Remote.IP), "country": value(cmp.Or(f.Actor.Remote.Country, f.Actor.Remote.CountryCode)),
			"city": value(f.Actor.Remote.City), "organization": value(f.Actor.Remote.Organization),
			"domain": value(f.Actor.Remote.Domain), "user": value(userName(f.Actor.User)), "user_type": value(f.Actor.User.Type),
			"session": value(f.Actor.User.Session), "key": value(f.Actor.User.AccessKey),
			"process": value(cmp.Or(f.Actor.Process.Path, f.Actor.Process.Name)), "user_agent": value(f.Actor.UserAgent),
		},
		"status": f.State.String(), "control": value(f.Check.Control), "standards": value(strings.Join(f.Check.Standards, ", ")),
		"remedy": value(f.Remedy.Text), "planned": b.planned(f.Planned),
		"vulnerability": map[string]any{
			"id": value(f.Vulnerability.ID), "score": f.Vulnerability.Score, "epss": f.Vulnerability.EPSS,
			"exploit": value(string(f.Vulnerability.Exploit)), "fix": value(string(f.Vulnerability.Fix)),
		},
		"action": map[string]any{"kind": value(f.Action.Kind), "text": b.action(f.Action)},
		"facts":  facts,
	}
}

// value returns a text of the finding to a template.
func value(text string) string { return cutRunes(plain(text), maxDescription) }

// functions returns what a template can call beside the functions of text/template;
// docs/messages.md explains each.
func functions(f *finding.Finding, event *decodedEvent) template.FuncMap {
	return template.FuncMap{
		"upper": strings.ToUpper, "lower": strings.ToLower, "contains": strings.Contains, "starts": strings.HasPrefix,
		"cut":     func(limit int, text string) string { return cutRunes(text, limit) },
		"default": func(fallback, text string) string { return cmp.Or(text, fallback) },
		"tag": func(key string) string {
			for _, tag := range f.Resource.Tags {
				if strings.EqualFold(tag.Key, key) {
					return value(tag.Value)
				}
			}
			return ""
		},
		"event": func(path string) string { return member(event.of(f), path) },
	}
}

// functionNames returns every function that a template can call: ours and those of text/template.
func functionNames() []string {
	ours := slices.Sorted(maps.Keys(functions(&finding.Finding{}, &decodedEvent{})))
	return append(ours, "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index")
}

// decodedEvent is the event that a finding came in, decoded when a template first asks for
// something in it: an event can be large, and the templates of one message ask for one event.
type decodedEvent struct {
	finding *finding.Finding
	value   any
}

// of returns the event of a finding, or nil where there is none that can be decoded.
func (e *decodedEvent) of(f *finding.Finding) any {
	if e.finding == f {
		return e.value
	}
	e.finding, e.value = f, nil
	raw := f.Event
	if len(raw) == 0 {
		raw = f.Document
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&e.value) != nil {
		e.value = nil
	}
	return e.value
}

// member returns the value at a path of names and places with dots in a decoded event, or "" for
// what is not there and for what is no single value.
func member(at any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch node := at.(type) {
		case map[string]any:
			at = node[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(node) {
				return ""
			}
			at = node[i]
		default:
			return ""
		}
	}
	switch leaf := at.(type) {
	case string:
		return value(leaf)
	case json.Number:
		return value(leaf.String())
	case bool:
		return strconv.FormatBool(leaf)
	}
	return ""
}
