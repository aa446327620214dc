package interaction

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/action"
)

// The modals: the first asks what a mute is to hold back, the second whether it is to hold back critical ones.
const (
	MuteModal    = "tocsin-mute"
	ConfirmModal = "tocsin-mute-critical"
)

// The places of the first modal, each a block with one element of the same name.
const (
	askScope    = "scope"
	askFor      = "for"
	askWhy      = "why"
	askCritical = "critical"
)

const (
	// maxReason is how long a reason may be, in bytes: as long as that of a mute.
	maxReason = 300
	// maxMetadata is how much a modal carries, in characters.
	// https://docs.slack.dev/reference/views/modal-views
	maxMetadata = 3_000
	// maxAbout bounds what is shown of a finding.
	maxAbout = 400
)

// Draft is a mute in the making, as a modal carries it from one request to the next.
type Draft struct {
	// ID names the press that has opened the modal; empty where that is not known.
	ID      string         `json:"i,omitempty"`
	Subject action.Subject `json:"s"`
	From    action.From    `json:"f"`
	Mute    action.Mute    `json:"m,omitzero"`
}

// ErrDraft says that what a modal carries is none of ours.
var ErrDraft = errors.New("the modal is of no finding that this version of Tocsin can read")

// ReadDraft reads what a modal carries.
func ReadDraft(metadata string) (Draft, error) {
	var d Draft
	isOurs := len(metadata) <= 4*maxMetadata && json.Unmarshal([]byte(metadata), &d) == nil &&
		d.Subject.Source != "" && d.Subject.ID != "" && d.From.Sink != ""
	if !isOurs {
		return Draft{}, ErrDraft
	}
	return d, nil
}

func (d Draft) metadata() (string, error) {
	text, err := encode(d)
	if err == nil && utf8.RuneCount(text) > maxMetadata {
		err = ErrDraft
	}
	return string(text), err
}

// scopes returns what can be muted of a finding: what it has the data for.
func scopes(s action.Subject) []string {
	all := []string{action.ScopeFinding}
	if s.Type == "" || s.Account == "" {
		return all
	}
	if s.Resource != "" {
		all = append(all, action.ScopeResource)
	}
	return append(all, action.ScopeAccount)
}

// isCritical reports whether a mute holds a finding back only where it is to hold critical ones back too.
func isCritical(s action.Subject) bool { return s.Severity.IsUrgent() }

// length is one of those that a mute can have.
type length struct {
	name string
	time.Duration
}

func lengths() []length {
	const day = 24 * time.Hour
	return []length{{"1h", time.Hour}, {"4h", 4 * time.Hour}, {"1d", day}, {"7d", 7 * day}, {"30d", action.LongestMute}}
}

// Mistakes are what is wrong with a modal as it was filled in, by the block that it stands at.
type Mistakes map[string]string

// Filled returns the mute that a modal asks for, or what is wrong with it.
func (w Words) Filled(d Draft, values map[string]map[string]Value) (Draft, Mistakes) {
	value := func(name string) Value { return values[name][name] }
	d.Mute = action.Mute{Reason: oneLine(value(askWhy).Text, maxReason+utf8.UTFMax)}
	if chosen := value(askScope).Option; chosen != nil {
		d.Mute.Scope = chosen.Value
	}
	if chosen := value(askFor).Option; chosen != nil {
		at := slices.IndexFunc(lengths(), func(l length) bool { return l.name == chosen.Value })
		if at >= 0 {
			d.Mute.For = lengths()[at].Duration
		}
	}
	d.Mute.EvenCritical = len(value(askCritical).Options) > 0
	return d, w.mistakes(d)
}

