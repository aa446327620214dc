package app

import (
	"context"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
)

// caller makes the calls of sources to services of AWS. Clients are made when they are first needed. It is safe for
// concurrent use.
type caller struct {
	mu      sync.Mutex
	clients map[string]*awssend.Client
}

// callTime is how long a call may take: other records wait for it.
const callTime = 5 * time.Second

// Call implements source.Caller.
func (c *caller) Call(ctx context.Context, call source.Call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	client, err := c.client(ctx, call)
	if err != nil {
		return nil, err
	}
	send := func() (awssend.Answer, error) { return client.Post(ctx, call.Path, nil, call.Body) }
	if call.Body == nil {
		send = func() (awssend.Answer, error) { return client.Get(ctx, call.Path) }
	}
	answer, err := send()
	switch {
	case err != nil:
		return nil, awscall.Explain(ctx, call.Service, err)
	case answer.Status/100 != 2:
		return nil, &source.AnswerError{Service: call.Service, Status: answer.Status, Code: answer.Code}
	}
	return answer.Body, nil
}

// client returns the client of a service in a region.
func (c *caller) client(ctx context.Context, call source.Call) (*awssend.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := call.SDK + " " + call.Region
	if client := c.clients[name]; client != nil {
		return client, nil
	}
	service := awssend.Service{Name: call.Service, SDK: call.SDK, Host: call.Host, Signing: call.Host, IsValidated: true}
	client, err := awssend.New(ctx, service, awscall.Client{Region: call.Region, Retries: awscall.Once})
	if err != nil {
		return nil, err
	}
	if c.clients == nil {
		c.clients = map[string]*awssend.Client{}
	}
	c.clients[name] = client
	return client, nil
}
