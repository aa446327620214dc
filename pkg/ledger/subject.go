package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Subject is what the ledger knows of what is to be sent. That of a digest has a key and a
// version of the digest's own, and no names.
type Subject struct {
	// Key names it across its versions, and Version this one.
	Key     string
	Version finding.Version
	// State is how it is over, where Version says that it is.
	State finding.State
	// Severity and Count are those of this version.
	Severity finding.Severity
	Count    int
	// Names identify its actors and resources, and what changes what one has to do: "actor
	// 198.51.100.7", "plan 2026-03-17 00:00 UTC", "exploit".
	Names []string
	// Road is the way by which it came; IsNative says that it came from whoever has found it, and
	// was passed on by nobody.
	Road     string
	IsNative bool
	// Parts are the parts of the version that are in it; nil for one that is whole.
	Parts []string
	// IsSample marks what was generated to try things out.
	IsSample bool
	// IsBursty says that findings of its kind come by the thousand.
	IsBursty bool
	// IsAsked says that a person asks for it now. Each time is a part of its own.
	IsAsked bool
	// IsNotice says that it is asked for since nobody has taken it on, which is said of what is open.
	IsNotice bool
	// IsWeakness says that it is about a vulnerability or a check, which stays as it is until somebody
	// mends it.
	IsWeakness bool
}

// IsAside reports whether people have put it aside.
func (s *Subject) IsAside() bool { return s.Version.Over && isAside(s.State.String()) }

// SubjectOf returns the subject of a finding.
func SubjectOf(f *finding.Finding) Subject {
	s := Subject{
		Key: f.Key(), Version: f.Version(), State: f.State, Severity: f.Severity, Count: f.Count, Names: names(f),
		Road: f.Road, IsNative: f.Native.Source == "", IsSample: f.Sample, IsBursty: f.IsBursty, IsAsked: f.IsAsked,
		IsWeakness: f.IsWeakness(),
	}
	s.Version.Road, s.Version.Published = f.Road, f.Published.UTC()
	if f.Part != "" {
		s.Parts = []string{f.Part}
	}
	return s
}

// Join adds another part of the same version.
func (s *Subject) Join(part *Subject) {
	add := func(to, more []string) []string {
		to = slices.Clone(to) // that of the subject as it was stays as it is
		for _, one := range more {
			if !slices.Contains(to, one) {
				to = append(to, one)
			}
		}
		return to
	}
	s.Parts, s.Names = add(s.Parts, part.Parts), bounded(add(s.Names, part.Names))
}

// resourceName begins the name of a resource.
const resourceName = "resource "

// names returns what identifies the actors and resources of a finding, at most as many as a record
// remembers. Of more, as an attack sequence can have, it returns those with the lowest hashes,
// which are the same each time. Of a finding in parts all its resources count, which are what a
// part brings, and of any other one those of one type: they are a list of what is affected.
func names(f *finding.Finding) []string {
	all := toDo(f)
	known := map[string]bool{}
	add := func(what string, parts ...string) {
		text := strings.TrimSpace(strings.Join(parts, " "))
		if name := what + text; text != "" && !known[name] {
			known[name], all = true, append(all, name)
		}
	}
	addRemote := func(r finding.Remote) { add("actor ", r.IP, r.Domain) }
	addUser := func(u finding.User) { add("user ", u.Name, u.PrincipalID) }
	// Each road has a spelling of its own for one type.
	addResource := func(r finding.Resource) { add(resourceName, cmp.Or(string(r.Kind()), r.Type), r.ID) }
	addRemote(f.Actor.Remote)
	addUser(f.Actor.User)
	addResource(f.Resource)
	for _, resource := range f.Related {
		if f.Part != "" || resource.Type == f.Resource.Type {
			addResource(resource)
		}
	}
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
	return bounded(all)
}

// planName begins the name of a planned time. The others that tell what one has to do are whole.
const (
	planName    = "plan "
	exploitName = "exploit"
	fixName     = "fix"
	actionName  = "action"
)

// toDo returns the names of what changes what one has to do about a finding: when something is
// planned, that action is required, that an exploit is known, that there is a fix.
func toDo(f *finding.Finding) []string {
	all := make([]string, 0, 3) // as a rule an actor, a user and a resource follow
	if f.Planned != (finding.Window{}) {
		all = append(all, planName+span(f.Planned))
	}
	if f.Facts.Get("actionability") == "ACTION_REQUIRED" {
		all = append(all, actionName)
	}
	if f.Vulnerability.Exploit == finding.Yes {
		all = append(all, exploitName)
	}
	if f.Vulnerability.Fix == finding.Yes || f.Vulnerability.Fix == finding.InPart {
		all = append(all, fixName)
	}
	return all
}

// isToDo reports whether a name is one of those.
func isToDo(name string) bool {
	return name == exploitName || name == fixName || name == actionName || strings.HasPrefix(name, planName)
}

// span returns "2026-03-17 22:00 UTC - 2026-03-18 02:00 UTC", and what is known of it.
func span(w finding.Window) string {
	const form = "2006-01-02 15:04 MST"
	switch {
	case w.Ends.IsZero():
		return w.Starts.UTC().Format(form)
	case w.Starts.IsZero():
		return "- " + w.Ends.UTC().Format(form)
	default:
		return w.Starts.UTC().Format(form) + " - " + w.Ends.UTC().Format(form)
	}
}

// bounded returns as many of the names as a record remembers.
func bounded(all []string) []string {
	if len(all) <= maxSeen {
		return all
	}
	hashes := make(map[string]string, len(all))
	for _, name := range all {
		hashes[name] = shortHash(name)
	}
	slices.SortFunc(all, func(a, b string) int {
		if isToDo(a) != isToDo(b) {
			return strings.Compare(strconv.FormatBool(isToDo(b)), strconv.FormatBool(isToDo(a)))
		}
		return strings.Compare(hashes[a], hashes[b])
	})
	return all[:maxSeen]
}
