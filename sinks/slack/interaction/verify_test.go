package interaction_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// keysOf returns keys with a signing secret.
func keysOf(t *testing.T, signing string) interaction.Keys {
	t.Helper()
	keys, _ := interaction.Config{BotToken: secret.New(slacktest.Token), SigningSecret: secret.New(signing)}.ReadKeys(t.Context(), false)
	return keys
}

// The example of Slack's own page: https://docs.slack.dev/authentication/verifying-requests-from-slack
func TestSlacksExample(t *testing.T) {
	s := interaction.Signed{
		Timestamp: "1531420618",
		Signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
		Body: []byte("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
			"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F" +
			"T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"),
	}
	if err := s.Check(time.Unix(1531420618, 0).Add(interaction.Window)); err != nil || !s.IsOf(keysOf(t, "8f742231b10e8888abcd99yyyzzz85a5")) {
		t.Errorf("not taken for Slack's: %v", err)
	}
	if s.IsOf(keysOf(t, "8f742231b10e8888abcd99yyyzzz85a6")) || s.IsOf(interaction.Keys{}) {
		t.Error("taken for that of another secret, or of none")
	}
}

func TestCheck(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	r := slacktest.Sign("s", "body", now)
	for name, test := range map[string]struct {
		timestamp, signature string
		at                   time.Time
		want                 error
	}{
		"now":               {r.Timestamp, r.Signature, now, nil},
		"the oldest":        {r.Timestamp, r.Signature, now.Add(interaction.Window), nil},
		"too old":           {r.Timestamp, r.Signature, now.Add(interaction.Window + time.Second), interaction.ErrOld},
		"the most ahead":    {r.Timestamp, r.Signature, now.Add(-interaction.Window), nil},
		"too far ahead":     {r.Timestamp, r.Signature, now.Add(-interaction.Window - time.Second), interaction.ErrAhead},
		"without a time":    {"", r.Signature, now, interaction.ErrUnsigned},
		"without":           {r.Timestamp, "", now, interaction.ErrUnsigned},
		"too short":         {r.Timestamp, r.Signature[:65], now, interaction.ErrForm},
		"too long":          {r.Timestamp, r.Signature + "00", now, interaction.ErrForm},
		"another version":   {r.Timestamp, "v1=" + r.Signature[3:], now, interaction.ErrForm},
		"no hexadecimal":    {r.Timestamp, "v0=" + strings.Repeat("z", 64), now, interaction.ErrForm},
		"capital letters":   {r.Timestamp, "v0=" + strings.Repeat("AB", 32), now, interaction.ErrForm},
		"a time with blank": {" " + r.Timestamp, r.Signature, now, interaction.ErrTime},
		"half a second":     {r.Timestamp + ".5", r.Signature, now, interaction.ErrTime},
		"no time":           {"0x1", r.Signature, now, interaction.ErrTime},
		"leading zeros":     {"000" + r.Timestamp, r.Signature, now, interaction.ErrTime},
	} {
		s := interaction.Signed{Timestamp: test.timestamp, Signature: test.signature, Body: []byte("body")}
		if err := s.Check(test.at); !errors.Is(err, test.want) || test.want == nil && !s.IsOf(keysOf(t, "s")) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

func TestConfigCheck(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf"
	good := interaction.Config{BotToken: secret.New(arn + "#bot"), SigningSecret: secret.New(arn + "#signing"), Channel: "C0123ABCD"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	err := interaction.Config{SigningSecret: secret.New("s3cr3t"), Channel: "#s3cr3t", ApiURL: "http://s3cr3t/"}.Check()
	if err == nil || strings.Contains(err.Error(), "s3cr3t") || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v", err)
	}
	for _, setting := range []string{"BOT_TOKEN: is not set", "SIGNING_SECRET: stands here in plain text", "CHANNEL: ", "API_URL: "} {
		if !strings.Contains(err.Error(), setting) {
			t.Errorf("%s is not said: %v", setting, err)
		}
	}
}

// What is no token is not used as one, and does not show.
func TestReadKeys(t *testing.T) {
	keys, err := interaction.Config{BotToken: secret.New("xoxp-s3cr3t"), SigningSecret: secret.New("x")}.ReadKeys(t.Context(), false)
	if err == nil || strings.Contains(err.Error(), "s3cr3t") || keys.AreWhole() || !keys.CanProve() {
		t.Errorf("got %v, whole %v", err, keys.AreWhole())
	}
}
