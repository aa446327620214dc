package duty

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Examples returns what is said of what people do about a finding at a time, for a preview: that somebody has taken
// it on, has muted it, has archived it, and that an archiving failed.
func Examples(f *finding.Finding, at time.Time) []notify.Notification {
	r := action.Request{
		ID: "example", By: notify.Person{ID: "U012AB3CD", Name: "jane"}, At: at, Subject: action.SubjectOf(f),
		Mute: action.Mute{Scope: action.ScopeResource, Reason: "our own scanner"},
	}
	var all []notify.Notification
	say := func(what string, did deed) {
		r.What = what
		all = append(all, notificationOf(r, did))
	}
	say(notify.ActAcknowledge, deed{})
	say(notify.ActMute, deed{Mute: nameOf(r), Until: at.Add(7 * 24 * time.Hour)})
	say(notify.ActArchive, deed{})
	say(notify.ActArchive, deed{Reason: "the function may not archive in this account"})
	return all
}
