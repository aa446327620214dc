// Package drill is the fire drill of the rules that findings come by. A schedule puts a drill on the bus for
// each rule, and later asks whether all of them have come: a rule that is disabled, changed or cut off takes
// no findings and is silent, but misses its drill.
package drill

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/own"
)

// What the records say that they are. A drill comes by a rule; a check is put into the queue.
const (
	Source          = own.Source
	DetailType      = "Tocsin Drill"
	CheckDetailType = "Tocsin Drill Check"
)

// Drill is the detail of a drill.
type Drill struct {
	// Rule is the name of the rule that is drilled.
	Rule string `json:"rule"`
	// Round is the ID of the round; drills of several rules may share it.
	Round string `json:"drill"`
	// At is when it was asked for, as RFC 3339 has it.
	At string `json:"at"`
	// IsByHand says that it has not come by a rule, so that it tells nothing of one.
	IsByHand bool `json:"byHand,omitempty"`
}

// Detail returns the detail of the event that is put on a bus.
func (d Drill) Detail() ([]byte, error) {
	detail, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("the drill has no JSON form: %w", err)
	}
	return detail, nil
}

// ByHand returns the record of a drill that comes by no rule: it goes straight to the function, or into its
// queue. The ID of its round makes it another drill than any other.
func ByHand(round string, at time.Time) ([]byte, error) {
	stamp := at.UTC().Format(time.RFC3339)
	return own.Record{DetailType: DetailType, ID: round, At: at, Detail: Drill{Round: round, At: stamp, IsByHand: true}}.JSON()
}

// came is a drill that has come.
type came struct {
	rule place
	// round is that which the drill itself says.
	round string
	at    time.Time
	// isByBus says that EventBridge has handed it over, isByRule that it tells something of the rule.
	isByBus, isByRule bool
}

// read returns the drill that a record is. It is of the rule only where EventBridge has handed it over, which
// puts an id, the account, the region and the time into each event; by hand, it has none of a rule.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
func read(e events.Envelope, now time.Time) (d came, err error) {
	var detail Drill
	if json.Unmarshal(e.Detail, &detail) != nil {
		return came{}, errors.New("a drill of which the detail cannot be read")
	}
	d = came{rule: place{e.Account, e.Region, detail.Rule}, round: bounded(detail.Round), at: e.Time, isByBus: e.Account != ""}
	d.isByRule = d.isByBus && !detail.IsByHand && e.ID != "" && !e.Time.IsZero() && e.Region != ""
	if d.round == "" {
		d.round = bounded(e.ID)
	}
	switch {
	case d.round == "":
		return came{}, errors.New("a drill that says no round")
	case d.isByRule && !d.rule.isValid():
		return came{}, errors.New("a drill of what can be no rule")
	}
	if d.at.After(now) || d.at.IsZero() { // nobody writes down a drill of tomorrow
		d.at = now
	}
	return d, nil
}

// bounded keeps an ID, which others write, short.
func bounded(id string) string {
	const most = 64
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// place is a rule, and where it stands.
type place struct{ account, region, rule string }

func (p place) site() Site { return Site{p.account, p.region} }

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + digits
)

// isValid reports whether there can be such a rule.
func (p place) isValid() bool {
	const lengthOfAccount, longestRegion = 12, 32
	return len(p.account) == lengthOfAccount && consistsOf(p.account, digits) &&
		len(p.region) <= longestRegion && consistsOf(p.region, letters+"-") && IsRule(p.rule)
}

// IsRule reports whether a rule can be drilled by a name. A rule's own name has up to 64 characters; the one by
// which it is drilled can be longer, where those of the stack and the resource stand for it.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
func IsRule(name string) bool {
	const longest = 400
	return len(name) <= longest && consistsOf(name, letters+".-_")
}

func consistsOf(text, characters string) bool {
	return text != "" && strings.Trim(text, characters) == ""
}
