//go:build !lambda.norpc

package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe reads whether the account may send, whether SES knows the sender, and in the sandbox the
// recipients, and whether the configuration set sends.
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	account, isSandbox := s.probeAccount(ctx)
	all := []notify.Check{account, s.probeIdentity(ctx, "sender", s.prefix+"FROM", s.head.from)}
	if isSandbox {
		for i, to := range s.head.to {
			all = append(all, s.probeIdentity(ctx, fmt.Sprintf("recipient %d", i+1), fmt.Sprintf("number %d of %sTO", i+1, s.prefix), to))
		}
	}
	if s.set != "" {
		all = append(all, s.probeSet(ctx))
	}
	return all
}

// probeAccount reads the account's state in this region.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
func (s *Sink) probeAccount(ctx context.Context) (check notify.Check, isSandbox bool) {
	const what = "account"
	var a struct {
		ProductionAccessEnabled, SendingEnabled *bool
		EnforcementStatus                       string
		SendQuota                               struct{ Max24HourSend, SentLast24Hours float64 }
	}
	_, code, err := s.ask(ctx, "/v2/email/account", &a)
	if err == nil && (a.ProductionAccessEnabled == nil || a.SendingEnabled == nil) {
		err = errNoSES
	}
	quota := a.SendQuota
	switch {
	case err != nil:
		return probe.Refused(what, "ses:GetAccount", code, err), false
	case !*a.SendingEnabled || a.EnforcementStatus == "SHUTDOWN":
		return probe.Fault(what, s.remedy("SendingPausedException")), !*a.ProductionAccessEnabled
	case quota.Max24HourSend > 0 && quota.SentLast24Hours >= quota.Max24HourSend: // -1 is no limit
		return probe.Fault(what, fmt.Sprintf("the mail of a day is used up; ask AWS for a larger sending quota in %s", s.region())), !*a.ProductionAccessEnabled
	case a.EnforcementStatus == "PROBATION":
		return probe.Warning(what, "AWS has the account's sending under review; see SES's console, Account dashboard"), !*a.ProductionAccessEnabled
	case !*a.ProductionAccessEnabled:
		return probe.Warning(what, fmt.Sprintf("it is in SES's sandbox in %s: mail goes to verified addresses alone, %v a day; ask for production access",
			s.region(), quota.Max24HourSend)), true
	}
	return probe.OK(what, "it may send to anybody"), false
}

// probeIdentity looks for a verified identity that an address is of: its own, or that of its domain or
// of one above it. setting says where the address stands.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
func (s *Sink) probeIdentity(ctx context.Context, what, setting string, one address) notify.Check {
	says := "SES does not know it"
	for _, identity := range identitiesOf(one) {
		var is struct{ VerifiedForSendingStatus *bool }
		status, code, err := s.ask(ctx, "/v2/email/identities/"+url.QueryEscape(identity), &is)
		switch {
		case err != nil && status == http.StatusNotFound:
			continue
		case err != nil:
			return probe.Refused(what, "ses:GetEmailIdentity", code, err)
		case is.VerifiedForSendingStatus == nil:
			return probe.Failed(what, errNoSES)
		case *is.VerifiedForSendingStatus:
			return probe.OK(what, "SES in "+s.region()+" has verified it")
		}
		says = "its verification is not finished"
	}
	return probe.Fault(what, fmt.Sprintf("%s in %s: verify the address of %s, or its domain, there", says, s.region(), setting))
}

// identitiesOf returns the identities that an address can be of, the closest first.
// https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
func identitiesOf(one address) []string {
	all := []string{one.mailbox}
	for domain := one.domain(); strings.Contains(domain, "."); _, domain, _ = strings.Cut(domain, ".") {
		all = append(all, domain)
	}
	return all
}

// probeSet reads the configuration set.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
func (s *Sink) probeSet(ctx context.Context) notify.Check {
	const what = "configuration set"
	var set struct {
		ConfigurationSetName string
		SendingOptions       struct{ SendingEnabled *bool }
	}
	status, code, err := s.ask(ctx, "/v2/email/configuration-sets/"+url.QueryEscape(s.set), &set)
	if err == nil && set.ConfigurationSetName != s.set {
		err = errNoSES
	}
	enabled := set.SendingOptions.SendingEnabled
	switch {
	case status == http.StatusNotFound:
		return probe.Fault(what, s.remedy("NotFoundException"))
	case err != nil:
		return probe.Refused(what, "ses:GetConfigurationSet", code, err)
	case enabled != nil && !*enabled:
		return probe.Fault(what, s.remedy("SendingPausedException"))
	}
	return probe.OK(what, "it is there")
}

// errNoSES says that an answer is not SES's.
var errNoSES = notify.PermanentSink(errors.New("the answer is not that of SES (see that the endpoint is that of SES)"))

// between is how long SES is left alone that was asked too often: it answers such calls about once a
// second. https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendQuota.html
const between = 1100 * time.Millisecond

// get reads what is at a path, again and again while SES is asked too often and there is time.
func (s *Sink) get(ctx context.Context, path string) (awssend.Answer, error) {
	for {
		answer, err := s.client.Get(ctx, path)
		if err != nil || answer.Status != http.StatusTooManyRequests && !strings.HasPrefix(answer.Code, "Throttling") {
			return answer, err
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
			return answer, nil
		}
	}
}

// ask reads what is at a path into output. status and code are those of a refusal.
func (s *Sink) ask(ctx context.Context, path string, output any) (status int, code string, err error) {
	answer, err := s.get(ctx, path)
	switch {
	case err != nil:
		return 0, "", err
	case answer.Status/100 != 2 && answer.Code != "":
		if err := s.refusal(answer); err != nil {
			return answer.Status, answer.Code, err
		}
		return answer.Status, answer.Code, fmt.Errorf("%s (status %d)", answer.Code, answer.Status)
	case answer.Status/100 != 2:
		return answer.Status, "", httpsend.Fault(answer.Response)
	case json.Unmarshal(answer.Body, output) != nil:
		return answer.Status, "", errNoSES
	}
	return answer.Status, "", nil
}
