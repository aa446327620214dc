package front

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// callPatience is how long one call of Slack's, or of the queue's, may take: of what fails there is time left to take back.
const callPatience = 1200 * time.Millisecond

// What can come of a task.
const (
	resultTaken     = "taken"
	resultBefore    = "taken by somebody else before"
	resultGivenBack = "given back"
	resultNobody    = "nobody had it"
	resultOpened    = "modal opened"
	resultWrong     = "modal filled in wrongly"
	resultConfirm   = "asked once more"
	resultHandedOn  = "handed on"
	resultDenied    = "not allowed"
	resultUndecided = "not known whether it is allowed"
	resultFailed    = "failed"
)

// do does what somebody asks for, if they may.
func (f *Front) do(ctx context.Context, t *task) answer {
	may, err := f.may(ctx, t)
	if !may {
		return f.deny(ctx, t, err)
	}
	switch {
	case t.payload.Type == interaction.Submitted:
		return f.submit(ctx, t)
	case t.what == notify.ActAcknowledge:
		return f.take(ctx, t)
	case t.what == notify.ActGiveBack:
		return f.giveBack(ctx, t)
	case t.what == notify.ActMute:
		return f.open(ctx, t)
	}
	return f.handOn(ctx, t)
}

// deny tells somebody that they may not, and keeps that they have tried.
func (f *Front) deny(ctx context.Context, t *task, undecided error) answer {
	result, text := resultDenied, t.of.words.Denied()
	if undecided != nil {
		f.log.trouble(ctx, undecided)
		result, text = resultUndecided, t.of.words.Undecided()
	}
	f.log.pressed(ctx, t, result)
	audit := action.Audit{Store: f.store, Now: f.now}
	if err := audit.Note(ctx, action.Deed{Request: t.request(), Result: result}); err != nil {
		f.log.trouble(ctx, err)
	}
	if t.payload.Type != interaction.Submitted {
		return f.tell(ctx, t, text)
	}
	view, err := t.of.words.Refusal(text)
	if err == nil {
		view, err = interaction.Instead(view)
	}
	return f.answered(ctx, view, err)
}

// tell says something to whoever has pressed, alone.
func (f *Front) tell(ctx context.Context, t *task, text string) answer {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	if err := t.of.api.Tell(ctx, t.payload.Response, text); err != nil {
		f.log.trouble(ctx, err)
	}
	return answer{status: statusOK}
}

// answered is the answer with a body that may have failed.
func (f *Front) answered(ctx context.Context, body []byte, err error) answer {
	if err != nil {
		f.log.trouble(ctx, err)
		return answer{status: statusFault}
	}
	return answer{status: statusOK, body: body}
}

// unavailable says that something could not be done, and may be tried again.
func (f *Front) unavailable(ctx context.Context, t *task, err error) answer {
	f.log.trouble(ctx, err)
	f.log.pressed(ctx, t, resultFailed)
	return answer{status: statusUnavailable}
}

// take lets somebody take the finding on.
func (f *Front) take(ctx context.Context, t *task) answer {
	taken, err := f.takings().Take(ctx, t.subject.Key(), notify.Taken{By: t.by, At: t.at.UTC()})
	if err != nil {
		return f.unavailable(ctx, t, err)
	}
	if taken.By.ID != t.by.ID {
		f.log.pressed(ctx, t, resultBefore)
		f.edit(ctx, t, taken)
		return f.tell(ctx, t, t.of.words.TakenAlready(taken.By))
	}
	// Who presses again what they have taken may do so because it got no further: the copy has the same id and time.
	t.id, t.at = idOf(t, taken), taken.At
	if err := f.queue.put(ctx, t.request()); err != nil {
		return f.unavailable(ctx, t, err)
	}
	f.log.pressed(ctx, t, resultTaken)
	f.edit(ctx, t, taken)
	return answer{status: statusOK}
}

