package webhooktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// APIs returns the contracts of the APIs for which docs/sinks/webhook.md has recipes, by the headings
// there.
func APIs() map[string]API {
	return map[string]API{
		"ServiceNow incident": serviceNow(), "Jira issue": jira(), "Splunk HTTP Event Collector": splunk(), "Datadog event": datadog(),
		"ntfy": ntfy(), "Mattermost": mattermost(), "GitHub issue": gitHub(), "incident.io": incidentIO(),
	}
}

// serviceNow is the Table API, which cuts what is too long for a column; here it is refused.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func serviceNow() API {
	return API{
		Path: "/api/now/table/incident", Header: "Authorization", Value: "Basic " + Basic(),
		Taken:   Reply{201, `{"result":{"sys_id":"9d385017c611228701d22104cc95c371","number":"INC0010001","state":"1"}}`},
		Unknown: Reply{401, `{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},"status":"failure"}`},
		Refused: refuses(400, `{"error":{"message":"FAULT","detail":null},"status":"failure"}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			return firstOf(text(body, "short_description", 160), text(body, "description", 4_000),
				oneOf(body, "urgency", "1|2|3"), oneOf(body, "impact", "1|2|3"), text(body, "correlation_id", 100))
		},
	}
}

// jira is the platform's REST API of version 3, whose long texts are documents.
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
func jira() API {
	return API{
		Path: "/rest/api/3/issue", Header: "Authorization", Value: "Basic " + Basic(),
		Taken:   Reply{201, `{"id":"10000","key":"SEC-24","self":"https://example.atlassian.net/rest/api/3/issue/10000"}`},
		Unknown: Reply{401, `Client must be authenticated to access this resource.`},
		Refused: refuses(400, `{"errorMessages":[],"errors":{"fields":"FAULT"}}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			fields, _ := body["fields"].(map[string]any)
			project, _ := fields["project"].(map[string]any)
			kind, _ := fields["issuetype"].(map[string]any)
			labels, _ := fields["labels"].([]any)
			for _, label := range labels {
				if name, ok := label.(string); !ok || name == "" || len(name) > 255 || strings.Contains(name, " ") {
					return "a label is empty, long or has a space"
				}
			}
			document, _ := fields["description"].(map[string]any)
			if document["type"] != "doc" || document["version"] != 1.0 {
				return "description is no document of the Atlassian Document Format"
			}
			return firstOf(text(fields, "summary", 255), oneOf(project, "key", "SEC"), oneOf(kind, "name", "Task|Bug"), adf(document))
		},
	}
}

// adf returns what is wrong with a node of a document.
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
func adf(node map[string]any) string {
	if node["type"] == "text" {
		if value, ok := node["text"].(string); !ok || value == "" || len(value) > 32_767 {
			return "a text node without a text, or with a long one"
		}
		return ""
	}
	content, _ := node["content"].([]any)
	for _, child := range content {
		inner, _ := child.(map[string]any)
		if fault := firstOf(oneOf(inner, "type", "codeBlock|paragraph|text"), adf(inner)); fault != "" {
			return fault
		}
	}
	return ""
}

// splunk is the endpoint for JSON events.
// https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
func splunk() API {
	return API{
		Path: "/services/collector/event", Header: "Authorization", Value: "Splunk " + Key,
		Taken: Reply{200, `{"text":"Success","code":0}`}, Unknown: Reply{403, `{"text":"Invalid token","code":4}`},
		Refused: refuses(400, `{"text":"FAULT","code":6,"invalid-event-number":0}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			event, ok := body["event"].(map[string]any)
			fields, _ := body["fields"].(map[string]any)
			for _, value := range fields {
				if _, isText := value.(string); !isText {
					return "a field is no text"
				}
			}
			if !ok || len(event) == 0 {
				return "Event field is required"
			}
			for name := range body {
				if !slices.Contains([]string{"time", "host", "source", "sourcetype", "index", "fields", "event"}, name) {
					return "an event's metadata has no " + name
				}
			}
			return ""
		},
	}
}

// datadog is version 1 of the events' API.
// https://docs.datadoghq.com/api/latest/events/post-an-event/
func datadog() API {
	return API{
		Path: "/api/v1/events", Header: "DD-API-KEY", Value: Key,
		Taken:   Reply{202, `{"status":"ok","event":{"id":5679,"title":"t"}}`},
		Unknown: Reply{403, `{"status":"error","code":403,"errors":["Forbidden"]}`},
		Refused: refuses(400, `{"errors":["FAULT"]}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			whole, _ := body["text"].(string)
			if regexp.MustCompile(`@[A-Za-z0-9]`).MatchString(whole) {
				return "the text calls somebody"
			}
			return firstOf(text(body, "title", 100), text(body, "text", 4_000), text(body, "aggregation_key", 100),
				oneOf(body, "alert_type", "error|warning|info|success"), texts(body, "tags"))
		},
	}
}

