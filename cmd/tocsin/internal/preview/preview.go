// Package preview makes the page on which people see each message before it is live: findings on
// one side, on the other what each sink would be sent and why.
//
// A Book says what there is to see; Render makes of it a handful of files without outside
// references, which Handler serves to this machine alone and Write puts into a directory.
// Everything can be read without JavaScript, which only shows one message at a time and reloads.
// All text is attacker-written: it reaches the page through html/template or mrkdwn.go.
package preview

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the page's files
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Book is what there is to see.
type Book struct {
	// From says where the findings come from, in a few words.
	From string
	// Mistakes are what is wrong with the configuration or with an event, one line each.
	Mistakes []string
	Findings []Finding
	// Live says that the page is served and changes with its files.
	Live bool
}

// Finding is one finding, and what becomes of it; or a digest of several.
type Finding struct {
	IsDigest bool
	// IsEnd says that the finding is over: its end is sent where the finding was sent before.
	IsEnd bool
	// Nobody says that no sink takes it, by threshold or by condition.
	Nobody bool
	// From is the file and the place in it.
	From     string
	Headline formatter.Headline
	// Messages has one entry for each sink, and then those for the forms that no sink sends.
	Messages []Message
}

// Message is what one sink would send.
type Message struct {
	// Name is the sink's, or the form's.
	Name string
	// IsForm says that no sink of the configuration sends this; Verdict is empty then.
	IsForm bool
	// Sends says whether the finding is sent, Verdict the same in a word, Reason why.
	Sends           bool
	Verdict, Reason string
	// Seen are the values that a mute saw, as "name = value".
	Seen []string
	// Payload is what is sent; Problem says why there is none.
	Payload notify.Preview
	Problem string
	// Later are what may be sent after that, by what they are: "When it is sent again".
	Later []Message
}

// File is one file of the rendered page; the first of them is index.html.
type File struct {
	Name, ContentType string
	Body              []byte
}

var (
	//go:embed page.gohtml
	markup string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// Render makes the page. The same book gives the same bytes.
func Render(book Book) ([]File, error) {
	p := page{
		Book: book, Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // our own files
		Policy: "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script) +
			"'; img-src data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'",
	}
	var frames []File
	for i, f := range book.Findings {
		view := findingView{Finding: f, Number: i + 1}
		for j, m := range f.Messages {
			if m.Sends {
				view.Sent++
			}
			if !m.IsForm {
				view.Sinks++
			}
			message := viewOf(m)
			name := fmt.Sprintf("mail-%d-%d", i+1, j+1)
			frames = append(frames, message.framed(name)...)
			for k, later := range m.Later {
				after := viewOf(later)
				frames = append(frames, after.framed(fmt.Sprintf("%s-%d", name, k+1))...)
				message.After = append(message.After, after)
			}
			view.Views = append(view.Views, message)
		}
		p.Views = append(p.Views, view)
	}
	parsed, err := template.New("page").Parse(markup)
	if err != nil {
		return nil, fmt.Errorf("the page's template: %w", err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, p); err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	return append([]File{{"index.html", htmlType, text.Bytes()}}, frames...), nil
}

const htmlType = "text/html; charset=utf-8"

// Write puts the files into a directory, which is made where there is none.
func Write(directory string, files []File) error {
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // others may read the page
		return err
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(directory, file.Name), file.Body, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}

// hash names a text as a Content-Security-Policy does.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

type page struct {
	Book
	Policy string
	Style  template.CSS
	Script template.JS
	Views  []findingView
}

// Singles returns how many of the findings are no digest.
func (p page) Singles() int {
	n := 0
	for _, f := range p.Findings {
		if !f.IsDigest {
			n++
		}
	}
	return n
}

// Tabs returns the messages of the first finding: those of every other have the same names.
func (p page) Tabs() []messageView {
	if len(p.Views) == 0 {
		return nil
	}
	return p.Views[0].Views
}

type findingView struct {
	Finding
	Number int
	Views  []messageView
	// Sent is how many sinks the finding is sent to, Sinks how many there are.
	Sent, Sinks int
}

type messageView struct {
	Message
	// Slack is set for a Slack message, Frame for a document in a frame.
	Slack *slackView
	Frame string
	// Raw is the payload, with line breaks where it is JSON.
	Raw string
	// After are the messages that may follow.
	After []messageView
}

// framed puts a message that is shown as a document into a frame, and returns the frame's file.
func (v *messageView) framed(name string) []File {
	draw, ok := documents()[v.Payload.Form]
	if !ok {
		return nil
	}
	document := draw(v.Payload.Body)
	if document == nil {
		return nil // it is not of its form, and is shown as text
	}
	v.Frame = name + ".html"
	return []File{{v.Frame, htmlType, document}}
}

// documents returns how the payloads of each form become an HTML document, as their channel shows
// them: with inline styles, no script and nothing from elsewhere. The document of a payload that
// cannot be read is nil.
func documents() map[notify.Form]func(payload []byte) []byte {
	return map[notify.Form]func([]byte) []byte{
		notify.FormHTML:     func(payload []byte) []byte { return payload },
		notify.FormTeams:    drawCard,
		notify.FormChat:     drawChat,
		notify.FormDiscord:  drawDiscord,
		notify.FormTelegram: drawTelegram,
	}
}

// isJSON reports whether the payloads of a form are JSON, which is shown with line breaks.
func isJSON(form notify.Form) bool {
	return !slices.Contains([]notify.Form{notify.FormText, notify.FormHTML, notify.FormMarkdown}, form)
}

func viewOf(m Message) messageView {
	v := messageView{Message: m, Raw: string(m.Payload.Body)}
	if m.Payload.Form == notify.FormSlack {
		v.Slack = readSlack(m.Payload.Body)
	}
	if isJSON(m.Payload.Form) {
		v.Raw = indented(m.Payload.Body)
	}
	v.Raw = visible(v.Raw)
	return v
}

// visible writes control, invisible and direction-changing characters as JSON does ("\u202e"),
// since a document for programs holds a finding's texts as they are.
func visible(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func indented(body []byte) string {
	var text bytes.Buffer
	if json.Indent(&text, bytes.TrimSpace(body), "", "  ") != nil {
		return string(body)
	}
	return text.String()
}
