package awssend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
)

const (
	keyID     = "AKIAEXAMPLE"
	keySecret = "wJalrXUtnFEMIexample"
)

func mail() awssend.Service {
	return awssend.Service{Name: "SES", SDK: "SESv2", Host: "email", Signing: "ses"}
}

// clean gives the test an environment of its own, with the given variables.
func clean(t testing.TB, variables map[string]string) {
	t.Helper()
	own := map[string]string{"AWS_ACCESS_KEY_ID": keyID, "AWS_SECRET_ACCESS_KEY": keySecret}
	maps.Copy(own, variables)
	awssendtest.Environment(t, own)
}

func build(t testing.TB, service awssend.Service, region string) *awssend.Client {
	t.Helper()
	client, err := awssend.New(t.Context(), service, region)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// serve serves and returns the server's address.
func serve(t testing.TB, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// What arrives is what was to be sent, under a signature that the far side works out as well.
func TestSigned(t *testing.T) {
	for name, test := range map[string]struct {
		path, token, region string
		header              http.Header
		body                string
	}{
		"plain":           {path: "/v2/email/outbound-emails", region: "eu-west-1", body: `{"x":1}`},
		"with a token":    {path: "/", region: "ap-northeast-1", token: "IQoJb3JpZ2luX2VjEXAMPLE//////////=", body: "{}"},
		"with a target":   {path: "/", region: "eu-west-1", header: http.Header{"X-Amz-Target": {"AWSEvents.PutEvents"}, "Content-Type": {"application/x-amz-json-1.1"}}, body: "{}"},
		"no ASCII":        {path: "/", region: "eu-west-1", body: `{"x":"検知 🔥"}`},
		"large":           {path: "/", region: "eu-west-1", body: strings.Repeat("x", 1<<20)},
		"without a body":  {path: "/", region: "eu-west-1"},
		"odd white space": {path: "/", region: "eu-west-1", header: http.Header{"X-Amz-Meta": {"  two   words "}}, body: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			var mistake error
			var got string
			var header http.Header
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				mistake = awssendtest.Check(r, awssendtest.Key{ID: keyID, Secret: keySecret, Token: test.token, Region: test.region, Service: "ses"})
				body, _ := io.ReadAll(r.Body)
				got, header = r.Method+" "+r.URL.Path+" "+string(body), r.Header
				_, _ = io.WriteString(w, `{"MessageId":"1"}`)
			})
			clean(t, map[string]string{"AWS_ENDPOINT_URL": url, "AWS_SESSION_TOKEN": test.token})
			given := test.header.Clone()
			answer, err := build(t, mail(), test.region).Post(t.Context(), test.path, given, []byte(test.body))
			if err != nil || answer.Status != 200 || string(answer.Body) != `{"MessageId":"1"}` || answer.Code != "" {
				t.Fatalf("got %+v, error %v", answer, err)
			}
			if mistake != nil || got != "POST "+test.path+" "+test.body {
				t.Errorf("%v; got %.200q", mistake, got)
			}
			want := "application/json"
			if test.header != nil && test.header.Get("Content-Type") != "" {
				want = test.header.Get("Content-Type")
			}
			if header.Get("Content-Type") != want || header.Get("User-Agent") != "tocsin" {
				t.Errorf("got %v", header)
			}
			if fmt.Sprint(given) != fmt.Sprint(test.header) {
				t.Errorf("the caller's header has become %v", given)
			}
		})
	}
}

