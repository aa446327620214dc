package main

import (
	"context"
	"errors"
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
