package awssend_test

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
)

func mail() awssend.Service {
	return awssend.Service{Name: "SES", SDK: "SESv2", Host: "email", Signing: "ses"}
}

func build(t testing.TB, service awssend.Service, region string) *awssend.Client {
	t.Helper()
	client, err := awssend.New(t.Context(), service, awscall.Client{Region: region, Retries: awscall.OverDeadConnections})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func endpoint(t testing.TB, client *awssend.Client) string {
	t.Helper()
	found, err := client.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// An answer that is not what its checksum says, or that breaks off, is asked for again: the same
// request, which is still signed. A refusal without a checksum stands, whatever has become of its body.
func TestDamagedAnswers(t *testing.T) {
	const whole = `{"x":1}`
	sum := fmt.Sprint(crc32.ChecksumIEEE([]byte(whole)))
	for name, test := range map[string]struct {
		status      int
		sum, length string
		requests    int
		err         string
	}{
		"whole":                    {200, sum, "", 1, ""},
		"no checksum":              {200, "", "", 1, ""},
		"another checksum":         {200, "1", "", 3, "the answer was damaged on its way"},
		"no number":                {200, "x", "", 3, "the answer was damaged on its way"},
		"cut off":                  {200, "", "99", 3, "unexpected EOF"},
		"a refusal":                {400, sum, "", 1, ""},
		"a refusal that is not it": {400, "1", "", 3, "the answer was damaged on its way"},
		"a refusal, cut off":       {400, "", "99", 1, ""},
	} {
		requests := map[string]int{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := awssendtest.Check(r, awssendtest.Key{ID: "AKIAEXAMPLE", Secret: "x", Region: "eu-west-1", Service: "ses"}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			body, _ := io.ReadAll(r.Body)
			requests[string(body)]++
			for field, value := range map[string]string{"X-Amz-Crc32": test.sum, "Content-Length": test.length} {
				if value != "" {
					w.Header().Set(field, value)
				}
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, whole)
		}))
		awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": server.URL})
		answer, err := build(t, mail(), "").Post(t.Context(), "/", nil, []byte(`{"a":1}`))
		server.Close()
		if test.err == "" && (err != nil || answer.Status != test.status || string(answer.Body) != whole) ||
			test.err != "" && (err == nil || err.Error() != test.err) {
			t.Errorf("%s: got %+v, %v", name, answer, err)
		}
		if len(requests) != 1 || requests[`{"a":1}`] != test.requests {
			t.Errorf("%s: requests %v, want %d", name, requests, test.requests)
		}
	}
}

// After a refusal by a service whose clock is another, requests are signed by that clock, and by ours
// again when it is right again.
func TestClock(t *testing.T) {
	var signed time.Time
	ahead, status := time.Hour, http.StatusForbidden
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed, _ = time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		w.WriteHeader(status)
	}))
	defer server.Close()
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": server.URL})
	client := build(t, mail(), "")
	for i, step := range []struct {
		signed, ahead time.Duration
		status        int
	}{
		{0, time.Hour, 200}, {0, time.Hour, 403}, {time.Hour, -time.Hour, 500}, {time.Hour, -time.Hour, 400}, {-time.Hour, time.Minute, 403}, {0, 0, 200},
	} {
		ahead, status = step.ahead, step.status
		if _, err := client.Post(t.Context(), "/", nil, nil); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(signed) - step.signed; off.Abs() > time.Minute {
			t.Errorf("call %d was signed %v from the clock that was right", i, off)
		}
	}
}

// What is asked for by its path is signed with path and query, each character of them; an endpoint of the
// service's own holds where the settings name none.
func TestGet(t *testing.T) {
	var mistake error
	got := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mistake = awssendtest.Check(r, awssendtest.Key{ID: "AKIAEXAMPLE", Secret: "x", Region: "eu-west-1", Service: "ses"})
		got = r.Method + " " + r.RequestURI
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	service := mail()
	service.Endpoint = server.URL
	awssendtest.Environment(t, nil)
	const path = "/v2/email/identities/a%2Bb%40example.com?EventSourceArn=arn%3Aaws%3Asqs"
	answer, err := build(t, service, "eu-west-1").Get(t.Context(), path)
	if err != nil || answer.Status != 200 || mistake != nil || got != "GET "+path {
		t.Errorf("got %s, status %d, %v, %v", got, answer.Status, err, mistake)
	}
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": "https://elsewhere.example"})
	if at := endpoint(t, build(t, service, "")); at != "https://elsewhere.example" {
		t.Errorf("got %s", at)
	}
}

func TestIsDenied(t *testing.T) {
	for code, want := range map[string]bool{"AccessDeniedException": true, "AccessDenied": true, "AuthorizationError": true, "": false, "NotFound": false} {
		if awssend.IsDenied(code) != want {
			t.Errorf("%q: got %v", code, !want)
		}
	}
}
