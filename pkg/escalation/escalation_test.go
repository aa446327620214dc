package escalation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/escalation"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func taken(by string, at time.Time) notify.Taken {
	return notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: by}, At: at}
}

// Nobody takes a finding on: the other sink is told once, when the time is over, whatever it is, with the finding,
// since when and for how long it waits.
func TestTold(t *testing.T) {
	for _, after := range []time.Duration{time.Minute, 90 * time.Second, 15 * time.Minute, 40 * time.Minute, 24 * time.Hour} {
		w := newWorld(after)
		w.acts = []notify.Act{{Name: notify.ActAcknowledge, Value: "v"}}
		p := w.process()
		w.finds(t, p, event("f", 8, 0, false))
		w.until(t, 48*time.Hour, p)
		if diff := cmp.Diff([]time.Duration{after}, w.told()); diff != "" {
			t.Fatalf("after %v: %s", after, diff)
		}
		n := w.oncall.sent[0]
		f := n.Findings[0]
		if n.Kind != notify.KindNotice || f.Key() != keyOf("f") || f.Severity != 8 || f.Type != "Recon:EC2/Portscan" || f.Account.Name != "prod" || len(n.Acts) != 1 {
			t.Errorf("after %v: it is told %+v", after, n)
		}
		first := w.slack.sent[0]
		if n.FindingID() != first.FindingID() {
			t.Error("a remote end would not know that it is the same finding")
		}
		waited := map[time.Duration]string{
			time.Minute: "1 min", 90 * time.Second: "1 min", 15 * time.Minute: "15 min", 40 * time.Minute: "40 min", 24 * time.Hour: "24 h",
		}[after]
		want := []notify.Value{{Name: "sink", Text: "slack"}, {Name: "since", Time: began()}, {Name: "waited", Text: waited}}
		if diff := cmp.Diff(want, n.Word.Values); diff != "" {
			t.Errorf("after %v: %s", after, diff)
		}
		if legs := 2 + int(after/(14*time.Minute)); w.made > legs {
			t.Errorf("after %v: %d messages went through the queue, want at most %d", after, w.made, legs)
		}
		if log := w.log.String(); !strings.Contains(log, `"Escalations":1`) || strings.Contains(log, `"Escalations":2`) {
			t.Errorf("after %v: the log is %s", after, log)
		}
	}
}

