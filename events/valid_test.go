package events_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
)

// FuzzValid holds what the project takes for JSON against encoding/json.
func FuzzValid(f *testing.F) {
	for _, text := range []string{
		``, ` `, `null`, ` true `, `false`, `nul`, `nullx`, `""`, `"a"`, `"`, `"\`, `"\"`, `"\u00e`, `"\u00eg"`, `"\x"`, "\"\t\"", "\"\x7f\xff\"", "\x00",
		`0`, `-0`, `-`, `01`, `1.`, `1.5e+3`, `1e`, `1E-7`, `.5`, `+1`, `1 2`, `{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":}`, `{,}`,
		`[]`, `[ ]`, `[1,2]`, `[1,]`, `[,]`, `[1 2]`, `[`, `]`, `{`, `}`, `[[],{},[{}]]`, "\t[1 ,\n2 , \"x\" ]\r\n", "\u00a01", "\ufeff1", `{"a":[{"b":"c,d:e"}],"f":-0}`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001), recipe(f),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := events.Valid(text), json.Valid(text); got != want {
			t.Errorf("%.200q: got %v, want %v", text, got, want)
		}
		if _, _, _, got := events.Outline(text); got != json.Valid(text) {
			t.Errorf("%.200q, taken apart: got %v", text, got)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	payload := []byte(recipe(b))
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		events.Valid(payload)
	}
}
