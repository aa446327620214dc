package outside_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// services are SQS, SNS, Organizations and GuardDuty as far as Tocsin calls them. They keep what they were sent.
type services struct {
	server *httptest.Server

	mu        sync.Mutex
	queued    []message
	hidden    []string
	published []publication
}

// message is one that was sent to a queue.
type message struct {
	Queue      string
	Delay      int `json:",omitzero"`
	Body       string
	Attributes map[string]attribute `json:",omitempty"`

	isTaken, isGone bool
}

// attribute is that of a message of SQS.
type attribute struct{ DataType, StringValue string }

// publication is a message that was published to a topic.
type publication struct {
	Topic, Subject, Message, Structure string
	Attributes                         map[string]attribute
}

func newServices(t *testing.T) *services {
	t.Helper()
	s := &services{}
	s.server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// ServeHTTP answers in the protocol of the service that is asked.
func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	target := r.Header.Get("X-Amz-Target")
	switch {
	case strings.HasPrefix(target, "AmazonSQS."):
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		s.serveQueue(w, strings.TrimPrefix(target, "AmazonSQS."), body)
	case strings.HasSuffix(target, ".ListAccounts"):
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"Accounts":[{"Id":"000011112222","Name":"Prod EU","Status":"ACTIVE"},{"Id":"666677778888","Name":"gone","Status":"SUSPENDED"}]}`)
	case strings.HasPrefix(r.URL.Path, "/detector"):
		serveGuardDuty(w, r.URL.Path)
	default:
		s.serveTopic(w, body)
	}
}

func serveGuardDuty(w http.ResponseWriter, path string) {
	answer := `{"detectorIds":["d"]}`
	switch path {
	case "/detector/d/findings":
		answer = `{"findingIds":["1"]}`
	case "/detector/d/findings/get":
		answer = `{"findings":[{"id":"1","arn":"arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/1","severity":8.5,"title":"A","updatedAt":"2026-03-16T08:25:10Z"}]}`
	}
	_, _ = io.WriteString(w, answer)
}

// entry is the input of any call of SQS, and of one entry of a call for several.
type entry struct {
	ID                 string `json:"Id"`
	QueueURL           string `json:"QueueUrl"`
	MessageBody        string
	MessageAttributes  map[string]attribute
	DelaySeconds       int
	ReceiptHandle      string
	VisibilityTimeout  int
	MaxNumberOfMessage int `json:"MaxNumberOfMessages"`
	Entries            []entry
}

func (s *services) serveQueue(w http.ResponseWriter, action string, body []byte) {
	var in entry
	_ = json.Unmarshal(body, &in)
	single := strings.TrimSuffix(action, "Batch")
	var answer any
	switch {
	case single != action:
		done := []any{}
		for _, e := range in.Entries {
			e.QueueURL = in.QueueURL
			one := s.call(single, e)
			one["Id"] = e.ID
			done = append(done, one)
		}
		answer = map[string]any{"Successful": done, "Failed": []any{}}
	default:
		answer = s.call(action, in)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// call does one thing at a queue.
func (s *services) call(action string, in entry) map[string]any {
	queue := path.Base(in.QueueURL)
	switch action {
	case "SendMessage":
		s.queued = append(s.queued, message{Queue: queue, Delay: in.DelaySeconds, Body: in.MessageBody, Attributes: in.MessageAttributes})
		return map[string]any{"MessageId": "sent", "MD5OfMessageBody": sum(in.MessageBody)}
	case "ChangeMessageVisibility":
		s.hidden = append(s.hidden, fmt.Sprintf("%s %s %d", queue, in.ReceiptHandle, in.VisibilityTimeout))
	case "ReceiveMessage":
		return map[string]any{"Messages": s.take(queue, max(in.MaxNumberOfMessage, 1))}
	case "DeleteMessage":
		for i := range s.queued {
			if fmt.Sprint("receipt-", i) == in.ReceiptHandle {
				s.queued[i].isGone = true
			}
		}
	case "GetQueueAttributes":
		left := 0
		for _, m := range s.queued {
			if m.Queue == queue && !m.isGone {
				left++
			}
		}
		return map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessages": fmt.Sprint(left), "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0",
		}}
	}
	return map[string]any{}
}

// take hands over messages that were not handed over yet.
func (s *services) take(queue string, most int) []any {
	taken := []any{}
	for i := range s.queued {
		m := &s.queued[i]
		if m.Queue != queue || m.isTaken || m.isGone || len(taken) == most {
			continue
		}
		m.isTaken = true
		taken = append(taken, map[string]any{
			"MessageId": fmt.Sprint("letter-", i), "ReceiptHandle": fmt.Sprint("receipt-", i), "Body": m.Body, "MD5OfBody": sum(m.Body),
			"Attributes":        map[string]string{"SentTimestamp": "1773649510000", "ApproximateReceiveCount": "1"},
			"MessageAttributes": m.Attributes,
		})
	}
	return taken
}

func sum(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// serveTopic takes messages in the form that SNS takes.
func (s *services) serveTopic(w http.ResponseWriter, body []byte) {
	form, _ := url.ParseQuery(string(body))
	action := form.Get("Action")
	w.Header().Set("Content-Type", "text/xml")
	const id = "<MessageId>00000000-0000-4000-8000-000000000001</MessageId>"
	var result string
	switch action {
	case "Publish":
		s.published = append(s.published, published(form, ""))
		result = id
	case "PublishBatch":
		for n := 1; ; n++ {
			prefix := fmt.Sprintf("PublishBatchRequestEntries.member.%d.", n)
			if !form.Has(prefix + "Id") {
				break
			}
			s.published = append(s.published, published(form, prefix))
			result += "<member><Id>" + form.Get(prefix+"Id") + "</Id>" + id + "</member>"
		}
		result = "<Successful>" + result + "</Successful><Failed/>"
	default:
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><%[1]sResult>%[2]s</%[1]sResult>`+
		`<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%[1]sResponse>`, action, result)
}

// published reads the fields of one message, which begin with prefix.
func published(form url.Values, prefix string) publication {
	p := publication{
		Topic: form.Get("TopicArn"), Subject: form.Get(prefix + "Subject"), Message: form.Get(prefix + "Message"),
		Structure: form.Get(prefix + "MessageStructure"), Attributes: map[string]attribute{},
	}
	for n := 1; ; n++ {
		at := fmt.Sprintf("%sMessageAttributes.entry.%d.", prefix, n)
		if !form.Has(at + "Name") {
			return p
		}
		p.Attributes[form.Get(at+"Name")] = attribute{form.Get(at + "Value.DataType"), form.Get(at + "Value.StringValue")}
	}
}

// took gives the messages that were sent to queues since the last call.
func (s *services) took() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.queued
	s.queued = nil
	return taken
}

// fill puts messages into queues, in place of what is there.
func (s *services) fill(messages []message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = slices.Clone(messages)
}

// topics gives what was published since the last call.
func (s *services) topics() []publication {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.published
	s.published = nil
	return taken
}

// hides gives what was hidden since the last call: the queue, the receipt and the seconds.
func (s *services) hides() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.hidden
	s.hidden = nil
	return taken
}
