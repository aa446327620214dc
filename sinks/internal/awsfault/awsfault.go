// Package awsfault says what it means for a message that a call of the SDK to an AWS service has
// failed.
package awsfault

import (
	"context"
	"errors"
	"fmt"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// ByCode returns the meaning of a service's error code, or nil for one that is not known. err is the
// error without its meaning; delay is how long the service asks to wait.
type ByCode func(code string, err error, delay time.Duration) error

// Of says what a failed call to the named service means, by the error's code where it is known and by
// the status where it is not. The service's own words are not shown, since an answer can repeat the
// request. The call has been made by an httpsend.Client.
func Of(ctx context.Context, service string, err error, byCode ByCode) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	failed := awscall.Explain(ctx, service, err)
	transport, brokeOff := errors.AsType[*httpsend.Error](err)
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.Response == nil || answer.Response.Response == nil || answer.HTTPStatusCode() == 0 { // nobody has answered
		if brokeOff {
			return transport // which keeps its kind
		}
		return failed
	}
	response := httpsend.Response{Status: answer.HTTPStatusCode(), Header: answer.Response.Header}
	refused := httpsend.ByStatus(response.Status, fmt.Errorf("%s (status %d)", failed.Code, response.Status))
	if known := byCode(failed.Code, refused, response.Delay()); known != nil {
		return known
	}
	switch {
	case response.Status/100 != 2:
		return httpsend.Fault(response)
	case brokeOff:
		return transport // half an answer is none
	}
	// The next answer would be the same, and the message may have been taken.
	return notify.PermanentSink(fmt.Errorf("the answer is not %s's (see that the endpoint is that of %s)", service, service))
}

// OfEntry says what it means that one message of several in a call has failed. A code that is not
// known is not shown.
func OfEntry(code string, isSender bool, byCode ByCode) error {
	reason := notify.ReasonServer
	if isSender {
		reason = notify.ReasonClient
	}
	if known := byCode(code, notify.Because(fmt.Errorf("%s (of a batch)", code), reason), 0); known != nil {
		return known
	}
	err := notify.Because(errors.New("refused as one of a batch"), reason)
	if isSender {
		return notify.PermanentMessage(err)
	}
	return err
}
