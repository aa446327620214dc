package sns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// fault says what a failed Publish means, by the error's code where it is known and by the status
// where it is not. SNS's own words are not shown, since an answer can repeat the request.
func fault(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	failed := awscall.Explain(ctx, "SNS", err)
	transport, brokeOff := errors.AsType[*httpsend.Error](err)
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.Response == nil || answer.Response.Response == nil {
		if brokeOff {
			return transport // which keeps its kind
		}
		return failed
	}
	response := httpsend.Response{Status: answer.HTTPStatusCode(), Header: answer.Response.Header}
	if known := byCode(failed.Code, fmt.Errorf("%s (status %d)", failed.Code, response.Status), response.Delay()); known != nil {
		return known
	}
	switch {
	case response.Status/100 != 2:
		return httpsend.Fault(response)
	case brokeOff:
		return transport // half an answer is none
	}
	// The next answer would be the same, and the message may have been taken.
	return notify.PermanentSink(errors.New("the answer is not SNS's (see that the endpoint is that of SNS)"))
}

// entryFault says what it means that one message of a batch failed. A code that is not known is not
// shown.
// https://docs.aws.amazon.com/sns/latest/api/API_BatchResultErrorEntry.html
func entryFault(code string, isSender bool) error {
	if known := byCode(code, fmt.Errorf("%s (of a batch)", code), 0); known != nil {
		return known
	}
	err := errors.New("refused as one of a batch")
	if isSender {
		return notify.PermanentMessage(err)
	}
	return err
}

// byCode returns the meaning of SNS's error codes, or nil for one that is not known. err is the
// error without its meaning.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
func byCode(code string, err error, delay time.Duration) error {
	switch {
	case slices.Contains([]string{"Throttled", "Throttling", "ThrottlingException", "KMSThrottling", "KMSThrottlingException"}, code):
		return notify.RetryAfter(err, delay)
	case slices.Contains([]string{"InternalError", "InternalFailure", "ServiceUnavailable", "RequestExpired"}, code):
		return err
	case slices.Contains([]string{
		"InvalidParameter", "InvalidParameterException", "ParameterValueInvalid", "InvalidParameterValueException",
		"ValidationException", "ValidationError", "UserError", "InvalidParameterValue",
	}, code):
		return notify.PermanentMessage(err)
	case slices.Contains([]string{
		"AuthorizationError", "AuthorizationErrorException", "AccessDenied", "AccessDeniedException", "NotFound",
		"NotFoundException", "InvalidSecurity", "InvalidSecurityException", "KMSDisabled", "KMSDisabledException",
		"KMSInvalidState", "KMSInvalidStateException", "KMSNotFound", "KMSNotFoundException", "KMSOptInRequired",
		"KMSAccessDenied", "KMSAccessDeniedException", "InvalidClientTokenId", "SignatureDoesNotMatch",
		"UnrecognizedClientException", "EndpointDisabled", "EndpointDisabledException",
	}, code):
		return notify.PermanentSink(err)
	}
	return nil
}
