package digest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// before is an item of a table that was filled before digests had a form of their own.
const before = `{"ID":"f","Source":"aws.guardduty","Type":"Recon:EC2/Portscan","Title":"A scan","Description":"","Severity":8,` +
	`"Account":{"ID":"111122223333","Name":"prod"},"Region":"eu-west-1","Partition":"aws",` +
	`"Count":3,"FirstSeen":"2026-03-16T08:11:10.5Z","LastSeen":"2026-03-16T08:12:10Z","Created":"2026-03-16T08:13:00Z","Updated":"2026-03-16T08:14:00Z",` +
	`"Sample":true,"Archived":true,"Resource":{"Type":"Instance","ID":"i-1","Name":"web","ARN":"","Attributes":null,"Tags":null},"Related":null,` +
	`"Actor":{"Remote":{"IP":"198.51.100.7","Country":"Norway","CountryCode":"","City":"","Organization":"","ASN":"","Domain":"","Account":{"ID":"","Name":""}},` +
	`"User":{"Name":"","Type":"","Session":"","PrincipalID":"","AccessKey":"","Impersonated":""},` +
	`"Process":{"Name":"","Path":"","User":"","SHA256":"","PID":""},"UserAgent":""},"Action":{"Kind":"","Attributes":null},"Threats":null,"Sequence":null,` +
	`"Published":"0001-01-01T00:00:00Z","Document":null,"Event":null}`

// now is the same without the members that no digest has ever filled.
const now = `{"ID":"f","Source":"aws.guardduty","Type":"Recon:EC2/Portscan","Title":"A scan","Severity":8,` +
	`"Account":{"ID":"111122223333","Name":"prod"},"Region":"eu-west-1","Partition":"aws",` +
	`"Count":3,"FirstSeen":"2026-03-16T08:11:10.5Z","LastSeen":"2026-03-16T08:12:10Z","Created":"2026-03-16T08:13:00Z","Updated":"2026-03-16T08:14:00Z",` +
	`"Sample":true,"Archived":true,"State":"archived","Resource":{"Type":"Instance","ID":"i-1","Name":"web"},"Actor":{"Remote":{"IP":"198.51.100.7","Country":"Norway"}}}`

// short is the same as it was before the state had a member.
var short = strings.Replace(now, `"State":"archived",`, "", 1)

func storedFinding() finding.Finding {
	at := func(minute int) time.Time { return time.Date(2026, 3, 16, 8, minute, 0, 0, time.UTC) }
	return finding.Finding{
		ID: "f", Source: "aws.guardduty", Type: "Recon:EC2/Portscan", Title: "A scan", Severity: 8,
		Place: finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{
			Count: 3, FirstSeen: at(11).Add(10500 * time.Millisecond), LastSeen: at(12).Add(10 * time.Second), Created: at(13), Updated: at(14),
			Sample: true, State: finding.Archived,
		},
		Resource: finding.Resource{Type: "Instance", ID: "i-1", Name: "web"},
		Actor:    finding.Actor{Remote: finding.Remote{IP: "198.51.100.7", Country: "Norway"}},
	}
}

// What waits in a table is read whatever version has written it.
func TestItemsOfBefore(t *testing.T) {
	store := table.NewMemory()
	for key, text := range map[string]string{"a": before, "b": short, "c": "no JSON", "d": now} {
		must(t, store.Append(t.Context(), "/digest/slack/d", table.Item{Key: key, Text: text}))
	}
	got, err := digest.New(store, nil).Flush(t.Context(), "slack", "d")
	must(t, err)
	unreadable := finding.Finding{ID: "c", Title: "a finding that cannot be read any more"}
	if diff := cmp.Diff([]finding.Finding{unreadable, storedFinding(), storedFinding(), storedFinding()}, got); diff != "" {
		t.Error(diff)
	}
}

// elsewhere is a store that is not in this process: it keeps texts.
type elsewhere struct{ *table.Memory }

// A finding with all that a digest does not show is stored without that, and the record of the open
// digest has the form of a ledger's record.
func TestItemsOfNow(t *testing.T) {
	c, a, store := newClock(), &announcements{}, elsewhere{table.NewMemory()}
	d := digest.New(store, c.now)
	f := storedFinding()
	f.Description, f.Actor.UserAgent, f.Document = "long", "curl", []byte(`{}`)
	must(t, d.Gather(t.Context(), digest.GatherRequest{Sink: "slack", Finding: &f, Every: time.Minute, Announce: a.announce}))
	items, err := store.Items(t.Context(), "/digest/slack/"+a.ids[0])
	must(t, err)
	want := []table.Item{{Key: "aws.guardduty/111122223333/eu-west-1/f", Text: now, Expires: c.at.Add(table.Retention)}}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Error(diff)
	}
	record := func(want string) {
		t.Helper()
		got, _, err := store.Load(t.Context(), table.Key{Partition: "/digest/slack", Sort: "open"})
		must(t, err)
		if got.Text != want {
			t.Errorf("got %s, want %s", got.Text, want)
		}
	}
	record(`{"lease":{"until":"0001-01-01T00:00:00Z"},"open":{"id":"` + a.ids[0] + `","at":"2026-01-01T00:00:00Z"}}`)
	if _, err := d.Flush(t.Context(), "slack", a.ids[0]); err != nil {
		t.Fatal(err)
	}
	record(`{"lease":{"until":"0001-01-01T00:00:00Z"}}`)
}

