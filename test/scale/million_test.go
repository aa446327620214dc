package scale_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const (
	inBatch = 10              // records, as deployed
	timeout = 4 * time.Second // of the function; the lease of a killed one lasts as long
	// mostInFlight is the most pairs that are on their way to a sink when a function is killed: a batch to each.
	mostInFlight = inBatch * sinkCount
	oneInSinks   = 100 // requests to a sink, of which one goes wrong
	oneInTable   = 200 // calls of the table, of which one fails
)

// million is the run of many publications on one table. Two functions share the batches: one lives from the first to the last, the
// other is killed again and again.
type million struct {
	*world
	outcomes *outcomes
	table    *table
	total    int
	kills    int // so many are wanted
	killed   int
	began    time.Time
	took     time.Duration

	turn    sync.RWMutex // held by whoever works, and alone by who probes
	times   []time.Duration
	lives   []checkpoint
	probes  [][]byte
	probing time.Duration // how long that took
	handed  time.Duration // until the last publication was handed over, without that
}

// checkpoint is how things stand when a part of the publications has come.
type checkpoint struct {
	percent int
	memory  memory // of the function that lives on
	tables  memory // of the table server
	size    tableSize
	// cpu is what the function has worked for each publication since the checkpoint before.
	cpu         time.Duration
	aged, fresh []time.Duration
}

// TestMillion hands many publications of 500 accounts to the built bootstrap, in batches, with faults of the sinks and of the table
// and kills at work. Nothing may be lost, and nothing sent twice beyond what was injected.
func TestMillion(t *testing.T) {
	skipUnlessWanted(t)
	total := *publications
	begins := time.Now().UTC().Add(-time.Duration(float64(total) / publicationsPerDay * float64(24*time.Hour)))
	q := newQueue(newStream(begins), total)
	m := &million{
		world: newWorld(t, q, total), outcomes: newOutcomes(total), table: startTable(t), total: total, kills: max(total/25_000, 2), began: time.Now(),
	}
	variables := m.variables(m.table.url)
	if m.shorter = 1; !isFull() {
		m.shorter = 20
	}
	m.prepare()
	m.table.setFaults(t, oneInTable)
	m.faults = oneInSinks
	var workers sync.WaitGroup
	workers.Go(func() { m.live(t, variables) })
	workers.Go(func() { m.die(t, variables) })
	workers.Wait()
	m.took = time.Since(m.began)
	m.table.setFaults(t, 0)
	m.checkGrowth(t)
	a := m.account(t, begins)
	publish(t, "million", m.report(a))
}

// checkGrowth fails where the function that lived on needs more than half of what it has in the end, or takes twice as long for a
// duplicate as a new one does at an empty table.
func (m *million) checkGrowth(t *testing.T) {
	t.Helper()
	if len(m.lives) == 0 || !isFull() {
		return
	}
	end := m.lives[len(m.lives)-1]
	if most := 128 << 20; end.memory.now > most {
		t.Errorf("the function holds %s MiB in the end", mebibytes(end.memory.now))
	}
	if aged, fresh := at(end.aged, 50), at(end.fresh, 50); aged > 2*fresh {
		t.Errorf("ten duplicates take %v in the end, and %v in a new function", aged, fresh)
	}
}

// probing begins the ids of the records of the probe.
const probing = "probe-"

// publicationsPerDay is what the stream comes to.
const publicationsPerDay = 1030

// prepare makes the batches of the probe.
func (m *million) prepare() {
	s := newStream(time.Now().UTC().Add(-24 * time.Hour))
	for range 10 {
		var all []record
		for range inBatch {
			p := s.begin().next
			p.serial, p.finding, p.severity = m.total+len(all), 1<<40+len(m.probes)*inBatch+len(all), 8
			all = append(all, newRecord(fmt.Sprint(probing, p.serial), p.event(), 1))
		}
		m.probes = append(m.probes, payload(all))
	}
}

