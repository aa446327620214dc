package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Message is a message as Discord reads it.
type Message struct {
	Content string  `json:"content"`
	Embeds  []Embed `json:"embeds"`
	// Allowed is whom the content may call; nil is everybody whom it names.
	Allowed *Allowed `json:"allowed_mentions"`
	Flags   int      `json:"flags"`
}

// Embed is the part of a message with a colour.
type Embed struct {
	Title       string  `json:"title"`
	URL         string  `json:"url"`
	Description string  `json:"description"`
	Color       int     `json:"color"`
	Fields      []Field `json:"fields"`
	Footer      *struct {
		Text string `json:"text"`
	} `json:"footer"`
}

// Field is a named text of an embed.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Allowed is whom a message may call.
type Allowed struct {
	Parse []string `json:"parse"`
	Users []string `json:"users"`
	Roles []string `json:"roles"`
}

// silent is the one flag that Discord takes here beside those of previews and components.
const silent = 1 << 12

// Check returns why Discord would refuse the body of a message; nil is one that it takes. Discord
// counts code points, after white space at both ends is gone.
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
func Check(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("not UTF-8")
	}
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("not the JSON of a message: %w", err)
	}
	if strings.TrimSpace(m.Content) == "" && len(m.Embeds) == 0 {
		return errEmpty
	}
	if n := length(m.Content); n > 2_000 {
		return fmt.Errorf("a content of %d characters", n)
	}
	if len(m.Embeds) > 10 || m.Flags&^silent != 0 {
		return fmt.Errorf("%d embeds, flags %d", len(m.Embeds), m.Flags)
	}
	total := 0
	for _, e := range m.Embeds {
		size, err := e.check()
		if err != nil {
			return err
		}
		total += size
	}
	if total > 6_000 {
		return fmt.Errorf("embeds of %d characters", total)
	}
	return m.Allowed.check()
}

var errEmpty = errors.New("an empty message")

func length(text string) int { return utf8.RuneCountInString(strings.TrimSpace(text)) }

// check returns how many characters an embed has.
func (e Embed) check() (int, error) {
	foot := ""
	if e.Footer != nil {
		foot = e.Footer.Text
	}
	total := length(e.Title) + length(e.Description) + length(foot)
	if total == 0 && len(e.Fields) == 0 {
		return 0, errors.New("an empty embed")
	}
	if length(e.Title) > 256 || length(e.Description) > 4_096 || length(foot) > 2_048 || len(e.Fields) > 25 || e.Color < 0 || e.Color > 0xffffff {
		return 0, fmt.Errorf("a title of %d, a description of %d, a footer of %d characters, %d fields, colour %d",
			length(e.Title), length(e.Description), length(foot), len(e.Fields), e.Color)
	}
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(e.URL) > 2_048 {
			return 0, errors.New("a URL that is none, or is too long")
		}
	}
	for _, f := range e.Fields {
		name, value := length(f.Name), length(f.Value)
		if name == 0 || value == 0 || name > 256 || value > 1_024 {
			return 0, fmt.Errorf("a field with a name of %d and a value of %d characters", name, value)
		}
		total += name + value
	}
	return total, nil
}

func (a *Allowed) check() error {
	if a == nil {
		return nil
	}
	for _, ids := range [][]string{a.Users, a.Roles} {
		sorted := slices.Sorted(slices.Values(ids))
		if len(ids) > 100 || len(slices.Compact(sorted)) != len(ids) {
			return fmt.Errorf("%d ids of whom may be called, or one of them twice", len(ids))
		}
	}
	if slices.Contains(a.Parse, "users") && len(a.Users) > 0 || slices.Contains(a.Parse, "roles") && len(a.Roles) > 0 {
		return errors.New("all may be called, and some")
	}
	return nil
}
