package pipeline

import (
	"context"
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Preview is what the sinks would send of one finding: first, and what may follow. Of one that is
// over, it is what they would send where it was sent before.
type Preview struct {
	Finding finding.Finding
	// Kind is that of the message: a finding, or the end of one.
	Kind notify.Kind
	// Err is why a record holds no event; the rest is empty then.
	Err error
	// Sinks has one entry for each instance, in the order of SINKS.
	Sinks []SinkPreview
}

// SinkPreview is what one sink would send, and whether it would.
type SinkPreview struct {
	// Name is the instance's name.
	Name     string
	Decision router.Decision
	// Message is what the sink would send; without a Form there is none, and Err says why.
	Message notify.Preview
	Err     error
	// Asks is what a button of the message asks for before anything is done; without a Form there is nothing.
	Asks notify.Preview
	// Later are examples of what the sink would send after that, in the order of their kinds.
	Later []Later
}

// Later is what a sink would send of a finding that it was sent before.
type Later struct {
	// Kind is that of an update or of the end.
	Kind notify.Kind
	// IsTaken says that somebody has taken the finding on meanwhile.
	IsTaken bool
	Message notify.Preview
	Err     error
}

// Preview reads a payload as Handle does and sends nothing. The error is an *events.NoEventError
// when the payload as a whole holds no event.
func (p *Pipeline) Preview(ctx context.Context, payload []byte) ([]Preview, error) {
	opened, err := events.Open(p.parts.Sources, payload)
	if err != nil {
		return nil, err
	}
	names := p.accountNames(ctx)
	muted, _ := p.parts.Mutes.active(ctx, p.parts.Log)
	var all []Preview
	for _, record := range opened.Records {
		if record.Err != nil {
			all = append(all, Preview{Err: record.Err})
			continue
		}
		for _, f := range events.Parse(p.parts.Sources, record.Envelope) {
			all = append(all, p.preview(named(f, names), muted))
		}
	}
	return all, nil
}

func (p *Pipeline) preview(f finding.Finding, muted []mute.Mute) Preview {
	shown := Preview{Finding: f}
	later := p.laterOf(f)
	if f.State.Over() { // it is sent as the end only
		shown.Kind, later = notify.KindResolved, nil
	}
	first := notify.Notification{Kind: shown.Kind, Findings: []finding.Finding{f}, Acts: p.acts(&f)}
	for i, decision := range router.Decide(f, p.parts.Routes, muted) {
		sink := p.previewOf(i, first)
		sink.Decision = decision
		for _, n := range later {
			one := p.previewOf(i, n)
			sink.Later = append(sink.Later, Later{Kind: n.Kind, IsTaken: n.Taken.IsTaken(), Message: one.Message, Err: one.Err})
		}
		shown.Sinks = append(shown.Sinks, sink)
	}
	return shown
}

// PreviewDigest returns what each sink would send as a digest of the findings.
func (p *Pipeline) PreviewDigest(findings []finding.Finding) []SinkPreview {
	all := make([]SinkPreview, len(p.parts.Routes))
	for i := range all {
		all[i] = p.previewOf(i, notify.Notification{Kind: notify.KindDigest, Findings: findings})
	}
	return all
}

// PreviewWord returns what each sink would send of a word of Tocsin itself.
func (p *Pipeline) PreviewWord(n notify.Notification) []SinkPreview {
	all := make([]SinkPreview, len(p.parts.Routes))
	for i := range all {
		all[i] = p.previewOf(i, n)
	}
	return all
}

// previewOf returns what one sink would send for a notification, without a decision.
func (p *Pipeline) previewOf(sink int, n notify.Notification) SinkPreview {
	shown := SinkPreview{Name: p.parts.Routes[sink].Sink}
	if previewer, ok := p.parts.Sinks[sink].(notify.Previewer); ok {
		shown.Message, shown.Err = previewer.Preview(n)
	}
	if asker, ok := p.parts.Sinks[sink].(notify.Asker); ok && shown.Err == nil {
		shown.Asks, shown.Err = asker.PreviewAsk(n)
	}
	return shown
}

// laterOf returns examples of what may be sent of a finding that was sent before: an update, the same when
// somebody has taken the finding on, where people can, and the end.
func (p *Pipeline) laterOf(f finding.Finding) []notify.Notification {
	var later []notify.Notification
	if update, ok := updateOf(f); ok {
		update.Acts = p.acts(&update.Findings[0])
		later = append(later, update)
		if update.Acts != nil {
			update.Taken = notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: lastOf(f).Add(time.Minute)}
			later = append(later, update)
		}
	}
	return append(later, endOf(f))
}

// lastOf returns the last time that is known of a finding; zero where none is.
func lastOf(f finding.Finding) time.Time {
	last := f.Updated
	for _, t := range [...]time.Time{f.Created, f.LastSeen, f.Published} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// updateOf returns an example of an update: of a finding that is counted ten times the count, of
// any other one that its severity has risen by a level. There is none of a finding of the lowest
// level, or of none.
func updateOf(f finding.Finding) (update notify.Notification, ok bool) {
	change := notify.Change{What: "severity", From: below(f.Severity).String(), To: f.Severity.String()}
	if f.Count > 0 {
		change = notify.Change{What: "count", From: strconv.Itoa(f.Count), To: strconv.Itoa(10 * f.Count)}
		f.Count *= 10
	} else if below(f.Severity) == 0 {
		return notify.Notification{}, false
	}
	return notify.Notification{Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{change}}, true
}

// below returns a severity of the level below, or 0 where there is none.
func below(s finding.Severity) finding.Severity {
	if !s.Known() {
		return 0
	}
	switch s.Level() {
	case finding.LevelCritical:
		return 8
	case finding.LevelHigh:
		return 5
	case finding.LevelMedium:
		return 2
	default:
		return 0
	}
}

// endOf returns an example of the end of a finding, an hour after the last that is known of it.
func endOf(f finding.Finding) notify.Notification {
	f.State = finding.Resolved
	if last := lastOf(f); !last.IsZero() {
		f.Updated = last.Add(time.Hour)
	}
	return notify.Notification{Kind: notify.KindResolved, Findings: []finding.Finding{f}}
}
