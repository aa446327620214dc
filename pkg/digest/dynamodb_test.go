package digest_test

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

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// dynamoDB makes the store in a table of the server with the address.
func dynamoDB(t *testing.T, url string) *table.DynamoDB {
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

// sparing is a DynamoDB whose answer to an update holds what has changed alone, as that of moto
// 5.2.1 does. It keeps numbers.
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

// TestMinuteBeforeIsRead counts messages over the turn of a minute: the minute before is read once,
// by a read.
func TestMinuteBeforeIsRead(t *testing.T) {
	far := &sparing{numbers: map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	c := newClock()
	l := digest.New(dynamoDB(t, server.URL), c.now)
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
