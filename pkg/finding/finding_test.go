package finding_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func sample() finding.Finding {
	return finding.Finding{
		ID: "abc", Source: "aws.guardduty",
		Place:    finding.Place{Account: finding.Account{ID: "000022223333"}, Region: "eu-west-1"},
		Activity: finding.Activity{Count: 3, Updated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		Origin: finding.Origin{
			Published: time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC), Document: []byte(`{"a":1}`), Event: []byte(`{"detail":{"a":1}}`),
		},
	}
}

func TestKeyNamesTheFindingNotThePublication(t *testing.T) {
	f := sample()
	if got, want := f.Key(), "aws.guardduty/000022223333/eu-west-1/abc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	key := f.Key()
	f.Published, f.Updated, f.Count = time.Now(), time.Now(), 99
	if f.Key() != key {
		t.Error("a later publication has another key")
	}
	f.ID = ""
	byContent := f.Key()
	if !strings.Contains(byContent, "sha256:") {
		t.Errorf("a finding without an id is named by its content, got %q", byContent)
	}
	f.Document = []byte(`{"a":2}`)
	if f.Key() == byContent {
		t.Error("other content, same key")
	}
}

func TestVersion(t *testing.T) {
	f := sample()
	if got, want := f.Version().String(), "2026-01-02T03:04:05Z#3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Updated = time.Time{}
	if got, want := f.Version().String(), "2026-01-02T03:05:00Z#3"; got != want {
		t.Errorf("no time of update: got %q, want the envelope's time %q", got, want)
	}
	f.Published = time.Time{}
	same := f.Version()
	if same.Content == "" || same != f.Version() {
		t.Errorf("no time at all: want the hash of the content, got %+v", same)
	}
	f.Document = []byte(`{"a":2}`)
	if f.Version() == same {
		t.Error("other content, same version")
	}
}

func TestAccount(t *testing.T) {
	for want, account := range map[string]finding.Account{
		"":                    {},
		"012345678901":        {ID: "012345678901"},
		"prod":                {Name: "prod"},
		"prod (012345678901)": {ID: "012345678901", Name: "prod"},
	} {
		if account.String() != want {
			t.Errorf("got %q, want %q", account, want)
		}
	}
}

func TestAttributes(t *testing.T) {
	var a finding.Attributes
	a = a.With(finding.AttrVPC, "vpc-1").With(finding.AttrVPC, "vpc-2").With(finding.AttrImage, "")
	if len(a) != 1 || a.Get(finding.AttrVPC) != "vpc-1" || a.Get(finding.AttrImage) != "" {
		t.Errorf("want the first value and no empty one, got %v", a)
	}
}

func TestZero(t *testing.T) {
	if !(finding.Actor{}).Zero() || (finding.Actor{UserAgent: "x"}).Zero() {
		t.Error("Actor.Zero")
	}
	if !(finding.Resource{}).Zero() || (finding.Resource{Tags: []finding.Tag{{}}}).Zero() {
		t.Error("Resource.Zero")
	}
	if !(finding.Action{}).Zero() || (finding.Action{Kind: "x"}).Zero() {
		t.Error("Action.Zero")
	}
	var none *finding.Sequence
	if none.Indicator("x") != nil {
		t.Error("no sequence has no indicators")
	}
}

// Of one time, the end is the newest version, whatever the count.
func TestVersionOfAnEnd(t *testing.T) {
	at := func(minute, count int, state finding.State) finding.Version {
		f := finding.Finding{Activity: finding.Activity{
			Updated: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC), Count: count, State: state,
		}}
		return f.Version()
	}
	order := []finding.Version{
		at(1, 1, finding.Open), at(1, 2, finding.Open), at(1, 1, finding.Closed), at(1, 2, finding.OK), at(2, 1, finding.Open),
	}
	for i, v := range order {
		for j, other := range order {
			if v.After(other) != (i > j) || (v.String() == other.String()) != (i == j) {
				t.Errorf("%s after %s: %v", v, other, v.After(other))
			}
		}
	}
}
