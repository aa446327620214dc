package googlechattest

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"
)

// replyOrNew is the option by which a message answers in a thread, or begins one.
const replyOrNew = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"

// request is one that the webhook has been sent.
type request struct {
	*http.Request
	body      []byte
	threadKey string
}

// refusal is an answer that refuses.
type refusal struct {
	code           int
	status, reason string
	err            error
}

// Error returns why.
func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %v", r.code, r.status, r.err) }

// Unwrap returns what is wrong with the request.
func (r *refusal) Unwrap() error { return r.err }

// write answers as Google's APIs do: https://docs.cloud.google.com/apis/design/errors
func (r *refusal) write(w http.ResponseWriter) {
	body := map[string]any{"code": r.code, "message": r.err.Error(), "status": r.status}
	if r.reason != "" {
		body["details"] = []any{map[string]any{
			"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": r.reason, "domain": "googleapis.com",
			"metadata": map[string]any{"service": "chat.googleapis.com"},
		}}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(r.code)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": body})
}

// admit says why Chat would refuse a request; nil when it would not. A key that is none is a bad
// argument with Google, a token that is none is not. A requestId is that of one sender alone:
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
func (s *Server) admit(r *request) *refusal {
	query := r.URL.Query()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	bad := func(err error) *refusal { return &refusal{http.StatusBadRequest, "INVALID_ARGUMENT", "", err} }
	switch {
	case r.Method != http.MethodPost || r.URL.Path != path:
		return &refusal{http.StatusNotFound, "NOT_FOUND", "", errors.New("there is no such space")}
	case query.Get("key") != key:
		return &refusal{http.StatusBadRequest, "INVALID_ARGUMENT", "API_KEY_INVALID", errors.New("another key")}
	case query.Get("token") != s.token:
		return &refusal{http.StatusForbidden, "PERMISSION_DENIED", "", errors.New("another token")}
	case err != nil || kind != "application/json":
		return bad(errors.New("not application/json"))
	}
	for name, values := range query {
		if len(values) > 1 {
			return bad(fmt.Errorf("%s stands there %d times", name, len(values)))
		}
	}
	if option := query.Get("messageReplyOption"); option != "" && option != replyOrNew && option != "REPLY_MESSAGE_OR_FAIL" {
		return bad(errors.New("another messageReplyOption"))
	}
	if err := Check(r.body); err != nil {
		return bad(err)
	}
	var m message
	_ = json.Unmarshal(r.body, &m) // it was read before
	if r.threadKey = m.Thread.Key; utf8.RuneCountInString(r.threadKey) > maxThreadKey {
		return bad(errors.New("the thread's key is too long"))
	}
	if sender, isKnown := s.senders[query.Get("requestId")]; isKnown && query.Has("requestId") && sender != s.token {
		return &refusal{http.StatusConflict, "ALREADY_EXISTS", "", errors.New("the requestId is another's")}
	}
	if s.isTooMany() {
		return &refusal{http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", errors.New("too many messages")}
	}
	return nil
}

// isTooMany counts a message, and reports whether the space has taken enough of them in the last
// minute.
func (s *Server) isTooMany() bool {
	now := time.Now()
	recent := s.times[:0]
	for _, at := range s.times {
		if now.Sub(at) < time.Minute {
			recent = append(recent, at)
		}
	}
	s.times = recent
	if s.limit > 0 && len(s.times) >= s.limit {
		return true
	}
	s.times = append(s.times, now)
	return false
}