// live is the function that lives from the first publication to the last.
func (m *million) live(t *testing.T, variables map[string]string) {
	f := start(t, variables, timeout, m.outcomes.read)
	defer f.stop()
	m.tell(t, f)
	percents := []int{10, 50, 100}
	told, handled, cpu := 0, 0, f.cpu()
	since := func() time.Duration { return (f.cpu() - cpu) / time.Duration(max(handled, 1)) }
	for {
		if done := m.queue.progress() * 100 / m.total; len(percents) > 0 && done >= percents[0] && percents[0] < 100 {
			m.check(t, f, checkpoint{percent: percents[0], cpu: since()})
			percents, handled, cpu = percents[1:], 0, f.cpu()
		}
		if m.handed == 0 && m.queue.progress() == m.total {
			m.handed = time.Since(m.began) - m.probing
		}
		if done := m.queue.progress() * 20 / m.total; done > told {
			told = done
			say("%s of %s publications in %.0f s, %s MiB", grouped(m.queue.progress()), grouped(m.total), time.Since(m.began).Seconds(), mebibytes(f.memory().now))
		}
		batch, over := m.queue.take(inBatch)
		if over {
			break
		}
		if len(batch) == 0 {
			time.Sleep(pause)
			continue
		}
		handled += len(batch)
		if took := m.handle(t, f, batch); len(batch) == inBatch {
			m.times = append(m.times, took)
		}
	}
	m.check(t, f, checkpoint{percent: 100, cpu: since()})
}

func (m *million) handle(t *testing.T, f *function, batch []*message) time.Duration {
	t.Helper()
	m.turn.RLock()
	defer m.turn.RUnlock()
	body, took := f.invoke(t, records(batch))
	ids, err := kept(body)
	if err != nil {
		t.Error(err)
	}
	m.queue.done(batch, ids)
	return took
}

// die is the function that is killed at work, again and again.
func (m *million) die(t *testing.T, variables map[string]string) {
	f := start(t, variables, timeout, m.outcomes.read)
	defer func() { f.stop() }()
	for {
		batch, over := m.queue.take(inBatch)
		if over {
			return
		}
		if len(batch) == 0 {
			time.Sleep(pause)
			continue
		}
		if m.killed < m.kills && m.queue.progress() >= (m.killed+1)*m.total/(m.kills+1) {
			m.killed++
			f.kill(records(batch), rand.N(12*time.Millisecond))
			m.queue.lose(batch, timeout)
			f = start(t, variables, timeout, m.outcomes.read)
			continue
		}
		m.handle(t, f, batch)
	}
}

// tell hands over the findings of the probe until they are told, so that they are duplicates from then on.
func (m *million) tell(t *testing.T, f *function) {
	t.Helper()
	for _, probe := range m.probes {
		for tries := 0; ; tries++ {
			body, _ := f.invoke(t, probe)
			ids, err := kept(body)
			if err == nil && len(ids) == 0 {
				break
			}
			if err != nil || tries == 100 {
				t.Fatalf("the probe is not told: %v, %.300s", err, body)
			}
			time.Sleep(pause)
		}
	}
}

// check notes how things stand. Nobody else works meanwhile.
func (m *million) check(t *testing.T, f *function, c checkpoint) {
	t.Helper()
	m.turn.Lock()
	defer m.turn.Unlock()
	m.table.setFaults(t, 0)
	defer m.table.setFaults(t, oneInTable)
	began := time.Now()
	defer func() { m.probing += time.Since(began) }()
	c.memory, c.tables, c.size = f.memory(), memoryOf(m.table.process.Process.Pid), m.table.size(t)
	empty := startTable(t)
	defer empty.stop()
	variables := m.variables(empty.url)
	variables["BOARD_DIGEST_AFTER"] = "0"
	fresh := start(t, variables, timeout, nil)
	defer fresh.stop()
	m.tell(t, fresh)
	for range max(rounds()/10, 2) {
		for _, probe := range m.probes {
			_, took := f.invoke(t, probe)
			c.aged = append(c.aged, took)
			_, took = fresh.invoke(t, probe)
			c.fresh = append(c.fresh, took)
		}
	}
	m.lives = append(m.lives, c)
	say("at %d %%: %s items, %s MiB", c.percent, grouped(c.size.Items), mebibytes(c.memory.now))
}
