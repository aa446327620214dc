package jsonwrite_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/jsonwrite"
)

func written(t *testing.T, o *jsonwrite.Object) string {
	t.Helper()
	text, err := o.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Errorf("not JSON: %s", text)
	}
	return string(text)
}

func TestMembers(t *testing.T) {
	at := time.Date(2026, 3, 16, 8, 25, 5, 7, time.FixedZone("", 3600))
	o := jsonwrite.New(0)
	o.Text("text", "")
	o.Some("some", "x")
	o.Some("none", "")
	o.Begin("object")
	o.Begin("empty")
	o.End()
	o.Int("number", -7)
	o.End()
	o.True("so", true)
	o.True("not so", false)
	o.Texts("list", []string{"a", "b"})
	o.Texts("no list", nil)
	o.Time("at", at)
	o.Since("since", at.UTC())
	o.Since("never", time.Time{})
	o.Any("any", map[string]int{"a": 1})
	o.Raw("raw", "[1]")
	const want = `{"text":"","some":"x","object":{"empty":{},"number":-7},"so":true,"list":["a","b"],"at":"2026-03-16T08:25:05.000000007+01:00",` +
		`"since":"2026-03-16T07:25:05.000000007Z","any":{"a":1},"raw":[1]}`
	if got := written(t, o); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := written(t, jsonwrite.New(100)); got != "{}" {
		t.Errorf("got %s", got)
	}
}

// FuzzText holds names and texts against encoding/json: what is read is the same.
func FuzzText(f *testing.F) {
	for _, text := range []string{"", "a", `"\`, "\x00\x1f\x7f\n\t", "é 検知 \U0001F525 \u2028", "<b> & </b>", "not UTF-8: \xff\xfe", "\xed\xa0\x80", `{"a":"b"}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := jsonwrite.New(0)
		o.Text(text, text)
		o.Texts("list", []string{text, text})
		var got, want any
		if err := json.Unmarshal([]byte(written(t, o)), &got); err != nil {
			t.Fatal(err)
		}
		reflected, err := json.Marshal(map[string]any{text: text, "list": []string{text, text}})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(reflected, &want); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if string(a) != string(b) && text != "list" {
			t.Errorf("got %s, want %s", a, b)
		}
	})
}

// What has no form is an error, the first of them.
func TestWithoutAForm(t *testing.T) {
	for name, add := range map[string]func(*jsonwrite.Object){
		"a time":    func(o *jsonwrite.Object) { o.Time("x", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"a channel": func(o *jsonwrite.Object) { o.Any("x", make(chan int)) },
	} {
		o := jsonwrite.New(0)
		add(o)
		o.Text("y", "")
		if text, err := o.JSON(); err == nil {
			t.Errorf("%s: got %s", name, text)
		}
	}
}
