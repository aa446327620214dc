package app_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// chatConfig are the settings of a chat, whose messages have buttons where it has a SIGNED.
type chatConfig struct{ Signed string }

// told is what an instance was told.
type told struct {
	mu  sync.Mutex
	all map[string][]notify.Notification
}

// types are a chat with buttons, a pager that is told what people do, and mail that is not.
func (s *told) types() []sinks.Type {
	return []sinks.Type{
		sinks.Of("chat", traits.Traits{Concurrency: 1, Pressed: "SIGNED", TakesActions: true}, s.build),
		sinks.Of("pager", traits.Traits{Concurrency: 1, TakesActions: true}, s.build), sinks.Of("mail", traits.Traits{Concurrency: 1}, s.build),
	}
}

func (s *told) build(_ context.Context, instance string, _ chatConfig, _ formatter.Style) (listener, error) {
	return listener{s, instance}, nil
}

type listener struct {
	*told
	name string
}

func (l listener) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[l.name] = append(l.all[l.name], n)
	return notify.Receipt{ID: l.name, Place: "here"}, nil
}

// acted builds an App whose chat has buttons, over a table.
func acted(t *testing.T, with map[string]string, o app.Options) (*app.App, *told, *bytes.Buffer) {
	t.Helper()
	tables := tableserver.New()
	if err := tables.CreateTable("t", "pk", "sk"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tables)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	settings := map[string]string{"SINKS": "chat,pager,mail", "CHAT_SIGNED": "r", "LEDGER": "dynamodb", "LEDGER_TABLE": "t", "ACTIONS_ALLOW": "U012AB3CD"}
	for name, value := range with {
		settings[name] = value
	}
	heard, log := &told{all: map[string][]notify.Notification{}}, &bytes.Buffer{}
	o.Settings, o.Sinks, o.Log = config.Texts(settings), heard.types(), log
	a, err := app.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a, heard, log
}

// record returns the record of a press of a chat's button.
func record(t *testing.T, value, what string, mute action.Mute) []byte {
	t.Helper()
	subject, err := action.ReadSubject(value)
	if err != nil {
		t.Fatal(err)
	}
	text, err := action.Request{
		ID: "r-" + what, What: what, Subject: subject, By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: time.Now().UTC(), From: action.From{Sink: "chat", Message: "1"}, Mute: mute,
	}.Record()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func handle(t *testing.T, a *app.App, payload []byte) {
	t.Helper()
	if r, err := a.Handle(t.Context(), payload); err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
}

func kinds(all []notify.Notification) (got []string) {
	for _, n := range all {
		got = append(got, n.Kind.String()+" "+n.Word.Name)
	}
	return got
}

// Who is told what somebody did is by the types of sinks; a mute is in force at once.
func TestActionsByTheTableOfSinks(t *testing.T) {
	a, heard, _ := acted(t, nil, app.Options{})
	handle(t, a, []byte(event("1", 5)))
	acts := heard.all["chat"][0].Acts
	var names []string
	for _, act := range acts {
		names = append(names, act.Name)
	}
	if diff := cmp.Diff([]string{notify.ActAcknowledge, notify.ActMute}, names); diff != "" {
		t.Fatal(diff)
	}
	handle(t, a, record(t, acts[0].Value, notify.ActAcknowledge, action.Mute{}))
	handle(t, a, record(t, acts[0].Value, notify.ActMute, action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: "x"}))
	handle(t, a, []byte(event("1", 8)))
	said := []string{"finding ", "action act_acknowledge", "action act_mute"}
	for name, want := range map[string][]string{"chat": said, "pager": said, "mail": said[:1]} {
		if diff := cmp.Diff(want, kinds(heard.all[name])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if previous := heard.all["pager"][1].Previous.ID; previous != "pager" {
		t.Errorf("the pager's word follows %q", previous)
	}
}

// A button to archive is there where that is wanted and the source can; without it, and in a dry run, nothing is done.
func TestArchiveButton(t *testing.T) {
	const threat = "0123456789abcdef0123456789abcdef"
	a, heard, _ := acted(t, map[string]string{"ACTIONS_ARCHIVE": "true"}, app.Options{})
	handle(t, a, []byte(event(threat, 5)))
	handle(t, a, []byte(event("another", 5)))
	has := func(n notify.Notification) bool {
		return slices.ContainsFunc(n.Acts, func(a notify.Act) bool { return a.Name == notify.ActArchive })
	}
	if chat := heard.all["chat"]; !has(chat[0]) || has(chat[1]) {
		t.Errorf("got %+v", chat)
	}
	value := heard.all["chat"][0].Acts[0].Value
	dry, none, log := acted(t, map[string]string{"ACTIONS_ARCHIVE": "true"}, app.Options{DryRun: new(app.DryRun)})
	handle(t, dry, record(t, value, notify.ActAcknowledge, action.Mute{}))
	if len(none.all) > 0 || !strings.Contains(log.String(), "nothing was done") {
		t.Errorf("a dry run: %+v, %s", none.all, log)
	}
	off, none, log := acted(t, map[string]string{"CHAT_SIGNED": "", "ACTIONS_ALLOW": ""}, app.Options{})
	handle(t, off, []byte(event(threat, 5)))
	handle(t, off, record(t, value, notify.ActAcknowledge, action.Mute{}))
	if chat := none.all["chat"]; len(chat) != 1 || len(chat[0].Acts) > 0 || !strings.Contains(log.String(), "no instance has any") {
		t.Errorf("without buttons: %+v, %s", chat, log)
	}
}

// Each entry of ACTIONS_ALLOW that is no id is a mistake of its own, which shows no value.
func TestMistakesInWhoMay(t *testing.T) {
	var s told
	_, err := app.Judge(t.Context(), app.Options{Sinks: s.types(), Settings: config.Texts(map[string]string{
		"SINKS": "chat", "CHAT_SIGNED": "r", "LEDGER": "dynamodb", "LEDGER_TABLE": "t", "ACTIONS_ALLOW": "@jane,U012AB3CD,jane@example.com",
	})})
	var got []string
	for _, mistake := range app.Mistakes(err) {
		text, _, _ := strings.Cut(mistake.Error(), " (")
		got = append(got, text)
	}
	want := []string{"ACTIONS_ALLOW: entry 1 is no id of a Slack user", "ACTIONS_ALLOW: entry 3 is no id of a Slack user"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
