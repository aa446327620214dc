package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Whoever was told what another sink knows is told of the end, in reply to that; whoever has the finding open by
// itself stays as it is, and of what nobody knows nothing is shared.
func TestShare(t *testing.T) {
	l := ledger.New(text{table.NewMemory()}, nil)
	f := version(1)
	share := func(to string) {
		must(t, l.Share(t.Context(), ledger.Sharing{Key: f.Key(), From: "slack", To: to, Receipt: notify.Receipt{ID: "shared"}}))
	}
	share("oncall")
	if told, err := l.Told(t.Context(), f.Key(), "oncall"); err != nil || len(told) > 0 {
		t.Errorf("nobody was told, and it was shared: %v, %v", told, err)
	}
	all := claims(t, caseOf(l, "a", f, "slack", "mail"), "slack", "mail")
	must(t, l.Sent(t.Context(), all[0], notify.Receipt{ID: "first"}))
	must(t, l.Sent(t.Context(), all[1], notify.Receipt{ID: "own"}))
	share("oncall")
	share("mail")
	over := version(2)
	over.State = finding.Archived
	got := map[string]string{}
	for i, claim := range claims(t, caseOf(l, "b", over, "slack", "oncall", "mail", "never"), "slack", "oncall", "mail", "never") {
		got[[]string{"slack", "oncall", "mail", "never"}[i]] = claim.Kind.String() + " " + claim.Previous.ID
		if claim.Verdict.IsNews() {
			must(t, l.Sent(t.Context(), claim, notify.Receipt{}))
		}
	}
	want := map[string]string{"slack": "resolved first", "oncall": "resolved shared", "mail": "resolved own", "never": "finding "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again := claims(t, caseOf(l, "c", version(3), "slack"), "slack")
	must(t, l.Sent(t.Context(), again[0], notify.Receipt{ID: "again"}))
	share("oncall") // which was told that it is over
	told, err := l.Told(t.Context(), f.Key(), "oncall")
	if err != nil || told["oncall"].IsOver || told["oncall"].Receipt.ID != "shared" {
		t.Errorf("it stays over: %+v, %v", told, err)
	}
}
