package formattertest

import (
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxSeed is how long a text may be that fuzzing begins with, in bytes; a longer one slows it down.
const maxSeed = 1_000

// Attacked gives check the messages of each attack, which fills whatever an attacker could: a word of Tocsin, what
// somebody did, one finding and a digest, whole and minimal, in each style.
func Attacked(t *testing.T, attacks map[string]string, check func(testing.TB, formatter.Message)) {
	t.Helper()
	all := styles(t)
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			for _, minimal := range []bool{false, true} {
				for _, style := range all {
					for _, word := range append(ActedBy(attack), Summary(attack)) {
						word.Minimal = minimal
						check(t, formatter.New(word, style))
					}
					n := Filled(attack)
					n.Minimal = minimal
					check(t, formatter.New(n, style))
					n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
					check(t, formatter.New(n, style))
				}
			}
		})
	}
}

// AttackedWhole gives check the messages of whole events of every source, whichever member is an
// attacker's. Each eighth is also in the style that shows everything, which takes ten times as long.
func AttackedWhole(t *testing.T, check func(testing.TB, formatter.Message)) {
	t.Helper()
	styles := []formatter.Style{Style(t, nil), Everything(t)}
	i := 0
	for event, n := range Whole(t) {
		i++
		for _, style := range styles[:1+i%8/7] {
			check(t, formatter.New(n, style))
		}
		if t.Failed() {
			t.Fatal(event)
		}
	}
}

// Oversized gives check the messages of huge findings, whole and minimal.
func Oversized(t *testing.T, huge map[string]notify.Notification, check func(testing.TB, formatter.Message)) {
	t.Helper()
	all := styles(t)
	for name, n := range huge {
		for _, style := range all {
			check(t, formatter.New(n, style))
		}
		n.Minimal = true
		check(t, formatter.New(n, formatter.Style{}.WithParts()))
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// styles are none, the one without settings, and one that shows everything.
func styles(t testing.TB) []formatter.Style {
	t.Helper()
	return []formatter.Style{{}, Style(t, nil), Everything(t)}
}

// Seed lets fuzzing begin with the attacks that are not too long for it.
func Seed(f *testing.F, attacks map[string]string) {
	f.Helper()
	for _, attack := range attacks {
		if len(attack) < maxSeed {
			f.Add(attack)
		}
	}
}
