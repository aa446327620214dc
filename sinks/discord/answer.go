package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// errNoMessage says that the message to edit is gone, or is edited no more.
var errNoMessage = errors.New("the message cannot be edited")

// maxDelay is the longest wait that is believed.
const maxDelay = 24 * time.Hour

// read returns the id of the message that a response holds, if it is the proof of acceptance. An
// error shows Discord's number for it and our own words: a response can repeat the request.
func read(response httpsend.Response) (string, error) {
	if response.Status/100 == 2 {
		var message struct {
			ID string `json:"id"`
		}
		if response.Status == http.StatusOK && json.Unmarshal(response.Body, &message) == nil && isSnowflake(message.ID) {
			return message.ID, nil
		}
		// The message may well stand in the channel, and the next answer would be the same.
		return "", notify.PermanentSink(
			fmt.Errorf("status %d without the id of a message (see that the URL is that of a Discord webhook)", response.Status))
	}
	if response.Status/100 == 4 {
		return "", refusal(response)
	}
	return "", httpsend.Fault(response)
}

// refusal returns the error that a status of 400 to 499 stands for. The answer has a code where it
// is Discord's own, and is a page where it comes from what stands before Discord.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
func refusal(response httpsend.Response) error {
	var a struct {
		Code       int     `json:"code"`
		RetryAfter float64 `json:"retry_after"`
	}
	if json.Unmarshal(response.Body, &a) != nil {
		a.Code, a.RetryAfter = 0, 0
	}
	meaning := meaningOf(a.Code)
	err := httpsend.ByStatus(response.Status, fmt.Errorf("status %d, Discord's code %d: %s", response.Status, a.Code, meaning.words))
	switch {
	case response.Status == http.StatusTooManyRequests, meaning.kind == notify.Throttled:
		if meaning.words == "" {
			err = fmt.Errorf("status %d", response.Status)
		}
		return notify.RetryAfter(err, delayOf(response, a.RetryAfter))
	case meaning.words == "":
		return httpsend.Fault(response)
	case meaning.kind == notify.Broken:
		err = notify.PermanentSink(err)
	case meaning.kind == notify.Unacceptable:
		err = notify.PermanentMessage(err)
	}
	if meaning.isGone {
		err = fmt.Errorf("%w: %w", errNoMessage, err)
	}
	return err
}

// delayOf returns the longest that Discord asks to be left alone for: in the body, in its own header
// field, both in seconds and parts of one, or in that of HTTP.
// https://docs.discord.com/developers/topics/rate-limits#header-format
func delayOf(response httpsend.Response, inBody float64) time.Duration {
	inHeader, err := strconv.ParseFloat(response.Header.Get("X-RateLimit-Reset-After"), 64)
	if err != nil || math.IsNaN(inHeader) {
		inHeader = 0
	}
	seconds := min(max(inBody, inHeader, 0), maxDelay.Seconds())
	return max(time.Duration(seconds*float64(time.Second)), response.Delay())
}

// meaning is what one of Discord's codes says; it has no words where the code is not known.
type meaning struct {
	kind  notify.ErrorKind
	words string
	// isGone says that the message to edit is no more, or cannot be edited where it stands.
	isGone bool
}

// meaningOf returns what a code of Discord's means. In a thread that was archived, as each is after a
// while, nothing can be edited; a new message opens it again, unless it is locked.
// https://docs.discord.com/developers/resources/webhook#execute-webhook
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
func meaningOf(code int) meaning {
	const mend = " (put the URL of a webhook that exists in its place)"
	return map[int]meaning{
		10003:  {kind: notify.Broken, words: "the channel or the thread is gone (check thread_id at the end of the URL)"},
		10008:  {words: "unknown message", isGone: true},
		10015:  {kind: notify.Broken, words: "the webhook is gone" + mend},
		20009:  {kind: notify.Unacceptable, words: "explicit content"},
		20016:  {kind: notify.Throttled, words: "the channel is in slow mode"},
		20022:  {words: "edited too often for an announcement", isGone: true},
		20028:  {kind: notify.Throttled, words: "the channel takes no more messages now"},
		20029:  {kind: notify.Throttled, words: "the server takes no more messages now"},
		30046:  {words: "edited too often for its age", isGone: true},
		40005:  {kind: notify.Unacceptable, words: "the message is too large"},
		40062:  {kind: notify.Throttled, words: "the service is limited"},
		40333:  {kind: notify.Broken, words: "Cloudflare refuses the request, and not Discord"},
		50001:  {kind: notify.Broken, words: "no access (give the webhook's channel back to it)"},
		50005:  {words: "the message is another's", isGone: true},
		50006:  {kind: notify.Unacceptable, words: "the message is empty"},
		50013:  {kind: notify.Broken, words: "a permission is missing"},
		50027:  {kind: notify.Broken, words: "the webhook's token is wrong" + mend},
		50035:  {kind: notify.Unacceptable, words: "a part of the message is not as it should be"},
		50083:  {kind: notify.Broken, words: "the thread is archived and locked", isGone: true},
		50109:  {kind: notify.Unacceptable, words: "the message is no JSON"},
		130000: {words: "overloaded"},
		160005: {kind: notify.Broken, words: "the thread is locked"},
		200000: {kind: notify.Unacceptable, words: "stopped by the server's AutoMod"},
		220001: {kind: notify.Broken, words: "the channel is a forum (put ?thread_id= and the id of one of its posts at the end of the URL)"},
		220003: {kind: notify.Broken, words: "only a forum takes new threads of a webhook"},
		220004: {kind: notify.Broken, words: "a forum takes no webhooks of services"},
		240000: {kind: notify.Unacceptable, words: "stopped by Discord's filter for links"},
	}[code]
}
