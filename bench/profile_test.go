package main

import (
	"bytes"
	"strings"
	"testing"
)

// What pprof prints is added up by the parts of the work.
func TestSharesOf(t *testing.T) {
	shares := sharesOf(`File: profiled
Type: cpu
Duration: 7.30s, Total samples = 2284ms (31.27%)
      flat  flat%   sum%        cum   cum%
         0     0%     0%      494ms 21.63%  internal/poll.ignoringEINTRIO (inline)
     486ms 21.28% 21.28%      486ms 21.28%  internal/runtime/syscall/linux.Syscall6
       2ms 0.088%  21.3%      176ms  7.71%  github.com/tocsin-sec/tocsin/formatter.New
         0     0%  21.3%      100ms   4.5%  github.com/tocsin-sec/tocsin/events.Open
         0     0%  21.3%      100ms   2.5%  github.com/tocsin-sec/tocsin/events.Parse
         0     0%  21.3%       50ms   1.5%  github.com/tocsin-sec/tocsin/pkg/report.Log.Report
         0     0%  21.3%       50ms   1.5%  github.com/tocsin-sec/tocsin/pkg/report.Log.Reported
`)
	for name, want := range map[string]float64{"system calls": 21.28, "words of the messages": 7.71, "reading events": 7, "log and metrics": 1.5, "allocation": 0} {
		if got := shares[name]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	var page bytes.Buffer
	d := deployed{profiles: []profile{{lone(first), shares}, {batchesOf(10), shares}}}
	d.pageOfProfiles(&page)
	if !strings.Contains(page.String(), "| part | lone | batches of 10 |\n|---|---|---|\n| reading events | 7 | 7 |\n") {
		t.Errorf("got %s", page.String())
	}
}

// Each part of the work is done by functions that there are: of 8,000 findings each takes some of the time.
func TestProfile(t *testing.T) {
	t.Chdir("..")
	event, err := events()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	d := deployed{programs: programs{tables: folder + "/tables"}}
	if err := compile(".", "./bench/tableserver", d.programs.tables); err != nil {
		t.Fatal(err)
	}
	if err := d.measureProfiles(event, lone(first)); err != nil {
		t.Fatal(err)
	}
	for _, part := range works() {
		if d.profiles[0].shares[part.name] == 0 {
			t.Errorf("%s takes no time: its functions have other names now", part.name)
		}
	}
}
