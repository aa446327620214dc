package own_test

import (
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/own"
)

func TestRecord(t *testing.T) {
	at := time.Date(2026, 11, 29, 11, 0, 0, 0, time.FixedZone("", 3600))
	for want, r := range map[string]own.Record{
		`{"detail":{"a":1},"detail-type":"Tocsin Test","source":"tocsin","version":"0"}`: {
			DetailType: "Tocsin Test", Detail: map[string]int{"a": 1},
		},
		`{"detail":null,"detail-type":"Tocsin Test","id":"r1","source":"tocsin","time":"2026-11-29T10:00:00Z","version":"0"}`: {
			DetailType: "Tocsin Test", ID: "r1", At: at,
		},
	} {
		if got, err := r.JSON(); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	if _, err := (own.Record{DetailType: "Tocsin Test", Detail: func() {}}).JSON(); err == nil {
		t.Error("a function has a JSON form")
	}
}
