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
	// Warnings are what somebody might not have meant in the configuration, one line each.
	Warnings []string
	Findings []Finding
	// Live says that the page is served and changes with its files.
	Live bool
	// IsOld says that something of what is shown is what stood there before a mistake.
	IsOld bool
	// Against names the configuration that this one is held against; empty where it is none.
	Against string
}

// Finding is one finding, and what becomes of it; or a digest of several, or what Tocsin says of itself, which
// is no finding either.
type Finding struct {
	// IsDigest says that it is no finding, but what is said of several, or of none.
	IsDigest bool
	// Label says what it is in place of a digest.
	Label string
	// IsEnd says that the finding is over: its end is sent where the finding was sent before.
	IsEnd bool
	// Nobody says that no sink takes it, by threshold or by condition.
	Nobody bool
	// From is the file and the place in it.
	From     string
	Headline formatter.Headline
	// Messages has one entry for each sink, and then those for the forms that no sink sends.
	Messages []Message
	// Gone are the sinks that only the other configuration has.
	Gone []Gone
}

// Gone is a sink that only the other configuration has, and what becomes of the finding there.
type Gone struct{ Name, Was string }

// Message is what one sink would send.
type Message struct {
	// Name is the sink's, or the form's.
	Name string
	// IsForm says that no sink of the configuration sends this; Verdict is empty then.
	IsForm bool
	// Sends says whether the finding is sent, Verdict the same in a word, Reason why.
	Sends           bool
	Verdict, Reason string
	// Short is the verdict with what holds it back, in a word or three.
	Short string
	// Was is what the other configuration makes of it; empty where it makes the same.
	Was string
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
	// Body is what it holds; nil where it is drawn when somebody asks for it.
	Body []byte

	draw    func() ([]byte, error)
	isPage  bool   // and no document in a frame
	version string // of all files, in the first of them
}

// Content returns what the file holds, and draws it first where that is not done; nil where there is
// nothing to hold.
func (f File) Content() ([]byte, error) {
	if f.draw == nil {
		return f.Body, nil
	}
	return f.draw()
}

var (
	//go:embed page.gohtml
	markup string
	//go:embed matrix.gohtml
	matrixMarkup string
	//go:embed slack.gohtml
	slackMarkup string
	//go:embed page.css
	style string
	//go:embed page.js
	pageScript string
	//go:embed list.js
	listScript string
)

const htmlType = "text/html; charset=utf-8"

// Write puts the files into a directory, which is made where there is none.
func Write(directory string, files []File) error {
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // others may read the page
		return err
	}
	for _, file := range files {
		body, err := file.Content()
		if err != nil {
			return err
		}
		if body == nil {
			continue // a payload that is not of its form
		}
		if err := os.WriteFile(filepath.Join(directory, file.Name), body, 0o644); err != nil { //nolint:gosec // as above
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

// framed puts a message that is shown as a document into a frame of a name, if it is of its form.
func (v *messageView) framed(name string) {
	if draw, ok := documents()[v.Payload.Form]; ok && draw(v.Payload.Body) != nil {
		v.Frame = name
	}
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
