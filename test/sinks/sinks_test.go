// Package sinks_test sends real events through all of Tocsin to each type of sink, with the far end's
// half played on a socket, and prints what arrived and what came of it: "go test -v ./test/sinks".
//
// A new type of sink is one entry of kinds; without it TestEverySinkIsKnown fails.
package sinks_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks"
)

// The rows of a sink in the table.
const (
	rowFirst     = "first"
	rowUpdate    = "update"
	rowOver      = "over"
	rowDigest    = "digest"
	rowLongest   = "longest finding"
	rowThrottled = "throttled"
	rowDead      = "dead destination"
	rowRotated   = "secret rotated"
	rowCut       = "connection cut"
)

// rowAttacks is the row in which each attack stands in all texts of a finding.
func rowAttacks() string { return fmt.Sprint(len(formattertest.Attacks()), " attacks") }

// row is a row of the table, and what has to be seen of it where a sink says nothing else.
type row struct {
	name, expected string
	run            func(t *testing.T, k kind) seen
}

func rows() []row {
	return []row{
		{rowFirst, "delivered: 1 message by 1 request", func(t *testing.T, k kind) seen {
			return newWorld(t, k, nil).sees("i-0a1b2c3d4e5f60718", first(t, "f1"))
		}},
		{rowUpdate, "delivered: 1 message by 1 request", func(t *testing.T, k kind) seen {
			w := newWorld(t, k, nil)
			w.send(first(t, "f1"))
			return w.sees("update", update(t, "f1"))
		}},
		{rowOver, "delivered: 1 message by 1 request", func(t *testing.T, k kind) seen {
			w := newWorld(t, k, nil)
			w.send(first(t, "f1"), update(t, "f1"))
			return w.sees("archived", over(t, "f1"))
		}},
		{rowDigest, "delivered, 4 digested, digest delivered: 2 messages by 2 requests", digest},
		{rowLongest, "delivered: 1 message by 1 request", func(t *testing.T, k kind) seen {
			return newWorld(t, k, nil).sees("i-0a1b2c3d4e5f60718", longest(t, "f1"))
		}},
		{rowAttacks(), fmt.Sprintf("%[1]d delivered: %[1]d messages by %[1]d requests", len(formattertest.Attacks())), attacks},
		{rowThrottled, "delivered: 1 message by 2 requests", throttled},
		{rowDead, "dead: 0 messages by 1 request", func(t *testing.T, k kind) seen {
			w := newWorld(t, k, nil)
			if w.far.handler == nil {
				return seen{never: never}
			}
			w.gate.shut(w.far.dead)
			return w.send(first(t, "f1"))
		}},
		{rowCut, "delivered: 1 message by 2 requests", func(t *testing.T, k kind) seen {
			w := newWorld(t, k, nil)
			if w.far.handler == nil {
				return seen{never: never}
			}
			w.gate.answer(w.gate.cut)
			return w.send(first(t, "f1"))
		}},
	}
}

// local is the type that sends to no server.
const local = "console"

// never is said of what cannot happen to a sink.
const never = "cannot be: it has no far end"

// sees sends an event, and wants what arrives for it to say something and to be inert.
func (w *world) sees(want string, event []byte) seen {
	w.Helper()
	s := w.send(event)
	for _, message := range s.arrived {
		w.far.check(w, message)
	}
	if !strings.Contains(strings.ToLower(strings.Join(s.arrived, "\n")), want) {
		w.Errorf("what arrived does not say %s: %.600q", want, s.arrived)
	}
	for _, err := range w.far.refused() {
		w.Errorf("refused: %v", err)
	}
	if s.reasons != "" {
		w.Errorf("the reason is %s", s.reasons)
	}
	return s
}

// digest sends five findings of which one a minute goes by itself.
func digest(t *testing.T, k kind) seen {
	w := newWorld(t, k, map[string]string{"DIGEST_AFTER": "1"})
	var events [][]byte
	for i := range 5 {
		events = append(events, first(t, fmt.Sprint("f", i)))
	}
	s := w.send(events...)
	for _, message := range s.arrived {
		w.far.check(t, message)
	}
	if n := len(s.arrived); n == 0 || !strings.Contains(s.arrived[n-1], "4 findings") && !strings.Contains(s.arrived[n-1], `"digest"`) {
		t.Errorf("the last message is no digest of 4: %.600q", s.arrived)
	}
	return s
}

// attacks sends one event for each attack, which stands in all of its texts.
func attacks(t *testing.T, k kind) seen {
	w := newWorld(t, k, nil)
	var events [][]byte
	all := formattertest.Attacks()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		events = append(events, withText(t, "f-"+name, all[name]))
	}
	s := w.send(events...)
	for _, message := range s.arrived {
		w.far.check(t, message)
	}
	for _, err := range w.far.refused() {
		t.Errorf("refused: %v", err)
	}
	return s
}

