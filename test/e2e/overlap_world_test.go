package e2e_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

var overlapCount = flag.Int("overlap-events", 480, "how many findings come at least while a stack is upgraded and rolled back")

// overlapMuted is the account of the findings that a mute of the table holds back.
const overlapMuted = "444455556666"

// overlapTimeout is the function's timeout: a lease of a killed one lasts as long.
const overlapTimeout = 5 * time.Second

// overlapWorld is the remote ends of a stack that two builds share, and what they have seen.
type overlapWorld struct {
	t         *testing.T
	queue     *overlapQueue
	programs  map[string]string // by build
	variables map[string]string
	tables    string

	mu       sync.Mutex
	accepted map[string][]acceptance // by pair and version
	digests  []acceptance
	faults   map[string]int
	batches  []*overlapBatch
	done     map[string]bool // versions of which nothing is left to be done
	fed      int             // how many findings have come
	phase    int
	from     int // how many of them before this phase
	ended    []*overlapProcess
	kills    int
}

// acceptance is a message that a sink has taken.
type acceptance struct {
	batch *overlapBatch
	// isUnheard says that the function never heard that it was taken.
	isUnheard bool
}

// overlapBatch is one hand-over to one process.
type overlapBatch struct {
	build    string
	from, to time.Time
	isKilled bool
}

// overlapProcess is one execution environment, which sends to addresses of its own.
type overlapProcess struct {
	*function
	world *overlapWorld
	build string

	mu    sync.Mutex
	batch *overlapBatch // what it works on
}

func newOverlapWorld(t *testing.T) *overlapWorld {
	t.Helper()
	w := &overlapWorld{
		t: t, queue: newOverlapQueue(), programs: map[string]string{"old": buildBefore(t), "new": shared.bootstrap},
		accepted: map[string][]acceptance{}, faults: map[string]int{}, done: map[string]bool{},
	}
	w.tables = goTableOf(t, "overlap")
	w.variables = map[string]string{
		"SINKS": "slack,sns,gathered=slack", "RATE": "0", "DIGEST_AFTER": "0", "GATHERED_DIGEST_AFTER": "2", "DIGEST_EVERY": "60s",
		"REPEAT": "always", "SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:overlap",
		"LEDGER": "dynamodb", "LEDGER_TABLE": "overlap", "AWS_ENDPOINT_URL_DYNAMODB": w.tables,
		"AWS_ENDPOINT_URL_SQS": w.serve(w.queue), "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/dead",
	}
	w.mute()
	return w
}

// overlapSinks are the instances that everything but what is muted is due at.
func overlapSinks() []string { return []string{"slack", "sns", "gathered"} }

// mute mutes an account in the table, as somebody does with the command line.
func (w *overlapWorld) mute() {
	code, output := tocsin(w.t, map[string]string{"USER": "alice", "AWS_ENDPOINT_URL_DYNAMODB": w.tables}, "mute", "add", "tests",
		"--table", "overlap", "--when", `account == "`+overlapMuted+`"`, "--for", "2h", "--reason", "load tests")
	if code != 0 {
		w.t.Fatalf("tocsin mute: exit code %d\n%s", code, output)
	}
}

func (w *overlapWorld) serve(handler http.Handler) string {
	server := httptest.NewServer(handler)
	w.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// start starts an execution environment of a build.
func (w *overlapWorld) start(build string) *overlapProcess {
	p := &overlapProcess{world: w, build: build}
	address, variables := w.serve(p), map[string]string{}
	for name, value := range w.variables {
		variables[name] = value
	}
	variables["AWS_ENDPOINT_URL_SNS"] = address
	variables["SLACK_WEBHOOK_URL"] = address + "/services/T00000000/B00000000/" + slacktest.Secret
	variables["GATHERED_WEBHOOK_URL"] = address + "/services/T00000000/B11111111/" + slacktest.Secret
	p.function = startProgram(w.t, w.programs[build], variables)
	return p
}

// end ends an execution environment between two batches, as a deployment does.
func (p *overlapProcess) end() {
	_ = p.process.Process.Kill()
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	p.world.ended = append(p.world.ended, p)
}

// ServeHTTP implements http.Handler: the webhooks and the topic that this process sends to.
func (p *overlapProcess) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed before it had said everything
	}
	p.mu.Lock()
	batch := p.batch
	p.mu.Unlock()
	switch filepath.Base(filepath.Dir(r.URL.Path)) {
	case "B00000000":
		p.world.answer(batch, overlapMessages{sink: "slack", texts: []string{string(body)}, proof: "ok"}, rw)
	case "B11111111":
		p.world.answer(batch, overlapMessages{sink: "gathered", texts: []string{string(body)}, proof: "ok"}, rw)
	default:
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.world.answer(batch, publishedIn(r), rw)
	}
}

// overlapMessages are the messages of one request to a sink.
type overlapMessages struct {
	sink  string
	texts []string
	proof string // what says that they are taken
}

