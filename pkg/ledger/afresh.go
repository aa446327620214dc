package ledger

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// afresh is an HTTP client that sends a request over a fresh connection when the one that was kept for it turns out to
// be dead, as connections are after a freeze of the Lambda. Without it the ledger would be missed then, and a finding
// told twice.
//
// The far side may have seen the request. That does no harm here: a record whose write comes again is in conflict with
// itself, is read and found to be our own; an item is stored under its key once more; a message too many in the count of a
// minute makes a digest begin one message earlier.
type afresh struct{ client dynamodb.HTTPClient }

// Do implements dynamodb.HTTPClient.
func (a afresh) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.GetBody == nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("the request cannot be read: %w", err)
		}
		_ = request.Body.Close()
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		request.Body, _ = request.GetBody()
	}
	// By this name net/http knows what may be sent again; without a value it is not sent: https://pkg.go.dev/net/http#Transport
	request.Header["Idempotency-Key"] = nil
	return a.client.Do(request)
}