// A signature that is not of these very bytes is found out.
func TestTheCheckFindsForgeries(t *testing.T) {
	key := awssendtest.Key{ID: keyID, Secret: keySecret, Region: "eu-west-1", Service: "ses"}
	forgeries := map[string]func(*http.Request, *awssendtest.Key){
		"another body":    func(r *http.Request, _ *awssendtest.Key) { r.Body = io.NopCloser(strings.NewReader("[]")) },
		"another path":    func(r *http.Request, _ *awssendtest.Key) { r.URL.Path = "/x" },
		"another host":    func(r *http.Request, _ *awssendtest.Key) { r.Host = "example.com" },
		"another type":    func(r *http.Request, _ *awssendtest.Key) { r.Header.Set("Content-Type", "text/plain") },
		"another field":   func(r *http.Request, _ *awssendtest.Key) { r.Header.Set("X-Amz-Target", "x") },
		"another time":    func(r *http.Request, _ *awssendtest.Key) { r.Header.Set("X-Amz-Date", "20260101T000000Z") },
		"no signature":    func(r *http.Request, _ *awssendtest.Key) { r.Header.Del("Authorization") },
		"another secret":  func(_ *http.Request, k *awssendtest.Key) { k.Secret = "x" },
		"another region":  func(_ *http.Request, k *awssendtest.Key) { k.Region = "x" },
		"another service": func(_ *http.Request, k *awssendtest.Key) { k.Service = "x" },
		"a token":         func(_ *http.Request, k *awssendtest.Key) { k.Token = "x" },
	}
	found := map[string]error{}
	var honest error
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		honest = awssendtest.Check(r, key)
		for name, forge := range forgeries {
			forged, k := r.Clone(r.Context()), key
			body, _ := io.ReadAll(r.Body)
			r.Body, forged.Body = io.NopCloser(strings.NewReader(string(body))), io.NopCloser(strings.NewReader(string(body)))
			forge(forged, &k)
			found[name] = awssendtest.Check(forged, k)
		}
	})
	clean(t, map[string]string{"AWS_ENDPOINT_URL": url})
	if _, err := build(t, mail(), "").Post(t.Context(), "/", nil, []byte("{}")); err != nil || honest != nil {
		t.Fatal(err, honest)
	}
	for name := range forgeries {
		if found[name] == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 101)
	for name, test := range map[string]struct {
		status        int
		header, body  string
		code, message string
	}{
		"in the header":           {400, "BadRequestException:http://internal.amazon.com/coral/", `{"message":"no"}`, "BadRequestException", "no"},
		"in the body":             {403, "", `{"__type":"com.amazonaws.ses#AccessDeniedException","Message":"no"}`, "AccessDeniedException", "no"},
		"as a code":               {404, "", `{"code":"NotFoundException"}`, "NotFoundException", ""},
		"the header goes first":   {400, "One", `{"__type":"Two"}`, "One", ""},
		"no code":                 {502, "", `<html>`, "", ""},
		"no word":                 {400, "Not a code", `{"__type":"<b>Two</b>"}`, "", ""},
		"too long":                {400, long, `{"__type":"` + long + `"}`, "", ""},
		"of another type":         {400, "", `{"__type":7,"message":"no"}`, "", "no"},
		"a success that has one":  {200, "BadRequestException", `{"__type":"Two"}`, "", ""},
		"three hundred and three": {303, "", `{"code":"Elsewhere"}`, "Elsewhere", ""},
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.header != "" {
				w.Header().Set("X-Amzn-ErrorType", test.header)
			}
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		clean(t, map[string]string{"AWS_ENDPOINT_URL": url})
		answer, err := build(t, mail(), "").Post(t.Context(), "/", nil, []byte("{}"))
		if err != nil || answer.Status != test.status || answer.Code != test.code || answer.Message != test.message {
			t.Errorf("%s: got %d, %q, %q, error %v", name, answer.Status, answer.Code, answer.Message, err)
		}
	}
}

// Without credentials nothing is sent, and the error says what to do. It shows nothing of a secret
// wherever the failure is.
func TestErrors(t *testing.T) {
	calls := 0
	url := serve(t, func(http.ResponseWriter, *http.Request) { calls++ })
	broken := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(broken, []byte("[default]\n[[[s3cr3t"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"no credentials": {map[string]string{"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no AWS credentials that can be used"},
		"no region":      {map[string]string{"AWS_REGION": ""}, "SES cannot be asked: no region is known; see AWS_REGION"},
		"nobody there":   {map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1/s3cr3t"}, "no answer from 127.0.0.1"},
		"of the metadata": {
			map[string]string{"AWS_ENDPOINT_URL": "https://169.254.169.254/s3cr3t"}, "link-local addresses are refused",
		},
		"in the clear": {map[string]string{"AWS_ENDPOINT_URL": "http://example.com/s3cr3t"}, "AWS_ENDPOINT_URL_SESV2 or AWS_ENDPOINT_URL) must begin with https://"},
		"a password":   {map[string]string{"AWS_ENDPOINT_URL_SESV2": "https://x:s3cr3t@example.com"}, "must not hold a user name"},
		"a query":      {map[string]string{"AWS_ENDPOINT_URL_SESV2": "https://example.com/?s3cr3t"}, "must not hold a query"},
		"no region's name": {
			map[string]string{"AWS_REGION": "evil.example/s3cr3t?"}, "the region is not the name of one",
		},
		"a broken file": {map[string]string{"AWS_CONFIG_FILE": broken, "AWS_PROFILE": "s3cr3t"}, "AWS settings of this environment cannot be read"},
	} {
		clean(t, test.variables)
		client, err := awssend.New(t.Context(), mail(), "")
		if err == nil {
			_, err = client.Post(t.Context(), "/v2/email/s3cr3t", nil, []byte("s3cr3t"))
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), keySecret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if calls != 0 {
		t.Errorf("%d requests without credentials", calls)
	}
}

// An answer that is the request itself gives nothing of it away, and no redirect is followed.
func TestEchoAndEnd(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		panic(http.ErrAbortHandler)
	})
	clean(t, map[string]string{"AWS_ENDPOINT_URL": url})
	client := build(t, mail(), "")
	if _, err := client.Post(t.Context(), "/", nil, []byte("{}")); err == nil || strings.Contains(err.Error(), keyID) || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Post(ended, "/", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
