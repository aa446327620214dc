package httpsend_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

func post(t *testing.T, client *httpsend.Client, url string) (httpsend.Response, error) {
	t.Helper()
	return client.Post(t.Context(), httpsend.Request{
		URL: url, ContentType: "application/json", Body: []byte(`{"a":1}`), Header: http.Header{"X-Kind": {"test"}},
	})
}

func TestPost(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}))
	defer server.Close()

	const path = "/a%2Fb/(c)?sig=a%2bb+c&&x=%20;y&z=%E2%82%AC=|{}"
	response, err := post(t, httpsend.New(), server.URL+path)
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != http.StatusTeapot || response.Header.Get("X-Answer") != "yes" || string(response.Body) != "short and stout" {
		t.Errorf("got %+v", response)
	}
	if got.RequestURI != path {
		t.Errorf("the URL was sent as %s", got.RequestURI)
	}
	if string(body) != `{"a":1}` || got.Method != http.MethodPost || got.Header.Get("Content-Type") != "application/json" ||
		got.Header.Get("X-Kind") != "test" || got.Header.Get("User-Agent") != "tocsin" || got.ContentLength != 7 {
		t.Errorf("got %s %v with %s", got.Method, got.Header, body)
	}
}

func TestPostOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())

	response, err := post(t, httpsend.NewTrusting(pool), server.URL+"/hook")
	if err != nil || string(response.Body) != "HTTP/2.0" {
		t.Errorf("got %q, %v", response.Body, err)
	}
	_, err = post(t, httpsend.New(), server.URL+"/hook-secret")
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || strings.Contains(err.Error(), "secret") {
		t.Errorf("a certificate that nobody has signed: got %v", err)
	}
	_, err = post(t, httpsend.New(), strings.Replace(server.URL, "https", "http", 1)+"/hook")
	if err != nil {
		t.Logf("http to a TLS port: %v", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	if _, err := post(t, httpsend.NewTrusting(pool), server.URL); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestCheckURL(t *testing.T) {
	tests := []struct {
		url, want string
	}{
		{"https://hooks.example.com/services/T0/B0/x", ""},
		{"https://hooks.example.com", ""},
		{"https://hooks.example.com?sig=%2b", ""},
		{"https://hooks.example.com:8443/a%2Fb?c=%20d&e=|", ""},
		{"https://[2001:db8::1]/a", ""},
		{"http://localhost:8080/a", ""},
		{"http://127.8.9.10/a", ""},
		{"http://[::1]:80/a", ""},
		{"http://[::ffff:127.0.0.1]:80/a", ""},
		{"", "is not a URL"},
		{"hooks.example.com/a", "is not a URL"},
		{"https://", "is not a URL"},
		{"https:///hidden", "is not a URL"},
		{"https://exa mple/hidden", "is not a URL"},
		{"https://host/%zzhidden", "is not a URL"},
		{"https://host/hidden\n", "is not a URL"},
		{"http://hooks.example.com/hidden", "https"},
		{"http://10.0.0.1/hidden", "https"},
		{"http://localhost.example.com/hidden", "https"},
		{"ftp://localhost/hidden", "https"},
		{"https://user:hidden@host/", "user name"},
		{"https://hidden@host/", "user name"},
		{"https://host/a hidden", "percent-encoded"},
		{"https://host/a?b hidden", "percent-encoded"},
		{"https://host/hidden#fragment", "percent-encoded"},
		{"https://host/hidden\"", "percent-encoded"},
		{"https://host/hiddené", "percent-encoded"},
	}
	for _, test := range tests {
		err := httpsend.CheckURL(test.url)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.url, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %q", test.url, err, test.want)
		case err != nil && strings.Contains(err.Error(), "hidden"):
			t.Errorf("%s: the error shows the URL: %v", test.url, err)
		case err != nil:
			if _, err := post(t, httpsend.New(), test.url); notify.KindOf(err) != notify.Broken {
				t.Errorf("%s: Post gives %v", test.url, err)
			}
		}
	}
}

func TestLinkLocalIsRefused(t *testing.T) {
	tests := []struct {
		host, resolved string
		refused        bool
	}{
		{"h", "192.0.2.1:443", false},
		{"h", "10.0.0.1:443", false},
		{"h", "[2001:db8::1]:443", false},
		{"h", "[fd00:ec3::254]:443", false},
		{"localhost", "127.0.0.1:80", false},
		{"localhost", "[::1]:80", false},
		{"localhost", "192.0.2.1:80", true},
		{"h", "169.254.169.254:80", true},
		{"h", "169.254.170.2:80", true},
		{"h", "[fe80::1%eth0]:80", true},
		{"h", "[::ffff:169.254.169.254]:80", true},
		{"h", "[::169.254.169.254]:80", true},
		{"h", "[64:ff9b::169.254.169.254]:80", true},
		{"h", "[64:ff9b::192.0.2.1]:80", false},
		{"h", "[fd00:ec2::254]:80", true},
		{"h", "nonsense", true},
	}
	for _, test := range tests {
		if err := httpsend.CheckAddress(test.host, test.resolved); (err != nil) != test.refused {
			t.Errorf("%s at %s: got %v", test.host, test.resolved, err)
		}
	}
	for _, url := range []string{
		"https://169.254.169.254/latest/secret", "https://[::ffff:a9fe:a9fe]/secret", "https://[fd00:ec2::254]/secret",
		"https://[fe80::1]/secret",
	} {
		_, err := post(t, httpsend.New(), url)
		if notify.KindOf(err) != notify.Broken || strings.Contains(err.Error(), "secret") ||
			!strings.Contains(err.Error(), "link-local") {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

func TestRedirectIsAnAnswer(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	response, err := post(t, httpsend.New(), server.URL)
	if err != nil || response.Status != http.StatusTemporaryRedirect || reached.Load() != 0 {
		t.Errorf("got %d, %v; %d requests elsewhere", response.Status, err, reached.Load())
	}
}

func TestBodyIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	response, err := post(t, httpsend.New(), server.URL)
	if err != nil || len(response.Body) != 512<<10 {
		t.Errorf("got %d bytes, %v", len(response.Body), err)
	}
}

func TestContextEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush() // the header comes, the body never
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := httpsend.New().Post(ctx, httpsend.Request{URL: server.URL + "/secret"})
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

// A server that answers each connection's first request and then hangs up without a word: the next
// request finds a dead connection, and goes over a fresh one, once.
func TestStaleConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var requests atomic.Int32
	const rounds = 20
	hungUp := make(chan struct{}, rounds)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			request, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				continue
			}
			_, _ = io.Copy(io.Discard, request.Body)
			requests.Add(1)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			conn.Close()
			hungUp <- struct{}{}
		}
	}()
	client := httpsend.New()
	for range rounds {
		response, err := post(t, client, "http://"+listener.Addr().String())
		if err != nil || string(response.Body) != "ok" {
			// Whether net/http sees the hang-up before or after it writes is a matter of luck;
			// after it has written, the request may have been seen and must not be sent again.
			t.Logf("not sent again: %v", err)
			continue
		}
		<-hungUp
	}
	if n := requests.Load(); n > rounds {
		t.Errorf("%d posts made %d requests", rounds, n)
	}
}

