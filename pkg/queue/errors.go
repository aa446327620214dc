package queue

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// provider marks the errors of the credentials, for which the SDK has no type. They are from other services, whose
// refusal or silence would else pass for that of SQS.
type provider struct{ aws.CredentialsProvider }

// Retrieve implements aws.CredentialsProvider. Its error is a *credentialsError.
func (p provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := p.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return credentials, nil
}

// credentialsError says that there are no credentials. It holds why, which may show a part of a request or an answer.
type credentialsError struct{ reason error }

// Error gives the remedy, and not the reason.
func (*credentialsError) Error() string {
	return "no AWS credentials that can be used; see AWS_PROFILE, and log in again where its login has ended"
}

// Unwrap gives the reason, by which the SDK decides whether to try again.
func (e *credentialsError) Unwrap() error { return e.reason }

// fault says why a call failed without any text of the request or the answer: by the error's code, or by the cause where
// SQS did not answer. Once the context has ended it is that which is to blame.
func fault(ctx context.Context, err error) error {
	var (
		credentials *credentialsError
		answered    interface{ HTTPStatusCode() int }
	)
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("no answer from SQS: %w", ended)
	}
	cause, code := remote.Cause(err, nil), codeOf(err)
	switch {
	case errors.As(err, &credentials):
		return errors.New(credentials.Error()) // the causes in it are not those of SQS
	case code != "":
		return fmt.Errorf("SQS: %s", code)
	case cause != nil:
		return fmt.Errorf("no answer from SQS: %w", cause)
	case !errors.As(err, &answered):
		return errors.New("SQS cannot be asked; see AWS_REGION, and AWS_ENDPOINT_URL_SQS where it is set")
	case answered.HTTPStatusCode() > 0:
		return fmt.Errorf("what answers with status %d is not SQS, or a proxy is in the way", answered.HTTPStatusCode())
	default:
		return errors.New("no answer from SQS: it cannot be read, or a proxy is in the way")
	}
}

// codeOf gives the code of an error that SQS has written, which is a name such as AccessDeniedException. It is empty for
// the one that the SDK makes up where it finds none, and for any other text in its place.
func codeOf(err error) string {
	var coded interface{ ErrorCode() string }
	if !errors.As(err, &coded) || coded.ErrorCode() == "UnknownError" {
		return ""
	}
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._]{0,99}$`).FindString(coded.ErrorCode())
}
