package interaction_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

func isJSON(text []byte) bool { return json.Valid(text) }

func words(t *testing.T, code string) interaction.Words {
	t.Helper()
	w, codes, ok := interaction.NewWords(code)
	if !ok || len(codes) < 2 {
		t.Fatal(code, codes)
	}
	return w
}

// The parts of a message that stay as they are, however they are written.
const (
	before = `{"type":"section","block_id":"a0","text":{"type":"mrkdwn","text":"a  \u00e9 &lt;b&gt; <https:\/\/example.com|x> <!channel>","verbatim":true},"x" : 1.50e0 }`
	other  = `{"type":"button","text":{"type":"plain_text","text":"Mute\u2026","emoji":true},"action_id":"mute","value":"{\"s\":\"a&b\"}"}`
	after  = `{"type":"actions","block_id":"links-1","elements":[{"type":"button","action_id":"console","text":{"type":"plain_text","text":"C"},"url":"https:\/\/e.com"}]}`
	header = `[{"type":"header","block_id":"b0","text":{"type":"plain_text","text":"HIGH <x>","emoji":true}}]`
)

func pressed(act, label string) interaction.Button {
	return interaction.Button{
		Act: act, Value: "v", Row: "acts-1", From: action.From{Place: "C0123ABCD", Message: "1.2"},
		Message: json.RawMessage(`{"type":"message","ts":"1.2","user":"U0BOT","text":"t & <!here> \/","blocks":` + header + `,"attachments":[{"id":1,"color":"E01E5A","blocks":[` +
			before + `,{"type":"actions","block_id":"acts-1","elements":[{"type":"button","text":{"type":"plain_text","text":"` + label + `"},"action_id":"` + act +
			`","value":"v <&>","style":"primary"},` + other + `]},` + after + `],"fallback":"[no preview]","mrkdwn_in":[]},{"id":2,"text":"another"}]}`),
	}
}

// A message says who has the finding, and everything else of it stays byte for byte.
func TestAmended(t *testing.T) {
	taken := notify.Taken{By: notify.Person{ID: "U012AB3CD", Name: "<!channel>"}, At: time.Unix(1_700_000_000, 0)}
	body, err := words(t, "").Amended(pressed("acknowledge", "Acknowledge"), taken)
	if err != nil {
		t.Fatal(err)
	}
	row := rowOf(t, body)
	const line = `{"block_id":"taken-%s","elements":[{"text":"Acknowledged by <@U012AB3CD>, <!date^1700000000^{date_short_pretty} {time}|2023-11-14 22:13 UTC>","type":"mrkdwn","verbatim":true}],"type":"context"}`
	const back = `{"action_id":"give_back","text":{"text":"Give back","type":"plain_text"},"type":"button","value":"v <&>"}`
	id := strings.TrimPrefix(row, "acts-")
	want := `{"channel":"C0123ABCD","ts":"1.2","text":"t & <!here> \/","blocks":` + header + `,"attachments":[{"id":1,"color":"E01E5A","blocks":[` + before + `,` +
		fmt.Sprintf(line, id) + `,{"type":"actions","block_id":"` + row + `","elements":[` + back + `,` + other + `]},` + after + `],"fallback":"[no preview]","mrkdwn_in":[]},{"id":2,"text":"another"}]}`
	if string(body) != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if err := slacktest.Check(body); err != nil {
		t.Errorf("Slack would refuse it: %v", err)
	}
	// Given back, it is what it was, but for the row.
	again := pressed("give_back", "Give back")
	again.Row, again.Message = row, body
	body, err = words(t, "ja").Amended(again, notify.Taken{})
	if err != nil || strings.Contains(string(body), "taken-") || !strings.Contains(string(body), before+`,{"type":"actions","block_id":"acts-`) ||
		!strings.Contains(string(body), `{"action_id":"acknowledge","style":"primary","text":{"text":"`) || rowOf(t, body) == row {
		t.Errorf("got %v\n%s", err, body)
	}
}

// rowOf returns the block_id of the row.
func rowOf(t *testing.T, body []byte) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(body), `"block_id":"acts-`)
	id, _, ok := strings.Cut(rest, `"`)
	if !ok || id == "1" {
		t.Fatalf("the row has no new name: %s", body)
	}
	return "acts-" + id
}

// The sink's own names of the two blocks are those that are looked for here.
func TestNamesOfBlocks(t *testing.T) {
	p, err := interaction.Read(form(strings.Replace(press, `"acts-1"`, `"`+slack.ActsBlock+`f"`, 1)))
	if err != nil || p.Button.Row != slack.ActsBlock+"f" {
		t.Errorf("%+v, %v", p.Button, err)
	}
	body, err := words(t, "").Amended(pressed("acknowledge", "A"), notify.Taken{At: time.Unix(1, 0)})
	if err != nil || !strings.Contains(string(body), `"block_id":"`+slack.TakenBlock) || !strings.Contains(string(body), `"block_id":"`+slack.ActsBlock) {
		t.Errorf("%v: %s", err, body)
	}
}

// A row may stand among the message's own blocks; one of a message that has no room stays without the line.
func TestAmendedElsewhere(t *testing.T) {
	taken := notify.Taken{By: notify.Person{ID: "U012AB3CD"}, At: time.Unix(1_700_000_000, 0)}
	row := `{"type":"actions","block_id":"acts-1","elements":[{"type":"button","text":{"type":"plain_text","text":"A"},"action_id":"acknowledge","value":"v"}]}`
	section := `{"type":"section","text":{"type":"plain_text","text":"x"}},`
	for _, test := range []struct {
		blocks   int
		wantLine bool
	}{{3, true}, {48, true}, {49, false}} {
		b := interaction.Button{Row: "acts-1", Message: json.RawMessage(`{"text":"t","blocks":[` + strings.Repeat(section, test.blocks) + row + `]}`)}
		body, err := words(t, "").Amended(b, taken)
		if err != nil || slacktest.Check(body) != nil || strings.Contains(string(body), "taken-") != test.wantLine || !strings.Contains(string(body), "give_back") {
			t.Errorf("%d blocks: %v, %v\n%s", test.blocks, err, slacktest.Check(body), body)
		}
	}
}

func TestAmendedOfWhatItIsNot(t *testing.T) {
	for _, message := range []string{"", "null", "[]", "{}", `{"blocks":3}`, `{"blocks":[{"block_id":"acts-2"}]}`, `{"attachments":[3,{"blocks":"x"}]}`} {
		if body, err := words(t, "").Amended(interaction.Button{Row: "acts-1", Message: json.RawMessage(message)}, notify.Taken{}); err == nil {
			t.Errorf("%s: got %s", message, body)
		}
	}
}