// ntfy takes JSON at the root; a message of more than 4,096 bytes becomes a file, which is refused
// here. https://docs.ntfy.sh/publish/#publish-as-json
func ntfy() API {
	return API{
		Path: "/", Header: "Authorization", Value: "Bearer " + Key,
		Taken:   Reply{200, `{"id":"hwQ2YpKdmg","time":1635528741,"expires":1635571941,"event":"message","topic":"security-alerts","message":"m"}`},
		Unknown: Reply{403, `{"code":40301,"http":403,"error":"forbidden","link":"https://ntfy.sh/docs/publish/#authentication"}`},
		Refused: refuses(400, `{"code":40017,"http":400,"error":"FAULT"}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			priority, _ := body["priority"].(float64)
			if message, _ := body["message"].(string); message == "" || len(message) > 4096 {
				return "message is empty, or would become a file"
			}
			if priority < 1 || priority > 5 || priority != float64(int(priority)) {
				return "priority is none of 1 to 5"
			}
			return firstOf(oneOf(body, "topic", `[-_A-Za-z0-9]{1,64}`), text(body, "title", 250), texts(body, "tags"), link(body, "click"))
		},
	}
}

// mattermost is an incoming webhook, whose answer is a word.
// https://developers.mattermost.com/integrate/webhooks/incoming/
func mattermost() API {
	return API{
		Path: "/hooks/" + Key, Taken: Reply{200, "ok"},
		Refused: refuses(400, `{"id":"web.incoming_webhook.text.app_error","message":"FAULT","status_code":400}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			whole, _ := body["text"].(string)
			return firstOf(text(body, "text", 16_383), outsideCode(whole))
		},
	}
}

// gitHub is the call that makes an issue.
// https://docs.github.com/en/rest/issues/issues#create-an-issue
func gitHub() API {
	return API{
		Path: "/repos/example/findings/issues", Header: "Authorization", Value: "Bearer " + Key,
		Taken:   Reply{201, `{"id":1,"number":1347,"state":"open","html_url":"https://github.com/example/findings/issues/1347"}`},
		Unknown: Reply{401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`},
		Refused: refuses(422, `{"message":"Validation Failed","errors":[{"resource":"Issue","message":"FAULT"}],"status":"422"}`),
		Fault: func(body map[string]any, r *http.Request) string {
			if r.Header.Get("User-Agent") == "" || r.Header.Get("X-GitHub-Api-Version") != "2022-11-28" {
				return "no user agent, or another version of the API"
			}
			whole, _ := body["body"].(string)
			return firstOf(text(body, "title", 256), text(body, "body", 65_536), texts(body, "labels"), outsideCode(whole))
		},
	}
}

// incidentIO is an alert source of the kind HTTP.
// https://docs.incident.io/reference/alert-events-http-create-http-alert-event
func incidentIO() API {
	return API{
		Path: "/v2/alert_events/http/01GW2G3V0S59R238FAHPDS1R66", Header: "Authorization", Value: "Bearer " + Key,
		Taken:   Reply{202, `{"deduplication_key":"k","message":"Event accepted for processing","status":"success"}`},
		Unknown: Reply{401, `{"type":"authentication_error","status":401,"errors":[{"code":"unauthenticated"}]}`},
		Refused: refuses(422, `{"type":"validation_error","status":422,"errors":[{"code":"invalid_value","message":"FAULT"}]}`),
		Fault: func(body map[string]any, _ *http.Request) string {
			if _, ok := body["metadata"].(map[string]any); !ok && body["metadata"] != nil {
				return "metadata is no object"
			}
			whole, _ := body["description"].(string)
			return firstOf(text(body, "title", 1_000-1), oneOf(body, "status", "firing|resolved"), text(body, "deduplication_key", 255),
				link(body, "source_url"), outsideCode(whole))
		},
	}
}

// texts returns what is wrong with a member that has to be a list of texts.
func texts(body map[string]any, name string) string {
	written, err := json.Marshal(body[name])
	var list []string
	if err != nil || json.Unmarshal(written, &list) != nil || list == nil {
		return name + " is no list of texts"
	}
	return ""
}

// link returns what is wrong with a member that may be an https URL.
func link(body map[string]any, name string) string {
	value, there := body[name]
	address, _ := value.(string)
	if parsed, err := url.Parse(address); there && (err != nil || parsed.Scheme != "https" || parsed.Host == "") {
		return name + " is no URL"
	}
	return ""
}

// outsideCode returns a fault where a Markdown text has a mention, a mark or a link outside its
// fenced block, but for a link of its own at the end.
func outsideCode(whole string) string {
	fence := regexp.MustCompile("^`{3,}").FindString(whole)
	_, rest, _ := strings.Cut(strings.TrimPrefix(whole, fence), "\n"+fence)
	rest = regexp.MustCompile("<https://[^<>\\s]+>|`finding [0-9a-f]{64}`").ReplaceAllString(rest, "")
	if fence == "" || strings.TrimSpace(rest) != "" {
		return "the text has something outside its code"
	}
	return ""
}
