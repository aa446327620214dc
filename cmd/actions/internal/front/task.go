package front

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// What is not ours to do, though Slack has sent it.
var (
	errForeign = errors.New("it is about a channel of no instance that its app is of")
	errAct     = errors.New("there is no such button")
)

// task is what somebody asks for.
type task struct {
	id      string // of the request
	what    string // one of notify's Act constants
	by      notify.Person
	of      *instance
	subject action.Subject
	from    action.From
	mute    action.Mute

	payload interaction.Payload
	draft   interaction.Draft // where a modal was filled in
}

// request returns what is put on the queue.
func (f *Front) request(t *task) action.Request {
	return action.Request{
		ID: t.id[:min(len(t.id), 32)], What: t.what, Subject: t.subject, By: t.by, At: f.now().UTC(), From: t.from, Mute: t.mute,
	}
}

// taskOf returns what a payload asks for; nil for nothing, such as a button that leads to a page. of are the
// instances whose app has sent it.
func (f *Front) taskOf(p interaction.Payload, of []*instance) (*task, error) {
	switch {
	case p.Type == interaction.Pressed && p.Button.Row != "":
		return pressTask(p, of)
	case p.Type == interaction.Submitted && slices.Contains([]string{interaction.MuteModal, interaction.ConfirmModal}, p.View.Callback):
		return submitTask(p, of)
	}
	return nil, nil //nolint:nilnil // nothing is asked for
}

func pressTask(p interaction.Payload, of []*instance) (*task, error) {
	acts := []string{notify.ActAcknowledge, notify.ActGiveBack, notify.ActMute, notify.ActUnmute, notify.ActArchive, notify.ActUnarchive}
	if !slices.Contains(acts, p.Button.Act) {
		return nil, errAct
	}
	subject, err := action.ReadSubject(p.Button.Value)
	if err != nil {
		return nil, err
	}
	t := &task{what: p.Button.Act, by: p.User, subject: subject, from: p.Button.From, payload: p}
	if t.what == notify.ActUnmute {
		var named struct {
			Mute string `json:"m"`
		}
		if err := json.Unmarshal([]byte(p.Button.Value), &named); err != nil || named.Mute == "" {
			return nil, errors.New("the button names no mute")
		}
		t.mute.Name = named.Mute
	}
	return t.ofChannel(of, func(one *instance) bool { return one.config.Channel == p.Button.From.Place })
}

func submitTask(p interaction.Payload, of []*instance) (*task, error) {
	draft, err := interaction.ReadDraft(p.View.Metadata)
	if err != nil {
		return nil, err
	}
	t := &task{what: notify.ActMute, by: p.User, subject: draft.Subject, from: draft.From, payload: p, draft: draft}
	return t.ofChannel(of, func(one *instance) bool {
		return one.name == draft.From.Sink && one.config.Channel == draft.From.Place
	})
}

// ofChannel returns the task with the instance that it is of.
func (t *task) ofChannel(of []*instance, is func(*instance) bool) (*task, error) {
	at := slices.IndexFunc(of, is)
	if at < 0 {
		return nil, errForeign
	}
	t.of, t.from.Sink = of[at], of[at].name
	return t, nil
}
