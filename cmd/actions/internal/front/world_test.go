package front_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/cmd/actions/internal/front"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

const secretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:tocsin/actions-AbCdEf"

// remote is a far end that counts what it is asked.
type remote struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	fails  bool
}

func newRemote(t *testing.T, answer func(body string) string) *remote {
	t.Helper()
	r := &remote{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, string(body))
		if r.fails {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"AWS.SimpleQueueService.NonExistentQueue"}`)
			return
		}
		_, _ = io.WriteString(w, answer(string(body)))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *remote) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.bodies...)
}

func (r *remote) set(fails bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails = fails
}

// lines is what was written to the log, by several processes at once.
type lines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

// String returns all of it.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// world is everything that the front speaks to.
type world struct {
	t              *testing.T
	slack          *slacktest.Server
	tables         *tableserver.Server
	queue, secrets *remote
	signing        string
	log            *lines
	settings       map[string]string
	now            func() time.Time
	message        string // with buttons
	subject        action.Subject
	first          *front.Front // where several are needed
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, slack: slacktest.New(t), tables: tableserver.New(), log: &lines{}, now: time.Now, signing: slacktest.SigningSecret}
	w.queue = newRemote(t, func(string) string { return `{"MessageId":"m"}` })
	w.secrets = newRemote(t, func(string) string {
		return fmt.Sprintf(`{"SecretString":%q}`, fmt.Sprintf(`{"bot":%q,"signing":%q}`, slacktest.Token, w.signing))
	})
	tables := httptest.NewServer(w.tables)
	t.Cleanup(tables.Close)
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(
		`{"TableName":"tocsin","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`))
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.CreateTable")
	w.tables.ServeHTTP(httptest.NewRecorder(), request)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": w.secrets.URL, "AWS_ENDPOINT_URL_SQS": w.queue.URL, "AWS_ENDPOINT_URL_DYNAMODB": tables.URL,
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	w.settings = map[string]string{
		"SINKS": "slack", "SLACK_BOT_TOKEN": secretARN + "#bot", "SLACK_SIGNING_SECRET": secretARN + "#signing",
		"SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": w.slack.APIURL(), "LEDGER": "dynamodb", "LEDGER_TABLE": "tocsin",
		"QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/tocsin", "ACTIONS_ALLOW": "U0ALLOWED", "LOG_LEVEL": "debug",
	}
	w.subject = subject(8)
	w.message = w.post(w.subject)
	return w
}

// subject is that of a finding of a severity.
func subject(severity finding.Severity) action.Subject {
	f := finding.Finding{ID: "f1", Source: "com.example", Type: "Recon:EC2/Portscan", Severity: severity}
	f.Account.ID, f.Region, f.Resource.ID = "111122223333", "eu-west-1", "i-0abc"
	return action.SubjectOf(&f)
}

// post posts a message with all buttons of a finding.
func (w *world) post(s action.Subject) string {
	w.t.Helper()
	value, ok := s.Value()
	if !ok {
		w.t.Fatal("the subject fits into no button")
	}
	ending, _ := json.Marshal(struct {
		action.Subject
		Mute string `json:"m"`
	}{s, "slack-20261129-ab12"})
	button := func(act, value string) string {
		return fmt.Sprintf(`{"type":"button","text":{"type":"plain_text","text":%q},"action_id":%q,"value":%q}`, act, act, value)
	}
	row := strings.Join([]string{button("acknowledge", value), button("mute", value), button("archive", value), button("unmute", string(ending))}, ",")
	return w.slack.Post(w.t, `{"text":"what <b> & happened","blocks":[{"type":"header","text":{"type":"plain_text","text":"HIGH · x/y"}}],
		"attachments":[{"color":"#E01E5A","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"a  fact &lt;é&gt;","verbatim":true}},
		{"type":"actions","block_id":"acts-1","elements":[`+row+`]},
		{"type":"actions","block_id":"links-1","elements":[{"type":"button","text":{"type":"plain_text","text":"Console"},"action_id":"console","url":"https://example.com/"}]}]}]}`)
}

// front starts a process.
func (w *world) front() *front.Front {
	w.t.Helper()
	ctx := awscall.WithSettings(w.t.Context(), new(awscall.Settings))
	f, mistakes := front.Load(ctx, front.Options{Settings: config.Texts(w.settings), Log: w.log, Now: func() time.Time { return w.now() }})
	if len(mistakes) > 0 {
		w.t.Fatal(mistakes)
	}
	return f
}

// calls are how often each far end was asked.
type calls struct{ table, slack, queue, secrets int }

func (w *world) calls() calls {
	return calls{
		w.tables.Counts().Total().Calls, len(w.slack.Calls()) + len(w.slack.Told()), len(w.queue.asked()), len(w.secrets.asked()),
	}
}

func (c calls) since(before calls) calls {
	return calls{c.table - before.table, c.slack - before.slack, c.queue - before.queue, c.secrets - before.secrets}
}

// String says which calls there were.
func (c calls) String() string {
	var all []string
	for _, one := range []struct {
		name  string
		count int
	}{{"table", c.table}, {"Slack", c.slack}, {"queue", c.queue}, {"secrets", c.secrets}} {
		if one.count > 0 {
			all = append(all, fmt.Sprintf("%s %d", one.name, one.count))
		}
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// reply is what a request is answered.
type reply struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (w *world) send(f *front.Front, event string) reply {
	w.t.Helper()
	var r reply
	if err := json.Unmarshal(f.Invoke(front.WithInvocation(w.t.Context(), "r1"), []byte(event)), &r); err != nil {
		w.t.Fatal(err)
	}
	for name, value := range map[string]string{"a secret of Slack's": slacktest.Secret, "the signature": "v0="} {
		if strings.Contains(w.log.String()+r.Body, value) {
			w.t.Errorf("%s shows", name)
		}
	}
	return r
}

// view returns the modal that an answer shows in the place of another.
func (r reply) view(t *testing.T) json.RawMessage {
	t.Helper()
	var said struct {
		Action string          `json:"response_action"`
		View   json.RawMessage `json:"view"`
	}
	if err := json.Unmarshal([]byte(r.Body), &said); err != nil || said.Action != "update" || slacktest.CheckView(said.View) != nil {
		t.Fatalf("%v, %v: %s", err, slacktest.CheckView(said.View), r.Body)
	}
	return said.View
}

// requests are what was put on the queue.
func (w *world) requests() (all []action.Request) {
	w.t.Helper()
	for _, body := range w.queue.asked() {
		var message struct{ QueueUrl, MessageBody string } //nolint:revive,staticcheck // SQS spells it so
		var record struct{ Detail json.RawMessage }
		if json.Unmarshal([]byte(body), &message) != nil || json.Unmarshal([]byte(message.MessageBody), &record) != nil {
			w.t.Fatalf("no message: %s", body)
		}
		r, err := action.Read(record.Detail)
		if err != nil || message.QueueUrl != w.settings["QUEUE_URL"] {
			w.t.Fatal(err, message.QueueUrl)
		}
		all = append(all, r)
	}
	return all
}

func (w *world) presser(id string) *slacktest.Presser { return w.slack.Presser(w.t, id, "jane") }

// store is the table.
func (w *world) store() table.Store {
	w.t.Helper()
	store, err := table.NewDynamoDB(awscall.WithSettings(w.t.Context(), new(awscall.Settings)), w.settings["LEDGER_TABLE"])
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}
