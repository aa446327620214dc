package guardduty

import (
	_ "embed"
	"iter"
	"strings"
)

// typeTable has one line for each active finding type: type|level|resource type|documentation page,
// sorted. From https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-active.html
// as of November 2026.
//
//go:embed types.txt
var typeTable string

// typesPage is the page that lists all finding types, for those without an entry here.
const typesPage = documentation + "guardduty_finding-types-active.html"

// documentation is where the pages of the finding types are.
const documentation = "https://docs.aws.amazon.com/guardduty/latest/ug/"

// Entry is what is known of one finding type: how bad it is by default, which resource it is about
// and where AWS documents it. New types appear several times a year, so a type that has no entry is
// no error; it is one that is not known yet. A text costs nothing at start.
type Entry struct {
	// Type is the finding type, such as "Trojan:EC2/DNSDataExfiltration".
	Type string
	// Level is the default severity level: low, medium, high or critical; empty where it varies.
	Level string
	// ResourceType is GuardDuty's resource type. A finding of Runtime Monitoring can be about an
	// Instance, an EKSCluster, an ECSCluster or a Container and is listed as Instance; one of RDS
	// Protection about an RDSLimitlessDB, too, and is listed as RDSDBInstance. CustomDetectionRule,
	// EBSSnapshot, EC2Image and RecoveryPoint are our words where AWS documents no value.
	ResourceType string
	// Documentation is the URL of the type's section in the GuardDuty user guide.
	Documentation string
}

// Lookup returns the entry of a finding type. The lines are sorted, for a search by halves.
func Lookup(findingType string) (Entry, bool) {
	left := typeTable
	for left != "" {
		start := strings.LastIndexByte(left[:len(left)/2], '\n') + 1
		line, behind, _ := strings.Cut(left[start:], "\n")
		name, _, _ := strings.Cut(line, "|")
		switch order := strings.Compare(findingType, name); {
		case order == 0:
			return entry(line), true
		case order > 0:
			left = behind
		default:
			left = left[:start]
		}
	}
	return Entry{}, false
}

// documentedTypes returns the types of all entries.
func documentedTypes() []string {
	var types []string
	for entry := range All() {
		types = append(types, entry.Type)
	}
	return types
}

// All returns every entry in the order of the types.
func All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for line := range strings.Lines(typeTable) {
			if !yield(entry(strings.TrimSpace(line))) {
				return
			}
		}
	}
}

// entry reads a line of the table.
func entry(line string) Entry {
	fields := strings.SplitN(line, "|", 4)
	return Entry{Type: fields[0], Level: fields[1], ResourceType: fields[2], Documentation: documentation + fields[3]}
}
