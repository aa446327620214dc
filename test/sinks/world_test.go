package sinks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// invocation is how long an invocation may take.
const invocation = 30 * time.Second

// gate stands before the far end of a sink, lets requests through to it, counts them, and answers in
// its place where it is told to.
type gate struct {
	server *httptest.Server
	behind http.Handler
	sends  func(r *http.Request) bool // what is no message goes through uncounted

	mu     sync.Mutex
	faults []http.HandlerFunc // one for each of the next requests
	always http.HandlerFunc   // for all after these
	times  []time.Time
}

func newGate(t *testing.T, far *remote) *gate {
	t.Helper()
	g := &gate{behind: far.handler, sends: far.sends}
	g.server = httptest.NewServer(g)
	t.Cleanup(func() {
		g.server.CloseClientConnections()
		g.server.Close()
	})
	return g
}

// answer lets the gate answer the next requests.
func (g *gate) answer(faults ...http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = faults
}

// shut lets the gate answer all requests.
func (g *gate) shut(answer http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.always = answer
}

// requests returns when each request came.
func (g *gate) requests() []time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.times)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.sends != nil && !g.sends(r) {
		g.behind.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	g.times = append(g.times, time.Now())
	answer := g.always
	if len(g.faults) > 0 {
		answer, g.faults = g.faults[0], g.faults[1:]
	}
	g.mu.Unlock()
	if answer == nil {
		answer = g.behind.ServeHTTP
	}
	answer(w, r)
}

// cut lets the far end have the request, and cuts the connection in place of its answer.
func (g *gate) cut(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	g.behind.ServeHTTP(httptest.NewRecorder(), r)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // which cuts it as well
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing now sends a reset
	}
	_ = conn.Close()
}

// world is one instance of a type of sink in a Tocsin of its own, and the far end that it sends to.
type world struct {
	*testing.T
	kind kind
	far  *remote
	gate *gate
	next *gate // what takes the place of gate with another address; nil as a rule
	app  *app.App
	log  bytes.Buffer
}

// newWorld builds a world with further settings; those of the far end can be among them.
func newWorld(t *testing.T, k kind, further map[string]string) *world {
	t.Helper()
	far := k.open(t)
	w := &world{T: t, kind: k, far: far, gate: newGate(t, far)}
	w.load(further)
	return w
}

// load builds the world's Tocsin. What is AWS's is read from the environment, all else is not.
func (w *world) load(further map[string]string) {
	w.Helper()
	settings := map[string]string{"SINKS": w.kind.name, "RATE": "0", "DIGEST_AFTER": "0", "MIN_SEVERITY": "low"}
	maps.Copy(settings, w.far.settings(w.gate.server.URL))
	maps.Copy(settings, further)
	for name, value := range settings {
		if strings.HasPrefix(name, "AWS_") {
			w.Setenv(name, value)
			delete(settings, name)
		}
	}
	var err error
	w.app, err = app.Load(w.Context(), app.Options{Settings: config.Texts(settings), FlushesAtEnd: true, Log: &w.log})
	if err != nil {
		w.Fatal(err)
	}
}

// requests returns when each request came, by whichever gate.
func (w *world) requests() []time.Time {
	all := w.gate.requests()
	if w.next != nil {
		all = append(all, w.next.requests()...)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// seen is what came of some invocations.
type seen struct {
	outcomes []string // of each finding and digest, in their order
	arrived  []string // the messages that stand there now and did not before, or say something else
	requests int
	waited   time.Duration // between the first request and the last
	reasons  string
	isLocal  bool   // there are no requests
	never    string // why nothing of the sort can come
}

// row returns it as the table has it, with the size of the longest message.
func (s seen) row() string {
	longest := 0
	for _, message := range s.arrived {
		longest = max(longest, len(message))
	}
	if longest == 0 {
		return s.String()
	}
	return fmt.Sprintf("%-76s %7d bytes", s, longest)
}

// String says it in short.
func (s seen) String() string {
	if s.never != "" {
		return s.never
	}
	n, last, outcomes := 0, "", []string{}
	end := func() {
		if n > 1 {
			last = fmt.Sprint(n, " ", last)
		}
		if n > 0 {
			outcomes = append(outcomes, last)
		}
	}
	for _, outcome := range s.outcomes {
		if outcome != last {
			end()
			n, last = 0, outcome
		}
		n++
	}
	end()
	text := strings.Join(outcomes, ", ") + ": " + several(len(s.arrived), "message")
	if s.isLocal {
		return text
	}
	return text + byRequests(s.requests)
}

// byRequests says how many requests it took.
func byRequests(n int) string { return " by " + several(n, "request") }

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

// send hands events over, one invocation for each, and then what is left over to a digest.
func (w *world) send(events ...[]byte) seen {
	w.Helper()
	before, requests := w.far.arrived(), len(w.requests())
	w.log.Reset()
	ctx, cancel := context.WithTimeout(w.Context(), invocation*time.Duration(1+len(events)))
	defer cancel()
	for _, event := range events {
		one, cancel := context.WithTimeout(ctx, invocation)
		_, _ = w.app.Invoke(one, event) // the log says what failed
		cancel()
		w.far.arrived()
	}
	if _, err := w.app.Flush(ctx); err != nil {
		w.Error(err)
	}
	s := seen{isLocal: w.far.handler == nil}
	s.outcomes, s.reasons = w.outcomes()
	for i, text := range w.far.arrived() {
		if i >= len(before) || text != before[i] {
			s.arrived = append(s.arrived, text)
		}
	}
	times := w.requests()[requests:]
	if s.requests = len(times); s.requests > 0 {
		s.waited = times[len(times)-1].Sub(times[0])
	}
	if hidden := w.far.hidden; hidden != "" && strings.Contains(w.log.String(), hidden) {
		w.Error("the secret is in the log")
	}
	return s
}

// outcomes reads the log: the outcome of each finding and each digest, and the reasons.
func (w *world) outcomes() (outcomes []string, reasons string) {
	w.Helper()
	for line := range strings.Lines(w.log.String()) {
		var entry struct {
			Message, Outcome, Reason string
			Outcomes, Reasons        map[string]string
		}
		if err := json.Unmarshal([]byte(line), &struct {
			Message *string `json:"message"`
		}{&entry.Message}); err != nil {
			w.Fatalf("the log has a line that is no JSON: %s", line)
		}
		if strings.HasPrefix(entry.Message, "metrics") {
			continue // its outcomes are numbers
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			w.Fatalf("the log has a line of another form: %s", line)
		}
		switch entry.Message {
		case "finding":
			outcomes = append(outcomes, entry.Outcomes[w.kind.name])
			reasons += entry.Reasons[w.kind.name]
		case "digest":
			outcomes = append(outcomes, "digest "+entry.Outcome)
			reasons += entry.Reason
		default:
			w.Errorf("the log says: %s", line)
		}
	}
	return outcomes, reasons
}

// vault is a secret store.
type vault struct {
	mu     sync.Mutex
	values map[string]string
}

// newVault starts a secret store, which every Tocsin asks until the test ends.
func newVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{values: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ID string `json:"SecretId"`
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		v.mu.Lock()
		value := v.values[in.ID]
		v.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": in.ID, "SecretString": value})
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.URL)
	return v
}

// put stores a value for a sink and returns the secret's ARN.
func (v *vault) put(name, value string) string {
	name = strings.ReplaceAll(name, ", ", "-")
	arn := "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + strings.ReplaceAll(name, " ", "-") + "-AbCdEf"
	v.mu.Lock()
	defer v.mu.Unlock()
	v.values[arn] = value
	return arn
}
