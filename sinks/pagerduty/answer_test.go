package pagerduty_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

// answering returns the error of a sink whose PagerDuty answers in this way; KEY in the body is the
// dedup key of the event.
func answering(t *testing.T, status int, body string) error {
	t.Helper()
	server := pagerdutytest.New(t)
	n := about(formattertest.Exfiltration(), notify.KindFinding)
	server.Answer(func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "KEY", n.FindingID()))
		return true
	})
	_, err := build(t, server.URL()).Notify(t.Context(), n)
	return err
}

func TestAnswers(t *testing.T) {
	const proof = `{"status":"success","message":"Event processed","dedup_key":"KEY"}`
	if err := answering(t, 202, proof); err != nil {
		t.Errorf("the proof: %v", err)
	}
	invalid := func(mistake string) string {
		return `{"status":"invalid event","message":"Event object is invalid","errors":["` + mistake + `"]}`
	}
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
		says   string
	}{
		"proof under 200":     {200, proof, notify.Broken, "without the proof"},
		"another key":         {202, strings.ReplaceAll(proof, "KEY", "x"), notify.Broken, "without the proof"},
		"no key":              {202, `{"status":"success"}`, notify.Broken, "without the proof"},
		"no success":          {202, strings.ReplaceAll(proof, "success", "queued"), notify.Broken, "see that API_URL"},
		"nothing":             {202, "", notify.Broken, "without the proof"},
		"a page":              {202, "<html>", notify.Broken, "without the proof"},
		"cut off":             {202, proof[:30], notify.Broken, "without the proof"},
		"length of the key":   {400, invalid("Length of 'routing_key' is incorrect (should be 32 characters)"), notify.Broken, "the other region is refused too"},
		"unknown key":         {400, invalid("Invalid routing key"), notify.Broken, "Events API V2"},
		"unknown key, bare":   {400, "Invalid routing key\n", notify.Broken, "see that REGION"},
		"severity":            {400, invalid("'payload.severity' is invalid"), notify.Unacceptable, "the event's severity is refused"},
		"summary":             {400, invalid("'payload.summary' is missing or blank"), notify.Unacceptable, "the event's summary is refused"},
		"another 400":         {400, invalid("s3cr3t"), notify.Unacceptable, "status 400"},
		"a page under 400":    {400, "<html>" + strings.Repeat("routing_key ", 50), notify.Unacceptable, "status 400"},
		"not allowed":         {403, "", notify.Broken, "403"},
		"not there":           {404, "", notify.Broken, "404"},
		"too large":           {413, "", notify.Unacceptable, "413"},
		"too many":            {429, `{"message":"Request Limit Exceeded"}`, notify.Throttled, "429"},
		"error":               {500, "", notify.Transient, "500"},
		"proof under 500":     {500, proof, notify.Transient, "500"},
		"unknown key by 500":  {502, invalid("Invalid routing key"), notify.Transient, "502"},
		"unavailable for now": {503, "", notify.Throttled, "503"},
		"redirect":            {307, proof, notify.Broken, "307"},
	} {
		err := answering(t, test.status, test.body)
		if err == nil || notify.KindOf(err) != test.want || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: got %v (%v), want %v", name, err, notify.KindOf(err), test.want)
		}
		if test.want == notify.Throttled && notify.Delay(err) != 7*time.Second {
			t.Errorf("%s: got a delay of %v", name, notify.Delay(err))
		}
	}
}

// A key that was replaced is refused in PagerDuty's own words, and not shown.
func TestKeyIsReplaced(t *testing.T) {
	server := pagerdutytest.New(t)
	server.Rotate(strings.Repeat("a", 32))
	_, err := build(t, server.URL()).Notify(t.Context(), about(formattertest.Exfiltration(), notify.KindFinding))
	if err == nil || notify.KindOf(err) != notify.Broken || strings.Contains(err.Error(), pagerdutytest.Key) {
		t.Errorf("got the kind %v, or it shows the key", notify.KindOf(err))
	}
}
