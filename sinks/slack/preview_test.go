package slack_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestPreviewIsWhatIsSent(t *testing.T) {
	for name, build := range map[string]func(t *testing.T, url string) notify.Notifier{
		"webhook": func(t *testing.T, url string) notify.Notifier { return build(t, url) },
		"bot":     func(t *testing.T, url string) notify.Notifier { return buildBot(t, url+"/api/") },
	} {
		t.Run(name, func(t *testing.T) {
			var sent []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = append(sent, string(body))
				if strings.HasPrefix(r.URL.Path, "/api/") {
					_, _ = io.WriteString(w, `{"ok":true,"channel":"C0TESTING","ts":"1.000001"}`)
					return
				}
				_, _ = io.WriteString(w, "ok")
			}))
			defer server.Close()
			sink := build(t, server.URL)
			shown, err := sink.(notify.Previewer).Preview(notification())
			if err != nil || shown.Form != notify.FormSlack || len(sent) != 0 {
				t.Fatalf("%s, %d sent: %v", shown.Form, len(sent), err)
			}
			sinktest.Send(t, sink, notification())
			if len(sent) != 1 || sent[0] != string(shown.Body) {
				t.Errorf("sent %s, shown %s", sent, shown.Body)
			}
			for _, size := range shown.Sizes {
				if size.Value > size.Limit {
					t.Errorf("%s: %d of %d", size.What, size.Value, size.Limit)
				}
			}
			if !slices.ContainsFunc(shown.Sizes, func(s notify.Size) bool { return s.What == "blocks" && s.Value == 6 }) {
				t.Errorf("the blocks are not counted: %v", shown.Sizes)
			}
		})
	}
}
