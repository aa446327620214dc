package scale_test

import (
	"fmt"
	"testing"
	"time"
)

// side is a function and what it is given, beside another one.
type side struct {
	*function
	stream *stream
	made   int
	times  []time.Duration
}

func newSide(t *testing.T, variables map[string]string) *side {
	t.Helper()
	return &side{function: start(t, variables, 10*time.Second, nil), stream: newStream(time.Now().UTC().Add(-24 * time.Hour))}
}

// findings returns publications of findings that nobody was told of yet.
func (s *side) findings(count int) (all []publication) {
	for range count {
		p := s.stream.begin().next
		p.serial, p.severity = s.made, 8
		p.finding = 1<<44 + s.made
		s.made++
		all = append(all, p)
	}
	return all
}

// batch returns a batch of publications.
func batch(all []publication) []byte {
	list := make([]record, len(all))
	for i, p := range all {
		list[i] = newRecord(fmt.Sprintf("m%d", p.serial), p.event(), 1)
	}
	return payload(list)
}

// tell hands over a payload until nothing of it is kept, and notes how long the first time took. Where the machine is so busy that the
// table does not answer in time, the lease of a pair has to end first.
func (s *side) tell(t *testing.T, payload []byte) {
	t.Helper()
	for tries := 0; ; tries++ {
		body, took := s.invoke(t, payload)
		ids, err := kept(body)
		if tries == 0 {
			s.times = append(s.times, took)
		}
		switch {
		case err != nil || tries == 10:
			t.Fatalf("%d records are kept, %v", len(ids), err)
		case len(ids) == 0:
			return
		}
		time.Sleep(s.timeout / 5)
	}
}

// load is what two sides are given in turns.
type load struct {
	name string
	size int
	// isKnown says that the findings were told before.
	isKnown bool
}

func loads() []load {
	return []load{{"one finding that is new", 1, false}, {"ten that are new", 10, false}, {"ten duplicates", 10, true}}
}

// rounds is how often each load is given to each side.
func rounds() int {
	if isFull() {
		return 400
	}
	return 10
}

// compare gives a load to both sides in turns, the first of which is not counted.
func compare(t *testing.T, l load, one, other *side) {
	t.Helper()
	for _, s := range []*side{one, other} {
		known := batch(s.findings(l.size))
		s.tell(t, known)
		s.times = nil
	}
	known := [2][]byte{batch(one.findings(l.size)), batch(other.findings(l.size))}
	one.tell(t, known[0])
	other.tell(t, known[1])
	one.times, other.times = nil, nil
	for range rounds() {
		for i, s := range []*side{one, other} {
			if l.isKnown {
				s.tell(t, known[i])
			} else {
				s.tell(t, batch(s.findings(l.size)))
			}
		}
	}
}

// besides writes the percentiles of both sides, and their ratios.
func besides(g *grid, name string, one, other *side) {
	p50, p99 := at(one.times, 50), at(one.times, 99)
	than50, than99 := at(other.times, 50), at(other.times, 99)
	g.row(name, milliseconds(than50), milliseconds(p50), ratio(float64(p50), float64(than50)), milliseconds(than99), milliseconds(p99), ratio(float64(p99), float64(than99)))
}

// TestFullTable tells findings on a table that holds many records beside one that holds none.
func TestFullTable(t *testing.T) {
	skipUnlessWanted(t)
	empty, full := startTable(t), startTable(t)
	w := newWorld(t, newQueue(newStream(time.Now()), 0), 0)
	sides := make([]*side, 2)
	for i, tables := range []*table{full, empty} {
		variables := w.variables(tables.url)
		variables["BOARD_DIGEST_AFTER"] = "0"
		sides[i] = newSide(t, variables)
		sides[i].tell(t, batch(sides[i].findings(1)))
	}
	like := sides[0].findings(1)[0]
	sides[0].tell(t, batch([]publication{like}))
	key := fmt.Sprintf("aws.guardduty/%012d/eu-west-1/%032x", like.account+1, like.finding)
	began := time.Now()
	full.ask(t, "GET", fmt.Sprintf("/fill?records=%d&like=%s", *publications, key), nil)
	say("the table is filled with %s records in %.0f s", grouped(*publications), time.Since(began).Seconds())
	size := full.size(t)
	if size.Items < *publications {
		t.Errorf("the table holds %d items", size.Items)
	}
	g := newGrid("given", "p50 on an empty table, ms", "on the full one, ms", "ratio", "p99, ms", "on the full one, ms", "ratio")
	for _, l := range loads() {
		compare(t, l, sides[0], sides[1])
		besides(g, l.name, sides[0], sides[1])
	}
	g.WriteString("\n" + list(
		fmt.Sprintf("the full table: %s items of %d bytes, %.0f MB as DynamoDB counts them; the server that plays it holds %s MiB", grouped(size.Items),
			size.Bytes/size.Items, float64(size.Bytes)/1e6, mebibytes(memoryOf(full.process.Process.Pid).now)),
		fmt.Sprintf("the function at it holds %s MiB at the most, that at the empty one %s", mebibytes(sides[0].memory().most), mebibytes(sides[1].memory().most))))
	publish(t, "full", g.String())
}
