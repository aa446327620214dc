package sestest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
)

// tell answers what is asked about the account, an identity or a configuration set. Those that Verify
// does not name are not there.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
func (s *Server) tell(w http.ResponseWriter, r *http.Request) {
	if err := awssendtest.Check(r, awssendtest.Key{ID: KeyID, Secret: Secret, Region: Region, Service: "ses"}); err != nil {
		s.refuse(w, refusal{http.StatusForbidden, "InvalidSignatureException", err.Error()})
		return
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/v2/email/"), "/")
	name, _ = url.PathUnescape(name)
	isKnown := kind == "identities" && (s.verified == nil || slices.Contains(s.verified, name)) || kind == "configuration-sets" && slices.Contains(s.sets, name)
	var answer any
	switch {
	case kind == "account":
		quota := map[string]int{"Max24HourSend": 200, "SentLast24Hours": 200 - s.quota}
		switch {
		case s.quota < 0 && s.isSandbox:
			quota["SentLast24Hours"] = 0
		case s.quota < 0: // without a limit
			quota["Max24HourSend"], quota["SentLast24Hours"] = -1, 0
		}
		answer = map[string]any{"ProductionAccessEnabled": !s.isSandbox, "SendingEnabled": !s.isPaused, "EnforcementStatus": "HEALTHY", "SendQuota": quota}
	case !isKnown:
		Refuse(w, http.StatusNotFound, "NotFoundException", "There is no <"+name+">.")
		return
	case kind == "identities":
		answer = map[string]any{"VerifiedForSendingStatus": true}
	default:
		answer = map[string]any{"ConfigurationSetName": name, "SendingOptions": map[string]bool{"SendingEnabled": true}}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // who has gone reads no answer
}
