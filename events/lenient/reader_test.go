package lenient_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

func recipe(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// read decodes a text, and reports whether it is valid JSON.
func read(text []byte) (any, bool) {
	d, ok := lenient.Read(text)
	return plain(d), ok
}

// plain returns a decoded value as encoding/json does.
func plain(d lenient.Document) any {
	switch d.Kind() {
	case '{':
		all := map[string]any{}
		for _, m := range d.Members() {
			all[m.Name] = plain(m.Value)
		}
		return all
	case '[':
		list, _ := d.Listed()
		all := make([]any, len(list))
		for i := range list {
			all[i] = plain(list[i])
		}
		return all
	case '"':
		return string(d.Content())
	case 0, 'n':
		return nil
	case 't', 'f':
		return d.Kind() == 't'
	}
	return json.Number(d.Raw())
}

// raw returns the members of an object or the elements of a list, as they came.
func raw(text []byte) (members map[string]json.RawMessage, elements []json.RawMessage) {
	d := lenient.Decode(text)
	if d.Kind() == '{' {
		members = map[string]json.RawMessage{}
		for _, m := range d.Members() {
			members[m.Name] = m.Value.Raw()
		}
	}
	if list, isList := d.Listed(); isList {
		elements = []json.RawMessage{}
		for _, element := range list {
			elements = append(elements, element.Raw())
		}
	}
	return members, elements
}

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
		got, isValid := read(text)
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
			t.Errorf("%.200q: (-encoding/json +lenient)\n%s", text, cmp.Diff(want, got))
		}
		checkRaw(t, text, isValid)
	})
}

// checkRaw holds the members of an object and the elements of a list, as they came, against
// encoding/json.
func checkRaw(t *testing.T, text []byte, isValid bool) {
	t.Helper()
	members, elements := raw(text)
	var wantMembers map[string]json.RawMessage
	var wantElements []json.RawMessage
	if isValid {
		_, _ = json.Unmarshal(text, &wantMembers), json.Unmarshal(text, &wantElements)
	}
	if diff := cmp.Diff(wantMembers, members) + cmp.Diff(wantElements, elements); diff != "" {
		t.Errorf("%q: (-encoding/json +lenient)\n%s", text, diff)
	}
}

func BenchmarkRead(b *testing.B) {
	payload := []byte(recipe(b))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		lenient.Read(payload)
	}
}

// A line break that was escaped twice is one; a path of Windows is none.
func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		`one\n\ntwo`: "one\n\ntwo", `one\r\ntwo`: "one\ntwo", "one\ntwo": "one\ntwo", `C:\new\name`: `C:\new\name`, ``: ``,
	} {
		if got := lenient.Lines(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
