package ses

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// quotaDelay is how long SES is left alone when the mail of a day is used up. The day is the last 24
// hours, so that a little comes free again and again; AWS names 10 minutes.
// https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
const quotaDelay = 10 * time.Minute

// errNoID says that an answer without a refusal gave no proof of acceptance. SES always gives it:
// this is something else, the next answer would be the same, and the mail may have been taken.
var errNoID = notify.PermanentSink(errors.New("the answer has no MessageId (see that the endpoint is that of SES)"))

// proof returns SES's name for a mail that it has taken. An error shows SES's code alone: its words
// can repeat the request.
func (s *Sink) proof(a awssend.Answer) (string, error) {
	if a.Status/100 == 2 {
		var taken struct{ MessageID string }
		if json.Unmarshal(a.Body, &taken) != nil || !isID(taken.MessageID) {
			return "", errNoID
		}
		return taken.MessageID, nil
	}
	if a.Code != "" && a.Status/100 != 3 {
		if err := s.refusal(a); err != nil {
			return "", err
		}
	}
	return "", httpsend.Fault(a.Response)
}

func isID(text string) bool { return text != "" && len(text) <= 200 && isASCII(text) }

// refusal returns what SES's code means, or nil for one that is not known.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
func (s *Sink) refusal(a awssend.Answer) error {
	err := httpsend.ByStatus(a.Status, fmt.Errorf("%s (status %d)", a.Code, a.Status))
	is := func(codes ...string) bool { return slices.Contains(codes, a.Code) }
	words := strings.ToLower(a.Message)
	switch {
	case is("LimitExceededException"), is("TooManyRequestsException", "ThrottlingException", "Throttling") && strings.Contains(words, "quota exceeded"):
		return notify.RetryAfter(fmt.Errorf("%w: the mail of a day is used up; ask AWS for a larger sending quota in %s", err, s.region()),
			max(a.Delay(), quotaDelay))
	case is("TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"):
		return notify.RetryAfter(err, a.Delay())
	case is("InternalServiceErrorException", "InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException",
		"ConcurrentModificationException", "RequestAbortedException", "RequestExpired", "RequestTimeout", "ExpiredToken", "ExpiredTokenException"):
		return err
	case is("MessageRejected") && strings.Contains(words, "not verified"):
		return notify.PermanentSink(fmt.Errorf("%w: %s", err, s.unverified(words)))
	case is("BadRequestException", "MessageRejected", "ValidationException"):
		return notify.PermanentMessage(err)
	}
	if remedy := s.remedy(a.Code); remedy != "" {
		return notify.PermanentSink(fmt.Errorf("%w: %s", err, remedy))
	}
	return nil
}

// remedy says what to do where no mail gets through until somebody mends it.
func (s *Sink) remedy(code string) string {
	switch code {
	case "AccessDeniedException", "AccessDenied":
		return fmt.Sprintf("the role may not send; allow ses:SendEmail and ses:SendRawEmail on the identity of %[1]sFROM (its address and "+
			"its domain) and on %[1]sCONFIGURATION_SET, and in SES's sandbox on the identities of %[1]sTO", s.prefix)
	case "MailFromDomainNotVerifiedException":
		return fmt.Sprintf("verify the domain of %sFROM, and its MAIL FROM domain where it has one, in SES in %s", s.prefix, s.region())
	case "NotFoundException":
		return fmt.Sprintf("there is no such configuration set in %s; see %sCONFIGURATION_SET", s.region(), s.prefix)
	case "AccountSuspendedException":
		return "AWS has suspended the account's sending for good; see the case in AWS's support centre"
	case "SendingPausedException":
		return fmt.Sprintf("sending is paused, for the account or for the configuration set; see SES's console in %s, Account dashboard", s.region())
	case "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return "AWS does not take the credentials; see those of the environment"
	}
	return ""
}

// unverified says whose address SES does not know. Its words name addresses, of which those of the
// settings are known here.
func (s *Sink) unverified(words string) string {
	var who []string
	if strings.Contains(words, strings.ToLower(s.head.from.mailbox)) {
		who = append(who, "that of "+s.prefix+"FROM")
	}
	for i, one := range s.head.to {
		if one.mailbox != s.head.from.mailbox && strings.Contains(words, strings.ToLower(one.mailbox)) {
			who = append(who, fmt.Sprintf("number %d of %sTO", i+1, s.prefix))
		}
	}
	which := "an address"
	if len(who) > 0 {
		which = "an address (" + strings.Join(who, ", ") + ")"
	}
	return fmt.Sprintf("SES in %[1]s has not verified %[2]s: verify %[3]sFROM or its domain there; as long as the account is in SES's "+
		"sandbox every address of %[3]sTO as well, or ask for production access", s.region(), which, s.prefix)
}

// region names the region that is asked.
func (s *Sink) region() string {
	if region := s.client.Region(); region != "" {
		return region
	}
	return "this region"
}
