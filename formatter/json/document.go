package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Notification is a message that is not about one finding alone: a digest, a notice, a heartbeat, what somebody did.
// Its schema is docs/schema/notification.v1.json.
type Notification struct {
	Version int         `json:"version"`
	Kind    notify.Kind `json:"kind"`
	// Count is how many findings there are. Findings are the worst of them, the worst first: as many
	// as fit.
	Count    int       `json:"count"`
	Findings []Finding `json:"findings,omitempty"`
	// Word is what Tocsin says of itself.
	Word *Word `json:"word,omitempty"`
}

// Document returns a notification as one JSON document, without a line break: a Finding where it is
// about one, else a Notification. It has at most limit bytes, of which there have to be 2,000: of a
// finding that is larger, texts are cut and lists end early, and "shortened" says so; its key, its
// kind, its level and where it happened stay. The minimal form has nothing but these. Of several
// findings the large ones are made shorter before any is left out.
func Document(n notify.Notification, limit int) ([]byte, error) {
	kind, changes := kindOf(n)
	if len(n.Findings) == 1 && kind != notify.KindDigest && kind != notify.KindNotice && kind != notify.KindAction {
		d := findingOf(n.Findings[0])
		d.Kind, d.Changes, d.Taken = kind, changes, takenOf(n)
		if n.Minimal {
			return written(least(d))
		}
		return d.within(limit)
	}
	d := Notification{Version: Version, Kind: kind, Count: len(n.Findings), Word: wordOf(n)}
	if n.Minimal {
		d.Word = d.Word.least()
		return d.within(limit)
	}
	worst := slices.SortedStableFunc(slices.Values(n.Findings), func(a, b finding.Finding) int {
		return a.Severity.MoreUrgent(b.Severity)
	})
	for _, f := range first(worst) {
		one := findingOf(f)
		one.Kind = kind
		d.Findings = append(d.Findings, one)
	}
	document, err := written(d)
	if err != nil || len(document) <= limit {
		return document, err
	}
	return d.within(limit)
}

// within returns a document of at most limit bytes, in which no finding has more than a part of them.
func (d Notification) within(limit int) ([]byte, error) {
	const parts, least = 8, 2_000
	short := struct {
		Notification
		Findings []json.RawMessage `json:"findings,omitempty"`
	}{Notification: d}
	for _, f := range d.Findings {
		one, err := f.within(max(limit/parts, least))
		if err != nil {
			return nil, err
		}
		short.Findings = append(short.Findings, one)
	}
	for {
		document, err := written(short)
		switch {
		case err != nil || len(document) <= limit:
			return document, err
		case len(short.Findings) == 0 && short.Word == nil:
			return document, nil
		case len(short.Findings) == 0:
			short.Word = short.Word.shorter()
			continue
		}
		short.Findings = short.Findings[:len(short.Findings)/2]
	}
}

// longestTime is how long a time is in RFC 3339, in bytes: no text is cut shorter.
const longestTime = 40

// within returns a finding's document of at most limit bytes.
func (d Finding) within(limit int) ([]byte, error) {
	document, err := written(d)
	if err != nil || len(document) <= limit {
		return document, err
	}
	var whole map[string]any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err != nil {
		return nil, fmt.Errorf("the finding's own JSON: %w", err)
	}
	named := least(d)
	for bound := 1_000; bound > longestTime; bound /= 2 {
		smaller := shortened(whole, bound).(map[string]any) //nolint:forcetypeassert // an object stays one
		smaller["shortened"], smaller["key"] = true, named.Key
		if named.ID != "" {
			smaller["id"] = named.ID
		}
		if document, err = written(smaller); err != nil || len(document) <= limit {
			return document, err
		}
	}
	return written(named)
}

// shortened returns a JSON value whose texts have at most so many bytes, and whose lists and free
// objects at most a tenth as many elements.
func shortened(value any, bound int) any {
	most := max(bound/10, 1)
	switch v := value.(type) {
	case string:
		if len(v) <= bound {
			return v
		}
		return strings.ToValidUTF8(v[:bound], "") + "…"
	case []any:
		list := make([]any, 0, min(len(v), most))
		for _, element := range v[:min(len(v), most)] {
			list = append(list, shortened(element, bound))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, member := range v {
			object[name] = shortened(fewer(name, member, most), bound)
		}
		return object
	}
	return value
}

// fewer returns an object whose names are not those of the schema with its first elements only.
func fewer(name string, member any, most int) any {
	object, ok := member.(map[string]any)
	if !ok || !slices.Contains([]string{"attributes", "facts", "indicators", "tags"}, name) || len(object) <= most {
		return member
	}
	kept := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(object))[:most] {
		kept[key] = object[key]
	}
	return kept
}

// least returns what says which finding it is, how bad and where.
func least(d Finding) Finding {
	const most, mostOfKey, mostOfPlace = 140, 420, 70 // bytes as JSON writes them
	cut := func(whole string, most int) string {
		text := whole
		for {
			inJSON, err := written(text)
			switch {
			case err == nil && len(inJSON) > most:
				text = strings.ToValidUTF8(text[:len(text)/2], "")
			case text != whole:
				return text + "…"
			default:
				return text
			}
		}
	}
	return Finding{
		Version: d.Version, Kind: d.Kind, Key: cut(d.Key, mostOfKey), ID: cut(d.ID, most), Source: cut(d.Source, most), Type: cut(d.Type, most),
		Severity: d.Severity, Place: Place{
			Account{cut(d.Account.ID, mostOfPlace), cut(d.Account.Name, most)}, cut(d.Region, mostOfPlace), cut(d.Partition, mostOfPlace),
		},
		Activity: Activity{Updated: d.Updated, Published: d.Published, Archived: d.Archived, Sample: d.Sample}, Shortened: true,
	}
}

// written returns a document's text.
func written(document any) ([]byte, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("the notification has no JSON form: %w", err)
	}
	return Escape(text), nil
}
