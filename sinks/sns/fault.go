package sns

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awsfault"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// fault says what it means that a call was refused. SNS's own words are not shown, since they can
// repeat the request.
func fault(answer awssend.Answer) error {
	err := httpsend.ByStatus(answer.Status, fmt.Errorf("%s (status %d)", answer.Code, answer.Status))
	if known := byCode(answer.Code, err, answer.Delay()); known != nil {
		return known
	}
	return httpsend.Fault(answer.Response)
}

// entryFault says what it means that one message of a batch failed.
// https://docs.aws.amazon.com/sns/latest/api/API_BatchResultErrorEntry.html
func entryFault(code string, isSender bool) error { return awsfault.OfEntry(code, isSender, byCode) }

// byCode returns the meaning of SNS's error codes, or nil for one that is not known. err is the
// error without its meaning.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
func byCode(code string, err error, delay time.Duration) error {
	switch {
	case slices.Contains([]string{"Throttled", "Throttling", "ThrottlingException", "KMSThrottling", "KMSThrottlingException"}, code):
		return notify.RetryAfter(err, delay)
	case slices.Contains([]string{
		"InternalError", "InternalFailure", "ServiceUnavailable", "RequestExpired", "RequestAbortedException", "ExpiredTokenException", "ExpiredToken",
	}, code):
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
