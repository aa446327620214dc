package interaction

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// takenPrefix begins the block_id of the line that says who has taken a finding on.
const takenPrefix = "taken-"

// maxBlocks is how many blocks a message may have. https://docs.slack.dev/reference/block-kit/blocks/
const maxBlocks = 50

// errNoRow says that a message does not hold the row that was pressed.
var errNoRow = errors.New("the message does not hold the button that was pressed")

// Amended returns the body of chat.update that has the message of a button say who has the finding, or that
// nobody has: the line that says so comes or goes, and the button that takes it on becomes the one that gives it
// back, or the reverse. Everything else of the message stays as it is, byte for byte.
func (w Words) Amended(b Button, taken notify.Taken) ([]byte, error) {
	message, err := membersOf(b.Message)
	if err != nil {
		return nil, errNoRow
	}
	a := amendment{words: w, row: b.Row, taken: taken}
	body := members{{"channel", quoted(b.From.Place)}, {"ts", quoted(b.From.Message)}}
	for _, m := range message {
		switch m.name {
		case "text":
			body = append(body, m)
		case "blocks":
			a.total += count(m.value)
		case "attachments":
			each(m.value, func(one json.RawMessage) { a.total += count(one) })
		}
	}
	for _, m := range message {
		switch m.name {
		case "blocks":
			m.value = a.blocks(m.value)
		case "attachments":
			m.value = a.attachments(m.value)
		default:
			continue
		}
		body = append(body, m)
	}
	if !a.isDone {
		return nil, errNoRow
	}
	return body.JSON(), nil
}

// amendment is a change of a message under way.
type amendment struct {
	words  Words
	row    string
	taken  notify.Taken
	total  int // how many blocks the message has
	isDone bool
}

// attachments returns a list of attachments with the change in their blocks.
func (a *amendment) attachments(list json.RawMessage) json.RawMessage {
	var all []json.RawMessage
	each(list, func(one json.RawMessage) {
		parts, err := membersOf(one)
		if err == nil {
			for i := range parts {
				if parts[i].name == "blocks" {
					parts[i].value = a.blocks(parts[i].value)
				}
			}
			one = parts.JSON()
		}
		all = append(all, one)
	})
	return joined(all)
}

// blocks returns a list of blocks with the change, where it holds the row that was pressed.
func (a *amendment) blocks(list json.RawMessage) json.RawMessage {
	var all []json.RawMessage
	isHere := false
	each(list, func(one json.RawMessage) {
		var block struct {
			ID       string            `json:"block_id"`
			Elements []json.RawMessage `json:"elements"`
		}
		_ = json.Unmarshal(one, &block) // what is no block has no id
		switch {
		case strings.HasPrefix(block.ID, takenPrefix):
			return
		case block.ID != a.row || isHere:
			all = append(all, one)
			return
		}
		isHere = true
		if a.taken.IsTaken() && a.total < maxBlocks {
			all = append(all, a.line())
		}
		all = append(all, a.buttons(one, block.Elements))
	})
	if !isHere {
		return list
	}
	a.isDone = true
	return joined(all)
}

// line returns the block that says who has the finding.
func (a *amendment) line() json.RawMessage {
	text, err := encode(object{
		"type": "context", "block_id": a.id(takenPrefix),
		"elements": []object{{"type": "mrkdwn", "text": a.words.taken(a.taken), "verbatim": true}},
	})
	if err != nil {
		return nil // texts alone cannot fail
	}
	return text
}

// buttons returns the row with the other one of its two buttons. Slack wants a new name for what has changed.
// https://docs.slack.dev/reference/block-kit/blocks/actions-block
func (a *amendment) buttons(row json.RawMessage, elements []json.RawMessage) json.RawMessage {
	from, to := notify.ActGiveBack, notify.ActAcknowledge
	if a.taken.IsTaken() {
		from, to = to, from
	}
	for i, element := range elements {
		var button struct {
			Act   string `json:"action_id"`
			Value string `json:"value"`
		}
		if json.Unmarshal(element, &button) != nil || button.Act != from {
			continue
		}
		other := object{"type": "button", "text": plain(a.words.of("act." + to)), "action_id": to, "value": button.Value}
		if to == notify.ActAcknowledge { // as the sink makes it
			other["style"] = "primary"
		}
		if text, err := encode(other); err == nil {
			elements[i] = text
		}
	}
	parts, err := membersOf(row)
	if err != nil {
		return row
	}
	for i := range parts {
		switch parts[i].name {
		case "elements":
			parts[i].value = joined(elements)
		case "block_id":
			parts[i].value = quoted(a.id(rowPrefix))
		}
	}
	return parts.JSON()
}

// id returns the name of a block that comes of the change.
func (a *amendment) id(prefix string) string {
	sum := sha256.Sum256([]byte(a.row + "\n" + a.taken.By.ID + "\n" + a.taken.At.UTC().String()))
	return prefix + hex.EncodeToString(sum[:8])
}

// member is a member of a JSON object, whose value stays as it was written.
type member struct {
	name  string
	value json.RawMessage
}

// members are the members of an object, in their order.
type members []member

// membersOf reads an object.
func membersOf(object json.RawMessage) (members, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("no object")
	}
	var all members
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errors.New("no object")
		}
		m := member{}
		m.name, _ = name.(string)
		if err := d.Decode(&m.value); err != nil {
			return nil, errors.New("no object")
		}
		all = append(all, m)
	}
	return all, nil
}

// JSON writes the object. encoding/json would write the values anew.
func (all members) JSON() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// each hands over the elements of a list; none where it is no list.
func each(list json.RawMessage, take func(json.RawMessage)) {
	var all []json.RawMessage
	if json.Unmarshal(list, &all) != nil {
		return
	}
	for _, one := range all {
		take(one)
	}
}

// count returns how many blocks there are in a list of them, or in an attachment.
func count(of json.RawMessage) int {
	var list []json.RawMessage
	if json.Unmarshal(of, &list) == nil {
		return len(list)
	}
	var attachment struct{ Blocks []json.RawMessage }
	_ = json.Unmarshal(of, &attachment) // what is none has no blocks
	return len(attachment.Blocks)
}

func joined(list []json.RawMessage) json.RawMessage {
	parts := make([][]byte, len(list))
	for i := range list {
		parts[i] = list[i]
	}
	return append(append([]byte{'['}, bytes.Join(parts, []byte(","))...), ']')
}

func quoted(text string) json.RawMessage {
	encoded, err := encode(text)
	if err != nil {
		return json.RawMessage(`""`) // a text cannot fail
	}
	return encoded
}
