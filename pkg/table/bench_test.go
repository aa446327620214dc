package table_test

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// instant returns the store in a table that gives the answer at once.
func instant(b *testing.B, answer string) *table.DynamoDB {
	b.Helper()
	sum := fmt.Sprint(crc32.ChecksumIEEE([]byte(answer)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amz-Crc32", sum)
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(server.Close)
	return dynamoDB(b, server.URL)
}

// text is a record of a usual size.
func text() string {
	return `{"state":"sent","by":"` + strings.Repeat("0123456789abcdef", 40) + `","of":["slack","sns"]}`
}

func BenchmarkSave(b *testing.B) {
	store := instant(b, `{}`)
	key, record := table.Key{Partition: "f", Sort: "slack"}, table.Record{Text: text(), Expires: time.Unix(1_800_000_000, 0)}
	b.ReportAllocs()
	for b.Loop() {
		must(b, store.Save(b.Context(), key, record, 1))
	}
}

func BenchmarkLoad(b *testing.B) {
	quoted := strings.ReplaceAll(text(), `"`, `\"`)
	store := instant(b, `{"Item":{"expires":{"N":"1800000000"},"format":{"N":"1"},"pk":{"S":"f"},"record":{"S":"`+quoted+
		`"},"revision":{"N":"3"},"sk":{"S":"slack"}}}`)
	key := table.Key{Partition: "f", Sort: "slack"}
	b.ReportAllocs()
	for b.Loop() {
		_, revision, err := store.Load(b.Context(), key)
		if must(b, err); revision != 3 {
			b.Fatalf("revision %d", revision)
		}
	}
}
