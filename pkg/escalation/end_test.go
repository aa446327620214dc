package escalation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Whoever was told that nobody has taken a finding on is told of its end, though not of its news, which are below what
// they want: an alert that was opened so would stay open for ever. Who was told of neither hears of neither.
func TestIsToldOfTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		ends time.Duration
		want []notify.Kind
	}{
		"after it":  {30 * time.Minute, []notify.Kind{notify.KindNotice, notify.KindResolved}},
		"before it": {10 * time.Minute, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(15 * time.Minute)
			p := w.process()
			w.finds(t, p, event("f", 8, 0, false))
			w.until(t, test.ends-time.Minute, p, w.process())
			w.finds(t, w.process(), event("f", 8.5, int(test.ends/time.Minute)-1, false))
			w.until(t, test.ends, p, w.process())
			for range 2 { // a copy too
				w.finds(t, w.process(), event("f", 8.5, int(test.ends/time.Minute), true))
			}
			w.until(t, 5*time.Hour, p, w.process())
			var kinds []notify.Kind
			for _, n := range w.oncall.sent {
				kinds = append(kinds, n.Kind)
			}
			if diff := cmp.Diff(test.want, kinds); diff != "" {
				t.Error(diff)
			}
		})
	}
}
