package slack_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// listener passes on to a sink what it is sent, and keeps the last of it.
type listener struct {
	notify.Notifier
	heard notify.Notification
}

func (l *listener) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	l.heard = n
	return l.Notifier.Notify(ctx, n)
}

// publication is what GuardDuty says of the finding at one time: six hours after the one before.
type publication struct {
	severity float64
	count    int
	remote   string
}

// fiveDays is a scan that grows into a break-in and ebbs away.
func fiveDays() []publication {
	const scanner, intruder, helper = "198.51.100.7", "203.0.113.9", "203.0.113.80"
	return []publication{
		{5, 1, scanner}, {5, 3, scanner}, {5, 6, scanner}, {5, 9, scanner},
		{5, 14, scanner}, {5, 22, intruder}, {5, 31, scanner}, {5, 40, intruder},
		{8, 58, intruder}, {8, 77, intruder}, {8, 96, helper}, {8, 140, helper},
		{8, 180, helper}, {8, 200, intruder}, {8, 210, scanner}, {8, 214, helper},
		{8, 215, helper}, {5, 216, helper}, {5, 217, helper}, {9, 218, helper},
	}
}

// The same finding is published 20 times over five days: what a person is sent, and where.
func TestTwentyPublications(t *testing.T) {
	server := slacktest.New(t)
	sink := &listener{Notifier: buildBot(t, server.APIURL())}
	engine := delivery.New([]delivery.Target{{
		Name: "slack", Sink: sink, Concurrency: 1, Repeat: ledger.Repeat{Kind: ledger.OnChanges},
	}}, delivery.Options{Ledger: ledger.New(table.NewMemory(), nil)})

	var list strings.Builder
	start := time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)
	sent := 0
	for i, p := range fiveDays() {
		at := start.Add(time.Duration(i) * 6 * time.Hour)
		f := notification().Findings[0]
		f.Severity, f.Count, f.FirstSeen, f.LastSeen, f.Created, f.Updated = finding.NewSeverity(p.severity), p.count, start, at, start, at
		f.Actor.Remote.IP = p.remote
		result := engine.Deliver(t.Context(), delivery.Invocation{ID: fmt.Sprint("request-", i)}, []delivery.Pair{{Message: delivery.FindingMessage(&f)}}).Results[0]
		place := ""
		if result.Outcome == delivery.Delivered {
			place = "  " + placeOf(server.Conversation(), sent) + saidBy(sink.heard)
			sent++
		}
		fmt.Fprintf(&list, "%s  %-8s %3.1f  count %3d  %-12s  %s%s\n",
			at.Format("2 Jan 15:04"), f.Severity.Level(), p.severity, p.count, p.remote, result.Outcome, place)
	}
	if all := server.Conversation(); len(all) != 1 {
		t.Errorf("%d messages in the channel, want one with a thread", len(all))
	}
	const golden = "testdata/twenty-publications.txt"
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(list.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), list.String()); diff != "" {
		t.Error(diff)
	}
}

// placeOf says where the latest message stands, when sent were there before it.
func placeOf(all []slacktest.Message, sent int) string {
	switch replies := all[0].Replies; {
	case sent == 0:
		return "channel"
	case len(replies) != sent:
		return "nowhere"
	case replies[sent-1].Broadcast:
		return "thread and channel"
	default:
		return "thread"
	}
}

// saidBy returns the changes that a notification sends.
func saidBy(n notify.Notification) string {
	var said []string
	for _, change := range n.Changes {
		text := change.What + " "
		if change.From != "" {
			text += change.From + " -> "
		}
		said = append(said, text+change.To)
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, ", ")
}
