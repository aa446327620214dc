// Package awssend makes signed requests to AWS services of which a few calls are needed: the SDK's
// credentials, settings and signature without the service's client, which would cost every cold
// start its package initialisation, and every call its layers.
package awssend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// Service is an AWS service, by the names that it has in different places.
type Service struct {
	// Name is what people call it: "SES".
	Name string
	// SDK is the SDK's name for it, by which AWS_ENDPOINT_URL_... is named: "SESv2".
	SDK string
	// Host is what its endpoints' names begin with: "email". Signing is its name in signatures: "ses".
	Host, Signing string
	// IsValidated says that its usual endpoints in GovCloud have validated cryptography, and no others
	// of other names stand beside them.
	// https://docs.aws.amazon.com/general/latest/gr/ev.html
	IsValidated bool
	// CheckURL says what is wrong with an endpoint that somebody has given. It may be nil.
	CheckURL func(endpoint string) error
	// Endpoint is where it is asked where the AWS settings name no endpoint; empty stands for the
	// region's own.
	Endpoint string
}

// Client makes requests to a service in one region. It is safe for concurrent use.
type Client struct {
	service  Service
	settings aws.Config
	retryer  aws.Retryer
	signer   *signer
	endpoint string
	fault    error        // why there is no endpoint
	ahead    atomic.Int64 // by how much the service's clock is ahead of ours, in nanoseconds
}

// New returns a client of a service. Its requests go through the HTTP client of c, or else through
// the one that all clients of AWS services share. Credentials are looked for as by every AWS tool,
// when the first request is made. The error is awscall.ErrSettings.
func New(ctx context.Context, service Service, c awscall.Client) (*Client, error) {
	settings, err := awscall.Config(ctx, c)
	if err != nil {
		return nil, err
	}
	client := &Client{service: service, settings: settings, retryer: aws.NopRetryer{}, signer: newSigner(settings.Region, service.Signing)}
	if settings.Retryer != nil {
		client.retryer = settings.Retryer()
	}
	client.endpoint, client.fault = client.findEndpoint(ctx)
	return client, nil
}

// Region returns the region that the client asks; it is empty where none is known.
func (c *Client) Region() string { return c.settings.Region }

// Endpoint returns where the client sends requests, without a slash at the end; "" where no region
// is known. The error says what is wrong with what the settings say, and does not show it.
func (c *Client) Endpoint() (string, error) { return c.endpoint, c.fault }

// Post sends a JSON body to a path, which begins with a slash, and gives the answer, whatever its
// status. It is sent again as the settings of the client say, and then as it was.
//
// An error says that there is no answer. It is an *awscall.Error where there are no credentials. A
// *SendError is what the HTTP client says; other errors come before anything is sent.
func (c *Client) Post(ctx context.Context, path string, header http.Header, body []byte) (Answer, error) {
	return c.send(ctx, &http.Request{Method: http.MethodPost, Header: header}, path, body)
}

// Get asks for what is at a path, which begins with a slash and may have a query. What it gives is as
// of Post.
func (c *Client) Get(ctx context.Context, path string) (Answer, error) {
	return c.send(ctx, &http.Request{Method: http.MethodGet}, path, nil)
}

// send sends a request, which has a method and a header, to a path. The header stays as it is.
func (c *Client) send(ctx context.Context, request *http.Request, path string, body []byte) (Answer, error) {
	switch {
	case c.fault != nil:
		return Answer{}, c.fault
	case c.endpoint == "":
		return Answer{}, fmt.Errorf("%s cannot be asked: no region is known; see AWS_REGION", c.service.Name)
	}
	target, err := url.Parse(c.endpoint + path)
	if err != nil {
		return Answer{}, c.errNoURL()
	}
	request.URL, request.Host, request.Header = target, target.Host, headerOf(request.Header)
	request = request.WithContext(ctx)
	if err := c.sign(ctx, request, body); err != nil {
		return Answer{}, err
	}
	withBody(request, body)
	for attempt := 1; ; attempt++ {
		answer, err := c.exchange(request)
		if err == nil || ctx.Err() != nil || attempt >= c.retryer.MaxAttempts() || !c.retryer.IsErrorRetryable(err) {
			return answer, err
		}
	}
}

func (c *Client) errNoURL() error { return errors.New(c.service.Name + ": the endpoint is not a URL") }

// headerOf returns the header of a request: what it is given, and what all have.
func headerOf(given http.Header) http.Header {
	header := make(http.Header, len(given)+8) // with the fields of a signature
	maps.Copy(header, given)
	if header.Get("Content-Type") == "" {
		header["Content-Type"] = []string{"application/json"}
	}
	header["User-Agent"] = []string{"tocsin"}
	return header
}

// sign puts the header fields of a signature into a request.
func (c *Client) sign(ctx context.Context, request *http.Request, body []byte) error {
	credentials, err := c.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return awscall.Explain(ctx, c.service.Name, err)
	}
	c.signer.sign(request, body, credentials, time.Now().Add(time.Duration(c.ahead.Load())))
	return nil
}
