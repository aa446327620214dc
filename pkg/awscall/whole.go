package awscall

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// whole is an HTTP client that makes the body of each request whole and hands the request to next.
//
// The SDK's bodies are streams, and two things go wrong with a stream. net/http sends its header by
// itself and the body after it, two packets for one message. And the SDK closes the stream once the
// answer begins: a remote end that is fast answers while net/http has yet to find the stream's end,
// takes the closing for an error and closes the connection under the answer. The call was made
// then, and what came of it is lost: a ReceiveMessage hides messages that nobody got.
// https://github.com/aws/aws-sdk-go-v2/issues/2737
type whole struct {
	next aws.HTTPClient
	// follows says that next follows redirects, which would carry the body elsewhere.
	follows bool
}

// Do makes one exchange. The error is that of withBody, or of next.
func (w whole) Do(request *http.Request) (*http.Response, error) {
	request, err := withBody(request)
	if err != nil {
		return nil, err
	}
	if w.follows {
		request.GetBody = nil // a kept connection that is closed is left to the SDK's own retry
	}
	return w.next.Do(request)
}

// withBody returns a request whose body is in memory: net/http sends such a one together with its
// header, and it can send it again when a kept connection turns out to be closed. It closes the
// body that it has read. A request without a body, or with one of unknown length, stays as it is.
// It is an error, which names the host alone, if the body is shorter than the request says; what
// comes after that length is not read.
func withBody(request *http.Request) (*http.Request, error) {
	request = request.WithContext(request.Context()) // a copy
	if request.Body == nil || request.ContentLength <= 0 {
		return request, nil
	}
	defer request.Body.Close()
	if request.GetBody == nil {
		text := make([]byte, request.ContentLength)
		if _, err := io.ReadFull(request.Body, text); err != nil {
			return nil, fmt.Errorf("the body of a request to %s is shorter than its length: %w", request.URL.Hostname(), err)
		}
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, fmt.Errorf("the body of a request to %s: %w", request.URL.Hostname(), err)
	}
	request.Body = body
	return request, nil
}
