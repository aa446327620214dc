package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/test/moto"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// countingTable is a table that counts what is asked of it.
type countingTable struct {
	url   string
	calls func() float64
	// units returns the write units that were used; nil where nobody counts them.
	units func() float64
	reset func()
}

// goTable is the table server of this project.
func goTable(t *testing.T) countingTable {
	t.Helper()
	tables := tableserver.New()
	if err := tables.CreateTable("calls", "pk", "sk"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tables)
	t.Cleanup(server.Close)
	return countingTable{
		server.URL, func() float64 { return float64(tables.Counts().Total().Calls) },
		func() float64 { return tables.Counts().Total().WriteUnits }, tables.Reset,
	}
}

// motoTable is a table of moto, behind what counts the calls.
func motoTable(t *testing.T) countingTable {
	t.Helper()
	target, err := url.Parse(moto.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	usual := shared.emulator
	shared.emulator = &emulator{url: target.String(), tables: target.String()}
	newTable(t, "calls")
	shared.emulator = usual
	var calls atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return countingTable{server.URL, func() float64 { return float64(calls.Load()) }, nil, func() { calls.Store(0) }}
}

// What the table is asked for grows with findings, and not with findings and sinks: at most three calls
// for a new finding and two sinks, four for eight, and one for a copy of it, whatever the number.
func TestCallsToTheTable(t *testing.T) {
	for name, newTable := range map[string]func(*testing.T) countingTable{"Go": goTable, "moto": motoTable} {
		t.Run(name, func(t *testing.T) {
			table := newTable(t)
			for sinks, most := range map[int]float64{1: 3, 2: 3, 8: 4} {
				slack := newSlack(t)
				variables := map[string]string{
					"LEDGER": "dynamodb", "LEDGER_TABLE": "calls", "AWS_ENDPOINT_URL_DYNAMODB": table.url, "RATE": "0",
				}
				var names []string
				for i := range sinks {
					instance := fmt.Sprintf("s%d", i)
					names = append(names, instance+"=slack")
					variables[strings.ToUpper(instance)+"_WEBHOOK_URL"] = slack.URL()
				}
				variables["SINKS"] = strings.Join(names, ",")
				f := start(t, variables)
				id := fmt.Sprint("calls-of-", sinks, "-")
				f.batch(t, map[string]string{"m": event(8, id+"first")}, 1) // asks what is asked once
				table.reset()
				f.batch(t, map[string]string{"m": event(8, id+"second")}, 1)
				if got := table.calls(); got > most {
					t.Errorf("%d sinks: %v calls for a new finding, want at most %v", sinks, got, most)
				}
				if table.units != nil && table.units() > 2+float64(sinks)/2 {
					t.Errorf("%d sinks: %v write units for a new finding", sinks, table.units())
				}
				table.reset()
				f.batch(t, map[string]string{"m": event(8, id+"second")}, 2)
				if got := table.calls(); got != 1 {
					t.Errorf("%d sinks: %v calls for a copy, want 1", sinks, got)
				}
				if got := len(slack.Messages()); got != 2*sinks {
					t.Errorf("%d sinks: %d messages, want %d", sinks, got, 2*sinks)
				}
			}
		})
	}
}

// What else is asked of the table is asked where it is wanted: a summary costs one call for each payload and
// two write units, and a fallback none while all is well.
func TestCallsOfOtherSettings(t *testing.T) {
	table := goTable(t)
	usual := func() (calls, units float64) { return table.calls(), table.units() }
	var calls, units float64
	for _, test := range []struct {
		settings          map[string]string
		moreCalls, payers float64
	}{
		{nil, 0, 0},
		{map[string]string{"FALLBACK_SINK": "oncall"}, 0, 0},
		{map[string]string{"SUMMARY": "weekly"}, 1, 2},
		{map[string]string{"ONCALL_SUMMARY": "weekly", "FALLBACK_SINK": "oncall"}, 1, 2},
	} {
		slack := newSlack(t)
		variables := map[string]string{
			"LEDGER": "dynamodb", "LEDGER_TABLE": "calls", "AWS_ENDPOINT_URL_DYNAMODB": table.url, "RATE": "0", "SINKS": "slack,oncall=slack",
			"SLACK_WEBHOOK_URL": slack.URL(), "ONCALL_WEBHOOK_URL": slack.URL(),
		}
		maps.Copy(variables, test.settings)
		f := start(t, variables)
		id := fmt.Sprint("other-", test.settings)
		f.batch(t, map[string]string{"m": event(8, id+"first")}, 1) // asks what is asked once
		table.reset()
		f.batch(t, map[string]string{"m": event(8, id+"second")}, 1)
		gotCalls, gotUnits := usual()
		if test.settings == nil {
			calls, units = gotCalls, gotUnits
		}
		if gotCalls != calls+test.moreCalls || gotUnits > units+test.payers {
			t.Errorf("%v: %v calls and %v units, without %v and %v", test.settings, gotCalls, gotUnits, calls, units)
		}
	}
}

// With buttons a new finding and a copy cost what they cost without, whatever the number of sinks; an update costs one
// call more, which asks who has taken the finding on.
func TestCallsOfActions(t *testing.T) {
	table := goTable(t)
	calls := map[string]map[bool]float64{"new": {}, "copy": {}, "update": {}, "two updates": {}}
	for _, hasButtons := range []bool{false, true} {
		slack := newSlack(t)
		variables := map[string]string{
			"LEDGER": "dynamodb", "LEDGER_TABLE": "calls", "AWS_ENDPOINT_URL_DYNAMODB": table.url, "RATE": "0", "SINKS": "slack,oncall=slack",
		}
		for _, instance := range []string{"SLACK", "ONCALL"} {
			variables[instance+"_BOT_TOKEN"], variables[instance+"_CHANNEL"], variables[instance+"_API_URL"] = slacktest.Token, slacktest.Channel, slack.APIURL()
			if hasButtons {
				variables[instance+"_SIGNING_SECRET"] = secretARN + "#signing"
			}
		}
		f := start(t, variables)
		of := func(id string, v version) string {
			return strings.Replace(v.event(), `"id":"threaded"`, fmt.Sprintf(`"id":"%s-%v"`, id, hasButtons), 1)
		}
		f.batch(t, map[string]string{"a": of("first", version{5, 1, 1}), "b": of("other", version{5, 1, 1})}, 1) // asks what is asked once
		for _, step := range []struct {
			name  string
			queue map[string]string
		}{
			{"new", map[string]string{"a": of("second", version{5, 1, 1})}}, {"copy", map[string]string{"a": of("second", version{5, 1, 1})}},
			{"update", map[string]string{"a": of("second", version{8, 1, 2})}},
			{"two updates", map[string]string{"a": of("first", version{8, 1, 2}), "b": of("other", version{8, 1, 2})}},
		} {
			table.reset()
			f.batch(t, step.queue, 1)
			calls[step.name][hasButtons] = table.calls()
		}
		if got := len(slack.Conversation()); got != 6 {
			t.Errorf("%d first messages, want 6", got)
		}
	}
	t.Logf("calls without and with buttons: %v", calls)
	for name, more := range map[string]float64{"new": 0, "copy": 0, "update": 1, "two updates": 2} {
		if got := calls[name]; got[true] != got[false]+more {
			t.Errorf("%s: %v calls, and %v without buttons; want %v more", name, got[true], got[false], more)
		}
	}
}
