package formatter

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	// maxTemplate bounds a template, in bytes; Lambda's whole environment has 4 KB.
	maxTemplate = 4 << 10
	// maxOutput bounds what a template writes, in bytes; the message is cut further.
	maxOutput = 32 << 10
)

// ownTemplate is a template of the operator's.
type ownTemplate struct{ compiled *template.Template }

// compile reads a template and tries it out, so that a mistake in it is found at start. The error
// shows the place of the mistake, and of the text names at most.
func compile(text string) (*ownTemplate, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("longer than %d bytes", maxTemplate)
	}
	tree := parse.New("template")
	tree.Mode = parse.SkipFuncCheck // check names the functions that there are
	if _, err := tree.Parse(text, "", "", map[string]*parse.Tree{}); err != nil {
		return nil, errors.New("is no template: " + withoutText(err))
	}
	if err := check(tree); err != nil {
		return nil, err
	}
	// "missingkey=error" is for the paths that check cannot follow.
	compiled, err := template.New("template").Option("missingkey=error").Funcs(functions(&finding.Finding{}, &decodedEvent{})).AddParseTree("template", tree)
	if err != nil {
		return nil, errors.New("is no template: " + withoutText(err))
	}
	t := &ownTemplate{compiled}
	for _, f := range []*finding.Finding{{}, trial()} {
		if _, err := t.execute(&builder{language: newLanguage(english, nil)}, f); err != nil {
			return nil, errors.New("cannot be filled in: " + withoutText(err))
		}
	}
	return t, nil
}

// withoutText returns the reason of a template's error without what the template holds in quotes.
func withoutText(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "template: "), "template:")
	parts := strings.Split(text, `"`)
	for i := range parts {
		if i%2 == 1 && len(parts[i]) > 3 {
			parts[i] = ellipsis
		}
	}
	text = strings.Join(parts, `"`)
	if before, after, found := strings.Cut(text, " at <"); found { // the action at which it happened
		_, reason, _ := strings.Cut(after, ">: ")
		place, _, _ := strings.Cut(before, ": ")
		text = place + ": " + reason
	}
	return "at " + text
}

// run returns the lines that a template makes of a finding, or "" where it makes none; then the
// usual text stands. They are as hostile as the finding's own texts, which they hold.
func (t *ownTemplate) run(b *builder, f *finding.Finding) string {
	if t == nil {
		return ""
	}
	text, err := t.execute(b, f)
	if err != nil {
		return ""
	}
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, said(f, line))
	}
	text = strings.Trim(strings.Join(lines, "\n"), "\n")
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return text
}

func (t *ownTemplate) execute(b *builder, f *finding.Finding) (string, error) {
	compiled, err := t.compiled.Clone()
	if err != nil {
		return "", err
	}
	var output bounded
	err = compiled.Funcs(functions(f, &b.event)).Execute(&output, vocabulary(b, f))
	if errors.Is(err, errFull) {
		err = nil
	}
	return output.String(), err
}

// bounded is a buffer that takes maxOutput bytes.
type bounded struct{ bytes.Buffer }

var errFull = errors.New("the output is too long")

func (b *bounded) Write(p []byte) (int, error) {
	if room := maxOutput - b.Len(); len(p) > room {
		n, _ := b.Buffer.Write(p[:room])
		return n, errFull
	}
	return b.Buffer.Write(p)
}
