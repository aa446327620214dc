package e2e_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// takesAll is a sink that accepts every message.
type takesAll struct{}

func (takesAll) Notify(context.Context, notify.Notification) (notify.Receipt, error) {
	return notify.Receipt{}, nil
}

// A storm goes on over the turn of a minute, by a clock that is moved by hand: what was sent in the
// minute before still counts, the ledger is there all the time, and every finding is sent or in a
// digest.
func TestStormOverTheTurnOfAMinute(t *testing.T) {
	const findings, batch, most = 200, 8, 10
	now := time.Now().Truncate(time.Minute).Add(50 * time.Second)
	store, clock := tableStore(t, "storm-minute"), func() time.Time { return now }
	kept := digest.New(store, clock)
	engine := delivery.New([]delivery.Target{{Name: "sink", Sink: takesAll{}, Concurrency: 1, DigestAfter: most}},
		delivery.Options{Ledger: ledger.New(store, clock), Digests: kept, DigestEvery: time.Minute})
	digests, counts := map[string]bool{}, map[delivery.Outcome]int{}
	announce := func(_ context.Context, f digest.Flush) error {
		digests[f.Digest] = true
		return nil
	}
	for first := 0; first < findings; first += batch {
		var pairs []delivery.Pair
		for i := first; i < first+batch; i++ {
			pairs = append(pairs, delivery.Pair{Message: delivery.FindingMessage(&finding.Finding{
				ID: fmt.Sprint(i), Source: "aws.guardduty", Severity: 5, Activity: finding.Activity{Updated: now},
			})})
		}
		report := engine.Deliver(t.Context(), delivery.Invocation{ID: fmt.Sprint(first), Announce: announce}, pairs)
		for _, result := range report.Results {
			counts[result.Outcome]++
		}
		if report.LedgerErr != nil {
			t.Errorf("at %s: %v", now.Format(time.TimeOnly), report.LedgerErr)
		}
		now = now.Add(time.Second)
	}
	inDigests := 0
	for id := range digests {
		gathered, err := kept.Flush(t.Context(), "sink", id)
		if err != nil {
			t.Fatal(err)
		}
		inDigests += len(gathered)
	}
	if counts[delivery.Delivered] != most || counts[delivery.Digested] != findings-most || inDigests != findings-most {
		t.Errorf("%v, and %d in %d digests; want %d delivered and the others digested", counts, inDigests, len(digests), most)
	}
}

// tableStore returns the ledger's store in a new table of the emulator.
func tableStore(t *testing.T, name string) *table.DynamoDB {
	t.Helper()
	for variable, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables, "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": accessSecret, "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(variable, value)
	}
	store, err := table.NewDynamoDB(t.Context(), newTable(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return store
}