// mistakes says what is wrong with a mute; nil for nothing.
func (w Words) mistakes(d Draft) Mistakes {
	wrong := Mistakes{}
	if !slices.Contains(scopes(d.Subject), d.Mute.Scope) {
		wrong[askScope] = w.of("ask.wrong.scope")
	}
	if !slices.ContainsFunc(lengths(), func(l length) bool { return l.Duration == d.Mute.For }) {
		wrong[askFor] = w.of("ask.wrong.for")
	}
	switch {
	case d.Mute.Reason == "":
		wrong[askWhy] = w.of("ask.wrong.why")
	case len(d.Mute.Reason) > maxReason:
		wrong[askWhy] = w.of("ask.wrong.long")
	}
	if isCritical(d.Subject) && d.Mute.Scope == action.ScopeFinding && !d.Mute.EvenCritical {
		wrong[askCritical] = w.of("ask.wrong.critical")
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// Confirmed returns the mute that the second modal asks for; ok is false where it is none that the first can have
// asked for.
func (w Words) Confirmed(d Draft) (_ Draft, ok bool) {
	return d, d.Mute.EvenCritical && w.mistakes(d) == nil
}

// object is a part of a view. https://docs.slack.dev/reference/views/modal-views
type object map[string]any

func plain(text string) object { return object{"type": "plain_text", "text": text} }

// Mute returns the first modal.
func (w Words) Mute(d Draft) (json.RawMessage, error) {
	var about string
	for _, part := range []string{d.Subject.Type, d.Subject.Resource, d.Subject.Account, d.Subject.Region} {
		if part = oneLine(part, maxAbout/4); part != "" {
			about += "\n" + part
		}
	}
	blocks := []object{{"type": "section", "text": plain(escaped(w.of("ask.mute.text") + about))}}
	var options []object
	for _, scope := range scopes(d.Subject) {
		options = append(options, w.option("ask.scope.", scope))
	}
	blocks = append(blocks, w.input(askScope, object{"type": "radio_buttons", "options": options, "initial_option": options[0]}))
	options = nil
	for _, l := range lengths() {
		options = append(options, w.option("ask.for.", l.name))
	}
	blocks = append(blocks,
		w.input(askFor, object{"type": "static_select", "options": options, "initial_option": options[2]}),
		w.input(askWhy, object{"type": "plain_text_input", "max_length": maxReason}))
	if isCritical(d.Subject) || len(scopes(d.Subject)) > 1 {
		tick := w.input(askCritical, object{"type": "checkboxes", "options": []object{w.option("ask.critical.", "tick")}})
		tick["optional"] = true
		blocks = append(blocks, tick)
	}
	return w.modal(MuteModal, d, blocks)
}

// option is one to choose from, of which the word stands under a key that begins with prefix.
func (w Words) option(prefix, value string) object {
	return object{"text": plain(w.of(prefix + value)), "value": value}
}

// input is a block with a label, and an element of its own name.
func (w Words) input(name string, element object) object {
	element["action_id"] = name
	block := object{"type": "input", "block_id": name, "label": plain(w.of("ask." + name)), "element": element}
	if hint := w.of("ask." + name + ".hint"); hint != "" {
		block["hint"] = plain(hint)
	}
	return block
}

// Confirm returns the second modal, which takes the place of the first.
func (w Words) Confirm(d Draft) (json.RawMessage, error) {
	text := w.of("ask.confirm.text") + "\n" + w.of("ask.scope."+d.Mute.Scope)
	if at := slices.IndexFunc(lengths(), func(l length) bool { return l.Duration == d.Mute.For }); at >= 0 {
		text += "\n" + w.of("ask.for."+lengths()[at].name)
	}
	return w.modal(ConfirmModal, d, []object{{"type": "section", "text": plain(text)}})
}

// modal returns a modal that carries a draft. Its words stand under the key of its name.
func (w Words) modal(callback string, d Draft, blocks []object) (json.RawMessage, error) {
	metadata, err := d.metadata()
	if err != nil {
		return nil, err
	}
	words := map[string]string{MuteModal: "ask.mute", ConfirmModal: "ask.confirm"}[callback]
	return encode(object{
		"type": "modal", "callback_id": callback, "private_metadata": metadata, "blocks": blocks,
		"title": plain(w.of(words + ".title")), "submit": plain(w.of(words + ".submit")), "close": plain(w.of("ask.cancel")),
	})
}

// Refusal returns a modal that says why nothing was done.
func (w Words) Refusal(text string) (json.RawMessage, error) {
	return encode(object{
		"type": "modal", "title": plain(w.of("ask.refused.title")), "close": plain(w.of("ask.close")),
		"blocks": []object{{"type": "section", "text": plain(text)}},
	})
}

// Wrong is the answer to a submission that leaves the modal open, and says what is wrong with it.
// https://docs.slack.dev/surfaces/modals/#displaying_errors
func Wrong(mistakes Mistakes) ([]byte, error) {
	return encode(object{"response_action": "errors", "errors": mistakes})
}

// NotHandedOn are the mistakes of a submission that is right, but cannot be handed on just now.
func (w Words) NotHandedOn() Mistakes { return Mistakes{askWhy: w.of("ask.wrong.queue")} }

// Instead is the answer to a submission that shows another modal in its place.
// https://docs.slack.dev/surfaces/modals/#updating_response
func Instead(view json.RawMessage) ([]byte, error) {
	return encode(object{"response_action": "update", "view": view})
}

// encode writes JSON without the escapes that HTML would want, which would count.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("no JSON form: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
