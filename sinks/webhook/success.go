package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// success says which answers prove that a message was taken. Its zero value is any 2xx, which is
// what Standard Webhooks asks of a receiver.
type success struct {
	statuses []int
	answer   *condition.Answer
	prefix   string // of the instance's variables
}

// successOf reads SUCCESS: statuses ("200,202", "2xx") or a condition over status and body.
func successOf(text string) (success, error) {
	if text == "" || text == "2xx" {
		return success{}, nil
	}
	if strings.Trim(text, "0123456789x, ") != "" {
		answer, err := condition.CompileAnswer(text)
		return success{answer: answer}, err
	}
	var s success
	for word := range strings.SplitSeq(text, ",") {
		status, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || !canProve(status) {
			return success{}, errors.New("is neither a condition nor a list of statuses: want 2xx, or some of 200 to 299 and 409 with commas between them")
		}
		s.statuses = append(s.statuses, status)
	}
	return s, nil
}

// canProve reports whether an answer of the status can mean that a message was taken: 2xx, and 409
// where an API says so of what it has already.
func canProve(status int) bool { return status/100 == 2 || status == http.StatusConflict }

func (s success) isDefault() bool { return s.statuses == nil && s.answer == nil }

// proves reports whether an answer is the proof. A condition that cannot be decided is none.
func (s success) proves(answer httpsend.Response) bool {
	switch {
	case !canProve(answer.Status):
		return false
	case s.statuses != nil:
		return slices.Contains(s.statuses, answer.Status)
	case s.answer != nil:
		// A 409 that would be taken with the status of any refusal is not what the condition asks for.
		body := bodyOf(answer.Body)
		return s.holds(answer.Status, body) && (answer.Status/100 == 2 || !s.holds(http.StatusBadRequest, body))
	}
	return answer.Status/100 == 2
}

func (s success) holds(status int, body any) bool {
	holds, err := s.answer.Holds(status, body)
	return holds && err == nil
}

// bodyOf returns what a body holds as JSON; where it is none, the text itself.
func bodyOf(body []byte) any {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return strings.TrimSpace(string(body))
	}
	return value
}

// fault says what an answer means; nil is the proof. A 2xx without the proof is not sent again: the
// message may well have been taken, and the next answer would be the same. Nothing of the answer is
// shown, since it can repeat the request.
func (s success) fault(answer httpsend.Response) error {
	if s.proves(answer) {
		return nil
	}
	if answer.Status/100 == 2 {
		return notify.PermanentSink(fmt.Errorf("status %d, but the answer is not what %sSUCCESS asks for", answer.Status, s.prefix))
	}
	err := httpsend.Fault(answer)
	if delay := answer.Delay(); answer.Status == http.StatusForbidden && delay > 0 {
		// GitHub, for one: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
		return notify.RetryAfter(errors.New("status 403 Forbidden, for a while"), delay)
	}
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%[1]w (see that %[2]sHEADERS or %[2]sSECRET hold what the receiver knows)", err, s.prefix)
	case http.StatusNotFound:
		return fmt.Errorf("%w (see that %sURL is all of the address)", err, s.prefix)
	case http.StatusGone:
		return fmt.Errorf("%w (the receiver wants no more messages at this address)", err)
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return notify.PermanentSink(fmt.Errorf("status %d %s (see %[3]sMETHOD and %[3]sHEADERS)",
			answer.Status, http.StatusText(answer.Status), s.prefix))
	}
	return err
}
