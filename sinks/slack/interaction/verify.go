package interaction

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Window is how far the time of a request may be from ours, before it or after it.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
const Window = 5 * time.Minute

// version begins what is signed and every signature.
const version = "v0"

// Why a request is not taken for Slack's.
var (
	ErrUnsigned  = errors.New("it bears no signature")
	ErrForm      = errors.New("its signature has another form")
	ErrTime      = errors.New("its time is none")
	ErrOld       = errors.New("its time is more than five minutes ago")
	ErrAhead     = errors.New("its time is more than five minutes ahead")
	ErrSignature = errors.New("its signature is another one")
)

// Signed is a request as it has come.
type Signed struct {
	// Timestamp and Signature are X-Slack-Request-Timestamp and X-Slack-Signature.
	Timestamp, Signature string
	// Body is every byte of the body, as it was sent.
	Body []byte
}

// Check returns why the request cannot be Slack's, whatever its secret is; nil where that would have to be tried.
func (s Signed) Check(now time.Time) error {
	if s.Signature == "" || s.Timestamp == "" {
		return ErrUnsigned
	}
	if _, ok := s.sum(); !ok {
		return ErrForm
	}
	isOdd := func(r rune) bool { return r < '0' || r > '9' }
	seconds, err := strconv.ParseInt(s.Timestamp, 10, 64)
	if err != nil || strings.ContainsFunc(s.Timestamp, isOdd) || len(s.Timestamp) > 12 {
		return ErrTime
	}
	switch ahead := time.Unix(seconds, 0).Sub(now); {
	case ahead > Window:
		return ErrAhead
	case ahead < -Window:
		return ErrOld
	}
	return nil
}

// sum returns the signature's bytes.
func (s Signed) sum() ([]byte, bool) {
	text, isOurs := strings.CutPrefix(s.Signature, version+"=")
	sum, err := hex.DecodeString(text)
	return sum, isOurs && err == nil && len(sum) == sha256.Size && strings.ToLower(text) == text
}

// IsOf reports whether whoever has signed the request knows the secret of the keys. It takes as long whatever
// stands in the signature.
func (s Signed) IsOf(k Keys) bool {
	sum, ok := s.sum()
	if !ok || k.signing == "" { // everybody knows the empty one
		return false
	}
	return hmac.Equal(sum, signature(k.signing, s.Timestamp, s.Body))
}

func signature(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(version + ":" + timestamp + ":"))
	mac.Write(body)
	return mac.Sum(nil)
}

// ID names the request: a copy of it has the same.
func (s Signed) ID() string {
	sum := sha256.Sum256([]byte(s.Signature))
	return hex.EncodeToString(sum[:])
}
