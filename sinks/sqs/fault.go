package sqs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// byCode returns the meaning of SQS's error codes, or nil for one that is not known. err is the error
// without its meaning. Codes come by the names of two protocols.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
func byCode(code string, err error, delay time.Duration) error {
	code = strings.TrimPrefix(code, "AWS.SimpleQueueService.")
	is := func(codes ...string) bool { return slices.Contains(codes, code) }
	switch {
	case is("RequestThrottled", "Throttling", "ThrottlingException", "ThrottledException", "KmsThrottled", "KMS.ThrottlingException", "OverLimit"):
		return notify.RetryAfter(err, delay)
	case is("InternalError", "InternalFailure", "ServiceUnavailable", "RequestExpired", "RequestAbortedException", "RequestTimeoutException",
		"ExpiredToken", "ExpiredTokenException"):
		return err
	case is("InvalidMessageContents", "UnsupportedOperation", "InvalidParameterValue", "InvalidParameterValueException",
		"InvalidParameterCombination", "MissingParameter", "ValidationException", "ValidationError",
		"BatchRequestTooLong", "TooManyEntriesInBatchRequest", "EmptyBatchRequest", "BatchEntryIdsNotDistinct", "InvalidBatchEntryId"):
		return notify.PermanentMessage(err)
	case is("QueueDoesNotExist", "NonExistentQueue", "QueueDeletedRecently", "ResourceNotFoundException", "InvalidAddress"):
		return notify.PermanentSink(fmt.Errorf("%w: see that QUEUE_URL is the URL of a queue that exists", err))
	case is("AccessDenied", "AccessDeniedException", "InvalidSecurity", "InvalidClientTokenId", "SignatureDoesNotMatch",
		"UnrecognizedClientException", "MissingAuthenticationToken", "OptInRequired", "IncompleteSignature", "InvalidSignatureException",
		"NotAuthorized"):
		return notify.PermanentSink(fmt.Errorf("%w: the role needs sqs:SendMessage on the queue, whose own policy must not deny it", err))
	case isKeyFault(code):
		return notify.PermanentSink(fmt.Errorf("%w: the queue's key has to be enabled, and the role needs kms:GenerateDataKey and kms:Decrypt on it", err))
	}
	return nil
}

// isKeyFault reports whether a code says that the queue's key cannot be used.
func isKeyFault(code string) bool {
	return slices.Contains([]string{
		"KmsDisabled", "KmsInvalidState", "KmsNotFound", "KmsOptInRequired", "KmsAccessDenied", "KmsInvalidKeyUsage",
		"KMS.DisabledException", "KMS.InvalidStateException", "KMS.KMSInvalidStateException", "KMS.NotFoundException",
		"KMS.OptInRequired", "KMS.AccessDeniedException", "KMS.InvalidKeyUsageException",
	}, code)
}
