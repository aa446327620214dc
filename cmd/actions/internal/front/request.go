package front

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// The header fields of Slack's requests, in the case in which Lambda hands them over.
const (
	timestampField = "x-slack-request-timestamp"
	signatureField = "x-slack-signature"
)

// method is that of Slack's requests.
const method = "POST"

// Why a request is refused before anything of it is looked at.
var (
	errNoRequest = errors.New("it is no request to a function's URL")
	errMethod    = errors.New("it is no POST")
	errTwice     = errors.New("a header field of its signature is there twice")
	errBase64    = errors.New("its body is not encoded as it says")
)

// request is a request to the function's URL.
type request struct {
	signed interaction.Signed
	came   time.Time
}

// event is a request as Lambda hands it over, in the payload format 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
type event struct {
	Version string            `json:"version"`
	Headers map[string]string `json:"headers"`
	Context struct {
		HTTP struct {
			Method string `json:"method"`
		} `json:"http"`
		Epoch int64 `json:"timeEpoch"`
	} `json:"requestContext"`
	Body      string `json:"body"`
	IsEncoded bool   `json:"isBase64Encoded"`
}

// readRequest reads what Lambda hands over.
func readRequest(payload []byte) (request, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil || e.Version != "2.0" || e.Context.HTTP.Method == "" {
		return request{}, errNoRequest
	}
	r := request{came: time.UnixMilli(e.Context.Epoch)}
	if e.Context.HTTP.Method != method {
		return r, errMethod
	}
	body := []byte(e.Body)
	if e.IsEncoded {
		if base64.StdEncoding.DecodedLen(len(e.Body)) > maxBody+2 {
			return r, errTooLarge
		}
		var err error
		if body, err = base64.StdEncoding.Strict().DecodeString(e.Body); err != nil {
			return r, errBase64
		}
	}
	if len(body) > maxBody {
		return r, errTooLarge
	}
	r.signed.Body = body
	for _, field := range []struct {
		name string
		to   *string
	}{{timestampField, &r.signed.Timestamp}, {signatureField, &r.signed.Signature}} {
		for name, value := range e.Headers {
			if !strings.EqualFold(name, field.name) {
				continue
			}
			if *field.to != "" {
				return r, errTwice
			}
			*field.to = value
		}
	}
	return r, nil
}

// invocation is the key under which a context holds the id of an invocation.
type invocation struct{}

// WithInvocation returns a context in which log lines have the id of an invocation's request.
func WithInvocation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, invocation{}, id)
}
