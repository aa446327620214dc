package discord_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/discord"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

const path = "/api/webhooks/1165511591545143296/"

// answering returns the error of a sink whose Discord answers in this way.
func answering(t *testing.T, status int, header http.Header, body string) error {
	t.Helper()
	_, err := build(t, sinktest.Answering(t, status, header, body)+path+"x").Notify(t.Context(), sinktest.First())
	return err
}

func TestAnswers(t *testing.T) {
	const accepted notify.ErrorKind = -1
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
	}{
		"proof":                    {200, `{"id":"1165511591545143300","type":0}`, accepted},
		"no id":                    {200, `{"type":0}`, notify.Broken},
		"a number for an id":       {200, `{"id":1165511591545143300}`, notify.Broken},
		"an id that is a path":     {200, `{"id":"../1"}`, notify.Broken},
		"proof under 202":          {202, `{"id":"1165511591545143300"}`, notify.Broken},
		"nobody has waited":        {204, "", notify.Broken},
		"a page":                   {200, "<html>", notify.Broken},
		"redirect":                 {302, "", notify.Broken},
		"limited":                  {429, `{"message":"You are being rate limited.","retry_after":0.3,"global":true}`, notify.Throttled},
		"limited by Cloudflare":    {429, "<html>error code: 1015</html>", notify.Throttled},
		"unknown webhook":          {404, `{"message":"Unknown Webhook","code":10015}`, notify.Broken},
		"wrong token":              {401, `{"message":"Invalid Webhook Token","code":50027}`, notify.Broken},
		"unknown channel":          {400, `{"message":"Unknown Channel","code":10003}`, notify.Broken},
		"no permission":            {403, `{"message":"Missing Permissions","code":50013}`, notify.Broken},
		"no access":                {403, `{"message":"Missing Access","code":50001}`, notify.Broken},
		"Cloudflare's 403":         {403, `{"message":"internal network error","code":40333}`, notify.Broken},
		"a page under 403":         {403, "<html>", notify.Broken},
		"a page under 404":         {404, "<html>", notify.Broken},
		"unknown code under 403":   {403, `{"message":"?","code":999999}`, notify.Broken},
		"unknown code under 400":   {400, `{"message":"?","code":999999}`, notify.Unacceptable},
		"forum":                    {400, `{"message":"thread_name or thread_id","code":220001}`, notify.Broken},
		"forum without new posts":  {400, `{"message":"x","code":220003}`, notify.Broken},
		"forum, services":          {400, `{"message":"x","code":220004}`, notify.Broken},
		"locked thread":            {400, `{"message":"x","code":160005}`, notify.Broken},
		"archived thread":          {400, `{"message":"x","code":50083}`, notify.Broken},
		"form":                     {400, `{"message":"Invalid Form Body","code":50035,"errors":{}}`, notify.Unacceptable},
		"empty":                    {400, `{"message":"Cannot send an empty message","code":50006}`, notify.Unacceptable},
		"no JSON":                  {400, `{"message":"The request body contains invalid JSON.","code":50109}`, notify.Unacceptable},
		"large":                    {413, `{"message":"Request entity too large","code":40005}`, notify.Unacceptable},
		"large, of a proxy":        {413, "", notify.Unacceptable},
		"AutoMod":                  {400, `{"message":"x","code":200000}`, notify.Unacceptable},
		"links":                    {400, `{"message":"x","code":240000}`, notify.Unacceptable},
		"explicit":                 {400, `{"message":"x","code":20009}`, notify.Unacceptable},
		"slow mode":                {400, `{"message":"x","code":20016}`, notify.Throttled},
		"channel's limit":          {400, `{"message":"x","code":20028}`, notify.Throttled},
		"server's limit":           {400, `{"message":"x","code":20029}`, notify.Throttled},
		"service limited":          {400, `{"message":"x","code":40062}`, notify.Throttled},
		"overloaded":               {400, `{"message":"x","code":130000}`, notify.Transient},
		"down":                     {502, "<html>", notify.Transient},
		"error":                    {500, `{"message":"500: Internal Server Error","code":0}`, notify.Transient},
		"proof under 500":          {500, `{"id":"1165511591545143300"}`, notify.Transient},
		"a wait that is no number": {429, `{"retry_after":"soon"}`, notify.Throttled},
	} {
		err := answering(t, test.status, nil, test.body)
		if test.want == accepted {
			if err != nil {
				t.Errorf("%s: got %v", name, err)
			}
		} else if err == nil || notify.KindOf(err) != test.want {
			t.Errorf("%s: got %v (%v), want %v", name, err, notify.KindOf(err), test.want)
		}
	}
}