// What happens before the time is over decides whether anybody is told.
func TestWhetherItIsTold(t *testing.T) {
	at := func(d time.Duration, severity float64, archived bool) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.until(t, d, w.process())
			w.finds(t, w.process(), event("f", severity, int(d/time.Minute), archived))
		}
	}
	takes := func(d time.Duration) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.until(t, d, w.process())
			if _, err := w.takings().Take(t.Context(), keyOf("f"), taken("jane", w.now())); err != nil {
				t.Fatal(err)
			}
		}
	}
	givesBack := func(d time.Duration) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.until(t, d, w.process())
			if _, err := w.takings().GiveBack(t.Context(), keyOf("f")); err != nil {
				t.Fatal(err)
			}
		}
	}
	const minute = time.Minute
	for name, test := range map[string]struct {
		severity float64
		steps    []func(*testing.T, *world)
		want     []time.Duration
		why      string
	}{
		"too low":              {6.9, nil, nil, ""},
		"at the threshold":     {7, nil, []time.Duration{15 * minute}, ""},
		"of unknown severity":  {99, nil, []time.Duration{15 * minute}, ""},
		"taken on at 14":       {8, []func(*testing.T, *world){takes(14 * minute)}, nil, "it is taken on by jane (U012AB3CD)"},
		"given back again":     {8, []func(*testing.T, *world){takes(3 * minute), givesBack(14 * minute)}, []time.Duration{15 * minute}, ""},
		"over at 14":           {8, []func(*testing.T, *world){at(14*minute, 8, true)}, nil, "the finding is over"},
		"a repetition":         {8, []func(*testing.T, *world){at(10*minute, 8, false)}, []time.Duration{15 * minute}, ""},
		"rises further":        {8, []func(*testing.T, *world){at(10*minute, 9.5, false)}, []time.Duration{15 * minute}, ""},
		"rises to it":          {5, []func(*testing.T, *world){at(10*minute, 8, false)}, []time.Duration{25 * minute}, ""},
		"ends and opens again": {8, []func(*testing.T, *world){at(5*minute, 8, true), at(10*minute, 8, false)}, []time.Duration{25 * minute}, ""},
		"opens after it was":   {8, []func(*testing.T, *world){at(20*minute, 8, true), at(30*minute, 8, false)}, []time.Duration{15 * minute, 45 * minute}, ""},
		"taken on, ends and opens again": {
			8, []func(*testing.T, *world){takes(3 * minute), at(5*minute, 8, true), at(10*minute, 8, false)}, []time.Duration{25 * minute}, "",
		},
		"taken on once it is open again": {
			8, []func(*testing.T, *world){at(5*minute, 8, true), at(10*minute, 8, false), takes(14 * minute)}, nil, "it is taken on by jane",
		},
		"sinks, and is told so": {8, []func(*testing.T, *world){at(12*minute, 8, true), at(13*minute, 2, false)}, nil, "the finding has sunk to severity 2.0"},
		"muted":                 {8, []func(*testing.T, *world){func(_ *testing.T, w *world) { w.muted = "load-tests" }}, nil, `it is muted by \"load-tests\"`},
		"gone from SINKS": {8, []func(*testing.T, *world){func(t *testing.T, w *world) {
			w.until(t, 5*minute, w.process())
			w.rules = nil
		}}, nil, "its findings are not escalated any more"},
		"sooner than it was": {8, []func(*testing.T, *world){func(t *testing.T, w *world) {
			w.until(t, 30*time.Second, w.process())
			w.rules[0].After = 5 * minute
		}}, []time.Duration{5 * minute}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(15 * minute)
			w.finds(t, w.process(), event("f", test.severity, 0, false))
			for _, step := range test.steps {
				step(t, w)
			}
			w.until(t, 5*time.Hour, w.process(), w.process())
			if diff := cmp.Diff(test.want, w.told()); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(w.log.String(), test.why) {
				t.Errorf("the log does not say %q: %s", test.why, w.log.String())
			}
			if len(w.queue) > 0 {
				t.Errorf("%d messages stay in the queue", len(w.queue))
			}
		})
	}
}

