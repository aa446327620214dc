package webhook

import (
	"context"
	"net/http"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// At makes a sink take every moment for the given one.
func At(s *Sink, now time.Time) { s.now = func() time.Time { return now } }

// Clock makes a sink ask a function for the time.
func Clock(s *Sink, now func() time.Time) { s.now = now }

// Attempt is one sending of a message.
type Attempt struct {
	ID   string
	At   time.Time
	Body []byte
}

// Sign is the signature alone.
func Sign(header http.Header, secrets string, a Attempt) error {
	return attempt{a.ID, a.At, a.Body}.sign(header, secrets)
}

// Header returns the header fields that a text without references stands for.
func Header(text string) (http.Header, error) {
	h := headers{text: secret.New(text)}
	return h.fill(context.Background())
}
