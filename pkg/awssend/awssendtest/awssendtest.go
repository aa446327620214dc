// Package awssendtest is the other side of a signed request, for tests: it works out the signature
// by itself, from the rules alone and without the SDK.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package awssendtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Key is an access key, and what a request is to be signed for by it.
type Key struct {
	ID, Secret string
	// Token is that of temporary credentials; it is empty for others.
	Token string
	// Region and Service are those of the signature's scope.
	Region, Service string
}

const algorithm = "AWS4-HMAC-SHA256"

// Check says what is wrong with the signature of a request, of which it reads the body and gives it
// back. As AWS does, it wants the signature to cover the host, the content type and every field
// whose name begins with x-amz-, and to be of these minutes.
func Check(r *http.Request, key Key) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	date := r.Header.Get("X-Amz-Date")
	signed, err := time.Parse("20060102T150405Z", date)
	if err != nil || time.Since(signed).Abs() > 5*time.Minute {
		return fmt.Errorf("signed at %q", date)
	}
	if got := r.Header.Get("X-Amz-Security-Token"); got != key.Token {
		return fmt.Errorf("the session token is %q", got)
	}
	scope := strings.Join([]string{date[:8], key.Region, key.Service, "aws4_request"}, "/")
	fields, err := signedFields(r, key.ID+"/"+scope)
	if err != nil {
		return err
	}
	text := strings.Join([]string{algorithm, date, scope, hash([]byte(canonical(r, fields, body)))}, "\n")
	sum := []byte("AWS4" + key.Secret)
	for _, part := range append(strings.Split(scope, "/"), text) {
		sum = mac(sum, part)
	}
	if !strings.HasSuffix(r.Header.Get("Authorization"), ", Signature="+hex.EncodeToString(sum)) {
		return errors.New("the signature does not match the request")
	}
	return nil
}

// signedFields returns the names of the fields that the signature says it covers.
func signedFields(r *http.Request, credential string) ([]string, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), algorithm+" Credential="+credential+", SignedHeaders=")
	names, _, more := strings.Cut(rest, ", Signature=")
	if !ok || !more {
		return nil, fmt.Errorf("not signed as %s", credential)
	}
	fields := strings.Split(names, ";")
	if !slices.IsSorted(fields) {
		return nil, errors.New("the signed fields are not in order")
	}
	for _, name := range []string{"host", "content-type"} {
		if !slices.Contains(fields, name) {
			return nil, fmt.Errorf("%s is not signed", name)
		}
	}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !slices.Contains(fields, name) {
			return nil, fmt.Errorf("%s is not signed", name)
		}
	}
	return fields, nil
}

// canonical returns the request in the one form that is signed.
func canonical(r *http.Request, fields []string, body []byte) string {
	lines := []string{r.Method, strings.ReplaceAll(url.PathEscape(r.URL.EscapedPath()), "%2F", "/"), r.URL.Query().Encode()}
	for _, name := range fields {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		lines = append(lines, name+":"+strings.Join(strings.Fields(value), " "))
	}
	return strings.Join(append(lines, "", strings.Join(fields, ";"), hash(body)), "\n")
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = io.WriteString(m, text)
	return m.Sum(nil)
}
