package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// between is how often GuardDuty publishes a finding again, at the fastest setting, which is the
// CDK app's:
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
const between = 15 * time.Minute

// sort is a sort of finding: its type, its severity, and whether its actor changes each time.
type sort struct {
	findingType string
	severity    finding.Severity
	isRemote    bool
}

// sorts are telling ones, the common ones several times.
func sorts() []sort {
	return []sort{
		{"Recon:EC2/PortProbeUnprotectedPort", 2, true}, {"Recon:EC2/PortProbeUnprotectedPort", 2, true},
		{"UnauthorizedAccess:EC2/SSHBruteForce", 2, true}, {"Policy:IAMUser/RootCredentialUsage", 2, false},
		{"Policy:S3/BucketBlockPublicAccessDisabled", 2, false}, {"Recon:IAMUser/TorIPCaller", 5, true},
		{"UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", 5, false}, {"Discovery:S3/AnomalousBehavior", 5, false},
		{"Execution:Runtime/NewBinaryExecuted", 5, false}, {"UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", 5, true},
		{"CryptoCurrency:EC2/BitcoinTool.B!DNS", 8, false}, {"Trojan:EC2/DNSDataExfiltration", 8, false},
	}
}

// stream returns the publications of a profile; each one's Updated is when it comes. The named
// accounts come before others.
func stream(o Options, named []finding.Account, rng *rand.Rand, start time.Time) []finding.Finding {
	g := &generator{rng: rng, named: named, end: start.Add(time.Duration(o.Days) * 24 * time.Hour)}
	perAccountAndDay := 0.2
	episodes := int(float64(o.Accounts*o.Days) * perAccountAndDay)
	for range episodes {
		at := start.Add(time.Duration(rng.Int64N(int64(g.end.Sub(start)))))
		g.episode(rng.IntN(o.Accounts), at, sorts()[rng.IntN(len(sorts()))], g.everydayLength())
	}
	middle := start.Add(g.end.Sub(start) / 2)
	switch o.Profile {
	case "incident":
		g.incident(o.Accounts, middle)
	case "samples":
		g.samples(middle)
	}
	slices.SortStableFunc(g.all, func(a, b finding.Finding) int { return a.Updated.Compare(b.Updated) })
	return g.all
}

type generator struct {
	rng   *rand.Rand
	named []finding.Account
	end   time.Time
	all   []finding.Finding
	next  int
}

// everydayLength returns how long an everyday finding goes on: most end at once, some after days.
func (g *generator) everydayLength() time.Duration {
	switch p := g.rng.Float64(); {
	case p < 0.6:
		return 0
	case p < 0.9:
		return time.Duration(2+g.rng.IntN(5)) * time.Hour
	default:
		return time.Duration(24+g.rng.IntN(49)) * time.Hour
	}
}

// accountID returns the id of an account without a name.
func accountID(number int) string { return fmt.Sprintf("%012d", number+1) }

// episode publishes one finding for as long as it goes on.
func (g *generator) episode(account int, at time.Time, s sort, length time.Duration) {
	g.next++
	f := finding.Finding{
		ID: fmt.Sprintf("%032x", g.next), Source: "aws.guardduty", Type: s.findingType, Title: s.findingType, Severity: s.severity,
		Place:    finding.Place{Account: g.account(account), Region: "eu-west-1", Partition: "aws"},
		Resource: finding.Resource{Type: "Instance", ID: fmt.Sprintf("i-%017x", g.next)},
	}
	f.Created, f.FirstSeen, f.Count, f.Road, f.About.Product = at, at, 1, "guardduty", "GuardDuty"
	for now := at; !now.After(at.Add(length)) && now.Before(g.end); now = now.Add(between) {
		f.Updated, f.LastSeen, f.Published = now, now, now
		if s.isRemote {
			f.Actor.Remote.IP = fmt.Sprintf("198.51.100.%d", g.rng.IntN(250))
		}
		g.all = append(g.all, f)
		f.Count += 1 + g.rng.IntN(5)
	}
}

// incident hits six accounts in ten within twenty minutes, with four findings each that go on for
// half a day, and here and there a critical one.
func (g *generator) incident(accounts int, at time.Time) {
	for account := range max(accounts*6/10, 1) {
		for range 4 {
			begin := at.Add(time.Duration(g.rng.Int64N(int64(20 * time.Minute))))
			g.episode(account, begin, sorts()[5+g.rng.IntN(len(sorts())-5)], 12*time.Hour)
		}
	}
	for i := range 40 {
		begin := at.Add(time.Duration(i)*time.Minute + time.Duration(g.rng.Int64N(int64(30*time.Second))))
		g.episode(g.rng.IntN(accounts), begin, sort{"AttackSequence:EC2/CompromisedInstanceGroup", 9, false}, 0)
	}
}

// samples is what the button "Generate sample findings" does, in three accounts one after another.
func (g *generator) samples(at time.Time) {
	const kinds = 229
	for account := range 3 {
		begin := at.Add(time.Duration(account) * time.Hour)
		for i := range kinds {
			g.episode(account, begin.Add(time.Duration(i)*time.Minute/kinds), sorts()[i%len(sorts())], 0)
			g.all[len(g.all)-1].Sample = true
		}
	}
}
