package ledger_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
)

// stored is an item of the tables that there are.
const stored = `{"ID":"f","Source":"aws.guardduty","Type":"Recon:EC2/Portscan","Title":"A scan","Description":"","Severity":8,` +
	`"Account":{"ID":"111122223333","Name":"prod"},"Region":"eu-west-1","Partition":"aws",` +
	`"Count":3,"FirstSeen":"2026-03-16T08:11:10.5Z","LastSeen":"2026-03-16T08:12:10Z","Created":"2026-03-16T08:13:00Z","Updated":"2026-03-16T08:14:00Z",` +
	`"Sample":true,"Archived":true,"Resource":{"Type":"Instance","ID":"i-1","Name":"web","ARN":"","Attributes":null,"Tags":null},"Related":null,` +
	`"Actor":{"Remote":{"IP":"198.51.100.7","Country":"Norway","CountryCode":"","City":"","Organization":"","ASN":"","Domain":"","Account":{"ID":"","Name":""}},` +
	`"User":{"Name":"","Type":"","Session":"","PrincipalID":"","AccessKey":"","Impersonated":""},` +
	`"Process":{"Name":"","Path":"","User":"","SHA256":"","PID":""},"UserAgent":""},"Action":{"Kind":"","Attributes":null},"Threats":null,"Sequence":null,` +
	`"Published":"0001-01-01T00:00:00Z","Document":null,"Event":null}`

// A finding that waits for its digest is stored as it always was, and read again, whatever is made of its state.
func TestStoredFinding(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 16, 8, minute, 0, 0, time.UTC) }
	f := finding.Finding{
		ID: "f", Source: "aws.guardduty", Type: "Recon:EC2/Portscan", Title: "A scan", Severity: 8,
		Place: finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{
			Count: 3, FirstSeen: at(11).Add(10500 * time.Millisecond), LastSeen: at(12).Add(10 * time.Second), Created: at(13), Updated: at(14),
			Sample: true, State: finding.Archived,
		},
		Resource: finding.Resource{Type: "Instance", ID: "i-1", Name: "web"},
		Actor:    finding.Actor{Remote: finding.Remote{IP: "198.51.100.7", Country: "Norway"}},
	}
	c, a, store := newClock(), &announcements{}, ledger.NewMemory()
	l := ledger.New(store, c.now)
	must(t, l.Gather(t.Context(), ledger.GatherRequest{Sink: "slack", Finding: f, Every: time.Minute, Announce: a.announce}))
	items, err := store.Items(t.Context(), ledger.Pair{Finding: "/digest/slack/" + a.ids[0]})
	must(t, err)
	if len(items) != 1 || items[0].Text != stored {
		t.Errorf("got %v, want %s", items, stored)
	}
	got, err := l.Flush(t.Context(), "slack", a.ids[0])
	must(t, err)
	f.Document, f.Event = json.RawMessage("null"), json.RawMessage("null")
	if diff := cmp.Diff([]finding.Finding{f}, got); diff != "" {
		t.Error(diff)
	}
}
