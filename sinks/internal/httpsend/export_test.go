package httpsend

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// NewTrusting builds a client that trusts the given authorities instead of the system's.
func NewTrusting(pool *x509.CertPool) *Client {
	c := New()
	c.transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	return c
}

// CheckAddress and RetryAfter are the parts that no socket on this machine can show.
func CheckAddress(host, resolved string) error { return checkAddress(host, resolved) }

func RetryAfter(header http.Header, now time.Time) time.Duration { return retryAfter(header, now) }
