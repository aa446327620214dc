// Package sqstest is a queue of SQS on a real socket: it takes what SQS takes, refuses what SQS
// refuses, by the words that SQS has for it, and measures in SQS's units.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
package sqstest

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what SQS answers with
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// MaxSent is how many bytes a message may have with its attributes, and all messages of a call
// together.
const MaxSent = 1_048_576

// Attribute is the value of a message attribute.
type Attribute struct{ DataType, StringValue string }

// Entry is a message that somebody sends. ID is empty outside a batch.
type Entry struct {
	ID                string `json:"Id"`
	Body              string `json:"MessageBody"`
	MessageAttributes map[string]Attribute
	Group             string `json:"MessageGroupId"`
	Deduplication     string `json:"MessageDeduplicationId"`
}

// Size returns the size of a message in bytes, as SQS counts.
func (e Entry) Size() int {
	size := len(e.Body)
	for name, value := range e.MessageAttributes {
		size += len(name) + len(value.DataType) + len(value.StringValue)
	}
	return size
}

// Server is one queue.
type Server struct {
	farendtest.End

	// maxMessage is the queue's MaximumMessageSize.
	maxMessage int
	messages   []Entry
	seen       map[string]string // the message ids of a FIFO queue, by their deduplication ids
	calls      []int
}

// New starts a queue, which ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{maxMessage: MaxSent, seen: map[string]string{}}
	s.Start(t, s.serve)
	return s
}

// URL returns the URL of a queue of the given name. A FIFO queue's ends with ".fifo".
func (s *Server) URL(name string) string { return s.Address() + "/111122223333/" + name }

// Limit makes the queue one that takes so many bytes at the most, as older queues do.
func (s *Server) Limit(bytes int) { farendtest.Set(s, &s.maxMessage, bytes) }

// Messages returns what the queue holds.
func (s *Server) Messages() []Entry { return farendtest.List(s, &s.messages) }

// Calls returns of how many messages each call was.
func (s *Server) Calls() []int { return farendtest.List(s, &s.calls) }

// request is the body of both calls.
type request struct {
	QueueURL string `json:"QueueUrl"`
	Entry
	Entries []Entry
}

// read reads a request, whose body can be read again, and what it sends.
func read(r *http.Request) (request, []Entry, bool) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in request
	if err != nil || json.Unmarshal(body, &in) != nil {
		return in, nil, false
	}
	if r.Header.Get("X-Amz-Target") == "AmazonSQS.SendMessageBatch" {
		return in, in.Entries, true
	}
	return in, []Entry{in.Entry}, r.Header.Get("X-Amz-Target") == "AmazonSQS.SendMessage"
}

// Entries returns the messages that a request sends. Its body can be read again.
func Entries(r *http.Request) []Entry {
	_, all, _ := read(r)
	return all
}

// serve answers one call.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, _ []byte) {
	in, all, ok := read(r)
	if !ok || r.Method != http.MethodPost || !strings.Contains(r.Header.Get("Authorization"), "/sqs/aws4_request") {
		s.NoteRefusal(fmt.Errorf("not a signed call of SQS that sends something: %s", r.Header.Get("X-Amz-Target")))
		Refuse(w, "InvalidSecurity", "")
		return
	}
	s.calls = append(s.calls, len(all))
	isFIFO := strings.HasSuffix(in.QueueURL, ".fifo")
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if in.Entries == nil {
		if code := s.refusal(all[0], isFIFO); code != "" {
			Refuse(w, code, "")
			return
		}
		_ = json.NewEncoder(w).Encode(s.take(all[0], isFIFO))
		return
	}
	if code := batchRefusal(all); code != "" {
		s.NoteRefusal(fmt.Errorf("%s: a batch of %d", code, len(all)))
		Refuse(w, code, "")
		return
	}
	output := Results{}
	for _, e := range all {
		if code := s.refusal(e, isFIFO); code != "" {
			output.Failed = append(output.Failed, Failed{e.ID, code, true})
		} else {
			output.Successful = append(output.Successful, s.take(e, isFIFO))
		}
	}
	_ = json.NewEncoder(w).Encode(output)
}

// take puts a message into the queue, and returns how SQS says so. A FIFO queue accepts one that it
// has had, and does not keep it.
func (s *Server) take(e Entry, isFIFO bool) Taken {
	if id := s.seen[e.Deduplication]; isFIFO && id != "" {
		return TakenAs(e, id)
	}
	s.messages = append(s.messages, e)
	id := fmt.Sprintf("m-%d", len(s.messages))
	s.seen[e.Deduplication] = id
	return TakenAs(e, id)
}

// Results is the answer to a batch.
type Results struct {
	Successful []Taken  `json:",omitempty"`
	Failed     []Failed `json:",omitempty"`
}

// Taken says that a message has been taken. ID is empty outside a batch.
type Taken struct {
	ID       string `json:"Id,omitempty"`
	Message  string `json:"MessageId,omitempty"`
	Checksum string `json:"MD5OfMessageBody,omitempty"`
}

// Failed says that a message of a batch has not been taken.
type Failed struct {
	ID          string `json:"Id"`
	Code        string
	SenderFault bool
}

// TakenAs says that a message has been taken under an id.
func TakenAs(e Entry, id string) Taken {
	sum := md5.Sum([]byte(e.Body)) //nolint:gosec // what SQS answers with
	return Taken{e.ID, id, hex.EncodeToString(sum[:])}
}

// Refuse answers that a call is refused.
func Refuse(w http.ResponseWriter, code, message string) {
	text, _ := json.Marshal(map[string]string{"__type": "com.amazonaws.sqs#" + code, "message": message})
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(text)
}
