package ledger_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// dynamoDB makes the store in a table of the server with the address.
func dynamoDB(t *testing.T, url string) *ledger.DynamoDB {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	store, err := ledger.NewDynamoDB(t.Context(), "table")
	must(t, err)
	return store
}

// TestDeadConnections has every connection that was kept turn out to be dead: each call is made over a fresh one.
func TestDeadConnections(t *testing.T) {
	far := &mortal{seen: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	store := dynamoDB(t, server.URL)
	pair := ledger.Pair{Finding: "f", Sink: "slack"}
	for range 3 {
		_, _, err := store.Load(t.Context(), pair)
		must(t, err)
		must(t, store.Save(t.Context(), pair, ledger.Record{Expires: time.Unix(1, 0)}, 0))
		_, err = store.Add(t.Context(), pair, 1, time.Unix(1, 0))
		must(t, err)
		_, err = store.Number(t.Context(), pair)
		must(t, err)
		must(t, store.Append(t.Context(), pair, ledger.Item{Key: "k", Text: "t", Expires: time.Unix(1, 0)}))
		_, err = store.Items(t.Context(), pair)
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

// sparing is a DynamoDB whose answer to an update holds what has changed alone, as that of moto 5.2.1 does. It keeps numbers.
type sparing struct {
	mu      sync.Mutex
	numbers map[string]int64 // by the sort key
	calls   map[string]int   // by the action
}

func (s *sparing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type value struct{ S, N string }
	var in struct {
		Key                       map[string]value
		ExpressionAttributeValues map[string]value
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.calls[action]++
	at := in.Key["sk"].S
	number, answer := s.numbers[at], `{}`
	if added, _ := strconv.ParseInt(in.ExpressionAttributeValues[":number"].N, 10, 64); action == "UpdateItem" {
		s.numbers[at] = number + added
		if added != 0 {
			answer = fmt.Sprintf(`{"Attributes":{"number":{"N":"%d"}}}`, number+added)
		}
	} else if number != 0 {
		answer = fmt.Sprintf(`{"Item":{"number":{"N":"%d"}}}`, number)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(answer))))
	_, _ = io.WriteString(w, answer)
}

// TestMinuteBeforeIsRead counts messages over the turn of a minute: the minute before is read once, by a read.
func TestMinuteBeforeIsRead(t *testing.T) {
	far := &sparing{numbers: map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	c := newClock()
	l := ledger.New(dynamoDB(t, server.URL), c.now)
	for i, want := range []float64{1, 2, 3, 4, 4.5, 5} { // the fourth is the first of the next minute
		if got, err := l.CountMessage(t.Context(), "slack"); err != nil || got.PerMinute != want {
			t.Errorf("message %d: got %v, %v, want %v", i, got, err, want)
		}
		if c.at = c.at.Add(20 * time.Second); i > 2 {
			c.at = c.at.Add(-10 * time.Second)
		}
	}
	if diff := cmp.Diff(map[string]int{"UpdateItem": 6, "GetItem": 2}, far.calls); diff != "" {
		t.Error(diff)
	}
}
