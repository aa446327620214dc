package formatter

import (
	"cmp"
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// remote returns "198.51.100.7, Example Telecom (AS64500), Lima, Peru".
func (b *builder) remote(r finding.Remote) string {
	network := bracketed(clean(r.Organization), clean(r.ASN))
	return joined(", ", b.id(clean(r.IP)), b.id(clean(r.Domain)), network, clean(r.City), clean(cmp.Or(r.Country, r.CountryCode)),
		b.say("account", b.account(r.Account)))
}

// account returns "prod (111122223333)", or the one of the two that is there.
func (b *builder) account(a finding.Account) string {
	return bracketed(clean(a.Name), b.id(clean(a.ID)))
}

// user returns "admin (AssumedRole), session build-7, key ASIA...".
func (b *builder) user(u finding.User) string {
	name := joined(" ", bracketed(clean(cmp.Or(userName(u), u.PrincipalID)), clean(u.Type)), b.say("as", clean(u.Impersonated)))
	return joined(", ", name, b.say("session", clean(u.Session)), b.say("key", b.id(clean(u.AccessKey))))
}

// hiddenName is what CloudTrail has in place of the name of a user where somebody has mistyped it,
// since it could be a password.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
const hiddenName = "HIDDEN_DUE_TO_SECURITY_REASONS"

// userName returns the name of a user, or "" where it is hidden.
func userName(u finding.User) string {
	if u.Name == hiddenName {
		return ""
	}
	return u.Name
}

// who returns what a headline says of who did it: the user's name, else the remote address.
func who(f *finding.Finding) string {
	return cutRunes(clean(cmp.Or(userName(f.Actor.User), f.Actor.Remote.IP)), maxTarget)
}

// process returns "/usr/bin/xmrig (pid 42) as root, SHA-256 ab12...".
func (b *builder) process(p finding.Process) string {
	text := joined(" ", bracketed(b.id(clean(cmp.Or(p.Path, p.Name))), b.say("pid", clean(p.PID))), b.say("as", clean(p.User)))
	return joined(", ", text, b.say("sha256", b.id(clean(p.SHA256))))
}

// threat returns "EICAR-Test-File (listed by ProofPoint) in /tmp/eicar, SHA-256 ab12...".
func (b *builder) threat(t finding.Threat) string {
	text := bracketed(clean(cmp.Or(t.Name, t.SHA256)), b.say("listed", clean(t.List)))
	text = joined(" ", text, b.say("in", b.id(clean(t.File))))
	if t.Name != "" {
		text = joined(", ", text, b.say("sha256", b.id(clean(t.SHA256))))
	}
	return text
}

// bracketed returns "first (second)", or the one of the two that is there.
func bracketed(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + " (" + second + ")"
}

// began returns the first time, of a finding that does not state it the time of its creation.
func began(a finding.Activity) time.Time {
	if a.FirstSeen.IsZero() {
		return a.Created
	}
	return a.FirstSeen
}

// lastSeen returns "2026-03-16 11:20:05 UTC (for 3 h)", of a finding that does not state it the
// time of its update, and nothing where it is the first time.
func (b *builder) lastSeen(a finding.Activity) string {
	first, last := began(a), a.LastSeen
	if last.IsZero() {
		last = a.Updated
	}
	switch {
	case last.Equal(first):
		return ""
	case first.IsZero() || last.Before(first) || !isSeen(a):
		return b.time(last)
	}
	return bracketed(b.time(last), b.say("for", b.duration(last.Sub(first))))
}

const day = 24 * time.Hour

// duration returns the largest unit that holds it twice, rounded down; "" for less than a second.
func (b *builder) duration(d time.Duration) string {
	switch {
	case d >= 2*day:
		return b.say("days", strconv.Itoa(int(d/day)))
	case d >= 2*time.Hour:
		return b.say("hours", strconv.Itoa(int(d/time.Hour)))
	case d >= 2*time.Minute:
		return b.say("minutes", strconv.Itoa(int(d/time.Minute)))
	case d >= time.Second:
		return b.say("seconds", strconv.Itoa(int(d/time.Second)))
	}
	return ""
}
