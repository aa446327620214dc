package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/words"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// recipe is a recipe of docs/routing.md, and what it says of some findings.
type recipe struct {
	name, mutes string
	settings    map[string]string
	rows        []row
}

type row struct {
	finding string
	sent    []string
}

// recipes reads the page.
func recipes(t *testing.T) []recipe {
	t.Helper()
	text, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Recipes\n")
	if !found {
		t.Fatal("the page has no recipes")
	}
	var all []recipe
	for _, part := range strings.Split(section, "\n### ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		r := recipe{name: name, mutes: block(body, "yaml"), settings: map[string]string{}}
		for line := range strings.Lines(block(body, "env")) {
			variable, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			r.settings[variable] = value
		}
		for line := range strings.Lines(body) {
			cells := strings.Split(strings.TrimSpace(line), "|")
			if len(cells) != 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
				continue
			}
			sent := strings.FieldsFunc(cells[2], func(r rune) bool { return r == ',' || r == ' ' })
			r.rows = append(r.rows, row{strings.Trim(cells[1], " `"), sent})
		}
		all = append(all, r)
	}
	return all
}

// block returns the content of a fenced block.
func block(body, language string) string {
	_, rest, found := strings.Cut(body, "```"+language+"\n")
	if !found {
		return ""
	}
	content, _, _ := strings.Cut(rest, "```")
	return content
}

