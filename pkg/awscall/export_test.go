package awscall

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Whole returns a client that makes bodies whole.
func Whole(next aws.HTTPClient, follows bool) aws.HTTPClient { return whole{next, follows} }

// WithBody makes the body of a request whole.
func WithBody(request *http.Request) (*http.Request, error) { return withBody(request) }
