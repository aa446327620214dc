package guardduty_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func samples() source.Samples { return guardduty.Source().Samples }

func when() time.Time { return time.Date(2026, 3, 16, 8, 25, 11, 0, time.UTC) }

// read returns the finding in a sample, as the Lambda would read it.
func read(t *testing.T, event json.RawMessage) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), event)
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

func TestEveryType(t *testing.T) {
	count := 0
	for entry := range guardduty.All() {
		count++
		event, err := samples().Event(entry.Type, source.SampleOptions{Time: when()})
		if err != nil {
			t.Fatal(err)
		}
		f := read(t, event)
		level := f.Severity.Level().String()
		if f.Type != entry.Type || !f.Sample || entry.Level != "" && level != entry.Level || f.Sequence == nil && f.Resource.Type != entry.ResourceType {
			t.Errorf("%s: got %s, sample %v, level %s, resource %s", entry.Type, f.Type, f.Sample, level, f.Resource.Type)
		}
		if f.ID == "" || f.Region != "eu-central-1" || f.Account.ID != "111122223333" || !strings.HasPrefix(f.Title, "[SAMPLE] ") ||
			f.Description == "" || f.FirstSeen.IsZero() || f.Updated.IsZero() {
			t.Errorf("%s: something is missing: id %q, title %q", entry.Type, f.ID, f.Title)
		}
		if s := f.Sequence; s != nil && (len(s.Signals) == 0 || len(s.Resources) == 0 || !f.FirstSeen.Equal(s.Signals[0].FirstSeen)) {
			t.Errorf("%s: the sequence tells %d signals, %d resources, first seen %v", entry.Type, len(s.Signals), len(s.Resources), f.FirstSeen)
		}
		if strings.Contains(f.Title, "iP") || strings.Contains(f.Title, "dNS") {
			t.Errorf("%s: got title %q", entry.Type, f.Title)
		}
		if f.Resource.ID == "" && f.Sequence == nil || f.Actor.Zero() && f.Action.Zero() && len(f.Threats) == 0 {
			t.Errorf("%s: neither resource nor deed", entry.Type)
		}
	}
	if types := samples().Types(); len(types) != count+8 || count < 236 || !slices.IsSorted(types) {
		t.Errorf("%d types, %d samples", len(types), count)
	}
}

// There are samples of what is no finding as well.
func TestOperationalSamples(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range samples().Types() {
		if !strings.HasPrefix(name, "GuardDuty ") {
			continue
		}
		event, err := samples().Event(name, source.SampleOptions{Time: when()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := read(t, event)
		if f.Type != name || f.Account.ID != "111122223333" || f.Region != "eu-central-1" || f.Resource.ID == "" || len(f.Facts) == 0 {
			t.Errorf("%s: got %+v", name, f)
		}
		seen[f.ID] = true
	}
	if len(seen) != 4 { // an object, what follows its scan, a bucket, a cluster
		t.Errorf("the samples are about %v", seen)
	}
}

func TestSameOptionsSameBytes(t *testing.T) {
	event := func(o source.SampleOptions) json.RawMessage {
		t.Helper()
		event, err := samples().Event("Recon:EC2/Portscan", o)
		if err != nil {
			t.Fatal(err)
		}
		return event
	}
	first := event(source.SampleOptions{Time: when()})
	if !bytes.Equal(first, event(source.SampleOptions{Time: when()})) {
		t.Error("the same options give other bytes")
	}
	later := event(source.SampleOptions{Time: when().Add(time.Second)})
	if read(t, first).ID == read(t, later).ID {
		t.Error("a sample of another time has the same id")
	}
	china := read(t, event(source.SampleOptions{Time: when(), Account: "000022223333", Region: "cn-north-1"}))
	if china.Partition != "aws-cn" || china.Account.ID != "000022223333" {
		t.Errorf("got %+v", china.Place)
	}
}

func TestShowcase(t *testing.T) {
	levels := map[finding.Level]bool{}
	for _, findingType := range samples().Showcase() {
		event, err := samples().Event(findingType, source.SampleOptions{Time: when()})
		if err != nil {
			t.Fatalf("%s: %v", findingType, err)
		}
		levels[read(t, event).Severity.Level()] = true
	}
	if len(levels) < 3 {
		t.Errorf("the showcase has the levels %v, want three", levels)
	}
}

func TestUnknownType(t *testing.T) {
	_, err := samples().Event("Recon:EC2/PortScan", source.SampleOptions{})
	if err == nil || err.Error() != "no such finding type" {
		t.Errorf("got %v", err)
	}
}
