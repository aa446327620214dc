package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/own"
)

// What a flush record says that it is. It is an event like any other, so that it goes the same way:
// it waits in the queue, comes again until its digest is sent, and can be a dead letter.
const flushDetailType = "Tocsin Digest"

// Flush asks for a digest to be sent.
type Flush struct {
	// Sink is the instance's name, Digest the id of its digest.
	Sink   string `json:"sink"`
	Digest string `json:"digest"`
	// Until is when whoever announced the digest is gone for certain: before, it may not be open
	// yet.
	Until time.Time `json:"until"`
}

// Event returns the flush record.
func (f Flush) Event() ([]byte, error) {
	return own.Record{DetailType: flushDetailType, Detail: f}.JSON()
}

// ReadFlush reads the detail of an event; ok is false unless the event is a flush record.
func ReadFlush(source, detailType string, detail []byte) (f Flush, ok bool) {
	if source != own.Source || detailType != flushDetailType {
		return Flush{}, false
	}
	err := json.Unmarshal(detail, &f)
	return f, err == nil && f.Sink != "" && f.Digest != ""
}

// Key names the digest in the ledger and in the dead-letter queue, in the form of a finding's.
func (f Flush) Key() string {
	digest := finding.Finding{Source: own.Source, ID: f.Digest}
	return digest.Key()
}

// Version returns the one version that the digest has.
func (f Flush) Version() finding.Version {
	sum := sha256.Sum256([]byte(f.Digest))
	return finding.Version{Content: hex.EncodeToString(sum[:])}
}