// An answer that breaks off while somebody else reads it is an error of the transport, which shows
// the host alone.
func TestDoWithAnswerThatBreaksOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "14")
		_, _ = io.WriteString(w, "Act")
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/secret", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := httpsend.New().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	const want = "answer of 127.0.0.1 broke off: the connection was closed"
	if _, marked := errors.AsType[*httpsend.Error](err); string(text) != "Act" || !marked || err.Error() != want {
		t.Errorf("got %q and %v, want %s", text, err, want)
	}
}

// A request that was seen is never sent twice, even over a connection that was kept alive.
func TestSeenRequestIsNotRepeated(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	client := httpsend.New()
	if _, err := post(t, client, server.URL); err != nil {
		t.Fatal(err)
	}
	if _, err := post(t, client, server.URL); err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("2 posts made %d requests", n)
	}
}

// The standard library reads the proxy's variables once, so this needs a process of its own.
func TestProxyFromEnvironment(t *testing.T) {
	if os.Getenv("HTTPSEND_TEST_CHILD") != "" {
		_, err := post(t, httpsend.New(), "https://hooks.example.invalid/secret")
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
		return
	}
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer proxy.Close()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyFromEnvironment$", "-test.v")
	child.Env = append(os.Environ(), "HTTPSEND_TEST_CHILD=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=")
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	select {
	case got := <-asked:
		if got != "CONNECT hooks.example.invalid:443" {
			t.Errorf("the proxy was asked for %s", got)
		}
	default:
		t.Error("the proxy was not asked")
	}
}
