package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// errNoParent says that the message to answer or to edit is gone, or takes no answers.
var errNoParent = errors.New("the first message cannot be answered")

// answer is what a method of the Web API says. https://docs.slack.dev/apis/web-api/#responses
type answer struct {
	OK        bool   `json:"ok"`
	Error     string `json:"error"`
	Channel   string `json:"channel"`
	Timestamp string `json:"ts"`
	Message   *struct {
		Thread string `json:"thread_ts"`
	} `json:"message"`
}

func (a answer) receipt() notify.Receipt { return notify.Receipt{ID: a.Timestamp, Place: a.Channel} }

// isProof reports whether Slack has said that it took the message, and where it stands.
func (a answer) isProof() bool { return a.OK && a.Timestamp != "" && a.Channel != "" }

// isRefusal reports whether Slack has said that it did not take the message.
func (a answer) isRefusal() bool { return !a.OK && a.Error != "" }

// isOutside reports whether what was posted to a thread stands outside it. Slack silently makes an
// answer to a message that was deleted a message of the channel:
// https://github.com/slack-go/slack/issues/1571
func (a answer) isOutside(thread string) bool { return a.Message != nil && a.Message.Thread != thread }

// read returns the answer that a response holds, if it is the proof of acceptance: errors too come
// with status 200. An error shows Slack's own word alone: a response can repeat the request.
func read(response httpsend.Response) (answer, error) {
	var a answer
	readable := json.Unmarshal(response.Body, &a) == nil
	switch {
	case response.Status/100 != 2 && response.Status/100 != 4:
		return answer{}, httpsend.Fault(response)
	case readable && response.Status == http.StatusOK && a.isProof():
		return a, nil
	}
	isRefusal := readable && a.isRefusal()
	switch {
	case isRefusal && isWord(a.Error):
		return answer{}, refusal(a.Error, response)
	case response.Status/100 == 4:
		return answer{}, httpsend.Fault(response)
	case isRefusal:
		return answer{}, httpsend.ByStatus(response.Status, fmt.Errorf("status %d with an error that is no word of Slack's", response.Status))
	}
	// The message may well stand in the channel, and the next answer would be the same.
	return answer{}, notify.PermanentSink(
		fmt.Errorf("status %d without the proof that Slack took it (see that API_URL is that of the Web API)", response.Status))
}

// refusal returns the error that Slack's own word for it stands for.
func refusal(word string, response httpsend.Response) error {
	err := fmt.Errorf("%s%s", word, remedy(word))
	switch {
	case slices.Contains(refusedMessage(), word):
		return notify.PermanentMessage(err)
	case slices.Contains(brokenBot(), word):
		return notify.PermanentSink(err)
	case slices.Contains(withoutParent(), word):
		return fmt.Errorf("%w: %w", errNoParent, err)
	case word == "ratelimited" || word == "rate_limited":
		return notify.RetryAfter(err, response.Delay())
	case response.Status/100 == 4:
		return httpsend.Fault(response)
	}
	return notify.Because(err, notify.ReasonServer) // it may pass; a word that nobody knows may too
}

// isWord reports whether text has the form of an error's name, which no secret has.
func isWord(text string) bool { return regexp.MustCompile(`^[a-z_]{1,60}$`).MatchString(text) }

// remedy says what to do about the errors that a set-up begins with.
func remedy(word string) string {
	switch word {
	case "not_in_channel":
		return " (invite the app to the channel, or give it the scope chat:write.public)"
	case "channel_not_found":
		return " (check CHANNEL, and invite the app to the channel if it is private)"
	case "missing_scope":
		return " (the app needs chat:write, and chat:write.customize for USERNAME and ICON_EMOJI; install it again afterwards)"
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		return " (put a valid token of the bot in its place)"
	}
	return ""
}

// refusedMessage lists the errors of a message that Slack will never take in this form.
// https://docs.slack.dev/reference/methods/chat.postMessage/#errors
func refusedMessage() []string {
	return []string{
		"attachment_payload_limit_exceeded", "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_attachments",
		"invalid_blocks", "invalid_blocks_format", "invalid_charset", "invalid_form_data", "invalid_metadata_format",
		"invalid_metadata_schema", "invalid_post_type", "markdown_text_conflict", "metadata_too_large", "missing_post_type",
		"msg_blocks_too_long", "msg_too_long", "no_text", "too_many_attachments", "too_many_contact_cards",
	}
}

// brokenBot lists the errors that stay until somebody mends the app, its token or the channel.
func brokenBot() []string {
	return []string{
		"access_denied", "accesslimited", "account_inactive", "as_user_not_supported", "channel_not_found",
		"deprecated_endpoint", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth", "is_archived",
		"messages_tab_disabled", "method_deprecated", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
		"not_in_channel", "org_login_required", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_only_channel", "team_access_not_granted", "team_not_found", "token_expired",
		"token_revoked", "two_factor_setup_required", "unknown_method",
	}
}

// withoutParent lists the errors of a thread whose first message is gone or takes no answers.
func withoutParent() []string {
	return []string{
		"cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "restricted_action_non_threadable_channel",
		"restricted_action_thread_locked", "thread_not_found",
	}
}
