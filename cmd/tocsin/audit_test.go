package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// What people did on a day is shown, the earliest first, and nothing of theirs acts in the terminal.
func TestAudit(t *testing.T) {
	tables := tableserver.New()
	if err := tables.CreateTable("tocsin", "pk", "sk"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tables)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "LEDGER_TABLE": "",
	} {
		t.Setenv(name, value)
	}
	store, err := table.NewDynamoDB(t.Context(), "tocsin")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(10 * time.Hour)
	audit := &action.Audit{Store: store, Now: time.Now}
	r := action.Request{
		ID: "r2", What: notify.ActMute, By: notify.Person{ID: "U012AB3CD", Name: "jane\x1b[31m"}, At: at.Add(time.Minute),
		Subject: action.Subject{Source: "aws.macie", Account: "111122223333", Region: "eu-west-1", ID: "f1"}, From: action.From{Sink: "slack", Message: "1.2"},
		Mute: action.Mute{Name: "slack-20261129-ab12cd", Scope: action.ScopeFinding, For: time.Hour, Reason: "the audit"},
	}
	earlier := r
	earlier.ID, earlier.What, earlier.At, earlier.Mute = "r1", notify.ActArchive, at, action.Mute{}
	for _, d := range []action.Deed{{Request: r, Result: "done"}, {Request: earlier, Result: "no detector"}} {
		if err := audit.Note(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	settings, _ := hook(t, 200)
	day := "--day=" + at.Format(time.DateOnly)
	code, stdout, stderr := tocsin(t, "", settings, "audit", "--table=tocsin", day)
	want := at.Format(time.RFC3339) + "  archive  by jane\ufffd[31m (U012AB3CD)  aws.macie/111122223333/eu-west-1/f1  from slack 1.2: no detector\n" +
		at.Add(time.Minute).Format(time.RFC3339) + `  mute  by jane` + "\ufffd" + `[31m (U012AB3CD)  aws.macie/111122223333/eu-west-1/f1  mute "slack-20261129-ab12cd" (the audit)  from slack 1.2: done` + "\n"
	if code != exitDone || stdout != want {
		t.Errorf("exit code %d: %s%s\nwant %s", code, stdout, stderr, want)
	}
	if code, stdout, stderr = tocsin(t, "", settings, "audit", "--table=tocsin", day, "--json"); code != exitDone ||
		strings.Count(stdout, "\n") != 2 || !strings.Contains(stdout, `"what":"mute"`) || strings.Contains(stdout, "\x1b") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ = tocsin(t, "", settings, "audit", "--table=tocsin", "--day=2020-01-01"); code != exitDone || stdout != "nobody did anything on 2020-01-01\n" {
		t.Errorf("another day: exit code %d: %s", code, stdout)
	}
	for want, args := range map[string][]string{
		"--day: want a day such as": {"audit", "--table=tocsin", "--day=soon"}, "--day: is empty": {"audit", "--table=tocsin", "--day="},
		"LEDGER: is off, and what people did is kept in a table": {"audit"},
	} {
		if code, _, stderr := tocsin(t, "", settings, args...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
}
