package main

import (
	"context"
	"errors"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// toy is a type of sink of this test alone, which shows what it was built with.
type toy struct {
	Token secret.Ref
	Room  string
}

type toySink struct{ token, room string }

func (toySink) Notify(context.Context, notify.Notification) (notify.Receipt, error) {
	return notify.Receipt{}, errors.New("a preview sends nothing")
}

func (s toySink) Preview(notify.Notification) (notify.Preview, error) {
	return notify.Preview{Form: notify.FormText, Body: []byte("token " + s.token + ", room " + s.room)}, nil
}

func newToy(ctx context.Context, _ string, c toy, _ formatter.Style) (toySink, error) {
	token, err := c.Token.Value(ctx)
	if token == "" || c.Room == "" {
		err = errors.Join(err, errors.New("TOKEN: is not set"))
	}
	return toySink{token, c.Room}, err
}

// The page has every type of sink in the table, with placeholders where nobody says what it needs.
func TestPreviewOfAnotherTypeOfSink(t *testing.T) {
	kind := sinks.Of("toy", traits.Traits{
		Concurrency: 1, Needs: [][]string{{"TOKEN", "ROOM"}}, Placeholders: map[string]string{"TOKEN": "placeholder", "ROOM": "nowhere"},
	}, newToy)
	for room, want := range map[string]string{"": "token placeholder, room nowhere", "kitchen": "token placeholder, room kitchen"} {
		for name, value := range map[string]string{"SINKS": "", "MIN_SEVERITY": "", "TOY_TOKEN": "", "TOY_ROOM": room, "SLACK_WEBHOOK_URL": "", "SLACK_BOT_TOKEN": ""} {
			t.Setenv(name, value)
		}
		g, err := newGallery(streams{}, nil, previewFlags{out: "x"})
		if err != nil {
			t.Fatal(err)
		}
		g.sinks = append(g.sinks, kind)
		pages, err := g.render(t.Context())
		if err != nil || g.configuration != nil || len(pages) == 0 {
			t.Fatalf("%d pages, errors %v and %v", len(pages), err, g.configuration)
		}
		for _, text := range []string{want, ">slack<", ">sns<", ">console<", ">toy<"} {
			if !strings.Contains(string(pages[0].Body), text) {
				t.Errorf("the page has no %q", text)
			}
		}
	}
}

// The page says which findings no sink takes, and not that of those that are sent or muted.
func TestPreviewOfWhatNobodyHears(t *testing.T) {
	for settings, want := range map[[2]string]bool{
		{`type == "x"`, ""}: true, {`level == "high"`, ""}: false, {`level == "high"`, "[{when: severity < 9, until: 9999-12-31, reason: x}]"}: false,
	} {
		for name, value := range map[string]string{"SINKS": "console", "WHEN": settings[0], "MUTES": settings[1]} {
			t.Setenv(name, value)
		}
		g, err := newGallery(streams{in: strings.NewReader(event)}, []string{standardInput}, previewFlags{out: "x"})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := g.render(t.Context())
		if err != nil || g.configuration != nil {
			t.Fatal(err, g.configuration)
		}
		for _, text := range []string{"no sink takes it</span>", "Nobody hears of it: no sink takes this finding."} {
			if got := strings.Contains(string(pages[0].Body), text); got != want {
				t.Errorf("%v: %q is on the page: %v", settings, text, got)
			}
		}
	}
}

// The page warns of mutes that somebody might not have meant, in the words of check, as it does of mistakes.
func TestPreviewWarnsOfMutes(t *testing.T) {
	settings := map[string]string{"SINKS": "console", "MUTES": "[{name: all, when: 'true', until: 9999-12-31, reason: x}]"}
	out := t.TempDir()
	if code, _, stderr := tocsin(t, event, settings, "preview", "--out", out, "-"); code != exitDone {
		t.Fatal(stderr)
	}
	_, said, _ := tocsin(t, "", settings, "check")
	for _, name := range []string{"index.html", "matrix.html"} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), `<section class="mistakes warnings"`)
		section, _, _ = strings.Cut(section, "</section>")
		lines := strings.Split(section, "<li>")[1:]
		if len(lines) != 2 {
			t.Fatalf("%s: got %q", name, lines)
		}
		for _, line := range lines {
			line, _, _ = strings.Cut(line, "</li>")
			if !strings.Contains(said, "  warning: "+html.UnescapeString(line)+"\n") {
				t.Errorf("%s: check does not say %q: %s", name, line, said)
			}
		}
	}
}
