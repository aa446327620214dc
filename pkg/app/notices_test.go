package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// A notice says whose sink takes nothing: its dead-letter queue names the deployment.
func TestNoticeNamesTheDeployment(t *testing.T) {
	var got struct {
		Word struct {
			Name, About string
			Values      map[string]string
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewDecoder(r.Body).Decode(&got)
	}))
	t.Cleanup(server.Close)
	a, err := app.Load(t.Context(), app.Options{Replay: true, Log: io.Discard, Settings: config.Texts(map[string]string{
		"SINKS": "gone=webhook,other=webhook", "GONE_URL": server.URL + "/gone", "OTHER_URL": server.URL + "/there", "OTHER_MIN_SEVERITY": "critical",
		"FALLBACK_SINK": "other", "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/tocsin-dead-letters",
	})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Handle(t.Context(), []byte(event("1", 7))); err != nil {
		t.Fatal(err)
	}
	if w := got.Word; w.Name != "sink_dead" || w.About != "sink/gone/111122223333/eu-west-1/tocsin-dead-letters" ||
		w.Values["account"] != "111122223333" || w.Values["region"] != "eu-west-1" {
		t.Errorf("got %+v", w)
	}
}