// publishedIn reads what is published by a request to SNS.
func publishedIn(r *http.Request) overlapMessages {
	m, all := overlapMessages{sink: "sns", proof: snstest.Published("m")}, ""
	for _, entry := range snstest.Entries(r) {
		m.texts = append(m.texts, entry.Get("Message"))
		all += snstest.Accepted(entry.Get("Id"), "m")
	}
	if r.PostForm.Get("Action") == "PublishBatch" {
		m.proof = snstest.Batch("", all)
	}
	return m
}

// answer takes the messages, or does one of the things that go wrong with one in a hundred.
func (w *overlapWorld) answer(batch *overlapBatch, m overlapMessages, rw http.ResponseWriter) {
	status := http.StatusOK
	switch kind := rand.IntN(400); kind {
	case 0:
		w.take(batch, m, true)
		status = http.StatusInternalServerError
	case 1:
		status = http.StatusInternalServerError
	case 2:
		rw.Header().Set("Retry-After", "60")
		status = http.StatusTooManyRequests
	case 3, 4:
		status, m.proof = http.StatusNotFound, "no_service"
		if m.sink == "sns" {
			m.proof = "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>"
		}
	default:
		w.take(batch, m, false)
	}
	if status != http.StatusOK {
		w.mu.Lock()
		w.faults[fmt.Sprint(m.sink, ": ", status)]++
		w.mu.Unlock()
	}
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, m.proof)
}

var overlapDigest = regexp.MustCompile(`[0-9]+ findings?\b`)

// take notes messages that a sink has taken; isUnheard says that the answer is lost.
func (w *overlapWorld) take(batch *overlapBatch, m overlapMessages, isUnheard bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range m.texts {
		numbers, versions := namesIn(text)
		switch {
		case m.sink == "gathered" && overlapDigest.MatchString(text):
			w.digests = append(w.digests, acceptance{batch, isUnheard})
		case len(numbers) == 0:
			w.t.Errorf("%s was sent a message about no finding: %.300s", m.sink, text)
		default:
			pair := pairName(m.sink, numbers[0], versions[0])
			w.accepted[pair] = append(w.accepted[pair], acceptance{batch, isUnheard})
		}
	}
}

// pairName names one version of a finding on its way to a sink.
func pairName(sink string, number, version int) string {
	return fmt.Sprintf("%s %d.%d", sink, number, version)
}

func isOverlapMuted(number int) bool { return number%15 == 7 }

// overlapVersions is how many publications there are of a finding: it begins, gets worse, and ends.
func overlapVersions(number int) int { return 1 + number%3 }

// overlapEvent is one publication of a finding.
func overlapEvent(number, version int) string {
	account := "111122223333"
	if isOverlapMuted(number) {
		account = overlapMuted
	}
	return fmt.Sprintf(`{"version":"0","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":%[1]q,"region":"eu-west-1",
		"time":"2026-03-16T%02[3]d:25:11Z","detail":{"id":"%032[2]x","type":"Recon:EC2/Portscan","title":"A scan","severity":%[4]d,
		"accountId":%[1]q,"region":"eu-west-1","createdAt":"2026-03-16T01:25:10.123Z","updatedAt":"2026-03-16T%02[3]d:25:10.123Z",
		"service":{"archived":%[5]v,"count":%[3]d},"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-%016[2]d%[3]d"}}}}`,
		account, number, version, 4+number%3+min(version, 2), version == 3)
}

// feed lets findings come, as long as few are waiting: the traffic never pauses. It goes on to the next phase after
// its share of them and a kill, and returns what runs in the execution environments; isOver says that no more come.
func (w *overlapWorld) feed() (builds [2]string, phase int, isOver bool) {
	const enough = 2 * soakBatch
	visible, _ := w.queue.waiting()
	phases := overlapPhases()
	w.mu.Lock()
	isNext := w.phase < len(phases) && w.fed-w.from >= *overlapCount/len(phases) && w.kills > w.phase
	if isNext {
		w.phase, w.from = w.phase+1, w.fed
	}
	phase, isOver = w.phase, w.phase == len(phases)
	from, to := w.fed, w.fed+max(enough-visible, 0)
	if isOver {
		to = from
	}
	w.fed = to
	w.mu.Unlock()
	for number := from; number < to; number++ {
		w.queue.put(overlapEvent(number, 1), nil, 0)
	}
	if isNext {
		w.queue.redrive()
	}
	return phases[min(phase, len(phases)-1)], phase, isOver
}

// finish notes that nothing is left to be done for a record. What follows of its finding comes then.
func (w *overlapWorld) finish(r *overlapRecord) {
	if r.number == 0 && r.version == 0 || r.isLetter() {
		return
	}
	w.mu.Lock()
	name := fmt.Sprint(r.number, ".", r.version)
	isKnown := w.done[name]
	w.done[name] = true
	w.mu.Unlock()
	if !isKnown && r.version < overlapVersions(r.number) {
		w.queue.put(overlapEvent(r.number, r.version+1), nil, time.Duration(rand.IntN(300))*time.Millisecond)
	}
}
