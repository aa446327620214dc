// Package probe has what the probes of several sinks say alike. The bootstrap does not link it.
package probe

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// OK says that something is as it should be, in the given words.
func OK(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.OK, Says: says}
}

// Fault says what is wrong with something, and the remedy.
func Fault(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.Fault, Says: says}
}

// Warning says what somebody should know about something that works.
func Warning(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.Warning, Says: says}
}

// Unknown says why something could not be looked at.
func Unknown(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.Unknown, Says: says}
}

// Failed says what an error of a sink means for what was looked at: one that passes by itself shows
// nothing. The error shows no secret.
func Failed(what string, err error) notify.Check {
	switch notify.KindOf(err) {
	case notify.Broken, notify.Unacceptable:
		return Fault(what, err.Error())
	case notify.Transient, notify.Throttled:
	}
	return Unknown(what, err.Error())
}

// OfForm says whether something has the right form, where no more can be looked at without sending: err is what
// is wrong with it, and shows no secret.
func OfForm(what string, err error, says string) []notify.Check {
	if err != nil {
		return []notify.Check{Failed(what, err)}
	}
	return []notify.Check{OK(what, says)}
}

// Refused says what it means that an AWS service has refused an action, such as sns:GetTopicAttributes,
// with a code. err is what the sink says of that, or why there is no answer.
func Refused(what, action, code string, err error) notify.Check {
	if awssend.IsDenied(code) {
		return Unknown(what, fmt.Sprintf("%s: whoever runs this needs the right %s", code, action))
	}
	return Failed(what, err)
}
