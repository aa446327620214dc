package events_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
)

// FuzzRead holds what the project takes for JSON, and what it reads in it, against encoding/json.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`null`, ` true `, `false`, `""`, `"a"`, `-1.5e+3`, `0`, `{}`, `[]`, `[ ]`, `{ }`, `[[],{},[{}]]`,
		`{"a":1,"a":null}`, `{"":"","b":{"c":[1,"]",2]}}`, "\t[1 ,\n2 , \"x\" ]\r\n", `{"a" : {"}" : "{"} , "b":[ ]}`,
		`"\"\\\/\b\f\n\r\t"`, `"\u0041\ud83d\ude00\ud83d\u00e9"`, `"\\u0041"`, `"C:\\"`, `{"\"k\"":"\\"}`,
		"\"\xff\xfea\"", "\"\\n\xff\"", `"日本語 \" é"`, "\"\u2028\"", `[1,2,3]`, `{"Records":[1,[2]],"x":[3],"Records":[{"Records":[4]}],"records":[5]}`, `{"Records":{"Records":[1]}}`, `{"a":[{"b":"c,d:e"}],"f":-0}`, recipe(f),
		``, ` `, `nul`, `nullx`, `"`, `"\`, `"\"`, `"\u00e`, `"\u00eg"`, `"\x"`, "\"\t\"", "\"\x7f\xff\"", "\x00",
		`-0`, `-`, `01`, `1.`, `1e`, `1E-7`, `.5`, `+1`, `1 2`, `{"a":1} x`, `{"a":1}{}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":}`, `{,}`,
		`[1,]`, `[,]`, `[1 2]`, `[`, `]`, `{`, `}`, "\u00a01", "\ufeff1",
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, isValid := events.Read(text)
		if want := json.Valid(text); isValid != want {
			t.Fatalf("%.200q: valid? got %v, want %v", text, isValid, want)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var want any
		if isValid {
			if err := decoder.Decode(&want); err != nil {
				t.Skip(err)
			}
		}
		if !reflect.DeepEqual(want, got) { // cmp.Diff alone takes minutes for what is nested deeply
			t.Errorf("%.200q: (-encoding/json +events)\n%s", text, cmp.Diff(want, got))
		}
		checkRaw(t, text, isValid)
	})
}

// checkRaw holds the members of an object and the elements of a list, as they came, against encoding/json.
func checkRaw(t *testing.T, text []byte, isValid bool) {
	t.Helper()
	members, elements := events.Raw(text)
	var wantMembers map[string]json.RawMessage
	var wantElements []json.RawMessage
	if isValid {
		_, _ = json.Unmarshal(text, &wantMembers), json.Unmarshal(text, &wantElements)
	}
	if diff := cmp.Diff(wantMembers, members) + cmp.Diff(wantElements, elements); diff != "" {
		t.Errorf("%q: (-encoding/json +events)\n%s", text, diff)
	}
}

func BenchmarkRead(b *testing.B) {
	payload := []byte(recipe(b))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		events.Read(payload)
	}
}