// eventOf makes an event of a row's words.
func eventOf(t *testing.T, words string) string {
	t.Helper()
	var severity, count any = 5, 1
	account, region, kind, resourceType := "111122223333", "eu-west-1", "Backdoor:EC2/Spambot", "Instance"
	var ip, country, user string
	sample, archived := false, false
	tags := []map[string]string{}
	for word := range strings.FieldsSeq(words) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "severity":
			severity = value
		case "count":
			number, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			count = number
		case "account":
			account = value
		case "region":
			region = value
		case "type":
			kind = value
		case "resource":
			resourceType = value
		case "ip":
			ip = value
		case "country":
			country = value
		case "user":
			user = value
		case "sample":
			sample = true
		case "archived":
			archived = true
		case "tag.Team":
			tags = append(tags, map[string]string{"key": "Team", "value": value})
		default:
			t.Fatalf("%q is no word of an event", word)
		}
	}
	resource := map[string]any{"resourceType": resourceType, "instanceDetails": map[string]any{"instanceId": "i-1", "tags": tags}}
	if resourceType == "AccessKey" {
		resource = map[string]any{"resourceType": resourceType, "accessKeyDetails": map[string]any{"userName": "u", "userType": user}}
	}
	service := map[string]any{"count": count, "archived": archived, "additionalInfo": map[string]any{"sample": sample}}
	if ip != "" {
		address := "ipAddressV4"
		if strings.Contains(ip, ":") {
			address = "ipAddressV6"
		}
		service["action"] = map[string]any{"actionType": "NETWORK_CONNECTION", "networkConnectionAction": map[string]any{
			"remoteIpDetails": map[string]any{address: ip, "country": map[string]string{"countryName": country}},
		}}
	}
	text, err := json.Marshal(map[string]any{
		"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": account, "region": region, "detail": map[string]any{
			"schemaVersion": "2.0", "id": "f1", "type": kind, "title": "A finding", "severity": severity, "accountId": account, "region": region,
			"resource": resource, "service": service,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decided returns the sinks of a configuration that want a finding.
func decided(t *testing.T, settings map[string]string, f finding.Finding) []string {
	t.Helper()
	c, err := config.Load(config.Texts(settings), config.Options{SinkTypes: map[string][]string{"slack": {"WEBHOOK_URL"}, "sns": {"TOPIC_ARN"}}})
	if err != nil {
		t.Fatal(err)
	}
	f.Account.Name = c.AccountNames[f.Account.ID]
	var routes []router.Route
	for _, sink := range c.Sinks {
		route := router.Route{Sink: sink.Name, MinSeverity: sink.MinSeverity}
		if variable, text := sink.Setting("WHEN"); text != "" {
			route.Variable = variable
			if route.When, err = condition.Compile(text); err != nil {
				t.Fatal(err)
			}
		}
		routes = append(routes, route)
	}
	var sent []string
	for i, d := range router.Decide(f, routes, nil) {
		if d.Err != nil {
			t.Errorf("%s cannot be decided: %v", routes[i].Variable, d.Err)
		}
		if d.Verdict == router.Send {
			sent = append(sent, routes[i].Sink)
		}
	}
	return sent
}

// Every recipe does what the page says, by the page itself.
func TestRecipes(t *testing.T) {
	all := recipes(t)
	if len(all) < 19 {
		t.Errorf("there are %d recipes", len(all))
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if r.mutes != "" {
				if err := os.WriteFile(filepath.Base(strings.TrimPrefix(r.settings["MUTES"], "file:")), []byte(r.mutes), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for entry := range strings.SplitSeq(r.settings["SINKS"], ",") {
				name, kind, named := strings.Cut(entry, "=")
				if !named {
					kind = name
				}
				switch prefix := strings.ToUpper(name); kind {
				case "slack":
					r.settings[prefix+"_WEBHOOK_URL"] = "https://hooks.slack.com/services/T0/B0/x"
				case "sns":
					r.settings[prefix+"_TOPIC_ARN"] = "arn:aws:sns:eu-west-1:111122223333:" + name
				}
			}
			if len(r.rows) < 2 {
				t.Errorf("the page says of %d findings what becomes of them", len(r.rows))
			}
			for _, row := range r.rows {
				explained(t, r.settings, row, "", "--finding", row.finding)
				if strings.HasPrefix(row.finding, "source=") {
					f, err := words.NewReader(events.Table()).Read(row.finding, "f1")
					if err != nil {
						t.Fatal(err)
					}
					if sent := decided(t, r.settings, f); !slices.Equal(sent, row.sent) {
						t.Errorf("%s: sent %v, want %v", row.finding, sent, row.sent)
					}
					continue
				}
				explained(t, r.settings, row, eventOf(t, row.finding))
			}
		})
	}
}

// explained compares what explain says of a finding with what the page says.
func explained(t *testing.T, settings map[string]string, row row, event string, args ...string) {
	t.Helper()
	code, stdout, stderr := tocsin(t, event, settings, append([]string{"explain", "--json"}, args...)...)
	var e explanation
	if err := json.Unmarshal([]byte(stdout), &e); err != nil || code != exitDone || stderr != "" {
		t.Fatalf("%s: exit code %d, %v: %s%s", row.finding, code, err, stdout, stderr)
	}
	var sent []string
	for _, sink := range e.Sinks {
		if sink.Outcome == "delivered" {
			sent = append(sent, sink.Sink)
		}
	}
	if !slices.Equal(sent, row.sent) {
		t.Errorf("%s %v: sent %v, want %v: %s", row.finding, args, sent, row.sent, fmt.Sprint(e.Sinks))
	}
}

// What the page says of products, standards and results holds for what the parsers read.
func TestParsedControls(t *testing.T) {
	const asff = `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","detail":{"findings":[{"Id":"f1","AwsAccountId":"111122223333","Region":"eu-west-1",
		"ProductArn":"arn:aws:securityhub:eu-west-1::product/%","Title":"A control","Severity":{"Label":"HIGH"},"Compliance":{"Status":"FAILED","SecurityControlId":"S3.9",
		"AssociatedStandards":[{"StandardsId":"standards/nist-800-53/v/5.0.0"},{"StandardsId":"standards/pci-dss/v/3.2.1"}]}}]}}`
	const ocsf = `{"source":"aws.securityhub","detail-type":"Findings Imported V2","detail":{"findings":[{"class_uid":2003,"metadata":{"product":{"name":"Security Hub CSPM",
		"uid":"arn:aws:securityhub:eu-west-1::productv2/aws/securityhub"}},"finding_info":{"uid":"f1","title":"A control"},"severity_id":4,"compliance":{"control":"S3.9","status":"Fail",
		"standards":["standards/nist-800-53/v/5.0.0","standards/pci-dss/v/3.2.1"]}}]}}`
	const control = `control == "S3.9" and compliance == "FAILED" and any(standards, # startsWith "nist") and standard contains "pci-dss" and product startsWith "Security Hub"`
	const config = `product == "AWS Config" and compliance in ["NON_COMPLIANT", "FAILED"] and not (product startsWith "Security Hub")`
	for _, test := range []struct{ event, when string }{
		{strings.Replace(asff, "%", "aws/securityhub", 1), control}, {ocsf, control}, {strings.Replace(asff, "%", "aws/config", 1), config},
	} {
		delivery, err := events.Open(events.Table(), []byte(test.event))
		if err != nil {
			t.Fatal(err)
		}
		when, err := condition.Compile(test.when)
		if err != nil {
			t.Fatal(err)
		}
		routes := []router.Route{{Sink: "slack", When: when}}
		f := events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
		if d := router.Decide(f, routes, nil)[0]; d.Verdict != router.Send || d.Err != nil {
			t.Errorf("%s does not hold: %v, %+v, product %s", test.when, d.Err, f.Check, f.About.Product)
		}
	}
}
