package webhook

import (
	"net/http"
	"time"
)

// At makes a sink take every moment for the given one.
func At(s *Sink, now time.Time) { s.now = func() time.Time { return now } }

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
