package ledger_test

import (
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// An overlay begins with what the store below holds, sees its own changes, and leaves the store as it is.
func TestOverlay(t *testing.T) {
	base := ledger.NewMemory()
	live := ledger.New(base, nil)
	first, second := version(1), version(2)
	must(t, live.Told(t.Context(), claim(t, live, request("live", first, time.Minute)), notify.Receipt{}))

	over := ledger.New(ledger.NewOverlay(base), nil)
	if got := claim(t, over, request("trial", first, time.Minute)).Verdict; got != ledger.Duplicate {
		t.Errorf("what was told below: got verdict %v", got)
	}
	c := claim(t, over, request("trial", second, time.Minute))
	if c.Verdict != ledger.Update {
		t.Errorf("a newer version: got verdict %v", c.Verdict)
	}
	must(t, over.Told(t.Context(), c, notify.Receipt{}))
	if got := claim(t, over, request("trial", second, time.Minute)).Verdict; got != ledger.Duplicate {
		t.Errorf("what was told in the overlay: got verdict %v", got)
	}
	if got := claim(t, live, request("live", second, time.Minute)).Verdict; got != ledger.Update {
		t.Errorf("the store below was changed: got verdict %v", got)
	}
}
