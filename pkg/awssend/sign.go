package awssend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// signer signs requests to a service in a region. Its signatures are those of the SDK's signer, in less than
// half its time and with a fourth of its allocations: that one takes these requests for any there might be.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type signer struct {
	region, service string
	// scope ends that of each signature: "/eu-west-1/sns/aws4_request".
	scope string
	// last is the key of the last signature, which is the same for all of a day, and stamp its time.
	last  atomic.Pointer[signingKey]
	stamp atomic.Pointer[stamp]
}

// stamp is a second as signatures have it.
type stamp struct {
	second int64
	date   string
}

// signingKey is what one secret gives for one day.
type signingKey struct {
	day, secret string
	key         []byte
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	ending    = "aws4_request"
	dateForm  = "20060102T150405Z"
	dayLength = len("20060102")
)

func newSigner(region, service string) *signer {
	return &signer{region: region, service: service, scope: "/" + region + "/" + service + "/" + ending}
}

// sign puts a signature into the header of a request. It covers path and query, the host, the content
// type, the body and every field whose name begins with X-Amz-: what AWS asks for, and nothing that
// others may change on the way. Names of fields are spelled as net/http spells them.
func (s *signer) sign(request *http.Request, body []byte, credentials aws.Credentials, at time.Time) {
	header, date := request.Header, s.date(at)
	header["X-Amz-Date"] = []string{date}
	if credentials.SessionToken != "" {
		header["X-Amz-Security-Token"] = []string{credentials.SessionToken}
	}
	fields := signedFields(header)
	sum := sha256.Sum256(appendCanonical(make([]byte, 0, 1024), request, fields, body))

	text := make([]byte, 0, 256)
	text = append(text, algorithm+"\n"...)
	text = append(text, date...)
	text = append(text, '\n')
	text = append(text, date[:dayLength]...)
	text = append(text, s.scope...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, sum[:])

	value := make([]byte, 0, 256)
	value = append(value, algorithm+" Credential="...)
	value = append(value, credentials.AccessKeyID...)
	value = append(value, '/')
	value = append(value, date[:dayLength]...)
	value = append(value, s.scope...)
	value = append(value, ", SignedHeaders="...)
	value = appendNames(value, fields)
	value = append(value, ", Signature="...)
	value = hex.AppendEncode(value, mac(s.key(date[:dayLength], credentials.SecretAccessKey), text))
	header["Authorization"] = []string{string(value)}
}

// date returns a time as signatures have it.
func (s *signer) date(at time.Time) string {
	second := at.Unix()
	if last := s.stamp.Load(); last != nil && last.second == second {
		return last.date
	}
	date := at.UTC().Format(dateForm)
	s.stamp.Store(&stamp{second, date})
	return date
}

// key returns the key of a day and a secret.
func (s *signer) key(day, secret string) []byte {
	if last := s.last.Load(); last != nil && last.day == day && last.secret == secret {
		return last.key
	}
	key := mac([]byte("AWS4"+secret), []byte(day))
	for _, part := range []string{s.region, s.service, ending} {
		key = mac(key, []byte(part))
	}
	s.last.Store(&signingKey{day, secret, key})
	return key
}

func mac(key, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)
}

// hostField stands for the host, which is in no header.
const hostField = "Host"

// signedFields returns the names of the fields to be signed, in their order. As net/http spells them it is
// that of their small letters.
func signedFields(header http.Header) []string {
	fields := append(make([]string, 0, 8), hostField)
	for name := range header {
		if name == "Content-Type" || strings.HasPrefix(name, "X-Amz-") {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	return fields
}

// appendCanonical appends a request in the one form that is signed.
func appendCanonical(to []byte, request *http.Request, fields []string, body []byte) []byte {
	to = append(to, request.Method...)
	to = append(to, '\n')
	to = appendPath(to, request.URL.EscapedPath())
	to = append(to, '\n')
	to = append(to, canonicalQuery(request.URL)...)
	to = append(to, '\n')
	for _, name := range fields {
		to = append(appendLower(to, name), ':')
		if name == hostField {
			to = append(to, request.Host...)
		}
		for i, value := range request.Header[name] {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendSpaced(to, value)
		}
		to = append(to, '\n')
	}
	to = appendNames(append(to, '\n'), fields)
	sum := sha256.Sum256(body)
	return hex.AppendEncode(append(to, '\n'), sum[:])
}

// canonicalQuery returns a query escaped as signatures have it, in the order of its names and then values.
// Few requests have one.
func canonicalQuery(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	escape := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	var pairs [][]string
	for name, values := range u.Query() {
		for _, value := range values {
			pairs = append(pairs, []string{escape(name), escape(value)})
		}
	}
	slices.SortFunc(pairs, slices.Compare)
	all := make([]string, len(pairs))
	for i, pair := range pairs {
		all[i] = strings.Join(pair, "=")
	}
	return strings.Join(all, "&")
}

// appendPath appends a path that is escaped, escaped once more.
func appendPath(to []byte, path string) []byte {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	for i := range len(path) {
		if strings.IndexByte(unreserved, path[i]) >= 0 {
			to = append(to, path[i])
			continue
		}
		const digits = "0123456789ABCDEF"
		to = append(to, '%', digits[path[i]>>4], digits[path[i]&15])
	}
	return to
}

// appendNames appends the names of fields as a signature lists them: "host;x-amz-date".
func appendNames(to []byte, fields []string) []byte {
	for i, name := range fields {
		if i > 0 {
			to = append(to, ';')
		}
		to = appendLower(to, name)
	}
	return to
}

// appendLower appends the name of a field in small letters.
func appendLower(to []byte, name string) []byte {
	for i := range len(name) {
		letter := name[i]
		if letter >= 'A' && letter <= 'Z' {
			letter += 'a' - 'A'
		}
		to = append(to, letter)
	}
	return to
}

// appendSpaced appends the value of a field without spaces around it, and with one where there are more.
func appendSpaced(to []byte, value string) []byte {
	isFirst := true
	for word := range strings.FieldsSeq(value) {
		if !isFirst {
			to = append(to, ' ')
		}
		to, isFirst = append(to, word...), false
	}
	return to
}
