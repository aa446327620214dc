package digest_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
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

// sparing is a DynamoDB that keeps numbers.
type sparing struct {
	mu      sync.Mutex
	numbers map[string]map[string]int64 // by the sort key and their name
	calls   map[string]int              // by the action
}

func (s *sparing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type value struct{ S, N string }
	var in struct {
		Key                       map[string]value
		ExpressionAttributeNames  map[string]string
		ExpressionAttributeValues map[string]value
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.calls[action]++
	at := in.Key["sk"].S
	if s.numbers[at] == nil {
		s.numbers[at] = map[string]int64{}
	}
	for name, attribute := range in.ExpressionAttributeNames {
		added, err := strconv.ParseInt(in.ExpressionAttributeValues[":"+name[1:]].N, 10, 64)
		if err == nil && name != "#expires" {
			s.numbers[at][attribute] += added
		}
	}
	item := map[string]value{}
	for attribute, number := range s.numbers[at] {
		item[attribute] = value{N: strconv.FormatInt(number, 10)}
	}
	what := map[string]string{"UpdateItem": "Attributes", "GetItem": "Item"}[action]
	type number struct{ N string }
	all := map[string]number{}
	for attribute, value := range item {
		all[attribute] = number{value.N}
	}
	answer, _ := json.Marshal(map[string]any{what: all})
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(answer)))
	_, _ = w.Write(answer)
}

// TestMinuteBeforeIsRead counts messages over the turn of a minute: the minute before is read once,
// by a read.
func TestMinuteBeforeIsRead(t *testing.T) {
	far := &sparing{numbers: map[string]map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(far)
	defer server.Close()
	c := newClock()
	l := digest.New(dynamoDB(t, server.URL), c.now)
	for i, want := range []float64{1, 2, 3, 4, 4.5, 5} { // the fourth is the first of the next minute
		if got, err := l.Counts().Message(t.Context(), "slack"); err != nil || got.PerMinute != want {
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
