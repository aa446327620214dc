package sinks_test

import (
	_ "embed" // for the event
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// whole is an event with a text in all of the places that GuardDuty has one for.
//
//go:embed testdata/event.json
var whole []byte

// event returns the event of a finding with so much of it changed.
func event(t *testing.T, id string, change func(detail, service map[string]any)) []byte {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(whole, &tree); err != nil {
		t.Fatal(err)
	}
	detail, isDetail := tree["detail"].(map[string]any)
	service, isService := detail["service"].(map[string]any)
	if !isDetail || !isService {
		t.Fatal("the event has another form")
	}
	detail["id"] = id
	if change != nil {
		change(detail, service)
	}
	return encoded(t, tree)
}

func encoded(t *testing.T, tree any) []byte {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// first is the event of a new finding.
func first(t *testing.T, id string) []byte {
	t.Helper()
	return event(t, id, nil)
}

// update is the event of the same finding an hour later: it is worse, and goes on.
func update(t *testing.T, id string) []byte {
	t.Helper()
	return event(t, id, func(detail, service map[string]any) {
		detail["severity"], detail["updatedAt"], service["count"] = 8, "2026-03-16T09:25:10Z", 90
	})
}

// over is the event of the same finding two hours later: somebody has archived it.
func over(t *testing.T, id string) []byte {
	t.Helper()
	return event(t, id, func(detail, service map[string]any) {
		detail["updatedAt"], service["archived"] = "2026-03-16T10:25:10Z", true
	})
}

// withText is the event of a new finding with a text behind all of its texts, but for those that say
// whose event it is and times. Of a long one it is so much that a bus takes the event.
func withText(t *testing.T, id, text string) []byte {
	t.Helper()
	const most = 8 << 10
	if end := most; len(text) > most {
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	var tree any
	if err := json.Unmarshal(first(t, id), &tree); err != nil {
		t.Fatal(err)
	}
	return encoded(t, behind(tree, text))
}

// behind returns a document with a text behind all of its texts.
func behind(tree any, text string) any {
	switch node := tree.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, node); err == nil {
			return node
		}
		return node + " " + text
	case map[string]any:
		all := map[string]any{}
		for name, value := range node {
			if all[name] = value; !slices.Contains([]string{"source", "detail-type", "actionType"}, name) {
				all[name] = behind(value, text)
			}
		}
		return all
	case []any:
		all := make([]any, len(node))
		for i := range node {
			all[i] = behind(node[i], text)
		}
		return all
	}
	return tree
}

// longest is the event of a finding that says as much as an event on a bus can hold: a megabyte, in
// characters that grow by every escape.
func longest(t *testing.T, id string) []byte {
	t.Helper()
	const bytesOfAnEvent = 1 << 20
	texts := strings.Count(string(first(t, id)), `":"`)
	body := withText(t, id, strings.Repeat("<&*é🔥 ", bytesOfAnEvent/texts/24))
	if len(body) > bytesOfAnEvent || len(body) < bytesOfAnEvent/2 {
		t.Fatalf("the event has %d bytes", len(body))
	}
	return body
}