// While the sink takes nothing there is nothing to take on: the time begins when it has accepted. Each try that
// fails begins anew, and they do not add up.
func TestWaitsForTheSink(t *testing.T) {
	for name, down := range map[string]time.Duration{"for a moment": 3 * time.Minute, "for hours": 5 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(40 * time.Minute)
			w.slack.err = errors.New("status 503")
			p := w.process()
			w.put(event("f", 8, 0, false), 0)
			w.until(t, down, p, w.process())
			w.slack.err = nil
			w.until(t, 40*time.Hour, p, w.process())
			if len(w.slack.at) != 1 {
				t.Fatalf("it was sent %d times", len(w.slack.at))
			}
			want := w.slack.at[0].Sub(began()) + 40*time.Minute
			if diff := cmp.Diff([]time.Duration{want}, w.told()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A process dies after it has put the escalation into the queue, and before the finding is sent: where it comes
// again it is escalated once, and else it was never told.
func TestDiesBeforeItIsSent(t *testing.T) {
	for name, comesAgain := range map[string]bool{"comes again": true, "never": false} {
		w := newWorld(15 * time.Minute)
		w.slack.err = errors.New("no answer")
		w.finds(t, w.process(), event("f", 8, 0, false))
		w.slack.err = nil
		var want []time.Duration
		if comesAgain {
			w.until(t, 30*time.Second, w.process())
			w.finds(t, w.process(), event("f", 8, 0, false))
			want = []time.Duration{15*time.Minute + 30*time.Second}
		}
		w.until(t, 9*time.Hour, w.process())
		if diff := cmp.Diff(want, w.told()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A process dies after it has sent a leg and before it has noted that: the leg before comes again, and two of them
// are one from the next on.
func TestDiesBetweenLegs(t *testing.T) {
	w := newWorld(40 * time.Minute)
	w.finds(t, w.process(), event("f", 8, 0, false))
	for _, at := range []time.Duration{30 * time.Second, 10 * time.Minute, 20 * time.Minute, 35 * time.Minute} {
		w.until(t, at, w.process())
		w.dies = 1
	}
	w.until(t, 5*time.Hour, w.process(), w.process())
	if diff := cmp.Diff([]time.Duration{40 * time.Minute}, w.told()); diff != "" || w.made > 12 {
		t.Errorf("%d messages: %s", w.made, diff)
	}
}

// SQS hands a leg over twice, side by side and long after.
func TestCopies(t *testing.T) {
	w := newWorld(40 * time.Minute)
	w.finds(t, w.process(), event("f", 8, 0, false))
	var all []message
	for at := time.Duration(0); at < time.Hour; at += time.Minute {
		all = append(all, w.queue...)
		if len(w.queue) == 1 {
			w.queue = append(w.queue, w.queue...)
		}
		if len(w.queue) > 3 {
			t.Fatalf("copies make copies: %d", len(w.queue))
		}
		w.until(t, at, w.process(), w.process())
	}
	w.queue = all
	w.until(t, 2*time.Hour, w.process())
	if diff := cmp.Diff([]time.Duration{40 * time.Minute}, w.told()); diff != "" {
		t.Error(diff)
	}
}

// The table does not answer at the end of the time: the record comes again, and what is to be told is told later,
// once. While nothing can be written but read, the legs go on, and do not multiply.
func TestTableIsAway(t *testing.T) {
	w := newWorld(15 * time.Minute)
	w.finds(t, w.process(), event("f", 8, 0, false))
	w.until(t, 14*time.Minute, w.process())
	w.store.isDown = true
	w.until(t, 31*time.Minute, w.process())
	if len(w.told()) > 0 {
		t.Error("it is told though nobody knows whether somebody has taken it on")
	}
	w.store.isDown = false
	w.until(t, 5*time.Hour, w.process())
	if told := w.told(); len(told) != 1 || told[0] < 31*time.Minute || told[0] > 37*time.Minute {
		t.Errorf("told at %v, want once the table is back", told)
	}

	w = newWorld(5 * time.Hour)
	w.finds(t, w.process(), event("f", 8, 0, false))
	w.store.isReadOnly = true
	w.until(t, 9*time.Hour, w.process())
	if diff := cmp.Diff([]time.Duration{5 * time.Hour}, w.told()); diff != "" || w.made > 25 {
		t.Errorf("%d messages: %s", w.made, diff)
	}
}

// What the queue does not take is sent all the same, and it is said and counted.
func TestQueueIsAway(t *testing.T) {
	w := newWorld(15 * time.Minute)
	w.sendEr = errors.New("SQS: no answer")
	if w.finds(t, w.process(), event("f", 8, 0, false)) || len(w.slack.sent) != 1 {
		t.Error("the finding waits for its escalation")
	}
	for _, want := range []string{"slack: a finding is sent without an escalation to oncall: SQS: no answer", `"EscalationsFailed":1`} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, w.log.String())
		}
	}
	// Of a leg, it is handed back.
	w.sendEr = nil
	w.finds(t, w.process(), event("g", 8, 0, false))
	w.sendEr = errors.New("SQS: no answer")
	w.until(t, 10*time.Minute, w.process())
	w.sendEr = nil
	w.until(t, 5*time.Hour, w.process())
	if diff := cmp.Diff([]time.Duration{15 * time.Minute}, w.told()); diff != "" {
		t.Error(diff)
	}
}

// The sink that is to be told takes nothing for a while: it is told later, once, and not any more where somebody has
// taken the finding on meanwhile.
func TestOtherSinkIsAway(t *testing.T) {
	for name, want := range map[string]int{"nobody": 1, "somebody": 0} {
		w := newWorld(15 * time.Minute)
		w.finds(t, w.process(), event("f", 8, 0, false))
		w.oncall.err = errors.New("status 503")
		w.until(t, 30*time.Minute, w.process(), w.process())
		if name == "somebody" {
			if _, err := w.takings().Take(t.Context(), keyOf("f"), taken("jane", w.now())); err != nil {
				t.Fatal(err)
			}
		}
		w.oncall.err = nil
		w.until(t, 5*time.Hour, w.process(), w.process())
		if len(w.told()) != want {
			t.Errorf("%s has taken it on: told at %v", name, w.told())
		}
	}
}

// Whoever was told is told of the end too, and of nothing else that is below its threshold; who was not, is not.
func TestEndOfWhatWasTold(t *testing.T) {
	for at, want := range map[time.Duration]string{10 * time.Minute: "", 20 * time.Minute: "notice resolved"} {
		w := newWorld(15 * time.Minute)
		p := w.process()
		w.finds(t, p, event("f", 8, 0, false))
		w.until(t, at, p)
		w.finds(t, p, strings.Replace(event("f", 8, 12, false), `"archived":false`, `"archived":false,"count":120`, 1))
		w.finds(t, w.process(), event("f", 8, 25, true))
		w.until(t, 5*time.Hour, p)
		var got []string
		for _, n := range w.oncall.sent {
			got = append(got, n.Kind.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("it is over after %v: it is told %v, want %s", at, got, want)
		}
	}
}

// Each tells the other of its own findings; what one is told it does not tell on.
func TestNoWayRound(t *testing.T) {
	w := newWorld(15 * time.Minute)
	w.rules = append(w.rules, escalation.Rule{Sink: "oncall", To: "slack", After: time.Minute, MinSeverity: 7})
	w.finds(t, w.process(), event("f", 8, 0, false))
	w.until(t, 5*time.Hour, w.process())
	if len(w.slack.sent) != 1 || len(w.oncall.sent) != 1 {
		t.Errorf("%d and %d messages, want one each", len(w.slack.sent), len(w.oncall.sent))
	}
}

// What cannot be read is said and dropped; what others than Tocsin have made counts for nothing.
func TestOddRecords(t *testing.T) {
	w := newWorld(15 * time.Minute)
	w.finds(t, w.process(), event("f", 8, 0, false))
	good := w.queue[0].body
	w.queue = nil
	for name, body := range map[string]string{
		"of another form":    strings.Replace(good, `"format":1`, `"format":2`, 1),
		"without a finding":  strings.Replace(good, `"finding":{`, `"findink":{`, 1),
		"without a sink":     strings.Replace(good, `"sink":"slack"`, `"sink":""`, 1),
		"without a number":   strings.Replace(good, `"leg":1`, `"leg":0`, 1),
		"with another thing": `{"source":"tocsin","detail-type":"Tocsin Escalation","time":"2026-03-16T08:25:00Z","detail":[1]}`,
		"by a bus":           strings.Replace(good, `"version":"0"`, `"version":"0","id":"x","account":"111122223333"`, 1),
	} {
		if body == good {
			t.Fatalf("%s: nothing is odd", name)
		}
		w.log.Reset()
		if w.finds(t, w.process(), body) {
			t.Errorf("%s: it comes again", name)
		}
		if log := w.log.String(); !strings.Contains(log, `"message":"trouble"`) || len(w.queue) > 0 || strings.Contains(log, `"Findings":1`) {
			t.Errorf("%s: %d messages, %s", name, len(w.queue), log)
		}
	}
}

// Findings are known by their keys, however long these are and by whatever road they came.
func TestKeys(t *testing.T) {
	w := newWorld(15 * time.Minute)
	p := w.process()
	long := strings.Repeat("x", 1_500)
	w.finds(t, p, event(long, 8, 0, false))
	w.finds(t, p, `{"source":"aws.thing","detail-type":"Thing Found","account":"111122223333","region":"eu-west-1","detail":{"what":"no id at all","severity":"HIGH"}}`)
	w.finds(t, p, `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"111122223333","region":"eu-west-1","detail":{"findings":[{
		"Id":"arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/n","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/guardduty","AwsAccountId":"111122223333","Region":"eu-west-1",
		"Types":["TTPs/Discovery/Recon:EC2-Portscan"],"Severity":{"Label":"HIGH"},"Title":"A scan","UpdatedAt":"2026-03-16T08:25:00Z"}]}}`)
	w.until(t, time.Hour, p)
	if len(w.oncall.sent) != 3 {
		t.Fatalf("%d of 3 are told", len(w.oncall.sent))
	}
	for i, n := range w.oncall.sent {
		was := w.slack.sent[i].Findings[0]
		if now := n.Findings[0]; now.Key() != was.Key() || n.FindingID() != w.slack.sent[i].FindingID() || now.Severity != was.Severity {
			t.Errorf("the key is %s, want %s", now.Key(), was.Key())
		}
	}
}

// Whatever dies, comes twice, is away or goes on in whichever process: each finding is told of once, not before its
// time, and not where somebody has taken it on before.
func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 22))
		after := time.Minute + time.Duration(random.IntN(5400))*time.Second
		w := newWorld(after)
		const findings = 5
		takenAt := map[string]time.Duration{}
		for i := range findings {
			w.put(event(fmt.Sprint(i), 8, 0, false), time.Duration(random.IntN(600))*time.Second)
		}
		for at := time.Duration(0); at < 6*time.Hour; at += time.Duration(1+random.IntN(600)) * time.Second {
			isLate := at > 4*time.Hour // all is well in the end
			w.slack.err, w.oncall.err = nil, nil
			if !isLate && random.IntN(5) == 0 {
				w.slack.err = errors.New("status 503")
			}
			if !isLate && random.IntN(5) == 0 {
				w.oncall.err = errors.New("status 503")
			}
			w.store.isReadOnly, w.dies = !isLate && random.IntN(6) == 0, random.IntN(8)/7
			if n := len(w.queue); n > 0 && n < 60 && random.IntN(4) == 0 {
				w.queue = append(w.queue, w.queue[random.IntN(n)])
			}
			w.until(t, at, w.process(), w.process())
			if id := fmt.Sprint(random.IntN(findings)); random.IntN(40) == 0 && takenAt[id] == 0 {
				if _, err := w.takings().Take(t.Context(), keyOf(id), taken("jane", w.now())); err != nil {
					t.Fatal(err)
				}
				takenAt[id] = w.passed()
			}
		}
		w.until(t, 12*time.Hour, w.process())
		w.check(t, seed, after, takenAt)
	}
}

