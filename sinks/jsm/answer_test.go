package jsm_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

const proof = `{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}`

// reply is how a service answers one path of the API; others are taken.
type reply struct {
	path   string
	status int
	header http.Header
	body   string
}

func answering(t *testing.T, r reply, kind notify.Kind) error {
	t.Helper()
	server := jsmtest.New(t)
	server.Answer(func(w http.ResponseWriter, request *http.Request) bool {
		if !strings.HasSuffix(request.URL.Path, r.path) {
			return false
		}
		_, _ = io.Copy(io.Discard, request.Body)
		for name, values := range r.header {
			w.Header()[name] = values
		}
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, r.body)
		return true
	})
	_, err := build(t, server.URL()).Notify(t.Context(), about(formattertest.Exfiltration(), kind))
	return err
}

func TestAnswers(t *testing.T) {
	if err := answering(t, reply{"/alerts", 202, nil, proof}, notify.KindFinding); err != nil {
		t.Errorf("the proof: %v", err)
	}
	const own = `,"took":0.0,"requestId":"a574eb09-1d09-4967-8587-0a605349f891"}`
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
		says   string
	}{
		"proof under 200":    {200, proof, notify.Broken, "without the proof"},
		"no id":              {202, `{"result":"Request will be processed"}`, notify.Broken, "see that HOST"},
		"no result":          {202, `{"took":0` + own, notify.Broken, "without the proof"},
		"an id that is none": {202, strings.ReplaceAll(proof, "-3dbf-", " s3cr3t "), notify.Broken, "without the proof"},
		"a page":             {202, "<html>", notify.Broken, "without the proof"},
		"cut off":            {202, proof[:40], notify.Broken, "without the proof"},
		"form of the key":    {422, `{"message":"Key format is not valid!"` + own, notify.Broken, "the form of the API key"},
		"unknown key":        {401, `{"message":"Could not authenticate"` + own, notify.Broken, "api.eu.opsgenie.com for Opsgenie"},
		"account's key":      {403, `{"code":40301,"message":"To perform this action, use an API key from an API integration."` + own, notify.Broken, "API integration that is switched on"},
		"plan":               {402, `{"message":"s3cr3t"` + own, notify.Broken, "the plan"},
		"no such path":       {404, `{"message":"s3cr3t"` + own, notify.Broken, "no alerts are taken there"},
		"gone":               {410, "", notify.Broken, "410"},
		"message":            {422, `{"message":"Request body is not processable.","errors":{"message":"s3cr3t"}` + own, notify.Unacceptable, "the alert's message is refused"},
		"tags":               {400, `{"message":"x","errors":{"tags":"s3cr3t"}` + own, notify.Unacceptable, "the alert's tags is refused"},
		"another 422":        {422, `{"message":"s3cr3t"` + own, notify.Unacceptable, "422"},
		"another 400":        {400, "s3cr3t", notify.Unacceptable, "400"},
		"too large":          {413, "", notify.Unacceptable, "413"},
		"error":              {500, proof, notify.Transient, "500"},
		"unavailable":        {503, "", notify.Transient, "503"},
		"redirect":           {302, proof, notify.Broken, "302"},
	} {
		err := answering(t, reply{"/alerts", test.status, nil, test.body}, notify.KindFinding)
		if err == nil || notify.KindOf(err) != test.want || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: got %v (%v), want %v", name, err, notify.KindOf(err), test.want)
		}
	}
}

// How long the service wants to be left alone stands in one of two headers.
func TestThrottled(t *testing.T) {
	for name, test := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"says nothing": {nil, 0},
		"period":       {http.Header{"X-Ratelimit-Period-In-Sec": {"60"}, "X-Ratelimit-State": {"THROTTLED"}, "X-Ratelimit-Reason": {"ACCOUNT"}}, time.Minute},
		"both":         {http.Header{"X-Ratelimit-Period-In-Sec": {"60"}, "Retry-After": {"7"}}, 7 * time.Second},
		"no number":    {http.Header{"X-Ratelimit-Period-In-Sec": {"soon"}}, 0},
		"negative":     {http.Header{"X-Ratelimit-Period-In-Sec": {"-1"}}, 0},
		"for ever":     {http.Header{"X-Ratelimit-Period-In-Sec": {"999999999"}}, 15 * time.Minute},
	} {
		err := answering(t, reply{"/alerts", 429, test.header, ""}, notify.KindFinding)
		if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != test.want {
			t.Errorf("%s: got %v, a delay of %v, want %v", name, err, notify.Delay(err), test.want)
		}
	}
}

// An alert that is gone needs no note and no end: that it is gone is the service's own word, and not
// that of somebody else who knows no such page.
func TestAlertIsGone(t *testing.T) {
	const gone = `{"message":"Alert with id does not exist","took":0.1,"requestId":"a574eb09-1d09-4967-8587-0a605349f891"}`
	for path, kind := range map[string]notify.Kind{"/notes": notify.KindUpdate, "/close": notify.KindResolved} {
		if err := answering(t, reply{path, 404, nil, gone}, kind); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := answering(t, reply{path, 404, nil, "<html>"}, kind); notify.KindOf(err) != notify.Broken {
			t.Errorf("%s of a stranger: %v", path, err)
		}
		if err := answering(t, reply{path, 500, nil, gone}, kind); err == nil || notify.KindOf(err) != notify.Transient {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A key that was replaced is refused in the service's own words, and not shown.
func TestKeyIsReplaced(t *testing.T) {
	server := jsmtest.New(t)
	server.Rotate(strings.Repeat("a", len(jsmtest.Key)))
	_, err := build(t, server.URL()).Notify(t.Context(), about(formattertest.Exfiltration(), notify.KindFinding))
	if err == nil || notify.KindOf(err) != notify.Broken || strings.Contains(err.Error(), jsmtest.Key) {
		t.Errorf("got the kind %v, or it shows the key", notify.KindOf(err))
	}
}
