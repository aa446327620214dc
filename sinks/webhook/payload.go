package webhook

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// maxTemplate is the longest template, in bytes; Lambda's whole environment has 4 KB.
	maxTemplate = 4 << 10
	// The documents that a template is filled in from, in bytes: the second one where the first makes
	// too long a body.
	usualDocument, smallDocument = 64 << 10, 8 << 10
)

// errFull says that what a template makes has become too long.
var errFull = errors.New("makes too long a body")

// payload is the operator's template of a body. Whatever the finding holds, it makes valid JSON: the
// text between its actions is a document by itself, in which each action stands for a value or for
// a part of a string, and is written as such.
type payload struct{ compiled *template.Template }

// payloadOf reads a template and tries it out, so that a mistake in it is found at start. An error
// says where the mistake is, and shows names of it at most.
func payloadOf(text string) (*payload, error) {
	switch {
	case len(text) > maxTemplate:
		return nil, fmt.Errorf("is longer than %d bytes", maxTemplate)
	case !utf8.ValidString(text):
		return nil, errors.New("is not UTF-8")
	}
	tree, all := parse.New("payload"), map[string]*parse.Tree{}
	tree.Mode = parse.SkipFuncCheck // check names the functions that there are
	if _, err := tree.Parse(text, "", "", all); err != nil {
		return nil, explained(err)
	}
	if len(all) > 1 {
		return nil, errors.New("define and block are not supported")
	}
	if err := check(tree, text); err != nil {
		return nil, err
	}
	compiled, err := template.New("payload").Funcs(functions(&occasion{})).AddParseTree("payload", tree)
	if err != nil {
		return nil, explained(err)
	}
	p := &payload{compiled}
	for _, document := range []any{sample(vocabulary()), map[string]any{}} {
		if _, err := p.execute(document, &occasion{}); errors.Is(err, errFull) {
			return nil, errFull
		} else if err != nil {
			return nil, fmt.Errorf("cannot be filled in: %w", explained(err))
		}
	}
	return p, nil
}

// explained returns an error of text/template as the place and the reason, without what the template
// holds in quotation marks.
func explained(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: payload:")
	if before, after, found := strings.Cut(text, " at <"); found { // the action at which it happened
		_, reason, _ := strings.Cut(after, ">: ")
		at, _, _ := strings.Cut(before, ": ")
		text = at + ": " + reason
	}
	parts := strings.Split(text, `"`)
	for i := range parts {
		if i%2 == 1 && len(parts[i]) > 2 {
			parts[i] = "..."
		}
	}
	return errors.New("line " + strings.Join(parts, `"`))
}

// render returns the body for a notification.
func (p *payload) render(n notify.Notification, o *occasion) ([]byte, error) {
	minimal := n
	minimal.Minimal = true
	for _, try := range []struct {
		notify.Notification
		limit int
	}{{n, usualDocument}, {n, smallDocument}, {minimal, smallDocument}} {
		text, err := json.Document(try.Notification, try.limit)
		if err != nil {
			return nil, err
		}
		var document any
		if err := stdjson.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("the finding's own JSON: %w", err)
		}
		body, err := p.execute(document, o)
		switch {
		case err == nil && !stdjson.Valid(body):
			return nil, errors.New("PAYLOAD_TEMPLATE makes no JSON of this finding")
		case err == nil:
			return body, nil
		case !errors.Is(err, errFull):
			return nil, errors.New("PAYLOAD_TEMPLATE cannot be filled in with this finding")
		}
	}
	return nil, fmt.Errorf("PAYLOAD_TEMPLATE %w", errFull)
}

func (p *payload) execute(document any, o *occasion) ([]byte, error) {
	compiled, err := p.compiled.Clone()
	if err != nil {
		return nil, err
	}
	var output full
	if err := compiled.Funcs(functions(o)).Execute(&output, document); err != nil {
		return nil, err
	}
	return output.Bytes(), nil
}

// full is a buffer that takes maxBody bytes.
type full struct{ bytes.Buffer }

func (f *full) Write(p []byte) (int, error) {
	if f.Len()+len(p) > maxBody {
		return 0, errFull
	}
	return f.Buffer.Write(p)
}

// occasion is what a template can ask for beside the document. Its zero value is for trying out.
type occasion struct {
	n         notify.Notification
	style     formatter.Style
	messageID string

	once sync.Once
	made formatter.Message
}

// message returns the notification in words, which are found when they are first asked for.
func (o *occasion) message() formatter.Message {
	o.once.Do(func() { o.made = formatter.New(o.n, o.style) })
	return o.made
}
