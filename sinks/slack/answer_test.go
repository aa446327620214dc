package slack_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// answering returns the error of a bot whose Slack answers in this way.
func answering(t *testing.T, status int, body string) error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	_, err := buildBot(t, server.URL+"/api").Notify(t.Context(), notification())
	return err
}

func TestBotErrors(t *testing.T) {
	for kind, words := range map[notify.ErrorKind]string{
		notify.Throttled: "ratelimited rate_limited",
		notify.Transient: "internal_error fatal_error service_unavailable request_timeout team_added_to_org message_limit_exceeded " +
			"what_is_this thread_not_found cant_update_message edit_window_closed",
		notify.Unacceptable: "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text too_many_attachments " +
			"attachment_payload_limit_exceeded invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data " +
			"invalid_post_type missing_post_type markdown_text_conflict metadata_too_large invalid_metadata_format " +
			"invalid_metadata_schema too_many_contact_cards",
		notify.Broken: "invalid_auth not_authed account_inactive token_expired token_revoked missing_scope no_permission " +
			"not_allowed_token_type org_login_required team_access_not_granted access_denied accesslimited ekm_access_denied " +
			"enterprise_is_restricted two_factor_setup_required channel_not_found not_in_channel is_archived restricted_action " +
			"restricted_action_read_only_channel restricted_action_thread_only_channel messages_tab_disabled method_deprecated " +
			"deprecated_endpoint as_user_not_supported team_not_found",
	} {
		for word := range strings.FieldsSeq(words) {
			err := answering(t, http.StatusOK, `{"ok":false,"error":"`+word+`"}`)
			if err == nil || notify.KindOf(err) != kind || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: got %v (%v), want %v", word, err, notify.KindOf(err), kind)
			}
			if kind == notify.Throttled && notify.Delay(err) != 7*time.Second {
				t.Errorf("%s: got a delay of %v", word, notify.Delay(err))
			}
		}
	}
}

func TestBotAnswers(t *testing.T) {
	const proof = `"ok":true,"channel":"C0TESTING","ts":"1503435956.000247"`
	for name, test := range map[string]struct {
		status int
		body   string
		want   notify.ErrorKind
	}{
		"nothing but ok":         {200, `{"ok":true}`, notify.Broken},
		"no timestamp":           {200, `{"ok":true,"channel":"C0TESTING"}`, notify.Broken},
		"no channel":             {200, `{"ok":true,"ts":"1503435956.000247"}`, notify.Broken},
		"a number for a time":    {200, `{"ok":true,"channel":"C0TESTING","ts":1503435956.000247}`, notify.Broken},
		"proof under 202":        {202, `{` + proof + `}`, notify.Broken},
		"cut off":                {200, `{` + proof, notify.Broken},
		"ok with an error":       {200, `{"ok":true,"error":"no_text"}`, notify.Broken},
		"a webhook's ok":         {200, "ok", notify.Broken},
		"a page":                 {200, "<html>", notify.Broken},
		"nothing":                {204, "", notify.Broken},
		"refused without a word": {200, `{"ok":false}`, notify.Broken},
		"known word under 400":   {400, `{"ok":false,"error":"invalid_auth"}`, notify.Broken},
		"limited under 400":      {400, `{"ok":false,"error":"ratelimited"}`, notify.Throttled},
		"unknown word under 403": {403, `{"ok":false,"error":"what_is_this"}`, notify.Broken},
		"proof under 403":        {403, `{` + proof + `}`, notify.Broken},
		"broken under 503":       {503, `{"ok":false,"error":"invalid_auth"}`, notify.Throttled},
		"proof under 500":        {500, `{` + proof + `}`, notify.Transient},
		"redirect":               {302, `{` + proof + `}`, notify.Broken},
	} {
		if err := answering(t, test.status, test.body); err == nil || notify.KindOf(err) != test.want {
			t.Errorf("%s: got %v (%v), want %v", name, err, notify.KindOf(err), test.want)
		}
	}
}

// What does not look like an error's name is not shown: it may be anything.
func TestBotShowsWordsOnly(t *testing.T) {
	for _, text := range []string{"xoxb-1-abc", "Not A Word", "no1", strings.Repeat("a", 61), "<b>"} {
		err := answering(t, http.StatusOK, `{"ok":false,"error":"`+text+`"}`)
		if err == nil || strings.Contains(err.Error(), text) || notify.KindOf(err) != notify.Transient {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
