package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Message is a message as Telegram reads it.
type Message struct {
	Chat     string   `json:"chat_id"`
	Thread   int64    `json:"message_thread_id"`
	ID       int64    `json:"message_id"`
	Text     string   `json:"text"`
	Entities []Entity `json:"entities"`
	Silent   bool     `json:"disable_notification"`
	Mode     string   `json:"parse_mode"`
	Preview  struct {
		IsDisabled bool `json:"is_disabled"`
	} `json:"link_preview_options"`
	Reply *struct {
		Message int64 `json:"message_id"`
		Anyway  bool  `json:"allow_sending_without_reply"`
	} `json:"reply_parameters"`
}

// Entity is what a part of the text is. Offset and Length are in UTF-16 code units.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url"`
	User   *struct {
		ID int64 `json:"id"`
	} `json:"user"`
}

// Telegram's words for what it refuses.
const (
	empty    = "message text is empty"
	tooLong  = "message is too long"
	entities = "can't parse entities"
	object   = "can't parse the request's JSON object"
)

// Check returns the message that a body holds, or why Telegram would refuse it, in Telegram's words
// and then in ours. Telegram takes no notice of entities beyond the hundredth; they are refused here,
// so that nothing relies on them.
// https://core.telegram.org/bots/api#sendmessage
func Check(body []byte) (Message, error) {
	var m Message
	if !utf8.Valid(body) {
		return m, errors.New("strings must be encoded in UTF-8")
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("%s: %w", object, err)
	}
	text := utf16.Encode([]rune(m.Text))
	switch {
	case strings.TrimSpace(m.Text) == "":
		return m, errors.New(empty)
	case len(text) > 4_096:
		return m, fmt.Errorf("%s: %d units", tooLong, len(text))
	case m.Mode != "":
		return m, fmt.Errorf("%s: a text that is parsed for markup", entities)
	case len(m.Entities) > 100:
		return m, fmt.Errorf("%s: %d of them", entities, len(m.Entities))
	}
	for _, e := range m.Entities {
		if err := e.check(text); err != nil {
			return m, fmt.Errorf("%s: %w", entities, err)
		}
	}
	return m, nil
}

func (e Entity) check(text []uint16) error {
	end := e.Offset + e.Length
	isHalf := func(at int) bool { return at < len(text) && utf16.IsSurrogate(rune(text[at])) && text[at] >= 0xdc00 }
	switch {
	case !slices.Contains([]string{"bold", "code", "text_link", "text_mention"}, e.Type):
		return fmt.Errorf("of type %q", e.Type)
	case e.Offset < 0 || e.Length <= 0 || end > len(text):
		return fmt.Errorf("from %d to %d of %d units", e.Offset, end, len(text))
	case isHalf(e.Offset) || isHalf(end):
		return errors.New("begins or ends within a character")
	case (e.Type == "text_link") != strings.HasPrefix(e.URL, "https://"):
		return errors.New("a link without an address, or an address without a link")
	case (e.Type == "text_mention") != (e.User != nil && e.User.ID > 0):
		return errors.New("a mention of nobody, or somebody who is not mentioned")
	}
	return nil
}
