// Package sestest is Amazon SES's end of SendEmail, for tests: a server on a loopback socket that
// checks the signature, refuses what SES refuses, and keeps the mail.
package sestest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/sinks/internal/farendtest"
)

// The access key that requests are signed by, and the region that they are for.
const (
	KeyID  = "AKIAEXAMPLE"
	Secret = "wJalrXUtnFEMIexample" //nolint:gosec // it opens nothing
	Region = "eu-west-1"
)

// Request is what SendEmail is given; fields that are not here are refused.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
type Request struct {
	Content struct {
		Raw struct{ Data []byte }
	}
	Destination struct{ ToAddresses, CcAddresses, BccAddresses []string }
	EmailTags   []struct{ Name, Value string }

	ConfigurationSetName, FromEmailAddress string
	ConfigurationOverrides                 struct {
		Tracking struct{ ClickTrackingEnabled, OpenTrackingEnabled string }
	}
}

// Mail is one that was taken.
type Mail struct {
	Request
	// ID is SES's name for it.
	ID string
	// Letter is the mail as a program reads it.
	Letter
}

// Server is SES in one region, of an account that may send what it likes. It is safe for concurrent
// use.
type Server struct {
	farendtest.End

	mails []Mail
	// verified are the addresses and domains that may send and, in the sandbox, be sent to; nil for
	// all.
	verified  []string
	isSandbox bool
	isPaused  bool
	sets      []string
	quota     int
}

// New starts a server; it stops when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{quota: -1}
	s.Start(t, s.serve)
	return s
}

// URL is the server's address, for AWS_ENDPOINT_URL_SESV2.
func (s *Server) URL() string { return s.Address() }

// Environment returns the variables that lead a sink of the test's to a server at url, and nowhere
// else.
func Environment(url string) map[string]string {
	return map[string]string{ //nolint:gosec // they open nothing
		"AWS_ENDPOINT_URL_SESV2": url, "AWS_ACCESS_KEY_ID": KeyID, "AWS_SECRET_ACCESS_KEY": Secret, "AWS_REGION": Region,
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
	}
}

// Verify says which addresses and domains are verified, and whether the account is in the sandbox,
// where the recipients have to be as well.
func (s *Server) Verify(isSandbox bool, identities ...string) {
	s.Lock()
	defer s.Unlock()
	s.isSandbox, s.verified = isSandbox, append([]string{}, identities...)
}

// Sets makes configuration sets; before there is none.
func (s *Server) Sets(names ...string) { farendtest.Set(s, &s.sets, names) }

// Quota says how many more mails may be sent on this day.
func (s *Server) Quota(mails int) { farendtest.Set(s, &s.quota, mails) }

// Pause says whether the account's sending is paused, for the questions about it.
func (s *Server) Pause(isPaused bool) { farendtest.Set(s, &s.isPaused, isPaused) }

// Mails returns what was taken, in its order.
func (s *Server) Mails() []Mail { return farendtest.List(s, &s.mails) }

// Refuse answers as SES does when it refuses a request.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	text, _ := json.Marshal(map[string]string{"message": message})
	_, _ = w.Write(text)
}

// serve answers as SES does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, _ []byte) {
	if r.Method == http.MethodGet {
		s.tell(w, r)
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" || r.URL.RawQuery != "" {
		http.Error(w, "<UnknownOperationException/>", http.StatusNotFound)
		return
	}
	if err := awssendtest.Check(r, awssendtest.Key{ID: KeyID, Secret: Secret, Region: Region, Service: "ses"}); err != nil {
		s.refuse(w, refusal{http.StatusForbidden, "InvalidSignatureException", err.Error()})
		return
	}
	m, no := s.read(r)
	if no == nil {
		no = s.judge(m)
	}
	if no != nil {
		s.refuse(w, *no)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"MessageId":%q}`, s.take(m))
}

// refusal is an answer that is none of success.
type refusal struct {
	status        int
	code, message string
}

func (s *Server) refuse(w http.ResponseWriter, no refusal) {
	s.NoteRefusal(fmt.Errorf("%s: %s", no.code, no.message))
	Refuse(w, no.status, no.code, no.message)
}

func bad(format string, arguments ...any) *refusal {
	return &refusal{http.StatusBadRequest, "BadRequestException", fmt.Sprintf(format, arguments...)}
}

// read reads a request and the mail in it.
func (s *Server) read(r *http.Request) (Mail, *refusal) {
	var m Mail
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		return m, bad("the content is %q", kind)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, r.Body, 60<<20)); err != nil {
		return m, bad("the body: %v", err)
	}
	decoder := json.NewDecoder(&body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m.Request); err != nil {
		return m, bad("the body: %v", err)
	}
	var err error
	if m.Letter, err = Read(m.Content.Raw.Data); err != nil {
		return m, bad("the mail: %v", err)
	}
	return m, nil
}

// judge says why the account may not send a mail that can be read; nil when it may.
func (s *Server) judge(m Mail) *refusal {
	if no := checkRequest(m.Request); no != nil {
		return no
	}
	if m.ConfigurationSetName != "" && !slices.Contains(s.sets, m.ConfigurationSetName) {
		return &refusal{http.StatusNotFound, "NotFoundException", "Configuration set <" + m.ConfigurationSetName + "> does not exist."}
	}
	var unknown []string
	identities := []string{m.From}
	if s.isSandbox {
		identities = append(identities, m.Destination.ToAddresses...)
	}
	for _, one := range identities {
		_, domain, _ := strings.Cut(one, "@")
		if s.verified != nil && !slices.Contains(s.verified, one) && !slices.Contains(s.verified, domain) && !slices.Contains(unknown, one) {
			unknown = append(unknown, one)
		}
	}
	if len(unknown) > 0 {
		return &refusal{http.StatusBadRequest, "MessageRejected", "Email address is not verified. The following identities failed the check in region " +
			strings.ToUpper(Region) + ": " + strings.Join(unknown, ", ")}
	}
	if s.quota == 0 {
		return &refusal{http.StatusTooManyRequests, "TooManyRequestsException", "Daily message quota exceeded."}
	}
	return nil
}

// take keeps a mail and returns its name.
func (s *Server) take(m Mail) string {
	s.quota = max(s.quota-1, -1)
	m.ID = fmt.Sprintf("0102019%09x-6f2c1b7e-0000-4000-8000-%012x-000000", len(s.mails)+1, len(s.mails)+1)
	s.mails = append(s.mails, m)
	return m.ID
}
