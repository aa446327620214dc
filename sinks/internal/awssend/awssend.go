// Package awssend makes signed requests to AWS services of which one call is needed: the SDK's
// credentials, settings and signature without the service's client, which would cost every cold
// start its package initialisation whether the sink is used or not.
package awssend

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Service is an AWS service, by the names that it has in different places.
type Service struct {
	// Name is what people call it: "SES".
	Name string
	// SDK is the SDK's name for it, by which AWS_ENDPOINT_URL_... is named: "SESv2".
	SDK string
	// Host is what its endpoints' names begin with: "email". Signing is its name in signatures: "ses".
	Host, Signing string
}

// Client makes requests to a service in one region. It is safe for concurrent use.
type Client struct {
	service  Service
	settings aws.Config
	endpoint string
	signer   *v4.Signer
	sender   *httpsend.Client
}

// Answer is the service's answer.
type Answer struct {
	httpsend.Response
	// Code is the name that the service has given to its refusal, such as AccessDeniedException;
	// empty where there is none.
	Code string
	// Message is the service's own account of it. It can repeat the request, so that it is not to be
	// shown as it is.
	Message string
}

// New returns a client of a service; an empty region stands for the environment's. Credentials are
// looked for as by every AWS tool, when the first request is made.
func New(ctx context.Context, service Service, region string) (*Client, error) {
	sender := httpsend.New()
	settings, err := awscall.Config(ctx, awscall.Client{Region: region, Retries: awscall.Never, HTTPClient: sender})
	if err != nil {
		return nil, err
	}
	c := &Client{service: service, settings: settings, signer: v4.NewSigner(), sender: sender}
	if c.endpoint, err = c.findEndpoint(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Region returns the region that the client asks; it is empty where none is known.
func (c *Client) Region() string { return c.settings.Region }

// Post sends a JSON body to a path, which begins with a slash, and gives the answer, whatever its
// status. An error says that there is no answer, and shows nothing of the request.
func (c *Client) Post(ctx context.Context, path string, header http.Header, body []byte) (Answer, error) {
	if c.endpoint == "" {
		return Answer{}, fmt.Errorf("%s cannot be asked: no region is known; see AWS_REGION", c.service.Name)
	}
	signed, err := c.signed(ctx, c.endpoint+path, header, body)
	if err != nil {
		return Answer{}, err
	}
	response, err := c.sender.Post(ctx, httpsend.Request{
		URL: c.endpoint + path, ContentType: signed.Get("Content-Type"), Body: body, Header: signed,
	})
	if err != nil {
		return Answer{}, err
	}
	code, message := refusal(response)
	return Answer{Response: response, Code: code, Message: message}, nil
}

// signed returns the header fields of a signed request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
func (c *Client) signed(ctx context.Context, target string, header http.Header, body []byte) (http.Header, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("%s: the endpoint is not a URL", c.service.Name)
	}
	request := (&http.Request{Method: http.MethodPost, URL: u, Host: u.Host, Header: header.Clone()}).WithContext(ctx)
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	credentials, err := c.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, awscall.Explain(ctx, c.service.Name, err)
	}
	sum := sha256.Sum256(body)
	err = c.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), c.service.Signing, c.settings.Region, time.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: the request cannot be signed", c.service.Name)
	}
	request.Header.Del("Content-Length") // net/http sets its own, which is the same
	return request.Header, nil
}

// refusal returns the code and the message of an answer that is no success: some services write XML.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
func refusal(r httpsend.Response) (code, message string) {
	if r.Status/100 == 2 {
		return "", ""
	}
	var body struct {
		Type    string `json:"__type" xml:"-"`
		Code    string `json:"code"   xml:"Error>Code"`
		Message string `json:"message" xml:"Error>Message"`
	}
	// What is neither has no code.
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<")) {
		_ = xml.Unmarshal(r.Body, &body)
	} else {
		_ = json.Unmarshal(r.Body, &body)
	}
	for _, code := range []string{r.Header.Get("X-Amzn-Errortype"), body.Type, body.Code} {
		code, _, _ = strings.Cut(code, ":")
		if at := strings.LastIndex(code, "#"); at >= 0 {
			code = code[at+1:]
		}
		if regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,99}$`).MatchString(code) {
			return code, body.Message
		}
	}
	return "", body.Message
}
