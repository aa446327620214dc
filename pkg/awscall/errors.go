package awscall

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// provider marks the errors of the credentials, for which the SDK has no type. They are from other
// services, whose refusal or silence would otherwise pass for that of the service that is called.
type provider struct{ aws.CredentialsProvider }

// Retrieve implements aws.CredentialsProvider. Its error is a *credentialsError.
func (p provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := p.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return credentials, nil
}

// credentialsError says that there are no credentials. Its reason may show a part of a request.
type credentialsError struct{ reason error }

// Error returns the remedy, and not the reason.
func (*credentialsError) Error() string {
	return "no AWS credentials that can be used; see AWS_PROFILE, and log in again where its login has ended"
}

// Unwrap returns the reason, by which the SDK decides whether to try again.
func (e *credentialsError) Unwrap() error { return e.reason }

// Error is why a call to an AWS service has failed, in words that can be shown: they hold no part
// of the request or the answer, no endpoint's URL and no request's id.
type Error struct {
	// Code is the name that the service has given to its refusal, such as AccessDeniedException. It
	// is empty when there is none.
	Code   string
	Status int // that of the answer; 0 when there is none

	text  string
	cause error // why there is no answer; may be nil
}

// Error returns what has happened, and why there is no answer when there is none.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.text
	}
	return e.text + ": " + e.cause.Error()
}

// Short returns one text for each sort of error: it leaves out the cause, which names addresses.
func (e *Error) Short() string { return e.text }

// Unwrap returns why there is no answer: the context's own error once that has ended.
func (e *Error) Unwrap() error { return e.cause }

// Explain says why a call to the named service failed: by the code of its refusal, or by why there
// is no answer. err is the SDK's error and not nil, ctx is that of the call: its end is to blame.
func Explain(ctx context.Context, service string, err error) *Error {
	if ended := ctx.Err(); ended != nil {
		return &Error{text: "no answer from " + service, cause: ended}
	}
	if credentials, ok := errors.AsType[*credentialsError](err); ok {
		return &Error{text: credentials.Error()} // the causes in it are not those of the service
	}
	var answered interface{ HTTPStatusCode() int }
	isSent := errors.As(err, &answered)
	e := &Error{Code: codeOf(err)}
	if isSent {
		e.Status = answered.HTTPStatusCode()
	}
	cause := remote.Cause(err, nil)
	switch {
	case e.Code != "":
		e.text = service + ": " + e.Code
	case cause != nil:
		e.text, e.cause = "no answer from "+service, cause
	case !isSent:
		variable := "AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_"))
		e.text = service + " cannot be asked; see AWS_REGION, and " + variable + " where it is set"
	case e.Status > 0:
		e.text = fmt.Sprintf("what answers with status %d is not %s, or a proxy is in the way", e.Status, service)
	default:
		e.text = "no answer from " + service + ": it cannot be read, or a proxy is in the way"
	}
	return e
}

// codeOf returns the code of an error that a service has written, which is a name such as
// AccessDeniedException. It is empty for the one that the SDK makes up where it finds none, and for
// any other text in its place.
func codeOf(err error) string {
	var coded interface{ ErrorCode() string }
	if !errors.As(err, &coded) || coded.ErrorCode() == "UnknownError" {
		return ""
	}
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._]{0,99}$`).FindString(coded.ErrorCode())
}
