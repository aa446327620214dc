package secret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// readTimeout bounds one read, with its one retry.
const readTimeout = 5 * time.Second

// source is a secret in Secrets Manager.
type source struct{ arn, key, region string }

// Place is where a secret stands in Secrets Manager, as a reference names it.
type Place struct {
	// ARN is that of the secret, Region where it is.
	ARN, Region string
	// Key is the one key of a JSON object that is meant; empty means the whole text.
	Key string
}

// Locate returns the place that a reference names, and false for a text that is the secret itself.
func Locate(reference string) (Place, bool) {
	s := parseSource(strings.TrimSpace(reference))
	if s == nil {
		return Place{}, false
	}
	return Place{ARN: s.arn, Region: s.region, Key: s.key}, true
}

// parseSource returns the source that a text names, or nil for a text that is the secret itself.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
func parseSource(text string) *source {
	arn, key, _ := strings.Cut(text, "#")
	parts := strings.Split(arn, ":")
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "secretsmanager" || parts[5] != "secret" || parts[3] == "" {
		return nil
	}
	return &source{arn: arn, key: key, region: parts[3]}
}

// unread is an error of a read that has shown nothing of the secret.
type unread struct{ error }

func (u unread) Unwrap() error { return u.error }

// IsUnread reports whether an error of Value or Refresh leaves open whether anything is wrong with the
// secret: whoever asked lacks the right, or there was no answer.
func IsUnread(err error) bool {
	_, isUnread := errors.AsType[unread](err)
	return isUnread
}

// read gets the secret's current value. The error shows no part of an answer.
func (s *source) read(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	settings, err := awscall.Config(ctx, awscall.Client{Region: s.region, Retries: awscall.Once})
	if err != nil {
		return "", unread{err}
	}
	client := secretsmanager.NewFromConfig(settings)
	output, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.arn})
	if err != nil {
		return "", s.fault(ctx, err)
	}
	if output.SecretString == nil {
		return "", errNotText
	}
	return s.extract(*output.SecretString)
}

// extract returns the value of the key, or the whole text.
func (s *source) extract(text string) (string, error) {
	if s.key != "" {
		var values map[string]any
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return "", errNotJSON // the error of encoding/json can show a part of the text
		}
		value, ok := values[s.key].(string)
		if !ok {
			return "", errWithoutKey
		}
		text = value
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", errEmpty
	}
	return text, nil
}

// fault says what a failed read means, by the error's code alone.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
func (s *source) fault(ctx context.Context, err error) error {
	failed := awscall.Explain(ctx, "Secrets Manager", err)
	switch code := failed.Code; code {
	case "":
		return unread{fmt.Errorf("reading the secret: %w", failed)}
	case "ResourceNotFoundException":
		return fmt.Errorf("the secret does not exist or has no value yet; fill it with: "+
			"aws secretsmanager put-secret-value --region %s --secret-id %s --secret-string VALUE", s.region, s.arn)
	case "AccessDeniedException":
		return unread{errors.New("the secret may not be read: the role needs secretsmanager:GetSecretValue on it, " +
			"and kms:Decrypt on its key where it has one of its own")}
	case "DecryptionFailure", "InvalidRequestException", "InvalidParameterException":
		return fmt.Errorf("reading the secret: %s", code)
	case "InternalServiceError", "ThrottlingException", "ExpiredTokenException", "UnrecognizedClientException":
		return unread{fmt.Errorf("reading the secret: %s", code)}
	}
	return unread{errors.New("reading the secret: Secrets Manager refuses")}
}
