package webhooktest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Key is what the APIs know their sender by, and User what it stands for where there is a name
// beside it. Neither must ever show.
const (
	Key  = "Kq7zW2apikey"
	User = "tocsin@example.com:" + Key
)

// Basic is User as the header Authorization holds it.
func Basic() string { return base64.StdEncoding.EncodeToString([]byte(User)) }

// API is one vendor's contract: where it takes requests, who may send them, what it refuses and what
// it answers.
type API struct {
	// Path is the endpoint's, Header and Value say who sends.
	Path, Header, Value string
	// Taken is the answer to what was taken, Refused those to a sender who is not known and to a body
	// with a fault.
	Taken, Unknown Reply
	Refused        func(fault string) Reply
	// Fault returns what is wrong with a body, or "".
	Fault func(body map[string]any, r *http.Request) string
}

// Reply is an answer.
type Reply struct {
	Status int
	Body   string
}

func (a Reply) write(w http.ResponseWriter) {
	if json.Valid([]byte(a.Body)) {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body))
}

// Serve answers a request as the vendor does. The fault is why it was refused, or "".
func (a API) Serve(w http.ResponseWriter, r *http.Request, body []byte) (fault string) {
	var object map[string]any
	switch {
	case r.URL.Path != a.Path:
		w.WriteHeader(http.StatusNotFound)
		return "another path: " + r.URL.Path
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return "not a POST"
	case a.Header != "" && r.Header.Get(a.Header) != a.Value:
		a.Unknown.write(w)
		return "a sender who is not known"
	case r.Header.Get("Content-Type") != "application/json":
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return "not application/json"
	case json.Unmarshal(body, &object) != nil:
		fault = "the body is no JSON object"
	default:
		fault = a.Fault(object, r)
	}
	if fault != "" {
		a.Refused(fault).write(w)
		return fault
	}
	a.Taken.write(w)
	return ""
}

// refuses returns answers of a status with a body in which FAULT stands for the fault.
func refuses(status int, body string) func(string) Reply {
	return func(fault string) Reply { return Reply{status, strings.ReplaceAll(body, "FAULT", fault)} }
}

// text returns what is wrong with a member that has to be a text of 1 to most characters on one line.
func text(body map[string]any, name string, most int) string {
	value, ok := body[name].(string)
	switch {
	case !ok || strings.TrimSpace(value) == "":
		return name + " is missing"
	case utf8.RuneCountInString(value) > most:
		return name + " is too long"
	case most < 1_000 && strings.ContainsAny(value, "\r\n"):
		return name + " has several lines"
	}
	return ""
}

// oneOf returns what is wrong with a member that has to be one of some texts.
func oneOf(body map[string]any, name, pattern string) string {
	if value, ok := body[name].(string); !ok || !regexp.MustCompile(`^(`+pattern+`)$`).MatchString(value) {
		return name + " is none of " + pattern
	}
	return ""
}

// firstOf returns the first fault.
func firstOf(faults ...string) string {
	for _, fault := range faults {
		if fault != "" {
			return fault
		}
	}
	return ""
}
