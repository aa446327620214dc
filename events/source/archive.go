package source

import (
	"context"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Archive puts findings aside at the source itself, and takes that back.
type Archive struct {
	// Takes reports whether the source can put a finding aside, by its id and place. What the source says of
	// itself is none.
	Takes func(f *finding.Finding) bool
	// Set puts a finding aside, or takes that back where isUndone. To do it twice is the same as to do it once.
	// The error is a *RefusalError where trying again is of no use.
	Set func(ctx context.Context, calls Caller, f *finding.Finding, isUndone bool) error
}

// Caller makes signed calls to services of AWS, with the rights of the function.
type Caller interface {
	// Call makes a call and returns the answer. The error is an *AnswerError where the service has refused it.
	Call(ctx context.Context, c Call) ([]byte, error)
}

// Call is a call to a service of AWS.
type Call struct {
	// Service is what people call the service, SDK the SDK's name for it, and Host what the names of its endpoints
	// begin with, which is its name in signatures too.
	Service, SDK, Host string
	Region             string
	// Path begins with a slash. Body is JSON, which is posted; nil asks for what is at the path.
	Path string
	Body []byte
}

// AnswerError is an answer that is no success.
type AnswerError struct {
	// Service is what people call the service.
	Service string
	Status  int
	// Code is the service's name for its refusal; empty where it gave none.
	Code string
}

// Error returns what is known of the answer. It holds no text of the service.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s answered with status %d %s", e.Service, e.Status, e.Code)
}

// RefusalError says why a source does not do what it is asked for, in words for who has asked: what to do about it
// is a part of them.
type RefusalError struct{ Reason string }

// Error returns the reason.
func (e *RefusalError) Error() string { return e.Reason }
