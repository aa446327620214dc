package table_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// mortal is a DynamoDB whose connections are dead when they are used for the second time: it takes
// the request and hangs up.
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
	const answer = `{"Attributes":{"number slack":{"N":"1"}}}`
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(answer))))
	_, _ = io.WriteString(w, answer)
}

// dynamoDB makes the store in a table of the server with the address.
func dynamoDB(t testing.TB, url string) *table.DynamoDB {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	store, err := table.NewDynamoDB(t.Context(), "table")
	must(t, err)
	return store
}

// TestDeadConnections has every connection that was kept turn out to be dead: each call is made
// over a fresh one.
func TestDeadConnections(t *testing.T) {
	far := &mortal{seen: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	store := dynamoDB(t, server.URL)
	key := table.Key{Partition: "f", Sort: "slack"}
	for range 3 {
		_, _, err := store.Load(t.Context(), key)
		must(t, err)
		must(t, store.Save(t.Context(), key, table.Record{Expires: time.Unix(1, 0)}, 0))
		_, err = store.Add(t.Context(), key, map[string]int64{"slack": 1}, time.Unix(1, 0))
		must(t, err)
		_, err = store.Numbers(t.Context(), key)
		must(t, err)
		must(t, store.Append(t.Context(), "f", table.Item{Key: "k", Text: "t", Expires: time.Unix(1, 0)}))
		_, err = store.Items(t.Context(), "f")
		must(t, err)
	}
	if len(far.deaths) == 0 || len(far.requests) != 18+len(far.deaths) {
		t.Errorf("%d requests for 18 calls, %d of them over dead connections", len(far.requests), len(far.deaths))
	}
	for _, at := range far.deaths {
		if at+1 >= len(far.requests) || far.requests[at] != far.requests[at+1] {
			t.Errorf("the request %d was not sent again: %s", at, far.requests[at])
		}
	}
}

// keeping is a DynamoDB that keeps the items that it is given, and gives the same answer to every
// request.
type keeping struct {
	url, answer string
	items       []string
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	k := &keeping{answer: `{}`}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Item map[string]any }
		_ = json.NewDecoder(r.Body).Decode(&in)
		item, _ := json.Marshal(in.Item)
		k.items = append(k.items, string(item))
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(k.answer))))
		_, _ = io.WriteString(w, k.answer)
	}))
	t.Cleanup(server.Close)
	k.url = server.URL
	return k
}
