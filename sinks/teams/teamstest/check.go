package teamstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of Teams.
const (
	// maxCounted is the most that Teams takes, counted with every quote and backslash twice: it has
	// counted 28,897 of a request of 24,453 bytes, and takes 28,672.
	// https://github.com/MicrosoftDocs/msteams-docs/issues/11274
	maxCounted = 28_672
	// maxBody is where others have been refused.
	maxBody = 21_000
	// maxButtons is how many buttons Teams shows.
	maxButtons = 6
)

type envelope struct {
	Type        string `json:"type"`
	Attachments []struct {
		ContentType string          `json:"contentType"`
		ContentURL  json.RawMessage `json:"contentUrl"`
		Content     map[string]any  `json:"content"`
	} `json:"attachments"`
}

// checkEnvelope says why the trigger of a flow would not take a body; nil when it would.
func checkEnvelope(body []byte) error {
	var e envelope
	switch err := json.Unmarshal(body, &e); {
	case err != nil:
		return errors.New("it is not the JSON of a message with attachments")
	case e.Type != "message":
		return errors.New("the type is not message")
	case len(e.Attachments) == 0:
		return errors.New("there is no attachment")
	}
	return nil
}

// Check says why a flow would not post the card of a body, or Teams would not show all of it; nil
// when they would.
func Check(body []byte) error {
	quoted := strings.Count(string(body), `"`) + strings.Count(string(body), `\`)
	if len(body) > maxBody || len(body)+quoted > maxCounted {
		return fmt.Errorf("MessageSizeExceeded: %d bytes, which count %d", len(body), len(body)+quoted)
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil || len(e.Attachments) != 1 {
		return errors.New("not one card")
	}
	card := e.Attachments[0]
	switch {
	case card.ContentType != "application/vnd.microsoft.card.adaptive" || string(card.ContentURL) != "null":
		return errors.New("the attachment is no Adaptive Card")
	case card.Content["type"] != "AdaptiveCard":
		return errors.New("the content is no Adaptive Card")
	case !slices.Contains([]any{"1.0", "1.1", "1.2", "1.3", "1.4"}, card.Content["version"]):
		return errors.New("a version that old clients show the fallback for")
	}
	c := checker{}
	c.elements(card.Content["body"], "Container", "ColumnSet", "RichTextBlock", "TextBlock")
	c.actions(card.Content["actions"])
	c.mentions(card.Content["msteams"])
	return errors.Join(c.faults...)
}

// checker walks through a card.
type checker struct {
	faults []error
	// texts are those of the TextBlocks, in which mentions can stand.
	texts []string
}

func (c *checker) fault(format string, arguments ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, arguments...))
}

// elements checks a list of elements of the given types. A number or an object in the place of a text
// is drawn as nothing.
func (c *checker) elements(list any, types ...string) {
	all, ok := list.([]any)
	if !ok || len(all) == 0 {
		c.fault("no list of elements, or an empty one")
		return
	}
	for _, one := range all {
		e, _ := one.(map[string]any)
		kind, _ := e["type"].(string)
		if !slices.Contains(types, kind) {
			c.fault("an element of the type %q where one of %v is wanted", kind, types)
			continue
		}
		c.element(kind, e)
	}
}

func (c *checker) element(kind string, e map[string]any) {
	for name, allowed := range map[string][]any{
		"style":   {"default", "emphasis", "good", "attention", "warning", "accent"},
		"spacing": {"None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"},
	} {
		if value, isSet := e[name]; isSet && !slices.Contains(allowed, value) {
			c.fault("%s: %s %v", kind, name, value)
		}
	}
	switch kind {
	case "Container", "Column":
		c.elements(e["items"], "ColumnSet", "RichTextBlock", "TextBlock")
	case "ColumnSet":
		c.elements(e["columns"], "Column")
	case "RichTextBlock":
		c.elements(e["inlines"], "TextRun")
	case "TextBlock", "TextRun":
		text, isText := e["text"].(string)
		if !isText || strings.TrimSpace(text) == "" && kind == "TextBlock" || text == "" {
			c.fault("%s without a text", kind)
		}
		if kind == "TextBlock" {
			c.texts = append(c.texts, text)
		}
		if a, isSet := e["selectAction"]; isSet {
			c.action(a)
		}
	}
}

func (c *checker) actions(list any) {
	all, _ := list.([]any)
	if len(all) > maxButtons {
		c.fault("%d buttons", len(all))
	}
	for _, a := range all {
		c.action(a)
	}
}

func (c *checker) action(one any) {
	a, _ := one.(map[string]any)
	title, _ := a["title"].(string)
	url, _ := a["url"].(string)
	if a["type"] != "Action.OpenUrl" || title == "" || !strings.HasPrefix(url, "https://") {
		c.fault("an action that is no link: %v", a)
	}
}

// mentions checks that each mention has its text in the card, and each text its mention: a card with
// one of them alone is refused, or shows the tags.
func (c *checker) mentions(list any) {
	teams, _ := list.(map[string]any)
	if teams["width"] != "Full" {
		c.fault("the width is not Full")
	}
	texts := strings.Join(c.texts, " ")
	entities, _ := teams["entities"].([]any)
	for _, one := range entities {
		e, _ := one.(map[string]any)
		text, _ := e["text"].(string)
		mentioned, _ := e["mentioned"].(map[string]any)
		id, _ := mentioned["id"].(string)
		name, _ := mentioned["name"].(string)
		if e["type"] != "mention" || id == "" || name == "" || text != "<at>"+name+"</at>" || strings.Count(texts, text) != 1 {
			c.fault("a mention of %q whose text does not stand in the card once", name)
		}
		texts = strings.Replace(texts, text, "", 1)
	}
	if strings.Contains(texts, "<at>") {
		c.fault("a text of a mention of nobody: %q", texts)
	}
}
