package sinktest

import (
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Arrives sends every attack and every huge finding, whole, minimal and as an end, and wants all of them
// to be taken.
func Arrives(t *testing.T, sink notify.Notifier, refused func() []error) {
	t.Helper()
	all := formattertest.Huge()
	for name, attack := range formattertest.Attacks() {
		all[name] = formattertest.Filled(attack)
	}
	for name, n := range all {
		for _, n.Minimal = range []bool{false, true} {
			if _, err := sink.Notify(t.Context(), n); err != nil {
				t.Errorf("%s: %v %v", name, err, refused())
			}
		}
		n.Kind = notify.KindResolved
		if _, err := sink.Notify(t.Context(), n); err != nil {
			t.Errorf("the end of %s: %v %v", name, err, refused())
		}
	}
}
