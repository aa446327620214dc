package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The bounds of a secret, in bytes before base64.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const (
	minKey, maxKey = 24, 64
	secretPrefix   = "whsec_"
)

// attempt is one sending of a message.
type attempt struct {
	id   string
	at   time.Time
	body []byte
}

// sign adds the message's id, the time and a signature for each secret to a header.
func (a attempt) sign(header http.Header, secrets string) error {
	keys, err := signingKeys(secrets)
	if err != nil {
		return err
	}
	var signatures []string
	seconds := strconv.FormatInt(a.at.Unix(), 10)
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(a.id + "." + seconds + "."))
		mac.Write(a.body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	header.Set("Webhook-Id", a.id)
	header.Set("Webhook-Timestamp", seconds)
	header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return nil
}

// signingKeys returns the keys of one secret, or of the old and the new one while a secret is being
// changed. The error shows nothing of them.
func signingKeys(text string) ([][]byte, error) {
	const remedy = "; make one with: echo whsec_$(openssl rand -base64 32)"
	secrets := strings.Fields(text)
	switch {
	case len(secrets) == 0:
		return nil, errors.New("is empty" + remedy)
	case len(secrets) > 2:
		return nil, errors.New("holds more than two secrets; give one, or the old and the new one with a space between them")
	case len(secrets) == 2 && secrets[0] == secrets[1]:
		return nil, errors.New("holds the same secret twice; leave one out")
	}
	var keys [][]byte
	for _, one := range secrets {
		encoded, found := strings.CutPrefix(one, secretPrefix)
		if !found {
			return nil, errors.New("does not begin with " + secretPrefix + remedy)
		}
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil { // the error of encoding/base64 says where, and nothing else does any good
			return nil, errors.New("is not padded base64 after " + secretPrefix + remedy)
		}
		if len(key) < minKey || len(key) > maxKey {
			return nil, fmt.Errorf("has %d bytes before base64, not %d to %d%s", len(key), minKey, maxKey, remedy)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
