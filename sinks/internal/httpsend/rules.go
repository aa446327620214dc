package httpsend

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// Reasons for which a URL or an address is refused. None of them shows it.
var (
	errNoURL     = errors.New("is not a URL; give all of it, from https:// on and without quotes")
	errLinkLocal = errors.New("link-local addresses are refused")
	errRuntime   = errors.New("the address of the Lambda Runtime API is refused")
)

// CheckURL says whether Post would take the URL: https, or plain http to localhost, 127.0.0.0/8 or
// ::1; a host; no user info, no fragment; and nothing in it that would have to be encoded to be
// sent. The error says what is wrong and shows no part of the URL.
func CheckURL(raw string) error {
	_, err := parsed(raw)
	return err
}

// parsed returns a URL that Post takes.
func parsed(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errNoURL // the error of net/url shows the URL
	}
	if err := checkScheme(u); err != nil {
		return nil, err
	}
	if u.User != nil {
		return nil, errors.New("must not hold a user name or password")
	}
	// net/url would encode some bytes of a path anew, and a signed URL would then be another one.
	_, rest, _ := strings.Cut(raw, "://")
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		rest = rest[at:]
	} else {
		rest = ""
	}
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	isOdd := func(r rune) bool { return r <= ' ' || r > '~' }
	if rest != u.RequestURI() || strings.ContainsFunc(raw, isOdd) {
		return nil, errors.New("holds characters that have to be percent-encoded")
	}
	return u, nil
}

func checkScheme(u *url.URL) error {
	switch {
	case u.Hostname() == "":
		return errNoURL
	case u.Scheme == "https", u.Scheme == "http" && remote.IsThisMachine(u.Hostname()):
		return nil
	default:
		return errors.New("must begin with https:// (plain http:// is for this machine itself only)")
	}
}

// dial opens a connection, after the name has been resolved, to any address but a link-local one.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	dialer := net.Dialer{
		Timeout: dialTimeout,
		Control: func(_, resolved string, _ syscall.RawConn) error {
			return checkAddress(host, resolved)
		},
	}
	return dialer.DialContext(ctx, network, address)
}

// checkAddress judges the address and port that host was resolved to.
func checkAddress(host, resolved string) error {
	ap, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return notify.PermanentSink(errLinkLocal) // what cannot be judged is not dialled
	}
	address := ap.Addr().Unmap().WithZone("")
	if isRuntimeAPI(address, ap.Port()) {
		return notify.PermanentSink(errRuntime)
	}
	if linkLocal(address) {
		return notify.PermanentSink(errLinkLocal)
	}
	if host == "localhost" && !address.IsLoopback() {
		return notify.PermanentSink(errors.New("localhost is not this machine"))
	}
	return nil
}

// isRuntimeAPI reports whether the Lambda Runtime API is there.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func isRuntimeAPI(address netip.Addr, port uint16) bool {
	host, number, _ := strings.Cut(os.Getenv("AWS_LAMBDA_RUNTIME_API"), ":")
	api, err := netip.ParseAddr(host)
	isSame := err == nil && api == address || host != "" && address.IsLoopback()
	return isSame && number == strconv.Itoa(int(port))
}

// linkLocal reports whether address is in 169.254.0.0/16 or fe80::/10, is the IPv6 address of the
// instance metadata service, or leads to one of these through an IPv6 address that holds an IPv4
// one.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
func linkLocal(address netip.Addr) bool {
	if address.IsLinkLocalUnicast() || within(address, "fd00:ec2::/32") {
		return true
	}
	if within(address, "::/96") || within(address, "64:ff9b::/96") { // IPv4-compatible; NAT64, RFC 6052
		all := address.As16()
		return netip.AddrFrom4([4]byte(all[12:])).IsLinkLocalUnicast()
	}
	return false
}

func within(address netip.Addr, prefix string) bool {
	return netip.MustParsePrefix(prefix).Contains(address)
}
