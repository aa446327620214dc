package ledger

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Subject is what the ledger knows of what is to be sent. That of a digest has a key and a
// version of the digest's own, and no names.
type Subject struct {
	// Key names it across its versions, and Version this one.
	Key     string
	Version finding.Version
	// Severity and Count are those of this version.
	Severity finding.Severity
	Count    int
	// Names identify its actors and resources: "actor 198.51.100.7".
	Names []string
	// IsSample marks what was generated to try things out, IsOver what its source has put aside.
	IsSample, IsOver bool
}

// SubjectOf returns the subject of a finding.
func SubjectOf(f *finding.Finding) Subject {
	return Subject{
		Key: f.Key(), Version: f.Version(), Severity: f.Severity, Count: f.Count, Names: names(f), IsSample: f.Sample, IsOver: f.State.Over(),
	}
}

// names returns what identifies the actors and resources of a finding, at most as many as a record
// remembers. Of more, as an attack sequence can have, it returns those with the lowest hashes,
// which are the same each time.
func names(f *finding.Finding) []string {
	all := make([]string, 0, 3) // as a rule an actor, a user and a resource
	known := map[string]bool{}
	add := func(what string, parts ...string) {
		text := strings.TrimSpace(strings.Join(parts, " "))
		if name := what + " " + text; text != "" && !known[name] {
			known[name], all = true, append(all, name)
		}
	}
	addRemote := func(r finding.Remote) { add("actor", r.IP, r.Domain) }
	addUser := func(u finding.User) { add("user", u.Name, u.PrincipalID) }
	addResource := func(r finding.Resource) { add("resource", r.Type, r.ID) }
	addRemote(f.Actor.Remote)
	addUser(f.Actor.User)
	addResource(f.Resource)
	if s := f.Sequence; s != nil {
		for _, actor := range s.Actors {
			addRemote(actor.Remote)
			addUser(actor.User)
		}
		for _, endpoint := range s.Endpoints {
			addRemote(endpoint)
		}
		for _, resource := range s.Resources {
			addResource(resource)
		}
	}
	if len(all) > maxSeen {
		hashes := make(map[string]string, len(all))
		for _, name := range all {
			hashes[name] = shortHash(name)
		}
		slices.SortFunc(all, func(a, b string) int { return strings.Compare(hashes[a], hashes[b]) })
		all = all[:maxSeen]
	}
	return all
}
