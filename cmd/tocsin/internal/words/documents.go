package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// step is a value that a word puts at a path into a document.
type step struct {
	path  string
	value any
}

// valueOf returns a text as a value of JSON, or as a text where it is none.
func valueOf(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

// documents makes the finding's document and the event around it, which hold what the words say of
// them.
func (b *builder) documents() error {
	f, document := &b.finding, map[string]any{}
	if err := putAll(document, "document", b.document); err != nil {
		return err
	}
	event := map[string]any{"source": f.Source, "account": f.Account.ID, "region": f.Region, "detail": document}
	if err := putAll(event, "event", b.event); err != nil {
		return err
	}
	var errDocument, errEvent error
	f.Document, errDocument = json.Marshal(event["detail"])
	f.Event, errEvent = json.Marshal(event)
	return errors.Join(errDocument, errEvent)
}

// putAll puts values at their paths into an object, called name; the paths are names with dots between
// them.
func putAll(object map[string]any, name string, steps []step) error {
	for _, s := range steps {
		at, names := object, strings.Split(s.path, ".")
		for _, member := range names[:len(names)-1] {
			if _, exists := at[member]; !exists {
				at[member] = map[string]any{}
			}
			inner, isObject := at[member].(map[string]any)
			if !isObject {
				return fmt.Errorf("%s.%s: %s is no object that could hold more", name, s.path, member)
			}
			at = inner
		}
		at[names[len(names)-1]] = s.value
	}
	return nil
}
