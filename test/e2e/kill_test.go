package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// step is a moment of one delivery. At it the bootstrap is killed.
type step struct {
	name string
	// write is the write to the ledger that it happens at, from 1; 0 is the request to the webhook.
	write int32
	// isDone says that the write is in the table, of which the bootstrap never hears.
	isDone bool
	// messages is how many Slack has in the end.
	messages int
}

// kill -9 at each step from the claim to the settled pair: the message is never lost, and is sent
// twice only when Slack had it and the ledger did not know.
func TestKilledAtEachStep(t *testing.T) {
	for number, step := range []step{
		{"before the claim is written", 1, false, 1},
		{"after the claim is written", 1, true, 1},
		{"while Slack has the request", 0, false, 1},
		{"before the settled pair is written", 2, false, 2},
		{"after the settled pair is written", 2, true, 1},
	} {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			slack, tp := newSlack(t), newTopic(t, "killed-"+string(rune('0'+number)))
			variables, _ := deployed(t, slack, tp, "killed-"+string(rune('0'+number)))
			variables["SINKS"] = "slack"
			delete(variables, "SNS_TOPIC_ARN")
			healthy := variables["AWS_ENDPOINT_URL_DYNAMODB"]

			reached := newTrap(t)
			variables["AWS_ENDPOINT_URL_DYNAMODB"] = reached.table(t, healthy, step)
			if step.write == 0 {
				slack.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
					reached.hold(r)
					return true
				})
			}
			victim := start(t, variables)
			abandoned := make(chan struct{})
			go func() {
				defer close(abandoned)
				victim.abandon(recipe(t), 3*time.Second)
			}()
			<-reached.entered
			if err := victim.process.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-abandoned
			slack.Answer(nil)

			variables["AWS_ENDPOINT_URL_DYNAMODB"] = healthy
			f := start(t, variables)
			queue := map[string]string{"m": recipe(t)}
			for deadline := time.Now().Add(15 * time.Second); len(f.batch(t, queue, 2)) > 0; time.Sleep(200 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the lease of the dead one does not end")
				}
			}
			if got := len(slack.Messages()); got != step.messages {
				t.Errorf("%d Slack messages, want %d", got, step.messages)
			}
		})
	}
}

// trap holds the bootstrap at a step until it is killed.
type trap struct {
	entered chan struct{} // closed when the step is reached
	over    chan struct{} // closed by release
	release func()
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	reached := &trap{entered: make(chan struct{}), over: make(chan struct{})}
	reached.release = sync.OnceFunc(func() { close(reached.over) })
	t.Cleanup(reached.release)
	return reached
}

func (tr *trap) hold(r *http.Request) {
	close(tr.entered)
	select {
	case <-tr.over:
	case <-r.Context().Done():
	}
}

// table stands before the ledger's table and springs at the step's write. It returns its URL.
func (tr *trap) table(t *testing.T, tables string, step step) string {
	t.Helper()
	target, err := url.Parse(tables)
	if err != nil {
		t.Fatal(err)
	}
	var writes atomic.Int32
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isTrapped := strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") && writes.Add(1) == step.write
		if !isTrapped {
			proxy.ServeHTTP(w, r)
			return
		}
		if step.isDone {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
		}
		tr.hold(r)
	}))
	t.Cleanup(func() {
		tr.release() // a server waits for its handlers
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}
