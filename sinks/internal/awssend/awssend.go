// Package awssend makes signed requests to AWS services by the rules of every sink: they go through
// httpsend, and retries are the delivery's.
package awssend

import (
	"context"
	"net/http"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Service is an AWS service. CheckURL is httpsend's.
type Service = awssend.Service

// Client makes requests to a service in one region. It is safe for concurrent use.
type Client struct{ signed *awssend.Client }

// Answer is the service's answer.
type Answer struct {
	httpsend.Response
	// Code is the name that the service has given to its refusal, such as AccessDeniedException;
	// empty where there is none.
	Code string
	// Message is the service's own account of it. It can repeat the request, so that it is not to be
	// shown as it is.
	Message string
}

// New returns a client of a service; an empty region stands for the environment's. Credentials are
// looked for as by every AWS tool, when the first request is made.
func New(ctx context.Context, service Service, region string) (*Client, error) {
	service.CheckURL = httpsend.CheckURL
	signed, err := awssend.New(ctx, service, awscall.Client{Region: region, Retries: awscall.Never, HTTPClient: httpsend.New()})
	if err != nil {
		return nil, err
	}
	if _, err := signed.Endpoint(); err != nil {
		return nil, err
	}
	return &Client{signed}, nil
}

// Region returns the region that the client asks; it is empty where none is known.
func (c *Client) Region() string { return c.signed.Region() }

// Post sends a JSON body to a path, which begins with a slash, and gives the answer, whatever its
// status. An error says that there is no answer, and shows nothing of the request.
func (c *Client) Post(ctx context.Context, path string, header http.Header, body []byte) (Answer, error) {
	ctx, cancel := httpsend.Bounded(ctx)
	defer cancel()
	return answered(c.signed.Post(ctx, path, header, body))
}

// Get asks for what is at a path, which begins with a slash and may have a query. What it gives is as
// of Post.
func (c *Client) Get(ctx context.Context, path string) (Answer, error) {
	ctx, cancel := httpsend.Bounded(ctx)
	defer cancel()
	return answered(c.signed.Get(ctx, path))
}

func answered(answer awssend.Answer, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	response := httpsend.Response{Status: answer.Status, Header: answer.Header, Body: answer.Body}
	return Answer{Response: response, Code: answer.Code, Message: answer.Message}, nil
}
