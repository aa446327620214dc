// Package fill puts values into secrets that there are, for the command line. It is apart from package
// secret since the function reads secrets only: it has no right to write one.
package fill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// timeout bounds both calls together, with the credentials that are fetched first.
const timeout = 30 * time.Second

// notFound is the code for a secret that does not exist, and for one without a value.
const notFound = "ResourceNotFoundException"

// Put makes a value the current one of a secret that there is. Where the place names a key, the rest
// of the JSON object stays as it is; a secret that is empty as yet becomes such an object. The error
// shows no value.
//
// Secrets Manager has no write on condition: of two people who change two keys of one secret in the
// same second, one may undo the other's.
func Put(ctx context.Context, place secret.Place, value string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	settings, err := awscall.Config(ctx, awscall.Client{Region: place.Region, Retries: awscall.Once})
	if err != nil {
		return err
	}
	client := secretsmanager.NewFromConfig(settings)
	if place.Key != "" {
		output, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &place.ARN})
		before := "{}"
		if err == nil && output.SecretString == nil {
			return errors.New("the secret holds bytes and no text, and its reference names a key; remove the # and what follows")
		}
		if err == nil {
			before = *output.SecretString
		} else if failed := awscall.Explain(ctx, "Secrets Manager", err); failed.Code != notFound {
			return fault("reading", failed)
		}
		if value, err = withKey(before, place.Key, value); err != nil {
			return err
		}
	}
	_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &place.ARN, SecretString: &value})
	if err != nil {
		return fault("writing", awscall.Explain(ctx, "Secrets Manager", err))
	}
	return nil
}

// withKey returns the text of a JSON object with the text under a key replaced.
func withKey(object, key, value string) (string, error) {
	all := map[string]json.RawMessage{}
	if object != "" && json.Unmarshal([]byte(object), &all) != nil || all == nil { // its error can show a part of the text
		return "", errors.New("the secret is no JSON object, though its reference names a key; nothing was written")
	}
	text, err := plainJSON(value)
	if err != nil {
		return "", err
	}
	all[key] = text
	whole, err := plainJSON(all)
	return string(whole), err
}

// plainJSON returns the JSON of a value, with < and the like as they are: others read it too.
func plainJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, errors.New("the secret has no JSON form")
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// fault says what a failed call means, by the error's code alone.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
func fault(doing string, failed *awscall.Error) error {
	switch failed.Code {
	case "":
		return fmt.Errorf("%s the secret: %w", doing, failed)
	case notFound:
		return errors.New("the secret does not exist; the deployment makes it, or aws secretsmanager create-secret. Nothing was written")
	case "AccessDeniedException":
		return errors.New("you may not do that: it takes secretsmanager:PutSecretValue on the secret, secretsmanager:GetSecretValue too " +
			"where its reference names a key, and the rights to its KMS key where it has one of its own")
	case "DecryptionFailure", "EncryptionFailure", "InvalidRequestException", "InvalidParameterException", "InternalServiceError",
		"LimitExceededException", "ResourceExistsException", "ThrottlingException", "ExpiredTokenException", "UnrecognizedClientException":
		return fmt.Errorf("%s the secret: %s", doing, failed.Code)
	}
	return fmt.Errorf("%s the secret: Secrets Manager refuses", doing)
}
