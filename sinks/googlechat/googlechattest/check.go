package googlechattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Chat's limits: a message in bytes, a card in widgets.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
// https://developers.google.com/workspace/chat/api/reference/rest/v1/Card
const (
	maxMessage = 32_000
	maxWidgets = 100
)

type message struct {
	Text         string `json:"text"`
	FallbackText string `json:"fallbackText"`
	Thread       struct {
		Key  string `json:"threadKey"`
		Name string `json:"name"`
	} `json:"thread"`
	CardsV2 []struct {
		CardID string `json:"cardId"`
		Card   card   `json:"card"`
	} `json:"cardsV2"`
}

type card struct {
	Header *struct {
		Title    string `json:"title"`
		Subtitle string `json:"subtitle"`
	} `json:"header"`
	Sections []struct {
		Header  string   `json:"header"`
		Widgets []widget `json:"widgets"`
	} `json:"sections"`
}

type widget struct {
	TextParagraph *struct {
		Text string `json:"text"`
	} `json:"textParagraph"`
	ButtonList *struct {
		Buttons []struct {
			Text    string `json:"text"`
			OnClick struct {
				OpenLink struct {
					URL string `json:"url"`
				} `json:"openLink"`
			} `json:"onClick"`
		} `json:"buttons"`
	} `json:"buttonList"`
}

// Check says why Chat would refuse the body of a message; nil when it would not. A member that it
// does not know is refused, as by all of Google's APIs. Beyond what Chat refuses, so is what it would
// leave out without a word: widgets beyond the hundredth.
func Check(body []byte) error {
	if len(body) > maxMessage {
		return fmt.Errorf("the message has %d bytes, of at most %d", len(body), maxMessage)
	}
	if !utf8.Valid(body) {
		return errors.New("the message is no UTF-8")
	}
	var m message
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil || decoder.More() {
		return errors.New("it is not the JSON of a message")
	}
	if m.Text == "" && len(m.CardsV2) == 0 {
		return errors.New("there is neither a text nor a card")
	}
	for _, one := range m.CardsV2 {
		if err := checkCard(one.Card); err != nil {
			return err
		}
	}
	return nil
}

func checkCard(c card) error {
	if c.Header != nil && c.Header.Title == "" {
		return errors.New("a header without a title")
	}
	if len(c.Sections) == 0 {
		return errors.New("a card without sections")
	}
	widgets := 0
	for _, section := range c.Sections {
		if len(section.Widgets) == 0 {
			return errors.New("a section without widgets")
		}
		for _, one := range section.Widgets {
			n, err := checkWidget(one)
			if err != nil {
				return err
			}
			widgets += n
		}
	}
	if widgets > maxWidgets {
		return fmt.Errorf("a card of %d widgets", widgets)
	}
	return nil
}

// checkWidget returns how many widgets one counts for: a button is one, too.
func checkWidget(w widget) (int, error) {
	switch {
	case (w.TextParagraph == nil) == (w.ButtonList == nil):
		return 0, errors.New("a widget that is nothing, or two things")
	case w.TextParagraph != nil:
		if strings.TrimSpace(w.TextParagraph.Text) == "" {
			return 0, errors.New("an empty paragraph")
		}
		return 1, nil
	case len(w.ButtonList.Buttons) == 0:
		return 0, errors.New("no buttons in a list of them")
	}
	for _, button := range w.ButtonList.Buttons {
		if button.Text == "" || !strings.HasPrefix(button.OnClick.OpenLink.URL, "https://") {
			return 0, errors.New("a button without a text or a link")
		}
	}
	return 1 + len(w.ButtonList.Buttons), nil
}
