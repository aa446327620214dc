package teams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// runHeader names the run of the flow that a request has started.
// https://learn.microsoft.com/azure/logic-apps/logic-apps-http-endpoint
const runHeader = "X-Ms-Workflow-Run-Id"

// runOf returns the name of the flow's run, or "" where the answer has none that is one.
func runOf(response httpsend.Response) string {
	name := response.Header.Get(runHeader)
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`).MatchString(name) {
		return ""
	}
	return name
}

// fault says what an answer means; nil is the proof that the flow was started: the name of its run,
// or 202 without a text. Only Microsoft's own words are shown, since an answer can repeat the
// request. Another 2xx is not posted again: the flow may well have started.
func fault(response httpsend.Response) error {
	if status := wrapped(response.Body); status != 0 && response.Status/100 == 2 {
		response.Status = status
		return httpsend.Fault(response)
	}
	switch {
	case response.Status/100 == 2 && runOf(response) != "":
		return nil
	case response.Status == http.StatusAccepted && len(bytes.TrimSpace(response.Body)) == 0:
		return nil
	case response.Status/100 == 2:
		return notify.PermanentSink(
			fmt.Errorf("status %d without Teams' word that the flow has started (see that the URL is all of a webhook's)", response.Status))
	case response.Status/100 == 4 && response.Status != http.StatusTooManyRequests:
		return refusal(response)
	}
	return httpsend.Fault(response)
}

// wrapped returns the status that a webhook has had of Teams itself and tells with status 200, or 0.
// https://github.com/MicrosoftDocs/msteams-docs/issues/1810
func wrapped(body []byte) int {
	const words = `Webhook message delivery failed with error: [A-Za-z ]{0,60}HTTP error ([345][0-9]{2})\b`
	match := regexp.MustCompile(words).FindSubmatch(body)
	if match == nil {
		return 0
	}
	status, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0
	}
	return status
}

// refusal returns the error that a status of 4xx and Microsoft's code for it stand for.
func refusal(response httpsend.Response) error {
	var document struct {
		Error struct{ Code string }
	}
	code := ""
	if json.Unmarshal(response.Body, &document) == nil {
		code = document.Error.Code
	}
	remedy, isKnown := remedies()[code]
	switch {
	case isKnown:
		return notify.PermanentSink(fmt.Errorf("status %d %s (%s)", response.Status, code, remedy))
	case code == "TriggerInputSchemaMismatch" || code == "InvalidRequestContent" || code == "RequestEntityTooLarge":
		return notify.PermanentMessage(fmt.Errorf("status %d %s", response.Status, code))
	}
	err := httpsend.Fault(response)
	if notify.KindOf(err) == notify.Broken {
		return fmt.Errorf("%w (see that the flow is on, and that the URL is all of what its trigger shows)", err)
	}
	return err
}

// remedies returns what to do, by the code with which a flow refuses every message. A flow that is
// off, or that is gone, is told with status 400.
// https://learn.microsoft.com/troubleshoot/power-platform/power-automate/flow-run-issues/triggers-troubleshoot
func remedies() map[string]string {
	const again = "copy the URL again from the flow's trigger, all of it"
	const anyone = "set \"Who can trigger the flow\" to Anyone in the flow's trigger, save, and " + again
	const gone = "the flow is off or gone: switch it on in Workflows, or make a new one and give its URL"
	return map[string]string{
		"DirectApiAuthorizationRequired":      anyone,
		"DirectApiInvalidAuthorizationScheme": again,
		"AuthorizationFailed":                 again,
		"InvalidAuthorization":                again,
		"WorkflowNotFound":                    gone,
		"WorkflowTriggerNotFound":             gone,
		"WorkflowTriggerIsNotEnabled":         gone,
		"WorkflowDisabled":                    gone,
	}
}