// check looks at what the other sink was told in the end.
func (w *world) check(t *testing.T, seed uint64, after time.Duration, takenAt map[string]time.Duration) {
	t.Helper()
	accepted, told := map[string]time.Duration{}, map[string]time.Duration{}
	for i, n := range w.slack.sent {
		accepted[n.Findings[0].ID] = w.slack.at[i].Sub(began())
	}
	for i, n := range w.oncall.sent {
		id := n.Findings[0].ID
		if _, isTwice := told[id]; isTwice {
			t.Errorf("seed %d: finding %s is told of twice", seed, id)
		}
		told[id] = w.oncall.at[i].Sub(began())
	}
	for id, at := range accepted {
		toldAt, isTold := told[id]
		by, isTaken := takenAt[id]
		switch {
		case isTold && toldAt < at+after:
			t.Errorf("seed %d: finding %s is told of after %v, want %v", seed, id, toldAt-at, after)
		case isTold && isTaken && by < toldAt:
			t.Errorf("seed %d: finding %s is told of though it was taken on", seed, id)
		case !isTold && !isTaken:
			t.Errorf("seed %d: finding %s is not told of", seed, id)
		}
	}
	if len(w.queue) > 0 {
		t.Errorf("seed %d: %d messages stay", seed, len(w.queue))
	}
}
