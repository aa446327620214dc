package front

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/jsonwrite"
	"github.com/tocsin-sec/tocsin/pkg/version"
)

// metricRefused counts the requests of which nobody knows whose they are.
const metricRefused = "ActionsRefused"

// log writes lines of JSON, in the form of those of the function that sends findings. No line holds anything of a
// body, or of a header.
type log struct {
	to    io.Writer
	least string // one of config's levels
	now   func() time.Time
}

// line writes a line, if its level is high enough.
func (l log) line(ctx context.Context, level, message string, rest func(*jsonwrite.Object)) {
	levels := []string{config.LogDebug, config.LogInfo, config.LogWarn, config.LogError}
	least := slices.Index(levels, l.least)
	if l.least == "" {
		least = slices.Index(levels, config.LogInfo)
	}
	if l.to == nil || slices.Index(levels, level) < least {
		return
	}
	const typical = 256
	o := jsonwrite.New(typical)
	o.Text("time", l.now().UTC().Format(time.RFC3339Nano))
	o.Text("level", level)
	o.Text("message", message)
	id, _ := ctx.Value(invocation{}).(string)
	o.Some("request", id)
	rest(o)
	l.write(o)
}

func (l log) write(o *jsonwrite.Object) {
	if text, err := o.JSON(); err == nil {
		_, _ = l.to.Write(append(text, '\n')) // a log that cannot be written keeps nothing back
	}
}

// start writes what runs from now on.
func (l log) start(ctx context.Context, sinks []config.Sink) {
	release, commit := version.Of()
	names := make([]string, len(sinks))
	for i := range sinks {
		names[i] = sinks[i].Name
	}
	l.line(ctx, config.LogInfo, "start", func(o *jsonwrite.Object) {
		o.Text("version", cmp.Or(release, "unreleased"))
		o.Text("commit", cmp.Or(commit, "unknown"))
		o.Texts("sinks", names)
	})
}

// refused writes that a request is not proven to be Slack's, and counts it.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (l log) refused(ctx context.Context, reason error) {
	l.line(ctx, config.LogWarn, "refused", func(o *jsonwrite.Object) { o.Text("reason", reason.Error()) })
	if l.to == nil {
		return
	}
	const typical = 256
	o := jsonwrite.New(typical)
	o.Begin("_aws")
	o.Int("Timestamp", l.now().UnixMilli())
	o.Raw("CloudWatchMetrics", `[{"Namespace":"Tocsin","Dimensions":[[]],"Metrics":[{"Name":"`+metricRefused+`","Unit":"Count"}]}]`)
	o.End()
	o.Text("message", "metrics of actions")
	o.Int(metricRefused, 1)
	l.write(o)
}

// ignored writes that a request of Slack's cannot be done.
func (l log) ignored(ctx context.Context, reason error) {
	l.line(ctx, config.LogWarn, "ignored", func(o *jsonwrite.Object) { o.Text("reason", reason.Error()) })
}

// trouble writes what went wrong.
func (l log) trouble(ctx context.Context, err error) {
	l.line(ctx, config.LogWarn, "trouble", func(o *jsonwrite.Object) { o.Text("reason", err.Error()) })
}

// pressed writes what somebody has asked for, and what came of it.
func (l log) pressed(ctx context.Context, t *task, result string) {
	level := config.LogInfo
	if result == resultDenied || result == resultUndecided || result == resultFailed {
		level = config.LogWarn
	}
	l.line(ctx, level, "pressed", func(o *jsonwrite.Object) {
		o.Text("action", t.what)
		o.Text("by", t.by.String())
		o.Text("sink", t.from.Sink)
		o.Text("finding", t.subject.Key())
		o.Text("result", result)
	})
}
