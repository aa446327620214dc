package securityhubcspm_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// However many members a finding has, and however many findings a person sends at once, the work
// grows no faster than they do.
func TestWorkGrowsNoFasterThanInput(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes seconds")
	}
	table := events.Table()
	for name, made := range map[string]func(n int) string{
		"product fields": func(n int) string {
			return event("Security Hub Findings - Imported", "", with(t, `{"ProductFields":`+eventstest.Members(n, `"x/service/action/f%d":"v",`)+`}`))
		},
		"findings": func(n int) string {
			return event("Security Hub Findings - Custom Action", `"actionName":"x",`, strings.TrimSuffix(strings.Repeat(`{"Id":"i"},`, n), ","))
		},
	} {
		eventstest.CheckGrowth(t, name, func(n int) func() {
			delivery, err := events.Open(table, []byte(made(n)))
			if err != nil {
				t.Fatal(err)
			}
			return func() { events.Parse(table, delivery.Records[0].Envelope) }
		})
	}
}
