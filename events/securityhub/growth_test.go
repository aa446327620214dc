package securityhub_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// However many parts a finding has, the work grows no faster than they do.
func TestWorkGrowsNoFasterThanInput(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes seconds")
	}
	table := events.Table()
	repeated := func(n int, element string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	for name, made := range map[string]func(n int) string{
		"resources": func(n int) string { return `{"resources":` + repeated(n, `{"type":"Other","uid":"i"}`) + `}` },
		"evidences": func(n int) string { return `{"evidences":` + repeated(n, `{"data":{"a":1}}`) + `}` },
	} {
		eventstest.CheckGrowth(t, name, func(n int) func() {
			delivery, err := events.Open(table, []byte(event(with(t, made(n)))))
			if err != nil {
				t.Fatal(err)
			}
			return func() { events.Parse(table, delivery.Records[0].Envelope) }
		})
	}
}