// Discord says how long to wait in three places; the longest is kept.
func TestDelay(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		header http.Header
		want   time.Duration
	}{
		"in the body":      {`{"retry_after":1.337}`, nil, 1337 * time.Millisecond},
		"in its header":    {`{"retry_after":0.5}`, http.Header{"X-Ratelimit-Reset-After": {"2.25"}}, 2250 * time.Millisecond},
		"in that of HTTP":  {"<html>", http.Header{"Retry-After": {"600"}}, 10 * time.Minute},
		"nowhere":          {"", nil, 0},
		"of another kind":  {`{"retry_after":-1}`, http.Header{"X-Ratelimit-Reset-After": {"NaN"}}, 0},
		"beyond all sense": {`{"retry_after":1e300}`, nil, 24 * time.Hour},
	} {
		err := answering(t, http.StatusTooManyRequests, test.header, test.body)
		if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, notify.Delay(err), test.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	for url, want := range map[string]string{
		"": "WEBHOOK_URL: is not set; give the URL of a webhook",
		"http://discord.com/api/webhooks/1165511591545143296/" + value: "WEBHOOK_URL: must begin with https://",
		value: "WEBHOOK_URL: is not a URL",
		"https://discord.com/api/webhooks/1165511591545143296":                                "WEBHOOK_URL: is not that of a Discord webhook; give all of",
		"https://discord.com/api/webhooks/1165511591545143296/":                               "WEBHOOK_URL: is not that of a Discord webhook",
		"https://discord.com/api/webhooks/" + value + "/" + value:                             "WEBHOOK_URL: is not that of a Discord webhook",
		"https://discord.com/channels/1165511591545143296/" + value:                           "WEBHOOK_URL: is not that of a Discord webhook",
		"https://discord.com/api/webhooks/1165511591545143296/" + value + "/slack":            "WEBHOOK_URL: is that for messages of Slack's",
		"https://discord.com/api/webhooks/1165511591545143296/" + value + "/github?wait=true": "WEBHOOK_URL: is that for messages of Slack's",
		"https://discord.com/api/webhooks/1165511591545143296/" + value + "/messages/1":       "WEBHOOK_URL: is not that of a Discord webhook",
		"https://discord.com/api/webhooks/1165511591545143296/" + value + "?thread_id=x":      "WEBHOOK_URL: has a thread_id that is no thread's id",
	} {
		_, err := discord.New(t.Context(), "oncall", discord.Config{WebhookURL: secret.New(url)}, formatter.Style{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), value) {
			t.Errorf("the error does not begin with %q, or shows a value", want)
		}
	}
}

func TestGoodSettings(t *testing.T) {
	for _, url := range []string{
		"https://discord.com/api/webhooks/1165511591545143296/aB-_9", "https://discordapp.com/api/webhooks/1165511591545143296/aB-_9",
		"https://ptb.discord.com/api/webhooks/1165511591545143296/aB-_9", "https://canary.discord.com/api/v10/webhooks/1165511591545143296/aB-_9/",
		"https://discord.com/api/v9/webhooks/1165511591545143296/aB-_9?thread_id=1165511591545143999&wait=true",
		"https://proxy.example.com/discord/api/webhooks/1165511591545143296/aB-_9", "http://127.0.0.1:8080/api/webhooks/1/x",
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:discord-AbCdEf",
	} {
		if _, err := discord.New(t.Context(), "discord", discord.Config{WebhookURL: secret.New(url)}, formatter.Style{}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
