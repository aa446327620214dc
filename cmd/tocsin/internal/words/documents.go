package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
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

// documents makes the finding's document and the event around it. Of a finding of GuardDuty they hold
// what its own do of what the words say, of others the words about them alone.
func (b *builder) documents() error {
	f := &b.finding
	document := map[string]any{}
	if f.Source == guardDuty {
		document = b.guardDutyDocument()
	}
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

func (b *builder) guardDutyDocument() map[string]any {
	f := b.finding
	resource := map[string]any{"resourceType": f.Resource.Type}
	tags := []any{}
	for _, tag := range f.Resource.Tags {
		tags = append(tags, map[string]any{"key": tag.Key, "value": tag.Value})
	}
	switch f.Resource.Type {
	case "Instance":
		resource["instanceDetails"] = map[string]any{"instanceId": f.Resource.ID, "tags": tags}
	case "AccessKey":
		resource["accessKeyDetails"] = map[string]any{"userName": f.Actor.User.Name, "userType": b.userType}
	}
	service := map[string]any{
		"count": f.Count, "archived": f.State.Over(), "additionalInfo": map[string]any{"sample": f.Sample},
		"eventFirstSeen": stamp(f.FirstSeen), "eventLastSeen": stamp(f.LastSeen),
	}
	if f.Action.Kind != "" {
		service["action"] = map[string]any{"actionType": f.Action.Kind}
	}
	return map[string]any{
		"schemaVersion": "2.0", "id": f.ID, "type": f.Type, "title": f.Title, "severity": f.Severity.Counted(),
		"accountId": f.Account.ID, "region": f.Region, "resource": resource, "service": service,
	}
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339)
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
