package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/report"
)

// What somebody did is one line and one count; what was not done matters more, and both are counted at every level.
func TestAction(t *testing.T) {
	var log bytes.Buffer
	l := report.NewLog(&log).By(now)
	done := report.Action{What: "mute", ID: "r1", Finding: "k", By: "jane (U1)", Sink: "slack", Message: "1.2", Result: "done", IsDone: true, Mute: "m"}
	l.Action(done)
	refused := done
	refused.Result, refused.IsDone, refused.Mute = "not allowed", false, ""
	l.From(report.Error).Action(refused)
	l.Action(refused)
	const (
		lineDone    = `"level":"info","message":"action","action":"mute","id":"r1","finding":"k","by":"jane (U1)","sink":"slack","from":"1.2","result":"done","mute":"m"}`
		lineRefused = `"level":"warn","message":"action","action":"mute","id":"r1","finding":"k","by":"jane (U1)","sink":"slack","from":"1.2","result":"not allowed"}`
	)
	if strings.Count(log.String(), lineDone) != 1 || strings.Count(log.String(), lineRefused) != 1 {
		t.Errorf("got %s", &log)
	}
	all := read(t, log.String())
	for _, name := range []string{"Tocsin Actions", "Tocsin Actions Action=mute"} {
		if got := len(all[name].Values); got != 3 {
			t.Errorf("%s: %v", name, all[name])
		}
	}
	report.NewLog(nil).Action(done)
}
