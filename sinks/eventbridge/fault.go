package eventbridge

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// byCode returns the meaning of EventBridge's error codes, of calls and of single events, or nil for
// one that is not known. err is the error without its meaning.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
func byCode(code string, err error, delay time.Duration) error {
	is := func(codes ...string) bool { return slices.Contains(codes, code) }
	switch {
	case is("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException"):
		return notify.RetryAfter(err, delay)
	case is("InternalFailure", "InternalException", "InternalServerError", "ServiceUnavailable", "RequestExpired", "RequestAbortedException",
		"RequestTimeoutException", "ExpiredTokenException"):
		return err
	case is("InvalidArgument", "MalformedDetail", "RedactionFailure", "ValidationException", "ValidationError", "SerializationException",
		"RequestEntityTooLargeException"):
		return notify.PermanentMessage(err)
	case is("ResourceNotFoundException"):
		return notify.PermanentSink(fmt.Errorf("%w: there is no such bus; see that BUS_ARN is the ARN of a bus that exists", err))
	case is("AccessDeniedException", "NotAuthorized", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException",
		"InvalidAccountIdException", "OptInRequired"):
		return notify.PermanentSink(fmt.Errorf("%w: the role needs events:PutEvents and events:DescribeEventBus on the bus; "+
			"one of another account has to admit both in its own policy", err))
	case is("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException"):
		return notify.PermanentSink(fmt.Errorf("%w: the AWS credentials are not those of an account that this region knows", err))
	}
	return nil
}

// fault says what it means that a call was refused. The service's own words are not shown, since they
// can repeat the request.
func fault(answer awssend.Answer) error {
	err := httpsend.ByStatus(answer.Status, fmt.Errorf("%s (status %d)", answer.Code, answer.Status))
	if known := byCode(answer.Code, err, answer.Delay()); known != nil {
		return known
	}
	return httpsend.Fault(answer.Response)
}

// entryFault says what it means that one event of a call has failed. A code that is not known is not
// shown.
func entryFault(code string) error {
	if known := byCode(code, notify.Because(fmt.Errorf("%s (of one event)", code), notify.ReasonServer), 0); known != nil {
		return known
	}
	return notify.Because(errors.New("refused as one event of a call"), notify.ReasonServer)
}
