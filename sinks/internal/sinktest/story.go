package sinktest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Send sends a notification, which has to be taken, and returns the receipt.
func Send(t *testing.T, sink notify.Notifier, n notify.Notification) notify.Receipt {
	t.Helper()
	receipt, err := sink.Notify(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// First returns the first notification of a finding.
func First() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
}

// Update returns what has become of the finding of First.
func Update(previous notify.Receipt, severity float64, changes ...notify.Change) notify.Notification {
	n := First()
	n.Kind, n.Previous, n.Changes = notify.KindUpdate, previous, changes
	n.Findings[0].Severity, n.Findings[0].Count = finding.NewSeverity(severity), 120
	return n
}

// Ended returns the end of the finding of First.
func Ended(previous notify.Receipt) notify.Notification {
	n := Update(previous, 8)
	n.Kind, n.Findings[0].State = notify.KindResolved, finding.Closed
	return n
}

// Answering starts a far end that answers whatever comes in one way until the test ends, and returns its
// address.
func Answering(t *testing.T, status int, header http.Header, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