// What names a finding in the words of its source, and groups it with others, outlasts the table; so
// does how it came to its end.
func TestMatterIsStored(t *testing.T) {
	a, d := &announcements{}, digest.New(elsewhere{table.NewMemory()}, newClock().now)
	var want []finding.Finding
	for state := finding.Open; state <= finding.OK; state++ {
		f := storedFinding()
		f.ID, f.State = "f"+state.String(), state
		f.Resource.ARN = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
		f.Vulnerability = finding.Vulnerability{ID: "CVE-2026-1", Score: 9.8, Exploit: finding.Yes, Fix: finding.InPart}
		f.Check = finding.Check{Control: "S3.9", Result: "FAILED"}
		f.Road, f.Native = "securityhub", finding.Native{Source: "aws.guardduty", ID: f.ID, Product: "GuardDuty"}
		want = append(want, f)
		must(t, d.Gather(t.Context(), digest.GatherRequest{Sink: "slack", Finding: &f, Every: time.Minute, Announce: a.announce}))
	}
	got, err := d.Flush(t.Context(), "slack", a.ids[0])
	must(t, err)
	byID := func(a, b finding.Finding) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An end that a newer version has written under a name of its own is an end.
func TestStateOfAnotherVersion(t *testing.T) {
	store := table.NewMemory()
	must(t, store.Append(t.Context(), "/digest/slack/d", table.Item{Key: "a", Text: `{"ID":"a","Archived":true,"State":"expired"}`}))
	got, err := digest.New(store, nil).Flush(t.Context(), "slack", "d")
	must(t, err)
	if len(got) != 1 || !got[0].State.Over() {
		t.Errorf("got %+v", got)
	}
}

// Texts of an attacker's length are cut between characters.
func TestLongTextsAreCut(t *testing.T) {
	a, store := &announcements{}, table.NewMemory()
	d := digest.New(store, nil)
	f := finding.Finding{ID: "f", Title: "x" + strings.Repeat("é", 400), Severity: 5}
	must(t, d.Gather(t.Context(), digest.GatherRequest{Sink: "slack", Finding: &f, Every: time.Minute, Announce: a.announce}))
	got, err := d.Flush(t.Context(), "slack", a.ids[0])
	must(t, err)
	if want := "x" + strings.Repeat("é", 249); len(got) != 1 || got[0].Title != want {
		t.Errorf("got %d bytes of %q", len(got[0].Title), got[0].Title)
	}
}

// The flush record goes through the queue and back, and names its digest as it always has.
func TestFlushRecord(t *testing.T) {
	flush := digest.Flush{Sink: "slack", Digest: "aaaa", Until: time.Date(2026, 3, 16, 8, 30, 0, 0, time.UTC)}
	event, err := flush.Event()
	must(t, err)
	want := `{"detail":{"sink":"slack","digest":"aaaa","until":"2026-03-16T08:30:00Z"},"detail-type":"Tocsin Digest","source":"tocsin","version":"0"}`
	if string(event) != want {
		t.Errorf("got %s", event)
	}
	var envelope struct {
		Source string
		Type   string `json:"detail-type"`
		Detail json.RawMessage
	}
	must(t, json.Unmarshal(event, &envelope))
	got, ok := digest.ReadFlush(envelope.Source, envelope.Type, envelope.Detail)
	if diff := cmp.Diff(flush, got); diff != "" || !ok {
		t.Errorf("%v %s", ok, diff)
	}
	for _, other := range [][3]string{
		{"aws.guardduty", envelope.Type, string(envelope.Detail)}, {"tocsin", "Another", string(envelope.Detail)},
		{"tocsin", envelope.Type, `{"sink":"slack"}`}, {"tocsin", envelope.Type, `{"digest":"aaaa"}`}, {"tocsin", envelope.Type, `[]`},
	} {
		if got, ok := digest.ReadFlush(other[0], other[1], []byte(other[2])); ok {
			t.Errorf("%v: got %+v", other, got)
		}
	}
	stand := finding.Finding{ID: "aaaa", Source: "tocsin", Origin: finding.Origin{Document: []byte("aaaa")}}
	if flush.Key() != "tocsin///aaaa" || flush.Version() != stand.Version() {
		t.Errorf("got %s, %+v, want the version %+v", flush.Key(), flush.Version(), stand.Version())
	}
}
