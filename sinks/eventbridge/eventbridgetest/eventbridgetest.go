// Package eventbridgetest is EventBridge with one bus on a real socket: it takes what EventBridge
// takes, refuses what EventBridge refuses, measures in its units, and drops what is sent to any other
// bus without a word.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
package eventbridgetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// BusARN is the bus that exists.
const BusARN = "arn:aws:events:eu-west-1:111122223333:event-bus/security"

// tooLarge is the size in bytes that the events of a call have to stay under.
const tooLarge = 1_048_576

// Entry is an event that somebody sends.
type Entry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
	Time                                     *json.Number
}

// Size returns the size of an entry in bytes, as EventBridge counts.
func (e Entry) Size() int {
	size := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != nil {
		size += 14
	}
	for _, resource := range e.Resources {
		size += len(resource)
	}
	return size
}

// Server is EventBridge.
type Server struct {
	farendtest.End

	events      []Entry
	calls       []int
	looked      int
	isGone      bool
	isForbidden bool
}

// New starts the service, which ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	s.Start(t, s.serve)
	return s
}

// URL returns the address of the service, for AWS_ENDPOINT_URL_EVENTBRIDGE.
func (s *Server) URL() string { return s.Address() }

// Delete deletes the bus.
func (s *Server) Delete() { farendtest.Set(s, &s.isGone, true) }

// Forbid takes the right to look at the bus away.
func (s *Server) Forbid() { farendtest.Set(s, &s.isForbidden, true) }

// Events returns what has come to the bus.
func (s *Server) Events() []Entry { return farendtest.List(s, &s.events) }

// Calls returns of how many events each call was.
func (s *Server) Calls() []int { return farendtest.List(s, &s.calls) }

// Looked returns how often somebody has looked whether the bus is there.
func (s *Server) Looked() int { return farendtest.Value(s, &s.looked) }

// Entries returns the events that a request sends; none for another call. Its body can be read again.
func Entries(r *http.Request) []Entry {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in struct{ Entries []Entry }
	if err != nil || r.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" || json.Unmarshal(body, &in) != nil {
		return nil
	}
	return in.Entries
}

// serve answers one call.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, _ []byte) {
	isSigned := strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/events/aws4_request")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch target := r.Header.Get("X-Amz-Target"); {
	case !isSigned || r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		s.NoteRefusal(fmt.Errorf("%s: not a signed call in the service's protocol", target))
		Refuse(w, "UnrecognizedClientException", "")
	case target == "AWSEvents.DescribeEventBus":
		s.describe(w, r)
	case target == "AWSEvents.PutEvents":
		s.put(w, Entries(r))
	default:
		s.NoteRefusal(fmt.Errorf("there is no call %q here", target))
		Refuse(w, "UnknownOperationException", "")
	}
}

func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	s.looked++
	var in struct{ Name string }
	err := json.NewDecoder(r.Body).Decode(&in)
	switch {
	case s.isForbidden:
		Refuse(w, "AccessDeniedException", "")
	case err != nil || in.Name != BusARN || s.isGone:
		Refuse(w, "ResourceNotFoundException", "Event bus "+in.Name+" does not exist.")
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"Arn": BusARN, "Name": "security", "CreationTime": 1.7e9})
	}
}

// Result is what came of one event.
type Result struct {
	EventID   string `json:"EventId,omitempty"`
	ErrorCode string `json:",omitempty"`
}

// Results answers PutEvents.
func Results(w http.ResponseWriter, all ...Result) {
	failed := 0
	for _, one := range all {
		if one.ErrorCode != "" {
			failed++
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"FailedEntryCount": failed, "Entries": all})
}

func (s *Server) put(w http.ResponseWriter, all []Entry) {
	size := 0
	for _, e := range all {
		size += e.Size()
	}
	s.calls = append(s.calls, len(all))
	if len(all) == 0 || len(all) > 10 || size >= tooLarge {
		s.NoteRefusal(fmt.Errorf("%d events of %d bytes", len(all), size))
		Refuse(w, "ValidationException", "")
		return
	}
	var results []Result
	for _, e := range all {
		code, reason := Check(e)
		if code != "" {
			s.NoteRefusal(fmt.Errorf("%s: %s", code, reason))
			results = append(results, Result{ErrorCode: code})
			continue
		}
		if e.EventBusName == BusARN && !s.isGone {
			s.events = append(s.events, e)
		} // an event for a bus that does not exist is dropped, and has an id all the same
		results = append(results, Result{EventID: fmt.Sprintf("event-%d", len(s.events))})
	}
	Results(w, results...)
}

// Check returns EventBridge's code for what is wrong with an event, and the reason; nothing when
// nothing is.
func Check(e Entry) (code, reason string) {
	var detail map[string]any
	switch {
	case e.Source == "" || e.DetailType == "" || e.Detail == "":
		return "InvalidArgument", "no source, type or detail"
	case strings.HasPrefix(e.Source, "aws."):
		return "NotAuthorizedForSourceException", "the source is AWS's own"
	case utf8.RuneCountInString(e.DetailType) > 128:
		return "InvalidArgument", "the type is too long"
	case !strings.HasPrefix(e.EventBusName, "arn:aws"):
		return "InvalidArgument", "the bus"
	case json.Unmarshal([]byte(e.Detail), &detail) != nil || detail == nil:
		return "MalformedDetail", "the detail is no JSON object"
	case e.Size() >= tooLarge:
		return "InvalidArgument", fmt.Sprintf("%d bytes", e.Size())
	}
	if e.Time != nil {
		if seconds, err := e.Time.Float64(); err != nil || seconds < 0 || seconds > 253_402_300_799 {
			return "InvalidArgument", "the time"
		}
	}
	return "", ""
}

// Refuse answers that a call is refused.
func Refuse(w http.ResponseWriter, code, message string) {
	text, _ := json.Marshal(map[string]string{"__type": code, "message": message})
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(text)
}
