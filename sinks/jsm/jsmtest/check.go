package jsmtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"
)

type alert struct {
	Message, Alias, Description, Entity, Source, User, Note, Priority string

	Tags    []string
	Details map[string]string
}

// Check returns why the service would refuse the body that creates an alert; the error begins with
// the field. https://docs.opsgenie.com/docs/alert-api
func Check(body []byte) error {
	a, err := read(body)
	if err != nil {
		return err
	}
	details := ""
	for name, value := range a.Details {
		details += name + value
	}
	for _, tag := range a.Tags {
		err = errors.Join(err, within("tags", tag, 50))
	}
	if len(a.Tags) > 20 {
		err = errors.Join(err, fmt.Errorf("tags: %d of at most 20", len(a.Tags)))
	}
	if a.Message == "" {
		err = errors.Join(err, errors.New("message: Message can not be empty"))
	}
	if !slices.Contains([]string{"", "P1", "P2", "P3", "P4", "P5"}, a.Priority) {
		err = errors.Join(err, errors.New("priority: should be one of [ P1, P2, P3, P4, P5 ]"))
	}
	return errors.Join(err,
		within("message", a.Message, 130), within("alias", a.Alias, 512), within("description", a.Description, 15_000),
		within("details", details, 8_000), within("entity", a.Entity, 512), within("source", a.Source, 100),
		within("user", a.User, 100), within("note", a.Note, 25_000))
}

// CheckNote returns why the service would refuse the body that adds a note to an alert or closes it with
// one.
func CheckNote(body []byte) error {
	a, err := read(body)
	if err == nil && a.Note == "" {
		err = errors.New("note: Note can not be empty")
	}
	return errors.Join(err, CheckAction(body))
}

// CheckAction returns why the service would refuse the body that acknowledges an alert or gives it back. It
// needs no note.
func CheckAction(body []byte) error {
	a, err := read(body)
	if err != nil {
		return err
	}
	if a.Message+a.Alias+a.Description+a.Priority != "" {
		err = errors.New("message: an action creates no alert")
	}
	return errors.Join(err, within("source", a.Source, 100), within("user", a.User, 100), within("note", a.Note, 25_000))
}

// read decodes a body, in which every value of the details has to be a text.
func read(body []byte) (alert, error) {
	var a alert
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("json: %w", err)
	}
	return a, nil
}

// within counts as Java does, in which the service is written.
func within(field, text string, most int) error {
	if n := len(utf16.Encode([]rune(text))); n > most {
		return fmt.Errorf("%s: %d characters of at most %d", field, n, most)
	}
	return nil
}
