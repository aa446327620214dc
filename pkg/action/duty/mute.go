package duty

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
)

// Mutes are the mutes of the ledger's table.
type Mutes struct {
	Kept *mutelist.Kept
	// Judge returns what is wrong with the condition of a mute; nil for nothing.
	Judge func(mute.Mute) error
	// Reread lets those that have changed be known to this execution at once.
	Reread func()
}

// mute mutes what is asked for. A mute of its name is that of the same request.
func (d *Duties) mute(ctx context.Context, r action.Request, did deed) (deed, error) {
	entry, until, reason := d.entryOf(r)
	if did.Reason = reason; reason != "" {
		return did, nil
	}
	list, _, err := d.Mutes.Kept.Load(ctx)
	if err != nil {
		return did, fmt.Errorf("the mutes of the table cannot be read: %w", err)
	}
	if !slices.ContainsFunc(list, func(e mute.Entry) bool { return e.Name == entry.Name }) {
		err = d.Mutes.Kept.Add(ctx, entry)
	}
	var full *mutelist.NoRoomError
	switch {
	case errors.As(err, &full):
		did.Reason = full.Error()
		return did, nil
	case err != nil:
		return did, fmt.Errorf("the mute %q: %w", entry.Name, err)
	}
	d.Mutes.Reread()
	did.Mute, did.Until = entry.Name, until
	return did, nil
}

// entryOf returns the mute that is asked for, and its end; reason says why there can be none.
func (d *Duties) entryOf(r action.Request) (entry mute.Entry, until time.Time, reason string) {
	until = r.At.Add(r.Mute.For).UTC().Truncate(time.Second)
	entry = mute.Entry{
		Name: nameOf(r), Until: until.Format(time.RFC3339), Reason: oneLine(r.Mute.Reason), By: oneLine(r.By.String()),
		EvenCritical: r.Mute.EvenCritical,
	}
	when, alternative := conditions(r.Subject, r.Mute.Scope)
	switch {
	case r.Mute.For <= 0 || r.Mute.For > action.LongestMute:
		return entry, until, fmt.Sprintf("a mute lasts for %d days at the most", action.LongestMute/(24*time.Hour))
	case !until.After(d.Now()):
		return entry, until, "it would have ended before it could begin"
	case entry.Reason == "":
		return entry, until, "a mute has a reason"
	case when == "":
		return entry, until, "the message does not say enough of the finding; mute the finding itself, or use tocsin mute add"
	}
	for _, entry.When = range []string{when, alternative} {
		m, err := entry.Mute()
		if err == nil {
			err = d.Mutes.Judge(m)
		}
		if err == nil {
			return entry, until, ""
		}
		reason = err.Error()
	}
	return entry, until, reason
}

// conditions returns the condition of a mute, and another form of it that says the same and is never taken for a
// slip: what is new may be spelled almost as something that is known. Both are empty where the scope needs what the
// subject does not say.
func conditions(s action.Subject, scope string) (when, alternative string) {
	type part struct{ name, text string }
	var parts []part
	switch {
	case scope == action.ScopeFinding:
		parts = []part{{"key", s.Key()}}
	case scope == action.ScopeResource && s.Type != "" && s.Resource != "":
		parts = []part{{"type", s.Type}, {"resource.id", s.Resource}, {"account", s.Account}}
	case scope == action.ScopeAccount && s.Type != "" && s.Account != "":
		parts = []part{{"type", s.Type}, {"account", s.Account}}
	}
	plain, patterns := make([]string, len(parts)), make([]string, len(parts))
	for i, p := range parts {
		plain[i] = p.name + " == " + quoted(p.text)
		patterns[i] = p.name + " matches " + quoted("^"+regexp.QuoteMeta(p.text)+"$")
	}
	return strings.Join(plain, " and "), strings.Join(patterns, " and ")
}

// quoted returns a text as a literal of a condition, which ends where it ends: a JSON string is one.
func quoted(text string) string {
	var literal strings.Builder
	encoder := json.NewEncoder(&literal)
	encoder.SetEscapeHTML(false) // people read it too
	if err := encoder.Encode(text); err != nil {
		return `""` // a text has a JSON form
	}
	return strings.TrimSpace(literal.String())
}

// nameOf names the mute of a request: the same for each copy of it, and another one for every other.
func nameOf(r action.Request) string {
	sum := sha256.Sum256([]byte(r.ID))
	return r.From.Sink + "-" + r.At.UTC().Format("20060102") + "-" + hex.EncodeToString(sum[:3])
}

// maxLine is how long the texts of a mute may be, in bytes.
const maxLine = 300

// oneLine returns a text of others as one line that a mute takes.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if len(text) > maxLine {
		text = strings.TrimSpace(strings.ToValidUTF8(text[:maxLine], ""))
	}
	return text
}

// unmute ends a mute. One that has ended by then needs no end.
func (d *Duties) unmute(ctx context.Context, r action.Request, did deed) (deed, error) {
	name := muteOf(r)
	ended, err := d.Mutes.Kept.End(ctx, name, oneLine(r.By.String()))
	if err != nil && ended.Name != "" { // what the next one would not find out any more
		d.Log.Trouble(fmt.Errorf("the mute %q: %w", name, err))
		err = nil
	}
	if errors.Is(err, mutelist.ErrNoSuchMute) {
		var isOwn bool
		if isOwn, err = d.hasEnded(ctx, r); err == nil && !isOwn {
			did.Reason = "the mute has ended already"
			return did, nil
		}
	}
	if err != nil {
		return did, fmt.Errorf("the mute %q: %w", name, err)
	}
	d.Mutes.Reread()
	did.Mute = name
	return did, nil
}

// hasEnded reports whether the mute that is to end was ended by who asks for it, since they did: an execution before
// has done so, and died before it could keep that.
func (d *Duties) hasEnded(ctx context.Context, r action.Request) (bool, error) {
	history, err := d.Mutes.Kept.History(ctx)
	name, by := muteOf(r), oneLine(r.By.String())
	return slices.ContainsFunc(history, func(one mutelist.Deed) bool {
		return one.What == mutelist.Ended && one.Mute.Name == name && one.By == by && !one.At.Before(r.At)
	}), err
}

// muteOf returns the name of the mute that is to end, by the request or by its button.
func muteOf(r action.Request) string {
	if r.Mute.Name != "" {
		return r.Mute.Name
	}
	return r.Subject.Mute
}
