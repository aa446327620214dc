package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/sinks/console"
)

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{{Title: "Port \x1b[2Jopen", Severity: 8, Source: "aws.guardduty"}}}
}

func TestConformance(t *testing.T) {
	for _, format := range []string{"", "text", "JSON"} {
		notifytest.Run(t, notifytest.Kit{Local: true, New: func(t testing.TB, _ string) notify.Notifier {
			sink, err := console.NewTo(io.Discard, console.Config{Format: format}, false)
			if err != nil {
				t.Fatal(err)
			}
			return sink
		}})
	}
}

func TestColour(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var out bytes.Buffer
		sink, err := console.NewTo(&out, console.Config{}, colour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sink.Notify(t.Context(), notification()); err != nil {
			t.Fatal(err)
		}
		want := "HIGH  Port [2Jopen\n"
		if colour {
			want = "\x1b[1;31mHIGH  Port [2Jopen\x1b[0m\n"
		}
		if !strings.HasPrefix(out.String(), want) || !strings.HasSuffix(out.String(), "\n\n") {
			t.Errorf("colour %v: got %q", colour, out.String())
		}
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	sink, err := console.NewTo(&out, console.Config{Format: "json"}, true)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := sink.Notify(t.Context(), notification()); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var message map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &message); err != nil || len(lines) != 2 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	severity, _ := message["severity"].(map[string]any)
	if message["title"] != notification().Findings[0].Title || severity["level"] != "high" || severity["value"] != 8.0 || message["kind"] != "finding" {
		t.Errorf("got %v", message)
	}
	if strings.ContainsRune(out.String(), '\x1b') {
		t.Error("an escape of the finding reaches the terminal")
	}
}

// A program that reads the lines is not kept from what Tocsin says of itself: it is counted as delivered.
func TestWordsInJSON(t *testing.T) {
	var out bytes.Buffer
	sink, err := console.NewTo(&out, console.Config{Format: "json"}, false)
	if err != nil {
		t.Fatal(err)
	}
	n := notify.Notification{Kind: notify.KindNotice, Word: notify.Word{Name: "sink_dead", ID: "sink_dead/slack", Severity: 8}}
	if _, err := sink.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	const want = `{"version":1,"kind":"notice","count":0,"word":{"name":"sink_dead","id":"sink_dead/slack","about":"sink_dead/slack","severity":8}}` + "\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestFullDisk(t *testing.T) {
	sink, err := console.NewTo(full{}, console.Config{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), notification()); err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("got %v", err)
	}
}

func TestMistake(t *testing.T) {
	if _, err := console.New(t.Context(), "console", console.Config{Format: "xml"}, formatter.Style{}); err == nil || !strings.HasPrefix(err.Error(), "FORMAT: ") {
		t.Errorf("got %v", err)
	}
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	for format, form := range map[string]notify.Form{"text": notify.FormText, "json": notify.FormJSON} {
		var out bytes.Buffer
		sink, err := console.NewTo(&out, console.Config{Format: format}, false)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := sink.Preview(notification())
		if err != nil || shown.Form != form || out.Len() != 0 {
			t.Fatalf("%s: %v; %d bytes written", shown.Form, err, out.Len())
		}
		if _, err := sink.Notify(t.Context(), notification()); err != nil || out.String() != string(shown.Body) {
			t.Errorf("%s: sent %q, shown %q: %v", format, out.String(), shown.Body, err)
		}
	}
}
