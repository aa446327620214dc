package queue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// settings are the AWS settings of these tests and no other; some names in more are set beside or
// in place of them.
func settings(t *testing.T, more map[string]string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_SESSION_TOKEN": "", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_MAX_ATTEMPTS": "1", "AWS_USE_FIPS_ENDPOINT": "", "AWS_USE_DUALSTACK_ENDPOINT": "",
	} {
		t.Setenv(name, value)
	}
	// The SDK takes an endpoint that is set to nothing for one.
	for _, name := range []string{"AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	for name, value := range more {
		t.Setenv(name, value)
	}
}

// held asks for what the queue holds.
func held(ctx context.Context, t *testing.T, url string) error {
	t.Helper()
	reader, err := queue.NewReader(url)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = reader.Size(ctx)
	return err
}

// raw is a server that says text, whatever it is asked, and closes the connection. It returns its
// host and port.
func raw(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Read(make([]byte, 1<<16))
			_, _ = io.WriteString(connection, text)
			connection.Close()
		}
	}()
	return listener.Addr().String()
}

// answer is an answer of HTTP whose body has the given length.
func answer(status int, kind, body string, length int) string {
	return fmt.Sprintf("HTTP/1.1 %d s3cr3t\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", status, kind, length, body)
}

// nobody is where nobody listens: a port that no test is given.
const nobody = "127.0.0.1:1"

