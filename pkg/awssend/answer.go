package awssend

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is the service's answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Code is the name that the service has given to its refusal, such as AccessDeniedException;
	// empty where there is none.
	Code string
	// Message is the service's own account of it. It can repeat the request, so that it is not to be
	// shown as it is.
	Message string
}

// RefusalError is an answer that is no success, in the form that awscall explains.
type RefusalError struct {
	// Status is 0 where only a part of what was asked for is refused.
	Status int
	// Code is the name of the error, and can be empty.
	Code string
}

// Error returns the code.
func (r RefusalError) Error() string { return r.Code }

// ErrorCode returns the name of the error.
func (r RefusalError) ErrorCode() string { return r.Code }

// HTTPStatusCode returns the status of the answer.
func (r RefusalError) HTTPStatusCode() int { return r.Status }

// IsDenied reports whether a refusal of the given code means that whoever asks lacks the right.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func IsDenied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "UnauthorizedOperation", "NotAuthorized":
		return true
	}
	return false
}

// errDamaged says that an answer is not what was sent.
var errDamaged = errors.New("the answer was damaged on its way")

// SendError is why a request that was sent has no answer. Its text is that of the HTTP client.
type SendError struct{ reason error }

// Error returns the reason.
func (e *SendError) Error() string { return e.reason.Error() }

// Unwrap returns the reason.
func (e *SendError) Unwrap() error { return e.reason }

// ConnectionError reports that the connection is to blame, for the SDK's rules of trying again.
func (*SendError) ConnectionError() bool { return true }

// HTTPStatusCode returns 0, as the SDK's own errors do where there is no answer.
func (*SendError) HTTPStatusCode() int { return 0 }

// withBody gives a body to a request, which can be sent several times.
func withBody(request *http.Request, body []byte) {
	request.ContentLength = int64(len(body))
	request.Body = http.NoBody
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	if len(body) > 0 {
		request.Body, _ = request.GetBody()
	}
}

// exchange sends a signed request once: the HTTP client of the settings sends a copy of it, with a body of
// its own. An answer is whole, unless it is a refusal without a checksum, which stands whatever is left of
// its body. The error is a *SendError.
func (c *Client) exchange(request *http.Request) (Answer, error) {
	response, err := c.settings.HTTPClient.Do(request)
	if err != nil {
		return Answer{}, &SendError{err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil && response.StatusCode/100 == 2 {
		return Answer{}, &SendError{err} // what would have been the proof is cut off
	}
	if !isWhole(response.Header, text) {
		return Answer{}, &SendError{errDamaged}
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header, Body: text}
	answer.Code, answer.Message = refusal(answer)
	c.setClock(answer)
	return answer, nil
}

// setClock has the next requests signed by the service's clock where a refusal shows that ours is
// wrong: signatures hold for five minutes, so that all of them would be refused.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
func (c *Client) setClock(a Answer) {
	const tolerated = 4 * time.Minute // as the SDK
	date, err := http.ParseTime(a.Header.Get("Date"))
	if a.Status/100 != 4 || err != nil {
		return
	}
	ahead := time.Until(date)
	if ahead.Abs() < tolerated {
		ahead = 0
	}
	c.ahead.Store(int64(ahead))
}

// isWhole reports whether a body is what the service has sent, where it says so: DynamoDB does.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
func isWhole(header http.Header, body []byte) bool {
	said := header.Get("X-Amz-Crc32")
	if said == "" {
		return true
	}
	sum, err := strconv.ParseUint(said, 10, 32)
	return err == nil && uint32(sum) == crc32.ChecksumIEEE(body)
}

// refusal returns the code and the message of an answer that is no success: some services write XML.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
func refusal(a Answer) (code, message string) {
	if a.Status/100 == 2 {
		return "", ""
	}
	var body struct {
		Type    string `json:"__type" xml:"-"`
		Code    string `json:"code"   xml:"Error>Code"`
		Message string `json:"message" xml:"Error>Message"`
	}
	// What is neither has no code.
	if bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<")) {
		_ = xml.Unmarshal(a.Body, &body)
	} else {
		_ = json.Unmarshal(a.Body, &body)
	}
	for _, code := range []string{a.Header.Get("X-Amzn-Errortype"), body.Type, body.Code} {
		code, _, _ = strings.Cut(code, ":")
		if at := strings.LastIndex(code, "#"); at >= 0 {
			code = code[at+1:]
		}
		if isName(code) {
			return code, body.Message
		}
	}
	return "", body.Message
}

// isName reports whether a text is the name of an error: letters and digits, a letter first.
func isName(code string) bool {
	const most = 100
	for i, r := range code {
		isLetter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !isLetter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return code != "" && len(code) <= most
}
