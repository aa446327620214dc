package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/simulation"
)

func run(t *testing.T, o simulation.Options) simulation.Result {
	t.Helper()
	result, err := simulation.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, sink := range result.Sinks {
		t.Logf("%s, %s: %+v, %.1f %%", o.Profile, sink.Name, sink, 100*sink.Ratio())
	}
	return result
}

// Whatever happens, nothing is lost; and an incident does not bury people.
func TestProfiles(t *testing.T) {
	for _, profile := range simulation.Profiles() {
		result := run(t, simulation.Options{Accounts: 500, Days: 7, Profile: profile, Seed: 1})
		for _, sink := range result.Sinks {
			if sink.Lost != 0 {
				t.Errorf("%s, %s: %d lost", profile, sink.Name, sink.Lost)
			}
			if sink.LongestCritical > 10*time.Second {
				t.Errorf("%s, %s: a critical finding came after %v", profile, sink.Name, sink.LongestCritical)
			}
			if profile == "incident" && float64(sink.Messages) > 0.05*float64(result.Events) {
				t.Errorf("%s: %d messages for %d events", sink.Name, sink.Messages, result.Events)
			}
		}
	}
}

func TestSameSeedSameResult(t *testing.T) {
	o := simulation.Options{Accounts: 50, Days: 2, Profile: "incident", Seed: 7}
	if diff := cmp.Diff(run(t, o), run(t, o)); diff != "" {
		t.Error(diff)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []simulation.Options{
		{Accounts: 0, Days: 1, Profile: "steady"}, {Accounts: 1, Days: 0, Profile: "steady"}, {Accounts: 1, Days: 91, Profile: "steady"},
		{Accounts: 1, Days: 1, Profile: "storm"},
	} {
		if _, err := simulation.Run(t.Context(), o); err == nil {
			t.Errorf("%v: want an error", fmt.Sprint(o))
		}
	}
}
