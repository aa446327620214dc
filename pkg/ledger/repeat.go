package ledger

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	reminder = 24 * time.Hour // a finding that still happens is sent again after it
	// betweenNames is the least time between two updates that are sent for a new actor or resource
	// alone: a source may overwrite the actor of a finding each time it publishes it.
	betweenNames = 6 * time.Hour
	leastEvery   = 15 * time.Minute // the shortest interval: no source publishes a finding more often
)

// RepeatKind is a rule for sending a finding again.
type RepeatKind int

// The rules.
const (
	Always RepeatKind = iota // every new version
	// OnChanges sends a version that says something worth knowing: a higher level, a new actor or
	// resource, ten times the count, another thing to do, or that it still happens after a day.
	OnChanges
	Never    // once
	Interval // a version when the interval has gone by, or the level has risen
)

// Repeat says when a finding that was sent is sent again. The zero value is Always.
type Repeat struct {
	Kind  RepeatKind
	Every time.Duration // the interval of the kind Interval
}

// ParseRepeat reads "changes", "always", "never", or an interval such as "24h" or "90m" of 15
// minutes or more; nothing means "changes". Case and surrounding space do not matter. The error
// does not repeat the text.
func ParseRepeat(text string) (Repeat, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "", "changes":
		return Repeat{Kind: OnChanges}, nil
	case "always":
		return Repeat{Kind: Always}, nil
	case "never":
		return Repeat{Kind: Never}, nil
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < leastEvery {
		return Repeat{}, errors.New("want changes, always, never, or an interval of 15m or more, such as 24h")
	}
	return Repeat{Kind: Interval, Every: every}, nil
}

// String returns the rule as ParseRepeat reads it.
func (r Repeat) String() string {
	switch r.Kind {
	case OnChanges:
		return "changes"
	case Never:
		return "never"
	case Interval:
		text := strings.TrimSuffix(r.Every.String(), "0s")
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		return text
	default:
		return "always"
	}
}

// isDue reports whether a newer version of a finding is sent, and why or why not. Time is the
// finding's own, so that a replay decides as the day did.
func (r Repeat) isDue(last *Message, s *Subject) (due bool, why string) {
	switch {
	case r.Kind == Always:
		return true, "a newer version than the one sent"
	case s.IsSample:
		return true, "a sample is sent each time"
	case r.Kind == Never:
		return false, sentOnce
	case s.Version.Content != "" || last.Version.Content != "":
		return true, "a version without a time, which may say anything"
	}
	if before, now := last.Severity.Level(), s.Severity.Level(); now.Above(before) {
		return true, rose(before, now)
	}
	passed := s.Version.Updated.Sub(last.Version.Updated)
	switch {
	case r.Kind == OnChanges:
		return hasChanged(last, s, passed)
	case passed >= r.Every:
		return true, fmt.Sprintf("%s went by since the last message", short(passed))
	default:
		return false, fmt.Sprintf("%s since the last message, less than %s", short(passed), r)
	}
}

// sentOnce is why nothing more is sent of a finding.
const sentOnce = "it was sent, and is sent once"

func rose(before, now finding.Level) string {
	return fmt.Sprintf("the level rose from %s to %s", before, now)
}

// hasChanged reports whether a version says something worth knowing besides its level, and what.
func hasChanged(last *Message, s *Subject, passed time.Duration) (has bool, why string) {
	switch power := powerOfTen(s.Count); {
	case power > powerOfTen(last.Count):
		return true, fmt.Sprintf("the count passed %d", int(math.Pow10(power)))
	case passed >= reminder && !s.IsWeakness:
		return true, fmt.Sprintf("it still happens, %s after the last message", short(passed))
	}
	names := last.unseen(s)
	if at := slices.IndexFunc(names, isToDo); at >= 0 {
		what, _, _ := strings.Cut(names[at], " ")
		return true, "what is to be done has changed: " + what
	}
	if len(names) > 0 {
		what, _, _ := strings.Cut(names[0], " ") // the name itself is an attacker's
		if s.Version.Updated.Sub(last.NamesAt) >= betweenNames {
			return true, "there is a new " + what
		}
		return false, "there is a new " + what + ", and others were sent less than 6 hours before"
	}
	return false, "nothing new since the message of " + last.At.Format(time.RFC3339)
}

// powerOfTen returns 0 for counts below 10, 1 below 100 and so on.
func powerOfTen(count int) int { return len(strconv.Itoa(max(count, 0))) - 1 }

// short returns a duration in whole hours, or in minutes below two hours.
func short(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}
