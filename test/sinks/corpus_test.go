package sinks_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// corpus is where real events of other projects are, beside the checkout.
const corpus = "../../../shared/corpus"

// corpusEvents returns the events of the corpus by their files.
func corpusEvents(t *testing.T) map[string][]byte {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	all := map[string][]byte{}
	err := filepath.WalkDir(corpus, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		all[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 258 {
		t.Errorf("the corpus has %d events, want 258", len(all))
	}
	return all
}

// sampleEvents returns the samples of all sources, and findings that are longer and of which some are
// over.
func sampleEvents(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"the longest": longest(t, "f1"), "one that is over": over(t, "f2")}
	at := source.SampleOptions{Time: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)}
	for _, s := range events.Table() {
		if s.Samples.Types == nil {
			continue
		}
		for _, findingType := range s.Samples.Types() {
			event, err := s.Samples.Event(findingType, at)
			if err != nil {
				t.Fatal(err)
			}
			all[s.ID+" "+findingType] = event
		}
	}
	return all
}

// TestEventsToAllSinks sends events to all sinks at once, at every severity and without digests: each
// finding arrives once in each, but for those that are over, of which nobody had been told.
func TestEventsToAllSinks(t *testing.T) {
	t.Run("corpus", func(t *testing.T) { toAll(t, corpusEvents(t)) })
	t.Run("samples", func(t *testing.T) { toAll(t, sampleEvents(t)) })
}

func toAll(t *testing.T, all map[string][]byte) {
	t.Helper()
	m := newMany(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m.send(name, all[name])
	}
	for _, e := range m.ends {
		m.holds(e)
	}
	t.Logf("%d events, %d findings, %d of them over, %d published before\n%s", len(all), m.open+m.over, m.over, m.open-len(m.named), m.table())
}

// end is an instance with its far end, and what was seen of it.
type end struct {
	kind     kind
	name     string
	far      *remote
	gate     *gate
	messages int
	largest  []notify.Size // of all its messages
	bodies   []string      // of all its messages, as they were previewed
}

// many is a Tocsin with an instance for each of kinds.
type many struct {
	*testing.T
	ends       []*end
	app        *app.App
	log        bytes.Buffer
	open, over int             // findings
	named      map[string]bool // publications of open findings
}

func newMany(t *testing.T) *many {
	t.Helper()
	for name, value := range environment() {
		t.Setenv(name, value)
	}
	settings := map[string]string{"RATE": "0", "DIGEST_AFTER": "0", "MIN_SEVERITY": "0", "LEDGER": "off"}
	m := &many{T: t, named: map[string]bool{}}
	var names []string
	for i, k := range kinds() {
		e := &end{kind: k, name: fmt.Sprintf("%s_%d", k.name, i), far: k.open(t)}
		m.ends, names = append(m.ends, e), append(names, e.name+"="+k.name)
		e.gate = newGate(t, e.far)
		for name, value := range e.far.settings(e.gate.server.URL) {
			if own, isOwn := strings.CutPrefix(name, strings.ToUpper(k.name)+"_"); isOwn {
				name = strings.ToUpper(e.name) + "_" + own
			}
			settings[name] = value
		}
	}
	settings["SINKS"] = strings.Join(names, ",")
	for name, value := range settings {
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
			delete(settings, name)
		}
	}
	var err error
	m.app, err = app.Load(t.Context(), app.Options{Settings: config.Texts(settings), FlushesAtEnd: true, Log: &m.log})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// send hands over an event, and wants one outcome of each of its findings at each sink.
func (m *many) send(name string, event []byte) {
	m.Helper()
	ctx, cancel := context.WithTimeout(m.Context(), invocation)
	defer cancel()
	previews, err := m.app.Preview(ctx, event)
	if err != nil {
		m.Fatalf("%s: %v", name, err)
	}
	var want []string
	for _, shown := range previews {
		f := shown.Finding
		switch {
		case shown.Err != nil:
			m.Fatalf("%s: %v", name, shown.Err)
		case f.State.Over():
			m.over++
			want = append(want, "resolved") // never sent before
			continue
		}
		m.open++
		m.named[notify.Notification{Findings: []finding.Finding{f}}.MessageID("")] = true
		want = append(want, "delivered")
		for i, e := range m.ends {
			e.measure(m.T, name, shown.Sinks[i].Message)
		}
	}
	m.log.Reset()
	if _, err := m.app.Invoke(ctx, event); err != nil {
		m.Errorf("%s: %v", name, err)
	}
	if _, err := m.app.Flush(ctx); err != nil {
		m.Errorf("%s: %v", name, err)
	}
	for _, e := range m.ends {
		w := &world{T: m.T, kind: kind{name: e.name}}
		w.log.Write(m.log.Bytes())
		got, reasons := w.outcomes()
		if !slices.Equal(got, want) {
			m.Errorf("%s: the outcomes at %s are %v %s, want %v", name, e.kind.label, got, reasons, want)
		}
		if hidden := e.far.hidden; hidden != "" && bytes.Contains(m.log.Bytes(), []byte(hidden)) {
			m.Errorf("%s: a secret of %s is in the log", name, e.kind.label)
		}
	}
}

// measure keeps the largest of each measure, and wants nothing over a limit.
func (e *end) measure(t *testing.T, name string, message notify.Preview) {
	t.Helper()
	if len(message.Sizes) == 0 {
		t.Errorf("%s: %s has no measure", name, e.kind.label)
	}
	e.bodies = append(e.bodies, string(message.Body))
	for _, size := range message.Sizes {
		if size.Value > size.Limit {
			t.Errorf("%s: %s has %d %s, of at most %d", name, e.kind.label, size.Value, size.What, size.Limit)
		}
		i := slices.IndexFunc(e.largest, func(s notify.Size) bool { return s.What == size.What })
		if i < 0 {
			e.largest = append(e.largest, size)
		} else {
			e.largest[i].Value = max(e.largest[i].Value, size.Value)
		}
	}
}

// holds wants each open finding once at the far end, no request twice, and nothing refused.
func (m *many) holds(e *end) {
	m.Helper()
	for _, err := range e.far.refused() {
		m.Errorf("%s refused: %v", e.kind.label, err)
	}
	all, requests, want := e.far.arrived(), len(e.gate.requests()), m.open
	for _, message := range all {
		e.far.check(m.T, message)
	}
	e.messages = len(all)
	_, isTakenTwice := e.kind.expect[rowCut]
	switch {
	case e.kind.name == local:
		if e.messages = len(e.bodies); strings.Join(all, "") != strings.Join(e.bodies, "") {
			m.Errorf("%s has not what was previewed", e.kind.label)
		}
	case e.kind.name == "pagerduty", e.kind.name == "jsm": // where alerts that say the same stand once
		e.messages = requests
	case !isTakenTwice: // what was published before is known by its name
		want = len(m.named)
	}
	if e.messages != want || requests > m.open {
		m.Errorf("%s has %d messages by %d requests, want %d by %d at the most", e.kind.label, e.messages, requests, want, m.open)
	}
}

// table writes what was seen of each instance.
func (m *many) table() string {
	var b strings.Builder
	for _, e := range m.ends {
		var sizes []string
		for _, size := range e.largest {
			sizes = append(sizes, fmt.Sprintf("%d of %d %s", size.Value, size.Limit, size.What))
		}
		fmt.Fprintf(&b, "%-12s  %4d messages; the largest: %s\n", e.kind.label, e.messages, strings.Join(sizes, ", "))
	}
	return b.String()
}
