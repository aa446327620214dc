package simulation

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// Configuration is what is in force in a simulation.
type Configuration struct {
	// Sinks are the instances.
	Sinks []Sink
	// Mutes are in force from the first day to the last.
	Mutes []mute.Mute
	// DigestEvery is how long after its first finding a digest is sent.
	DigestEvery time.Duration
	// HasLedger says that what was sent is remembered. Without it there are no digests either.
	HasLedger bool
	// Accounts are the operator's names by the ids of accounts: findings are of these first.
	Accounts map[string]string
	// Groups are the ids of accounts by the names of groups, such as teams.
	Groups map[string][]string
}

// Sink is one instance.
type Sink struct {
	router.Route
	Repeat ledger.Repeat
	// Rate is how many messages a second it is sent, VendorRate how many it takes; 0 is any number.
	Rate, VendorRate float64
	DigestAfter      int
	// Latency is how long it takes to take a message.
	Latency time.Duration
}

// Latency is how long a sink takes for a message when nothing else is known of it.
const Latency = 300 * time.Millisecond

// defaults is the configuration of the CDK app, with the settings of the sinks.
func defaults() Configuration {
	sink := func(name string, rate float64, latency time.Duration) Sink {
		return Sink{
			Route: router.Route{Sink: name, MinSeverity: finding.Threshold(threshold)}, Repeat: ledger.Repeat{Kind: ledger.OnChanges},
			Rate: rate, VendorRate: rate, DigestAfter: digestAfter, Latency: latency,
		}
	}
	return Configuration{
		Sinks:       []Sink{sink("slack", 1, Latency), sink("sns", 0, 50*time.Millisecond)},
		DigestEvery: digestEvery, HasLedger: true,
	}
}

// GroupResult is what was sent about the accounts of a group.
type GroupResult struct {
	// Name is that of the group; empty for the accounts that are in none.
	Name string
	// Messages are the messages by sink. A digest counts for each group that it speaks of.
	Messages map[string]int
}

// groupsOf returns the groups by the ids of their accounts.
func (c Configuration) groupsOf() map[string][]string {
	of := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Groups)) {
		for _, id := range c.Groups[name] {
			of[id] = append(of[id], name)
		}
	}
	return of
}

// groupResults sums up what the sinks got, by the groups in the order of their names, and what is of
// no group last.
func (s *simulation) groupResults() []GroupResult {
	if len(s.config.Groups) == 0 {
		return nil
	}
	var all []GroupResult
	for _, name := range append(slices.Sorted(maps.Keys(s.config.Groups)), "") {
		group := GroupResult{Name: name, Messages: map[string]int{}}
		for _, k := range s.sinks {
			group.Messages[k.name] = k.groups[name]
		}
		all = append(all, group)
	}
	return all
}

// countGroups counts a message for each group that it speaks of.
func (k *sink) countGroups(findings []finding.Finding) {
	spoken := map[string]bool{}
	for _, f := range findings {
		groups := k.groupsOf[f.Account.ID]
		if len(groups) == 0 {
			groups = []string{""}
		}
		for _, name := range groups {
			spoken[name] = true
		}
	}
	for name := range spoken {
		k.groups[name]++
	}
}

// account returns an account by its number: those that have a name come first.
func (g *generator) account(number int) finding.Account {
	if number < len(g.named) {
		return g.named[number]
	}
	return finding.Account{ID: accountID(number)}
}

// named returns the accounts that have a name, by their ids.
func (c Configuration) named() []finding.Account {
	var all []finding.Account
	for id, name := range c.Accounts {
		all = append(all, finding.Account{ID: id, Name: name})
	}
	slices.SortFunc(all, func(a, b finding.Account) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// routes returns those of all sinks.
func (c Configuration) routes() []router.Route {
	var all []router.Route
	for _, sink := range c.Sinks {
		all = append(all, sink.Route)
	}
	return all
}
