package ledger_test

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// mortal is a DynamoDB whose connections are dead when they are used for the second time: it takes the request and hangs up.
type mortal struct {
	mu       sync.Mutex
	seen     map[string]int // requests by connection
	requests []string
	deaths   []int // places of the requests that got no answer
}

func (m *mortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	m.requests = append(m.requests, r.Header.Get("X-Amz-Target")+" "+string(body))
	m.seen[r.RemoteAddr]++
	isDead := m.seen[r.RemoteAddr] > 1
	if isDead {
		m.deaths = append(m.deaths, len(m.requests)-1)
	}
	m.mu.Unlock()
	if isDead {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
		return
	}
	const answer = `{"Attributes":{"number":{"N":"1"}}}`
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(answer))))
	_, _ = io.WriteString(w, answer)
}

// TestDeadConnections has every connection that was kept turn out to be dead: each call is made over a fresh one.
func TestDeadConnections(t *testing.T) {
	far := &mortal{seen: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	store, err := ledger.NewDynamoDB(t.Context(), "table")
	must(t, err)
	pair := ledger.Pair{Finding: "f", Sink: "slack"}
	for range 3 {
		_, _, err := store.Load(t.Context(), pair)
		must(t, err)
		must(t, store.Save(t.Context(), pair, ledger.Record{Expires: time.Unix(1, 0)}, 0))
		_, err = store.Add(t.Context(), pair, 1, time.Unix(1, 0))
		must(t, err)
		must(t, store.Append(t.Context(), pair, ledger.Item{Key: "k", Text: "t", Expires: time.Unix(1, 0)}))
		_, err = store.Items(t.Context(), pair)
		must(t, err)
	}
	if len(far.deaths) == 0 || len(far.requests) != 15+len(far.deaths) {
		t.Errorf("%d requests for 15 calls, %d of them over dead connections", len(far.requests), len(far.deaths))
	}
	for _, at := range far.deaths {
		if at+1 >= len(far.requests) || far.requests[at] != far.requests[at+1] {
			t.Errorf("the request %d was not sent again: %s", at, far.requests[at])
		}
	}
}
