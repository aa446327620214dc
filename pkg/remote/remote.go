// Package remote is what holds for every remote end over the network, whichever client asks it.
package remote

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
)

var (
	errClosed   = errors.New("the connection was closed")
	errTimedOut = errors.New("it took too long")
	errNoTLS    = errors.New("the remote end does not speak TLS")
)

// Cause returns why a request has no answer, without any text that the URL, the request or the
// answer may stand in. net/http puts the URL into its errors, and a line of the answer too when it
// cannot read it, so only causes that are known to be harmless are kept; it is nil when err holds
// none of them. ended is the error of the request's context, which comes before all others.
func Cause(err, ended error) error {
	if ended != nil {
		return ended
	}
	var (
		network     *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &network):
		return network // "dial tcp 192.0.2.1:443: connection refused"
	case errors.As(err, &name):
		return name
	case errors.As(err, &certificate):
		return certificate
	case errors.As(err, &record):
		return errNoTLS
	case errors.Is(err, http.ErrSchemeMismatch):
		return http.ErrSchemeMismatch
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errClosed
	case errors.As(err, &timeout) && timeout.Timeout():
		return errTimedOut
	default:
		return nil
	}
}

// IsThisMachine reports whether host, without a port, names the loopback interface.
func IsThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
