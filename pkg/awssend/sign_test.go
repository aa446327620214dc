package awssend_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
)

// A signature is that of the SDK's signer for the same request at the same time.
func TestSignatures(t *testing.T) {
	var got, want string
	var fault error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		want, fault = bySDK(r)
	}))
	defer server.Close()
	for _, endpoint := range []string{"", "/", "/x/y", "/a%20b", "/a%2Fb", "/ü:1", "/~._-!$&'()*+,;=@"} {
		for _, token := range []string{"", "IQoJb3JpZ2luX2VjEXAMPLE//////////="} {
			for _, header := range []http.Header{nil, {"X-Amz-Target": {" a  b "}, "Content-Type": {"text/plain"}}, {"X-Amz-Meta": {"a", "b"}, "X-Amz-Meta-2": {""}}} {
				for _, body := range []string{"", "{}", strings.Repeat("検", 10_000)} {
					awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": server.URL + endpoint, "AWS_SESSION_TOKEN": token})
					got, want = "", ""
					client := build(t, mail(), "")
					for range 2 { // with a key that is new, and with one that is known
						_, err := client.Post(t.Context(), "/v2/email", header, []byte(body))
						if err != nil || fault != nil || got != want || want == "" {
							t.Errorf("%s, %v, %d bytes: %v, %v\ngot  %s\nwant %s", endpoint, header, len(body), err, fault, got, want)
						}
					}
				}
			}
		}
	}
}

// So it is with a query.
func TestSignaturesWithQuery(t *testing.T) {
	var got, want string
	var fault error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		want, fault = bySDK(r)
	}))
	defer server.Close()
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": server.URL})
	client := build(t, mail(), "")
	for _, query := range []string{"b=2&a=1", "a=2&a=1&a=", "a", "a=%20x+y%2B%7E*&%C3%BC=%2F", "Z=1&a=2&%41=3"} {
		got, want = "", ""
		if _, err := client.Get(t.Context(), "/v2/a%2Bb%40x?"+query); err != nil || fault != nil || got != want || want == "" {
			t.Errorf("%s: %v, %v\ngot  %s\nwant %s", query, err, fault, got, want)
		}
	}
}

// bySDK returns the signature that the SDK's signer gives a request that came.
func bySDK(r *http.Request) (string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	signed, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		return "", err
	}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || name == "Content-Type" {
			signed.Header[name] = values
		}
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "x", SessionToken: r.Header.Get("X-Amz-Security-Token")}
	if err := v4.NewSigner().SignHTTP(r.Context(), credentials, signed, hex.EncodeToString(sum[:]), "ses", "eu-west-1", at); err != nil {
		return "", fmt.Errorf("the SDK's signer: %w", err)
	}
	return signed.Header.Get("Authorization"), nil
}
