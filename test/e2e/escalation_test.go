package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// onCall is a deployment in which a bot's findings of high severity are escalated to a hook.
type onCall struct {
	*clock
	queue *delayedQueue
	// slack has the channel, hook is told what nobody takes on.
	slack, hook *slacktest.Server
	began       time.Time
	takings     *action.Takings
	variables   map[string]string

	mu sync.Mutex
	// told is when the hook was told something, after the beginning.
	told []time.Duration
}

func newOnCall(t *testing.T, name, after string) *onCall {
	t.Helper()
	c := newClock(t)
	d := &onCall{clock: c, queue: newDelayedQueue(t, c), slack: newSlack(t), hook: newSlack(t), began: c.at}
	d.hook.Answer(func(http.ResponseWriter, *http.Request) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.told = append(d.told, c.now().Sub(d.began))
		return false
	})
	d.takings = action.NewTakings(tableStore(t, name), c.now)
	d.variables = map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_BOT_TOKEN": slacktest.Token, "SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": d.slack.APIURL(),
		"SLACK_SIGNING_SECRET": "arn:aws:secretsmanager:us-east-1:111122223333:secret:slack-AbCdEf", "ONCALL_WEBHOOK_URL": d.hook.URL(),
		"ONCALL_MIN_SEVERITY": "critical", "SLACK_ESCALATE_AFTER": after, "SLACK_ESCALATE_TO": "oncall", "RATE": "0",
		"LEDGER": "dynamodb", "LEDGER_TABLE": name, "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables,
		"QUEUE_URL": d.queue.queueURL(), "AWS_ENDPOINT_URL_SQS": d.queue.url,
	}
	return d
}

func (d *onCall) process(t *testing.T) *function {
	t.Helper()
	return d.start(t, d.variables)
}

// finds hands a process a publication of the finding.
func (d *onCall) finds(t *testing.T, f *function, minute int, archived bool) {
	t.Helper()
	if failed := f.batch(t, map[string]string{"m": escalatedEvent(minute, archived)}, 1); len(failed) > 0 {
		t.Fatal("the finding comes again")
	}
}

func escalatedEvent(minute int, archived bool) string {
	return fmt.Sprintf(`{"version":"0","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1",
		"time":"2026-03-16T08:25:11Z","detail":{"id":"e","type":"Recon:EC2/Portscan","title":"A scan","severity":8,"accountId":"111122223333",
		"region":"eu-west-1","updatedAt":"2026-03-16T08:%02d:10.123Z","service":{"archived":%v}}}`, minute, archived)
}

const escalatedKey = "aws.guardduty/111122223333/eu-west-1/e"

func (d *onCall) after(passed time.Duration) time.Time { return d.began.Add(passed) }

// wants checks when the hook was told something.
func (d *onCall) wants(t *testing.T, want ...time.Duration) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.told); diff != "" {
		t.Error(diff)
	}
}

// killedAt lets a process end a leg, and kills it once the next one is in the queue and before it is noted: the leg
// comes again a minute later.
func (d *onCall) killedAt(t *testing.T, at time.Time) {
	t.Helper()
	m, isThere := d.queue.take(at)
	if !isThere {
		t.Fatalf("no leg ends by %v", at.Sub(d.began))
	}
	d.moveTo(t, m.due)
	d.killedWith(t, m.body)
	m.due = m.due.Add(time.Minute)
	d.queue.put(m)
}

// killedWith hands a process a message, and kills it once it has put another one into the queue.
func (d *onCall) killedWith(t *testing.T, body string) {
	t.Helper()
	trapped := newTrap(t)
	d.queue.mu.Lock()
	d.queue.trap = trapped
	d.queue.mu.Unlock()
	victim, payload := d.process(t), delayed{body: body, receives: 1}.payload(t)
	abandoned := make(chan struct{})
	go func() {
		defer close(abandoned)
		victim.abandon(payload, 3*time.Second)
	}()
	select {
	case <-trapped.entered:
	case <-time.After(30 * time.Second):
		t.Fatalf("it puts nothing into the queue: %s", victim.stdout)
	}
	if err := victim.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-abandoned
	trapped.release()
}

// Nobody takes a finding on: at its time the other sink is told once, though a process dies between two legs, and though
// the queue hands each leg to two processes at once from then on.
func TestEscalation(t *testing.T) {
	for _, test := range []struct {
		after  time.Duration
		killed time.Duration // after the end of the leg before
	}{{15 * time.Minute, time.Minute}, {40 * time.Minute, 15 * time.Minute}} {
		t.Run(test.after.String(), func(t *testing.T) {
			d := newOnCall(t, "escalation-"+test.after.String(), test.after.String())
			processes := []*function{d.process(t), d.process(t)}
			d.finds(t, processes[0], 25, false)
			d.queue.until(t, d.after(test.killed-time.Second), false, processes...)
			d.killedAt(t, d.after(test.killed))
			processes = append(processes, d.process(t))
			d.queue.until(t, d.after(5*time.Hour), true, processes[1:]...)
			d.wants(t, test.after)
			want := fmt.Sprintf("Nobody has acknowledged this for %.0f min. It was sent to slack at ", test.after.Minutes())
			if said := string(d.hook.Messages()[0]); !strings.Contains(said, want) || !strings.Contains(said, "ESCALATED") {
				t.Errorf("it is told %s", said)
			}
			if sent := len(d.slack.Conversation()); sent != 1 {
				t.Errorf("%d messages in the channel, want the finding", sent)
			}
			if d.queue.sent > 12 {
				t.Errorf("%d messages went through the queue", d.queue.sent)
			}
			counted := 0
			for _, f := range processes {
				read, err := metricreader.Read(f.stdout.String(), d.at)
				if err != nil {
					t.Error(err)
				}
				counted += int(read.Sum("Tocsin Escalations"))
				noticesIn(t, f) // and each invocation balances
			}
			if counted != 1 {
				t.Errorf("the metrics count %d escalations, want 1", counted)
			}
		})
	}
}

