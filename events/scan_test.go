package events_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
)

// FuzzRead holds the project's reading of valid JSON against that of encoding/json.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`null`, ` true `, `false`, `""`, `"a"`, `-1.5e+3`, `0`, `{}`, `[]`, `[ ]`, `{ }`, `[[],{},[{}]]`,
		`{"a":1,"a":null}`, `{"":"","b":{"c":[1,"]",2]}}`, "\t[1 ,\n2 , \"x\" ]\r\n", `{"a" : {"}" : "{"} , "b":[ ]}`,
		`"\"\\\/\b\f\n\r\t"`, `"\u0041\ud83d\ude00\ud83d\u00e9"`, `"\\u0041"`, `"C:\\"`, `{"\"k\"":"\\"}`,
		"\"\xff\xfea\"", "\"\\n\xff\"", `"日本語 \" é"`, "\"\u2028\"", `[1,2,3]`, `{"Records":[1,[2]],"x":[3],"Records":[{"Records":[4]}],"records":[5]}`, `{"Records":{"Records":[1]}}`, `{"a":[{"b":"c,d:e"}],"f":-0}`, recipe(f),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		members := events.Members(raw) // of other text it gives something or nothing
		elements, isList := events.Elements(raw)
		if !json.Valid(raw) {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Skip(err)
		}
		if diff := cmp.Diff(want, events.Read(raw)); diff != "" {
			t.Errorf("%q: (-encoding/json +events)\n%s", raw, diff)
		}
		var wantMembers map[string]json.RawMessage
		_ = json.Unmarshal(raw, &wantMembers)
		if diff := cmp.Diff(wantMembers, members); diff != "" {
			t.Errorf("%q: (-encoding/json +events)\n%s", raw, diff)
		}
		if _, wantList := want.([]any); wantList != isList {
			t.Errorf("%q: a list? got %v", raw, isList)
		}
		var wantElements []json.RawMessage
		_ = json.Unmarshal(raw, &wantElements)
		checkOutline(t, raw, wantMembers, wantElements)
		if isList {
			if diff := cmp.Diff(wantElements, elements); diff != "" {
				t.Errorf("%q: (-encoding/json +events)\n%s", raw, diff)
			}
		}
	})
}

// checkOutline holds how a payload is taken apart against how encoding/json does.
func checkOutline(t *testing.T, raw []byte, wantMembers map[string]json.RawMessage, wantElements []json.RawMessage) {
	t.Helper()
	members, elements, lists, ok := events.Outline(raw)
	if !ok {
		t.Errorf("%q: not valid", raw)
	}
	if diff := cmp.Diff(wantMembers, members) + cmp.Diff(wantElements, elements); diff != "" {
		t.Errorf("%q: (-encoding/json +events)\n%s", raw, diff)
	}
	for name, value := range wantMembers {
		var want []json.RawMessage
		if json.Unmarshal(value, &want) != nil {
			want = nil
		}
		if diff := cmp.Diff(want, lists[name]); diff != "" {
			t.Errorf("%q: %q: (-encoding/json +events)\n%s", raw, name, diff)
		}
	}
}