// giveBack lets nobody have the finding.
func (f *Front) giveBack(ctx context.Context, t *task) answer {
	key := t.subject.Key()
	had, err := f.takings().GiveBack(ctx, key)
	if err != nil {
		return f.unavailable(ctx, t, err)
	}
	if !had.IsTaken() {
		f.log.pressed(ctx, t, resultNobody)
		f.edit(ctx, t, notify.Taken{})
		return f.tell(ctx, t, t.of.words.TakenByNobody())
	}
	t.id = idOf(t, had)
	if err := f.queue.put(ctx, t.request()); err != nil {
		// Nobody would learn of it: it stays as it was.
		_, undone := f.takings().Take(ctx, key, had)
		return f.unavailable(ctx, t, errors.Join(err, undone))
	}
	f.log.pressed(ctx, t, resultGivenBack)
	f.edit(ctx, t, notify.Taken{})
	return answer{status: statusOK}
}

func (f *Front) takings() *action.Takings { return action.NewTakings(f.store, f.now) }

// idOf names the request that says what became of a taking.
func idOf(t *task, of notify.Taken) string {
	return hash(t.what, t.subject.Key(), of.By.ID, of.At.UTC().Format(time.RFC3339Nano))
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}

// idOfMute names the request for a mute. A modal that is sent once more as it was asks for the same one: of two that
// are alike a button would end one alone.
func idOfMute(t *task, d interaction.Draft) string {
	if d.ID == "" {
		return t.id
	}
	m := d.Mute
	return hash(d.ID, t.subject.Key(), t.by.ID, m.Scope, m.For.String(), strconv.FormatBool(m.EvenCritical), m.Reason)
}

// edit has the message say who has the finding. The function that sends findings makes up for it when it fails.
func (f *Front) edit(ctx context.Context, t *task, taken notify.Taken) {
	body, err := t.of.words.Amended(t.payload.Button, taken)
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, callPatience)
		defer cancel()
		err = t.of.api.Update(bounded, t.of.secrets(), body)
	}
	if err != nil {
		f.log.trouble(ctx, fmt.Errorf("the message does not say who has the finding: %w", err))
	}
}

// open opens the modal that asks what to mute.
func (f *Front) open(ctx context.Context, t *task) answer {
	view, err := t.of.words.Mute(interaction.Draft{ID: t.request().ID, Subject: t.subject, From: t.from})
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, callPatience)
		defer cancel()
		err = t.of.api.Open(bounded, t.of.secrets(), t.payload.Trigger, view)
	}
	switch {
	case errors.Is(err, interaction.ErrLate):
		f.log.trouble(ctx, err)
		f.log.pressed(ctx, t, resultFailed)
		return f.tell(ctx, t, t.of.words.Late())
	case err != nil:
		return f.unavailable(ctx, t, err)
	}
	f.log.pressed(ctx, t, resultOpened)
	return answer{status: statusOK}
}

// submit takes a modal that was filled in.
func (f *Front) submit(ctx context.Context, t *task) answer {
	words := t.of.words
	draft, wrong := t.draft, interaction.Mistakes(nil)
	if t.payload.View.Callback == interaction.MuteModal {
		draft, wrong = words.Filled(draft, t.payload.View.Values)
		if wrong == nil && draft.Mute.EvenCritical {
			f.log.pressed(ctx, t, resultConfirm)
			view, err := words.Confirm(draft)
			if err == nil {
				view, err = interaction.Instead(view)
			}
			return f.answered(ctx, view, err)
		}
	} else if _, ok := words.Confirmed(draft); !ok {
		return f.ignore(ctx, statusUnreadable, interaction.ErrDraft)
	}
	if wrong != nil {
		f.log.pressed(ctx, t, resultWrong)
		return f.wrong(ctx, wrong)
	}
	t.mute = draft.Mute
	t.id = idOfMute(t, draft)
	if a := f.handOn(ctx, t); a.status != statusOK && t.payload.View.Callback == interaction.MuteModal {
		return f.wrong(ctx, words.NotHandedOn())
	} else if a.status != statusOK {
		return a
	}
	return answer{status: statusOK}
}

// wrong has a modal stay open, and say what is wrong.
func (f *Front) wrong(ctx context.Context, mistakes interaction.Mistakes) answer {
	body, err := interaction.Wrong(mistakes)
	return f.answered(ctx, body, err)
}

// handOn puts on the queue what the function that sends findings does, and says in the thread.
func (f *Front) handOn(ctx context.Context, t *task) answer {
	if err := f.queue.put(ctx, t.request()); err != nil {
		return f.unavailable(ctx, t, err)
	}
	f.log.pressed(ctx, t, resultHandedOn)
	return answer{status: statusOK}
}
