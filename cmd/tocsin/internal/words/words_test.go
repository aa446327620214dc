package words_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/words"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/condition"
)

// statements returns words, each with a condition that holds for the finding that they make, and not
// for one without words.
func statements() map[string]string {
	return map[string]string{
		"severity=8.5":                         `severity == 8.5`,
		"severity=critical":                    `severity == 9`,
		"level=high":                           `level == "high"`,
		"severity=odd":                         `level == "unknown"`,
		"severity=untriaged":                   `level == "untriaged"`,
		"type=Recon:EC2/Portscan":              `type == "Recon:EC2/Portscan"`,
		"key=com.example/4/us-east-1/a/b":      `key == "com.example/4/us-east-1/a/b" and source == "com.example" and region == "us-east-1"`,
		`title="Two words"`:                    `title == "Two words"`,
		`'title=It is "so"'`:                   `title == 'It is "so"'`,
		"source=aws.macie":                     `source == "aws.macie" and product == "Macie" and road == "macie"`,
		"road=securityhub":                     `road == "securityhub" and source == "aws.securityhub"`,
		"road=generic":                         `road == "generic"`,
		"source=com.example":                   `source == "com.example" and road == "generic"`,
		"product=Security_Hub_CSPM":            `product == "Security Hub CSPM"`,
		`product="AWS Config"`:                 `product == "AWS Config"`,
		"account=444455556666":                 `account == "444455556666" and resource.account == account`,
		"account_name=prod":                    `account_name == "prod"`,
		"region=us-east-1":                     `region == "us-east-1"`,
		"resource=AccessKey":                   `resource.type == "AccessKey"`,
		"resource.type=S3Bucket":               `resource.type == "S3Bucket"`,
		"resource.id=i-1":                      `resource.id == "i-1"`,
		"resource.name=web-1":                  `resource.name == "web-1"`,
		"resource.arn=arn:aws:s3:::b":          `resource.arn == "arn:aws:s3:::b"`,
		"resource.account=777788889999":        `resource.account == "777788889999"`,
		`tag.Team=shop "tag.Cost centre=4 7"`:  `resource.tags["Team"] == "shop" and resource.tags["Cost centre"] == "4 7"`,
		"ip=192.0.2.7":                         `cidr(actor.ip, "192.0.2.0/24")`,
		"actor.ip=2001:db8::1":                 `actor.ip == "2001:db8::1"`,
		"country=Japan":                        `actor.country == "Japan"`,
		"actor.country_code=JP":                `actor.country_code == "JP"`,
		`actor.organization="Example Telecom"`: `actor.organization == "Example Telecom"`,
		"actor.user=alice":                     `actor.user == "alice"`,
		"user=Root resource=AccessKey":         `document.resource.accessKeyDetails.userType == "Root"`,
		"action.kind=DNS_REQUEST":              `action.kind == "DNS_REQUEST"`,
		"count=12":                             `count == 12`,
		"sample":                               `sample`,
		"archived":                             `archived and status == "archived"`,
		"status=passed":                        `status == "passed" and archived`,
		"cve=CVE-2026-1234 score=9.8 epss=0.7": `cve == "CVE-2026-1234" and score == 9.8 and epss == 0.7`,
		"fixable exploit":                      `fixable and exploit`,
		"fixable=true exploit=true":            `fixable and exploit`,
		"control=S3.9 compliance=FAILED":       `control == "S3.9" and compliance == "FAILED"`,
		"standards=pci-dss,nist":               `"nist" in standards and standard contains "pci-dss"`,
		"fact.category=issue":                  `facts.category == "issue"`,
		"first_seen=2026-12-31":                `first_seen == date("2026-12-31")`,
		"last_seen=2026-12-31T18:00:00Z":       `last_seen > date("2026-12-31")`,
		"document.service.count=7":             `document?.service?.count == 7`,
		"event.detail.a.b=x":                   `document?.a?.b == "x" and event?.detail?.a?.b == "x"`,
	}
}

func TestEveryNameOfConditions(t *testing.T) {
	reader := words.NewReader(events.Table())
	plain, err := reader.Read("", "f")
	if err != nil {
		t.Fatal(err)
	}
	asked := ""
	for text, when := range statements() {
		asked += when + "\n"
		f, err := reader.Read(text, "f")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		c, err := condition.Compile(when)
		if err != nil {
			t.Fatal(err)
		}
		if holds, err := c.MayHold(condition.NewFacts(f)); err != nil || !holds {
			t.Errorf("%s: %s does not hold: %v", text, when, err)
		}
		if holds, err := c.MayHold(condition.NewFacts(plain)); err == nil && holds {
			t.Errorf("%s: %s holds without it", text, when)
		}
	}
	for _, name := range documented(t) {
		if !strings.Contains(asked, name) {
			t.Errorf("no word is tried for %s", name)
		}
	}
}

// documented returns the names of the table of variables in docs/routing.md.
func documented(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| variable | type | meaning |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var names []string
	for line := range strings.Lines(table) {
		for _, name := range regexp.MustCompile("`([a-z_.]+)`").FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			names = append(names, name[1])
		}
	}
	if len(names) < 35 {
		t.Fatalf("the page has %d names", len(names))
	}
	return names
}

func TestWordsThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"acount=111122223333":           "word 1: acount: there is no such name; did you mean account?",
		"xyzzy=1":                       "word 1: xyzzy: there is no such name; there are: account,",
		"severity==8":                   "word 1: severity: one = stands between name and value",
		"severity=70":                   "word 1: severity: want 1 to 10, low, medium, high, critical, unstated, untriaged or unknown",
		"severity":                      "word 1: severity: has no value; write severity=value, in quotes where it holds blanks",
		"title=A b":                     "word 2: b: there is no such name",
		"sample account=12":             "word 2: account: an account id has 12 digits",
		"resource.account=1":            "word 1: resource.account: an account id has 12 digits",
		"region=europe":                 "word 1: region: a region is a code such as eu-central-1",
		"ip=1.2.3":                      "word 1: ip: want an address such as",
		"count=-1":                      "word 1: count: want a whole number such as 3",
		"score=11":                      "word 1: score: want a number from 0 to 10",
		"epss=NaN":                      "word 1: epss: want a number from 0 to 1",
		"sample=yes":                    "word 1: sample: want true or false",
		"status=done":                   "word 1: status: want one of open, archived, resolved, closed, suppressed, passed, ok",
		"first_seen=today":              "word 1: first_seen: want a day or a time",
		"source=aws.guarduty":           "word 1: source: there is no such source; did you mean aws.guardduty?",
		"road=guarduty":                 "word 1: road: there is no such source; did you mean guardduty?",
		"road=xyzzy":                    "word 1: road: there is no such source; there are: guardduty,",
		"count=1 count=2":               "word 2: count: is given twice",
		"tags=shop":                     "word 1: tags: a tag is written tag.Team=shop",
		"facts=issue":                   "word 1: facts: a fact is written fact.category=issue",
		`title="A b`:                    `a quote " is opened and not closed`,
		"document.id=a document.id.x=1": "document.id.x: id is no object that could hold more",
	} {
		if _, err := words.NewReader(events.Table()).Read(text, "f"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	_, err := words.NewReader(events.Table()).Read("severity=x region=y", "f")
	if want := "word 1: severity: want 1 to 10, low, medium, high, critical, unstated, untriaged or unknown\nword 2: region: a region is a code such as eu-central-1"; err == nil ||
		cmp.Diff(want, err.Error()) != "" {
		t.Errorf("got %v", err)
	}
}