// Each reason for which a queue cannot be read has words of its own, and none of them shows a
// secret.
func TestReaderFaults(t *testing.T) {
	const credentials = "no AWS credentials that can be used; see AWS_PROFILE, and log in again where its login has ended"
	const unreadable = "no answer from SQS: it cannot be read, or a proxy is in the way"
	const odd = `{"Attributes":{"ApproximateNumberOfMessages":"s3cr3t","ApproximateNumberOfMessagesNotVisible":"0"}}`
	const refusal, page, denied = `{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"s3cr3t"}`, `<html>s3cr3t</html>`,
		`<ErrorResponse><Error><Code>AccessDenied</Code><Message>s3cr3t</Message></Error></ErrorResponse>`
	const escape = `{"code":"\u001b[31ms3cr3t\nline"}`
	json := "application/x-amz-json-1.0"
	profile := filepath.Join(t.TempDir(), "config")
	const role = "[profile a]\nrole_arn=arn:aws:iam::111122223333:role/s3cr3t\nsource_profile=b\n[profile b]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=s3cr3t\n"
	if err := os.WriteFile(profile, []byte(role), 0o600); err != nil {
		t.Fatal(err)
	}
	assuming := func(host string) map[string]string {
		return map[string]string{
			"AWS_CONFIG_FILE": profile, "AWS_PROFILE": "a", "AWS_ENDPOINT_URL_STS": "http://" + host, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
		}
	}
	for name, test := range map[string]struct {
		host     string // of the URL, with its scheme
		settings map[string]string
		want     string
	}{
		"nobody listens":      {"http://" + nobody, nil, "no answer from SQS: dial tcp " + nobody + ": connect: connection refused"},
		"no region":           {"http://" + nobody, map[string]string{"AWS_REGION": ""}, "no region is set; use AWS_REGION"},
		"two endpoints":       {"https://sqs.eu-west-1.amazonaws.com", map[string]string{"AWS_USE_FIPS_ENDPOINT": "true", "AWS_ENDPOINT_URL_SQS": "http://" + nobody}, "SQS cannot be asked; see AWS_REGION, and AWS_ENDPOINT_URL_SQS where it is set"},
		"no credentials":      {"http://" + nobody, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, credentials},
		"a role refused":      {"http://" + nobody, assuming(raw(t, answer(403, "text/xml", denied, len(denied)))), credentials},
		"a role unanswered":   {"http://" + nobody, assuming(nobody), credentials},
		"no such profile":     {"http://" + nobody, map[string]string{"AWS_PROFILE": "s3cr3t"}, "the AWS settings of this environment cannot be read; see AWS_PROFILE and AWS_CONFIG_FILE"},
		"refused":             {"http://" + raw(t, answer(400, json, refusal, len(refusal))), nil, "SQS: AccessDeniedException"},
		"a code in place":     {"http://" + raw(t, answer(400, json, escape, len(escape))), nil, "what answers with status 400 is not SQS, or a proxy is in the way"},
		"a code cut off":      {"http://" + raw(t, answer(400, json, `{"__type":"x#"}`, 15)), nil, "what answers with status 400 is not SQS, or a proxy is in the way"},
		"an empty refusal":    {"http://" + raw(t, answer(403, json, "", 0)), nil, "what answers with status 403 is not SQS, or a proxy is in the way"},
		"no endpoint":         {"https://sqs.eu-west-1.amazonaws.com", map[string]string{"AWS_ENDPOINT_URL_SQS": "notaurl"}, "AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL is not the URL of an endpoint, such as http://127.0.0.1:4566"},
		"a web page":          {"http://" + raw(t, answer(404, "text/html", page, len(page))), nil, "what answers with status 404 is not SQS, or a proxy is in the way"},
		"no HTTP":             {"http://" + raw(t, "SSH-2.0-s3cr3t\r\n"), nil, unreadable},
		"no TLS":              {"https://" + raw(t, "SSH-2.0-s3cr3t\r\n"), nil, "no answer from SQS: the remote end does not speak TLS"},
		"HTTP without TLS":    {"https://" + raw(t, answer(400, "text/plain", "", 0)), nil, "no answer from SQS: http: server gave HTTP response to HTTPS client"},
		"no answer":           {"http://" + raw(t, ""), nil, "no answer from SQS: the connection was closed"},
		"a cut answer":        {"http://" + raw(t, answer(200, json, refusal[:20], 1000)), nil, "no answer from SQS: the connection was closed"},
		"no count":            {"http://" + raw(t, answer(200, json, refusal, len(refusal))), nil, "SQS gave no count of the queue's messages"},
		"an odd count":        {"http://" + raw(t, answer(200, json, odd, len(odd))), nil, "SQS gave no count of the queue's messages"},
		"plain http anywhere": {"http://192.0.2.1", nil, "its URL must begin with https:// (plain http:// is for this machine itself only); for another endpoint use AWS_ENDPOINT_URL_SQS"},
	} {
		t.Run(name, func(t *testing.T) {
			settings(t, test.settings)
			err := held(t.Context(), t, test.host+"/111122223333/s3cr3t")
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// A context that has ended keeps its kind, while SQS or the credentials are waited for.
func TestReaderThatIsEnded(t *testing.T) {
	ended := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	defer silent.Close()
	defer close(ended)
	for name, more := range map[string]map[string]string{
		"SQS":         nil,
		"credentials": {"AWS_ACCESS_KEY_ID": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": silent.URL},
	} {
		t.Run(name, func(t *testing.T) {
			settings(t, more)
			timed, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := held(timed, t, silent.URL+"/1/q")
			if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "no answer from SQS: context deadline exceeded" {
				t.Errorf("got %v", err)
			}
			cancelled, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			if err := held(cancelled, t, silent.URL+"/1/q"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNoQueueURL(t *testing.T) {
	const want = "is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters"
	for _, url := range []string{
		"", "notaurl", "dead-letters", "arn:aws:sqs:eu-west-1:111122223333:q", "sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com",
		"https://sqs.eu-west-1.amazonaws.com/", "https:///1/q", "ftp://127.0.0.1/1/q", "https://user:s3cr3t@127.0.0.1/1/q", "https://127.0.0.1:s3cr3t/1/q",
	} {
		if _, err := queue.NewReader(url); err == nil || err.Error() != want {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

// places are URLs of queues, and the region and the host that are asked for them where AWS_REGION
// is ap-south-1.
func places() [][3]string {
	return [][3]string{
		{"https://sqs.eu-west-1.amazonaws.com/1/q", "eu-west-1", "sqs.eu-west-1.amazonaws.com:443"},
		{"https://SQS.eu-west-1.amazonaws.com/1/q", "eu-west-1", "sqs.eu-west-1.amazonaws.com:443"},
		{"http://sqs.eu-west-1.amazonaws.com/1/q", "eu-west-1", "sqs.eu-west-1.amazonaws.com:443"},
		{"https://eu-west-1.queue.amazonaws.com/1/q", "eu-west-1", "sqs.eu-west-1.amazonaws.com:443"},
		{"https://queue.amazonaws.com/1/q", "us-east-1", "sqs.us-east-1.amazonaws.com:443"},
		{"https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn:443"},
		{"https://cn-north-1.queue.amazonaws.com.cn/1/q", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn:443"},
		{"https://sqs.us-gov-west-1.amazonaws.com/1/q", "us-gov-west-1", "sqs.us-gov-west-1.amazonaws.com:443"},
		{"https://sqs.us-isob-east-1.sc2s.sgov.gov/1/q", "us-isob-east-1", "sqs.us-isob-east-1.sc2s.sgov.gov:443"},
		{"https://sqs.eusc-de-east-1.amazonaws.eu/1/q", "eusc-de-east-1", "sqs.eusc-de-east-1.amazonaws.eu:443"},
		{"https://sqs-fips.us-east-1.amazonaws.com/1/q", "us-east-1", "sqs-fips.us-east-1.amazonaws.com:443"},
		{"https://sqs.eu-west-1.api.aws/1/q", "eu-west-1", "sqs.eu-west-1.api.aws:443"},
		{"https://vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com/1/q", "eu-west-1", "vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com:443"},
		{"https://sqs.eu-west-1.localhost.example.invalid:4566/1/q", "eu-west-1", "sqs.eu-west-1.localhost.example.invalid:4566"},
		{"https://sqs.example.invalid/1/q", "ap-south-1", "sqs.example.invalid:443"},
		{"https://emulator.invalid:9324/1/q", "ap-south-1", "emulator.invalid:9324"},
	}
}

// The region of the URL is asked, wherever the environment sends the request.
func TestReaderAsksTheRegionOfTheURL(t *testing.T) {
	var signed []string
	scope := regexp.MustCompile(`Credential=AKIAEXAMPLE/[0-9]+/([^/]*)/sqs/`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed = append(signed, strings.Join(scope.FindStringSubmatch(r.Header.Get("Authorization"))[1:], ""))
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"Attributes":{"ApproximateNumberOfMessages":"1","ApproximateNumberOfMessagesNotVisible":"0"}}`)
	}))
	defer server.Close()
	for _, endpoint := range []string{"AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL", ""} {
		more := map[string]string{"AWS_REGION": "ap-south-1"}
		asked := append(places(), [3]string{"http://192.0.2.1/1/q", "ap-south-1"})
		if endpoint == "" {
			asked = [][3]string{{server.URL + "/1/q", "ap-south-1"}}
			more["AWS_USE_FIPS_ENDPOINT"], more["AWS_USE_DUALSTACK_ENDPOINT"] = "true", "true" // the URL says it better
		} else {
			more[endpoint] = server.URL
		}
		settings(t, more)
		for _, place := range asked {
			signed = nil
			if err := held(t.Context(), t, place[0]); err != nil || !slices.Equal(signed, []string{place[1]}) {
				t.Errorf("%s: %s: got %q, %v", endpoint, place[0], signed, err)
			}
		}
	}
}

// Without an endpoint in the environment the host that belongs to the URL is asked. The standard
// library reads the proxy's variables once, so this needs a process of its own; the proxy lets
// nothing out.
func TestReaderAsksTheHostOfTheURL(t *testing.T) {
	if os.Getenv("QUEUE_TEST_CHILD") != "" {
		askThroughProxy(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReaderAsksTheHostOfTheURL$", "-test.v")
	child.Env = append(os.Environ(), "QUEUE_TEST_CHILD=1")
	if output, err := child.CombinedOutput(); err != nil || !strings.Contains(string(output), fmt.Sprintf("%d hosts were asked", len(places()))) {
		t.Fatalf("%v\n%s", err, output)
	}
}

func askThroughProxy(t *testing.T) {
	t.Helper()
	var asked []string
	var stop context.CancelFunc
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		stop() // else the SDK asks once more
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer proxy.Close()
	settings(t, map[string]string{"AWS_REGION": "ap-south-1", "HTTPS_PROXY": proxy.URL, "https_proxy": "", "NO_PROXY": "", "no_proxy": ""})
	for _, place := range places() {
		ctx, cancel := context.WithCancel(t.Context())
		asked, stop = nil, cancel
		if err := held(ctx, t, place[0]); !errors.Is(err, context.Canceled) || !slices.Equal(asked, []string{"CONNECT " + place[2]}) {
			t.Errorf("%s: got %q, %v", place[0], asked, err)
		}
		cancel()
	}
	t.Logf("%d hosts were asked", len(places()))
}