// Somebody takes the finding on at 14 minutes, or it is over: nobody else is told.
func TestNoEscalation(t *testing.T) {
	for name, happens := range map[string]func(t *testing.T, d *onCall, f *function){
		"taken on": func(t *testing.T, d *onCall, _ *function) {
			by := notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: d.now()}
			if _, err := d.takings.Take(t.Context(), escalatedKey, by); err != nil {
				t.Fatal(err)
			}
		},
		"over": func(t *testing.T, d *onCall, f *function) { d.finds(t, f, 39, true) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newOnCall(t, "no-escalation-"+strings.ReplaceAll(name, " ", "-"), "15m")
			processes := []*function{d.process(t), d.process(t)}
			d.finds(t, processes[0], 25, false)
			d.queue.until(t, d.after(14*time.Minute), false, processes...)
			happens(t, d, processes[1])
			d.queue.until(t, d.after(5*time.Hour), true, processes...)
			d.wants(t)
		})
	}
}

// The process dies between the escalation and the finding: it is sent by another one, and escalated from then on, once.
func TestKilledBeforeItIsSent(t *testing.T) {
	d := newOnCall(t, "escalation-killed", "15m")
	d.moveTo(t, time.Now().Add(time.Hour).Truncate(time.Second)) // so that the lease of the dead has ended
	d.began = d.at
	d.killedWith(t, escalatedEvent(25, false))
	if sent := len(d.slack.Conversation()); sent != 0 {
		t.Fatalf("%d messages are sent before the escalation is safe", sent)
	}
	d.moveTo(t, d.after(2*time.Minute))
	f := d.process(t)
	d.finds(t, f, 25, false)
	d.queue.until(t, d.after(5*time.Hour), false, f)
	d.wants(t, 17*time.Minute)
	if sent := len(d.slack.Conversation()); sent != 1 {
		t.Errorf("%d messages in the channel, want the finding", sent)
	}
}

// The table cannot be reached when the time is over: nobody is told until it can be, and then once. The queue cannot
// be reached when a finding is sent: it is sent all the same, and that is said and counted.
func TestEscalationWithoutItsServices(t *testing.T) {
	d := newOnCall(t, "escalation-away", "15m")
	var isAway atomic.Bool
	target, err := url.Parse(shared.emulator.tables)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	tables := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAway.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer tables.Close()
	d.variables["AWS_ENDPOINT_URL_DYNAMODB"] = tables.URL
	f := d.process(t)
	d.finds(t, f, 25, false)
	d.queue.until(t, d.after(10*time.Minute), false, f)
	isAway.Store(true)
	d.queue.until(t, d.after(18*time.Minute), false, f)
	d.wants(t)
	isAway.Store(false)
	d.queue.until(t, d.after(5*time.Hour), false, f, d.process(t))
	if len(d.told) != 1 || d.told[0] < 18*time.Minute || d.told[0] > 20*time.Minute {
		t.Errorf("told at %v, want once at about 18 minutes", d.told)
	}

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	d.variables["AWS_ENDPOINT_URL_SQS"] = gone.URL
	f = d.process(t)
	if failed := f.batch(t, map[string]string{"m": event(8, "without-a-queue")}, 1); len(failed) > 0 {
		t.Error("the finding waits for the queue")
	}
	f.logged(t, 1)
	log := f.stdout.String()
	if !strings.Contains(log, "slack: a finding is sent without an escalation to oncall: ") || !strings.Contains(log, `"EscalationsFailed":1`) {
		t.Errorf("the log says nothing of it: %s", log)
	}
}

// PagerDuty is told: an alert opens under the finding's own key, once, and closes when the finding is over.
func TestEscalationToPagerDuty(t *testing.T) {
	d, pager := newOnCall(t, "escalation-pager", "15m"), pagerdutytest.New(t)
	delete(d.variables, "ONCALL_WEBHOOK_URL")
	maps.Copy(d.variables, map[string]string{"SINKS": "slack,oncall=pagerduty", "ONCALL_ROUTING_KEY": pagerdutytest.Key, "ONCALL_API_URL": pager.URL()})
	processes := []*function{d.process(t), d.process(t)}
	d.finds(t, processes[0], 25, false)
	d.queue.until(t, d.after(time.Hour), true, processes...)
	f := finding.Finding{ID: "e", Source: "aws.guardduty", Place: finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"}}
	want := notify.Notification{Findings: []finding.Finding{f}}.FindingID()
	if alerts := pager.Alerts(); len(alerts) != 1 || alerts[0].DedupKey != want || alerts[0].IsResolved || len(pager.Events()) != 1 {
		t.Fatalf("%d events, alerts %+v", len(pager.Events()), alerts)
	}
	d.finds(t, processes[1], 26, true)
	if alerts := pager.Alerts(); len(alerts) != 1 || !alerts[0].IsResolved {
		t.Errorf("the finding is over, and the alert is %+v", alerts)
	}
}
