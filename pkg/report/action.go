package report

// Action is what somebody did about a finding, or was not let do.
type Action struct {
	// What is one of notify's Act constants, ID that of the request.
	What, ID string
	// Finding is the finding's key, By who did it, Sink and Message where: the instance, and the message's id there.
	Finding, By, Sink, Message string
	// Result is "done", or why not. IsDone tells the two apart.
	Result string
	IsDone bool
	// Mute is the name of the mute that was made or ended; empty for none.
	Mute string
}

// Action writes one line about an action, and counts it.
func (l Log) Action(a Action) {
	if l.to == nil {
		return
	}
	level := Info
	if !a.IsDone {
		level = Warn
	}
	l.line(level, "action", func(o object) object {
		return o.text("action", a.What).text("id", a.ID).text("finding", a.Finding).text("by", a.By).some("sink", a.Sink).
			some("from", a.Message).text("result", a.Result).some("mute", a.Mute)
	})
	line := object{'{'}.text("message", "metrics by action").text(DimensionAction, a.What).number(MetricActions, 1).
		embedded(l.time(), directive{`[[],["` + DimensionAction + `"]]`, []metric{{MetricActions, "Count"}}}).end()
	_, _ = l.to.Write(line)
}
