package finding

import "strings"

// Matter is what a finding is about beside who did what to which resource.
type Matter struct {
	// Vulnerability is the weakness that was found.
	Vulnerability Vulnerability
	// Check is the rule that the resource was held against.
	Check Check
	// Remedy is what the source says is to be done.
	Remedy Remedy
	// Facts are what else the source states that a responder needs, the most telling first. A name
	// is one of the Attr constants, or one that the source's words explain as "fact.NAME".
	Facts Attributes
}

// IsWeakness reports whether it is about a vulnerability or a check: something that stays as it is
// until somebody mends it, and that nobody has done to anybody.
func (m *Matter) IsWeakness() bool {
	c := m.Check
	return m.Vulnerability.ID != "" || c.Control != "" || c.Result != "" || len(c.Standards) > 0
}

// Vulnerability is a weakness in software. The zero value is none.
type Vulnerability struct {
	// ID is its public name, such as "CVE-2026-1234".
	ID string
	// Score is that of CVSS, or the source's own on the same scale: 0 to 10; 0 is not stated.
	Score float64
	// EPSS is how likely it is to be exploited within 30 days: 0 to 1; 0 is not stated.
	// https://www.first.org/epss/
	EPSS float64
	// Exploit says whether an exploit is known, Fix whether there is a version without it.
	Exploit, Fix Answer
	// Packages are the vulnerable packages, in the order of the source.
	Packages []Package
}

// Package is a piece of software in a resource.
type Package struct {
	Name, Version string
	// Fixed is the first version without the weakness; empty where the source names none.
	Fixed string
	// Manager is what it was installed with, such as "OS" or "NPM"; Path is where it lies.
	Manager, Path string
}

// Answer is yes, no or in part. The zero value is not stated.
type Answer string

// The answers.
const (
	Yes    Answer = "yes"
	No     Answer = "no"
	InPart Answer = "partial"
)

// Check is a rule that resources are held against. The zero value is none.
type Check struct {
	// Control is its short name, such as "S3.9".
	Control string
	// Standards are the sets of rules that it belongs to, in the source's words.
	Standards []string
	// Result is the source's word for how it went, such as "FAILED".
	Result string
}

// Remedy is what the source says is to be done. The zero value is nothing.
type Remedy struct {
	// Text is attacker-written as any other; URL is the source's own page on it, and is shown only
	// where it is one of the vendor's.
	Text, URL string
}

// Groups returns the names of what a reader acts on once for many findings: the vulnerability, the
// control, the resource. An account is nothing that is mended once.
func (f *Finding) Groups() []string {
	var groups []string
	add := func(what, name string) {
		if name != "" {
			groups = append(groups, what+" "+name)
		}
	}
	add("vulnerability", f.Vulnerability.ID)
	add("control", f.Check.Control)
	if id := f.Resource.ID; id != "" && !f.isAccount(id) {
		add("resource", f.Account.ID+" "+f.Region+" "+id)
	}
	return groups
}

// isAccount reports whether a resource is the finding's account itself, such as
// "AWS::::Account:111122223333".
func (f *Finding) isAccount(id string) bool {
	before, isOwn := strings.CutSuffix(id, f.Account.ID)
	return isOwn && f.Account.ID != "" && (before == "" || strings.HasSuffix(before, "Account:"))
}
