package events_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// What Tocsin sends to a queue or a bus is not sent again, by whatever way it comes back.
func TestOwnMessagesComeBack(t *testing.T) {
	one := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	minimal := one
	minimal.Minimal = true
	digest := formattertest.Many()
	digest.Kind = notify.KindDigest
	for name, n := range map[string]notify.Notification{
		"finding": one, "minimal": minimal, "over": formattertest.Ended(), "digest": digest, "heartbeat": {Kind: notify.KindHeartbeat},
	} {
		document, err := json.Document(n, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		event := fmt.Sprintf(`{"version":"0","id":"e","source":"tocsin","detail-type":"Security Finding","detail":%s}`, document)
		for _, body := range []string{string(document), event} {
			for _, whole := range []string{body, snsEnvelope(body), `{"Records":[` + sqsRecord("m", body) + `]}`, `{"Records":[` + sqsRecord("m", snsEnvelope(body)) + `]}`} {
				delivery, err := events.Open(events.Table(), []byte(whole))
				for _, record := range delivery.Records {
					err = record.Err
				}
				none, ok := errors.AsType[*events.NoEventError](err)
				if !ok || !strings.Contains(none.Reason, "Tocsin itself has sent") || len(delivery.Records) > 1 {
					t.Errorf("%s: %.80s is taken for an event (%v)", name, whole, err)
				}
			}
		}
	}
}

// What only looks like it is an event as any other.
func TestOthersThatLookLikeOwnMessages(t *testing.T) {
	for _, whole := range []string{
		`{"version":"0","source":"tocsin.example","detail-type":"Security Finding","detail":{"version":1,"kind":"finding","key":"k"}}`,
		`{"version":"0","source":"tocsin","detail-type":"Tocsin Digest","detail":{"sink":"slack","digest":"d"}}`, // a record of its own queue
		`{"version":"1","source":"aws.guardduty","detail-type":"GuardDuty Finding","kind":"x","key":"y","detail":{"id":"i"}}`,
	} {
		if delivery, err := events.Open(events.Table(), []byte(whole)); err != nil || len(delivery.Records) != 1 {
			t.Errorf("%s: %v", whole, err)
		}
	}
}
