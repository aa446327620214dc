package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// maxFields is how many header fields there may be.
const maxFields = 20

// field is a header field. Its value's words are plain or references, with a space between them.
type field struct {
	name  string
	words []secret.Ref
}

// headers are the operator's header fields, read when they are first used and when their text is
// another one. They are safe for concurrent use.
type headers struct {
	text secret.Ref

	mu     sync.Mutex
	read   string // the text of fields
	fields []field
}

// fill returns the fields with what is referred to.
func (h *headers) fill(ctx context.Context) (http.Header, error) {
	fields, err := h.current(ctx)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	for _, f := range fields {
		words := make([]string, len(f.words))
		for i, ref := range f.words {
			word, err := ref.Value(ctx)
			if err != nil {
				return nil, fmt.Errorf("the secret for the header %s cannot be had: %w", f.name, err)
			}
			words[i] = word
		}
		value := strings.Join(words, " ")
		if !isFieldValue(value) {
			return nil, notify.PermanentSink(fmt.Errorf(
				"HEADERS: the secret for %s holds what no header can: a line break or a character that is not ASCII", f.name))
		}
		header.Set(f.name, value)
	}
	return header, nil
}

func (h *headers) current(ctx context.Context) ([]field, error) {
	text, err := h.text.Value(ctx)
	if err != nil {
		return nil, fmt.Errorf("the webhook's headers cannot be had: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if text != h.read {
		if err := h.set(text); err != nil {
			return nil, notify.PermanentSink(fmt.Errorf("HEADERS: %w", err))
		}
	}
	return h.fields, nil
}

// set reads the fields of a text. The caller holds the lock, or is alone.
func (h *headers) set(text string) error {
	fields, err := fieldsOf(text)
	if err == nil {
		h.read, h.fields = text, fields
	}
	return err
}

// references returns what can be read again.
func (h *headers) references() []secret.Ref {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []secret.Ref{h.text}
	for _, f := range h.fields {
		all = append(all, f.words...)
	}
	return all
}

// fieldsOf reads header fields: "Name: value", one on each line or with "|" between them. The error
// shows names and no values.
func fieldsOf(text string) ([]field, error) {
	var all []field
	for n, line := range split(text) {
		name, value, found := strings.Cut(line, ":")
		name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.Trim(value, " ")
		switch {
		case !found || !isToken(name):
			return nil, fmt.Errorf("number %d is no header; write Name: value, and | or a line break between two of them", n+1)
		case isOurs(name):
			return nil, fmt.Errorf("%s is not yours to set: Tocsin or HTTP itself does; leave it out", name)
		case value == "":
			return nil, fmt.Errorf("%s has no value; give one, or leave it out", name)
		case !isFieldValue(value):
			return nil, fmt.Errorf("%s holds what no header can: want printable ASCII", name)
		case slices.ContainsFunc(all, func(f field) bool { return f.name == name }):
			return nil, fmt.Errorf("%s stands twice; leave one out", name)
		case slices.ContainsFunc(strings.Split(value, " "), holdsReference):
			return nil, fmt.Errorf("%s has a reference to a secret amid other text; let it be a word by itself, with spaces around it, "+
				"or put all of the word into the secret", name)
		}
		f := field{name: name}
		for word := range strings.SplitSeq(value, " ") {
			f.words = append(f.words, secret.New(word))
		}
		all = append(all, f)
	}
	if len(all) > maxFields {
		return nil, fmt.Errorf("are %d headers, and at most %d can be sent", len(all), maxFields)
	}
	return all, nil
}

// holdsReference reports whether a reference to a secret stands within a word, where it would not be read.
func holdsReference(word string) bool {
	return strings.Contains(word, ":secretsmanager:") && !secret.New(word).IsReference()
}

// split returns the fields of a text, without white space around them.
func split(text string) []string {
	var lines []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '|' }) {
		if line = strings.Trim(line, " \t\r"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// isToken reports whether a text can be a field's name.
// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !isLetter && !strings.ContainsRune("!#$%&'*+-.^_`~", r)
	})
}

// isFieldValue reports whether a text can be a field's value, and nothing but that.
func isFieldValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// isOurs reports whether a field is set by httpsend, by the signature, or by HTTP for one
// connection: https://www.rfc-editor.org/rfc/rfc9110#field.connection
func isOurs(name string) bool {
	switch name {
	case "Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "Te", "Trailer", "Upgrade",
		"Expect", "Accept-Encoding", "User-Agent":
		return true
	}
	return strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "Webhook-")
}

// References returns the references to secrets in HEADERS, as isReference knows them. An error says
// which header holds a secret itself, for those who write the setting where others read it.
func References(text string, isReference func(word string) bool) ([]string, error) {
	if isReference(text) && !strings.ContainsAny(text, " |\n") {
		return []string{text}, nil
	}
	var references []string
	var mistakes []error
	for _, line := range split(text) {
		name, value, _ := strings.Cut(line, ":")
		found := false
		for word := range strings.SplitSeq(value, " ") {
			if isReference(word) {
				references = append(references, word)
				found = true
			}
		}
		switch name = strings.TrimSpace(name); {
		case found || !isCredential(name):
		case isToken(name):
			mistakes = append(mistakes, fmt.Errorf("the header %s holds the secret itself", name))
		default: // it is no name, and may be the secret
			mistakes = append(mistakes, errors.New("a header holds the secret itself"))
		}
	}
	return references, errors.Join(mistakes...)
}

// isCredential reports whether a header of the name says who sends, and so is a secret.
func isCredential(name string) bool {
	return slices.ContainsFunc([]string{"auth", "key", "token", "secret", "cookie", "credential", "passw", "session", "signature"},
		func(part string) bool { return strings.Contains(strings.ToLower(name), part) })
}
