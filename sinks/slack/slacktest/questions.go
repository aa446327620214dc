package slacktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// place is what the bot is in the channel, and what it may do; its zero value is a member that may do all
// that it needs.
type place struct {
	scopes                []string
	isOutside, isArchived bool
}

// SetScopes gives the token other scopes: chat:write and channels:read until then.
func (s *Server) SetScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}

// SetMember says whether the bot is in the channel, and whether that is archived.
func (s *Server) SetMember(isMember, isArchived bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isOutside, s.isArchived = !isMember, isArchived
}

// answersQuestion answers a call that changes nothing, which takes a form, and reports whether it is one.
// https://docs.slack.dev/reference/methods/auth.test/
// https://docs.slack.dev/reference/methods/conversations.info/
// https://docs.slack.dev/reference/methods/blocks.validate
// https://docs.slack.dev/reference/methods/usergroups.users.list/
func (s *Server) answersQuestion(w http.ResponseWriter, r *http.Request, c call) bool {
	if !slices.Contains([]string{"auth.test", "conversations.info", "blocks.validate", "usergroups.users.list"}, c.method) {
		return false
	}
	s.calls = append(s.calls, c.method)
	scopes := s.scopes
	if scopes == nil {
		scopes = []string{"chat:write", "channels:read"}
	}
	form, _ := url.ParseQuery(string(c.body))
	answer := map[string]any{"ok": true, "user_id": "U0TESTBOT", "bot_id": "B0TESTBOT"}
	refuse := func(word string) { answer = map[string]any{"ok": false, "error": word} }
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	isForm := r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
	switch {
	case r.Method != http.MethodPost || !isForm:
		refuse("invalid_post_type")
	case token != s.token:
		refuse(s.wrongToken(token))
	case c.method == "conversations.info" && !slices.Contains(scopes, "channels:read"):
		refuse("missing_scope")
	case c.method == "conversations.info" && form.Get("channel") != Channel:
		refuse("channel_not_found")
	case c.method == "conversations.info":
		answer["channel"] = map[string]any{"id": Channel, "is_channel": true, "is_member": !s.isOutside, "is_archived": s.isArchived}
	case c.method == "usergroups.users.list" && !slices.Contains(scopes, "usergroups:read"):
		refuse("missing_scope")
	case c.method == "usergroups.users.list" && s.groups[form.Get("usergroup")] == nil:
		refuse("no_such_subteam")
	case c.method == "usergroups.users.list":
		answer["users"] = s.groups[form.Get("usergroup")]
	case c.method == "blocks.validate":
		if err := Check([]byte(form.Get("message"))); err != nil {
			refuse("invalid_message")
			answer["errors"] = []map[string]string{{"pointer": "/blocks/0", "code": "failed_constraint", "message": err.Error()}}
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Oauth-Scopes", strings.Join(scopes, ","))
	_ = json.NewEncoder(w).Encode(answer) // who has gone reads no answer
	return true
}