// throttled has the far end ask once for a pause, which is kept.
func throttled(t *testing.T, k kind) seen {
	w := newWorld(t, k, nil)
	if w.far.handler == nil {
		return seen{never: never}
	}
	w.gate.answer(w.far.throttle)
	s := w.send(first(t, "f1"))
	if s.waited < w.far.wait {
		t.Errorf("the next request came after %v, and the far end had asked for %v", s.waited, w.far.wait)
	}
	return s
}

// rotation is a sink whose secret has been replaced since it was read.
type rotation struct {
	*world
	since time.Time
}

// rotate sends with a secret, and replaces it: the old one is dead, the new one is in the store.
func rotate(t *testing.T, k kind, store *vault) *rotation {
	t.Helper()
	w := &world{T: t, kind: k, far: k.open(t)}
	if w.far.secret == "" {
		return nil
	}
	w.gate = newGate(t, w.far)
	old := w.far.settings(w.gate.server.URL)[w.far.secret]
	w.load(map[string]string{w.far.secret: store.put(k.label, old)})
	if got := w.send(first(t, "f1")); got.String() != "delivered: 1 message by 1 request" {
		t.Fatalf("%s with a secret: %s: %s", k.label, got, got.reasons)
	}
	if w.far.rotate != nil {
		store.put(k.label, w.far.rotate())
	} else {
		w.next = newGate(t, w.far)
		w.gate.shut(w.far.dead)
		store.put(k.label, w.far.settings(w.next.server.URL)[w.far.secret])
	}
	return &rotation{w, time.Now()}
}

// sees sends a finding once the secret may be read again, which it is at most once a minute.
func (r *rotation) sees() seen {
	const between = time.Minute
	time.Sleep(time.Until(r.since.Add(between)))
	return r.send(first(r.T, "f2"))
}

// environment returns what AWS's sinks need to know, and keeps them from all else of this machine.
func environment() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "", "NO_PROXY": "*",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_ENDPOINT_URL_SQS": "",
	}
}

func TestSinks(t *testing.T) {
	for name, value := range environment() {
		t.Setenv(name, value)
	}
	store, rotations := newVault(t), map[string]*rotation{}
	for _, k := range kinds() {
		if !testing.Short() && k.name != local { // which would take the standard output for as long
			rotations[k.label] = rotate(t, k, store)
		}
	}
	got := map[string]seen{}
	for _, k := range kinds() {
		for _, r := range rows() {
			t.Run(k.label+"/"+r.name, func(t *testing.T) {
				s := r.run(t, k)
				if want := k.want(r, k.name != local); s.String() != want {
					t.Errorf("got  %s\nwant %s", s, want)
				}
				got[k.label+r.name] = s
			})
		}
	}
	for _, k := range kinds() {
		got[k.label+rowRotated] = rotated(t, k, rotations[k.label])
	}
	t.Log(tableOf(got))
}

// rotated is the row of a secret that was replaced: one request with the old one, one with the new.
func rotated(t *testing.T, k kind, r *rotation) seen {
	t.Helper()
	switch {
	case testing.Short():
		return seen{never: "not tried: it takes a minute, and -short is set"}
	case r == nil:
		return seen{never: "cannot be: it has no secret"}
	}
	s := r.sees()
	if want := k.want(row{name: rowRotated, expected: "delivered: 1 message by 2 requests"}, true); s.String() != want {
		t.Errorf("%s, %s: got  %s\nwant %s", k.label, rowRotated, s, want)
	}
	return s
}

// want returns what has to be seen in a row of a sink. One that is no server has no requests.
func (k kind) want(r row, isServer bool) string {
	if own, ok := k.expect[r.name]; ok {
		return own
	}
	if !isServer {
		without, _, _ := strings.Cut(r.expected, " by ")
		return without
	}
	return r.expected
}

// tableOf writes what was seen.
func tableOf(got map[string]seen) string {
	var b strings.Builder
	for _, k := range kinds() {
		b.WriteString("\n")
		for _, name := range []string{
			rowFirst, rowUpdate, rowOver, rowDigest, rowLongest, rowAttacks(), rowThrottled, rowDead, rowRotated, rowCut,
		} {
			if s := got[k.label+name]; s.never == "" && s.outcomes == nil {
				continue // -run has left it out
			}
			fmt.Fprintf(&b, "%-12s  %-17s %s\n", k.label, name, got[k.label+name].row())
		}
	}
	return b.String()
}

// Each type of sink has its far end here.
func TestEverySinkIsKnown(t *testing.T) {
	known := map[string]bool{}
	for _, k := range kinds() {
		known[k.name] = true
	}
	for _, kind := range sinks.Table() {
		t.Run(kind.Name, func(t *testing.T) {
			if !known[kind.Name] {
				t.Skipf("%s has no entry in kinds: only its own tests have seen what it sends", kind.Name)
			}
		})
		delete(known, kind.Name)
	}
	for name := range known {
		t.Errorf("there is no type %s any more", name)
	}
}
