package condition_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// scan is a finding with something in every place that a condition can look at, but for the time of
// its end.
func scan() finding.Finding {
	document := `{"ports":[22,80,443],"flag":true,"scanner":{"name":"x"},"groups":[{"id":"sg-1"},{"id":"sg-2"}]}`
	return finding.Finding{
		ID: "f1", Source: "aws.guardduty", Type: "Recon:EC2/Portscan", Title: "A scan", Severity: 5,
		Place: finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1"},
		Activity: finding.Activity{
			Count: 12, Sample: true, FirstSeen: time.Date(2026, 3, 1, 10, 0, 0, 0, time.FixedZone("CET", 3600)),
		},
		Resource: finding.Resource{Type: "Instance", ID: "i-1", Name: "web-1", Tags: []finding.Tag{{Key: "Team", Value: "shop"}}},
		Actor: finding.Actor{
			Remote: finding.Remote{IP: "10.1.2.3", Country: "Japan", CountryCode: "JP", Organization: "Example"},
			User:   finding.User{Name: "alice"},
		},
		Action: finding.Action{Kind: "PORT_PROBE"},
		Origin: finding.Origin{
			Document: json.RawMessage(document), Event: json.RawMessage(`{"detail-type":"GuardDuty Finding","detail":` + document + `}`),
		},
	}
}

func compile(t *testing.T, text string) *condition.Condition {
	t.Helper()
	c, err := condition.Compile(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

func TestHolds(t *testing.T) {
	for _, text := range []string{
		`severity >= 5 and severity < 5.1`, `severity == 5`, `severity in 4..6`, `level == "medium"`,
		`type startsWith "Recon:"`, `type matches "^Recon:EC2/"`, `title contains "scan"`, `source == "aws.guardduty"`,
		`account in ["111122223333", "444455556666"]`, `account_name == "prod"`, `region endsWith "-1"`,
		`resource.type == "Instance" and resource.id == "i-1" and resource.name == "web-1" and resource.arn == ""`,
		`resource.tags["Team"] == "shop"`, `resource.tags.Team == "shop"`, `"Team" in resource.tags`, `resource.tags["Owner"] == ""`,
		`actor.ip == "10.1.2.3" and actor.country == "Japan" and actor.country_code == "JP"`, `actor.user == "alice"`,
		`actor.organization == "Example"`, `action.kind == "PORT_PROBE"`, `count > 10`, `sample`, `not archived`, `!archived`,
		`first_seen == date("2026-03-01T09:00:00Z")`, `first_seen > date("2026-03-01")`, `first_seen.Hour() == 9`,
		`last_seen == nil`, `first_seen - date("2026-03-01") == duration("9h")`,
		`event["detail-type"] == "GuardDuty Finding"`, `event.detail.flag == true`, `document.scanner.name == "x"`,
		`any(document.ports, # == 443)`, `any(document.groups, .id == "sg-2")`, `len(filter(document.ports, # < 100)) == 2`,
		`document?.nothing?.there == nil`, `(document?.nothing?.there ?? "x") == "x"`, `443 in document.ports`,
		`cidr(actor.ip, "10.0.0.0/8")`, `cidr(actor.ip, "192.0.2.0/24", "10.1.2.3/32")`, `cidr("::ffff:10.0.0.1", "10.0.0.0/8")`,
		`not cidr(actor.ip, "2001:db8::/32")`, `not cidr("", "0.0.0.0/0")`, `not cidr("nonsense", "0.0.0.0/0")`,
		`let team = resource.tags["Team"]; team == "shop" ? true : false`, `lower(type) == "recon:ec2/portscan"`,
		`type | trimPrefix("Recon:") | split("/") | first() == "EC2"`, "// all of it\ntrue",
	} {
		holds, err := compile(t, text).MayHold(condition.NewFacts(scan()))
		if !holds || err != nil {
			t.Errorf("%s: got %v, %v", text, holds, err)
		}
	}
}

// Levels have an order that is not that of the alphabet, by which critical would come before high
// and low.
func TestLevelsHaveNoOrder(t *testing.T) {
	for text, want := range map[string]string{
		`level >= "high"`:                            "line 1, column 7: >=",
		`level < "high"`:                             "line 1, column 7: <",
		`"low" <= level`:                             "line 1, column 7: <=",
		`"low" > level`:                              "line 1, column 7: >",
		"sample or\n  not (level >= \"high\")":       "line 2, column 14: >=",
		`(level | lower()) >= "high"`:                "line 1, column 19: >=",
		`let l = level; l >= "high"`:                 "line 1, column 18: >=",
		`let l = level; let m = upper(l); "LOW" < m`: "line 1, column 40: <",
		`(sample ? "low" : level) >= "high"`:         "line 1, column 26: >=",
		`level + "" >= "high"`:                       "line 1, column 12: >=",
		`first([level]) >= "high"`:                   "line 1, column 16: >=",
		`[level][0] >= "high"`:                       "line 1, column 12: >=",
		`level[0:1] >= "h"`:                          "line 1, column 12: >=",
		`document.level >= level`:                    "line 1, column 16: >=",
		`any(document.levels, # >= level)`:           "line 1, column 24: >=",
	} {
		want += ` would compare levels by the alphabet; use severity, as in severity >= 7, or level in ["high", "critical"]`
		if _, err := condition.Compile(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{
		`level in ["high", "critical"]`, `level != "low"`, `severity >= 7`, `count > (level == "high" ? 10 : 100)`, `len(level) > 4`,
		`{"medium": 3}[level] > 2`, `document.level > "a"`, `let l = level; l == "high" and type > "A"`,
	} {
		if _, err := condition.Compile(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Each mistake is found when the condition is compiled. A message shows names and operators, and no
// constant.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		``:                                  "is empty",
		" \n":                               "is empty",
		`sevrity > 3`:                       "line 1, column 1: unknown name sevrity; did you mean severity?",
		"sample and\n  regoin == \"x\"":     "line 2, column 3: unknown name regoin; did you mean region?",
		`account_name == shop-1`:            "line 1, column 17: unknown name shop; a text stands in quotes",
		`sample and level in [high, low]`:   "line 1, column 22: unknown name high; a text stands in quotes",
		`title contains "é" and x == 1`:     "line 1, column 24: unknown name x",
		`lowr(type) == "x"`:                 "line 1, column 1: unknown name lowr; did you mean lower?",
		`resource.nam == "s3cret"`:          "line 1, column 10: resource has no nam; did you mean resource.name?",
		`actor.address == "s3cret"`:         "line 1, column 7: actor has no address",
		`type.x == "s3cret"`:                "line 1, column 6: text has no x",
		`severity == "s3cret"`:              "line 1, column 10: == stands between number and text",
		`"s3cret" + 4 == "s3cret"`:          "line 1, column 10: + stands between text and number",
		`type = "s3cret"`:                   "line 1, column 6: unexpected token =; did you mean ==?",
		`type "s3cret"`:                     "line 1, column 6: unexpected token ...",
		`type ==`:                           "line 1, column 7: unexpected token end",
		`(sample`:                           "line 1, column 7: unexpected token end",
		`sample)`:                           "line 1, column 7: unexpected token )",
		`type == "s3cret`:                   "line 1, column 16: literal not terminated",
		`account in [111122223333]`:         "line 1, column 9: cannot use text as type number in array",
		`type matches "(s3cret"`:            "line 1, column 6: error parsing regexp: missing closing ): ...",
		`severity`:                          "gives number, not true or false",
		`type`:                              "gives text, not true or false",
		`resource`:                          "gives an object, not true or false",
		`event.detail.archived`:             "gives anything, not true or false; compare it with something, such as == true",
		`cidr(actor.ip, "s3cret")`:          "line 1, column 16: a network is written as 10.0.0.0/8 or 2001:db8::/32",
		`cidr(actor.ip)`:                    "line 1, column 1: not enough arguments to call cidr",
		`cidr(count, "10.0.0.0/8")`:         "line 1, column 6: cannot use number as argument (type text) to call cidr",
		`first_seen > date("s3cret")`:       "line 1, column 19: a date is written as 2026-12-31 or 2026-12-31T18:00:00Z",
		`first_seen > now()`:                "line 1, column 14: unknown name now",
		`$env.severity > 3`:                 "line 1, column 1: unknown name $env",
		`$meter(type, 1) == "s3cret"`:       "line 1, column 1: unknown name $meter",
		`all(1..3, $meter(type, #) == "")`:  "line 1, column 11: unknown name $meter",
		`reduce(1..9, #acc + #, 0) > 3`:     "line 1, column 1: unknown name reduce",
		`repeat("s3cret", 9) == type`:       "line 1, column 1: unknown name repeat",
		strings.Repeat(`sample and `, 1000): "is longer than 8192 bytes",
	} {
		_, err := condition.Compile(text)
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

func TestErrorsOfARun(t *testing.T) {
	many := make([]int, 20_000)
	list, err := json.Marshal(map[string]any{"many": many, "long": strings.Repeat("x", 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	large := scan()
	large.Document = list
	large.Check.Standards = []string{strings.Repeat("x", 1<<20)}
	odd := scan()
	odd.Document = json.RawMessage(`{"a":`)
	for text, f := range map[string]finding.Finding{
		`document.nothing.there == 1`:                                             scan(),
		`document.flag > 3`:                                                       scan(),
		`last_seen > first_seen`:                                                  scan(),
		`document.a == 1`:                                                         odd,
		`any(document.many, all(document.many, # != 0))`:                          large,
		`all(document.many, not (document.long contains "y"))`:                    large,
		`all(document.many, not (document.long matches "y"))`:                     large,
		`all(document.many, document.long + document.long != "")`:                 large,
		`all(document.many, document == document)`:                                large,
		`any(1..5000, all(1..4999, # > 0) != sample)`:                             scan(),
		`all(map(1..900, map(1..900, 1..900)), true)`:                             scan(),
		`all(1..90000, len(join(standards, ",")) > 0)`:                            large,
		`all(document.many, len(filter(document.many, lower(type) != type)) > 0)`: large,
	} {
		started := time.Now()
		holds, err := compile(t, text).MayHold(condition.NewFacts(f))
		if holds || err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%s: got %v, %v", text, holds, err)
		}
		t.Logf("%-75s %v (%v)", text, err, time.Since(started).Round(time.Millisecond))
	}
}

// A finding of unknown severity is sent when the condition holds for any severity, and held back
// when it holds for every one.
func TestUnknownSeverity(t *testing.T) {
	f := scan()
	f.Severity = 0
	for text, want := range map[string]struct{ may, must bool }{
		`severity >= 9`:                      {true, false},
		`severity < 4`:                       {true, false},
		`level == "high"`:                    {true, false},
		`level == "unknown"`:                 {true, false},
		`level != "unknown"`:                 {true, false},
		`severity >= 7 and region == "none"`: {false, false},
		`severity >= 1`:                      {true, true},
		`region == "eu-west-1"`:              {true, true},
		`region == "none"`:                   {false, false},
	} {
		c := compile(t, text)
		may, errMay := c.MayHold(condition.NewFacts(f))
		must, errMust := c.MustHold(condition.NewFacts(f))
		if may != want.may || must != want.must || errMay != nil || errMust != nil {
			t.Errorf("%s: may %v, must %v, errors %v, %v", text, may, must, errMay, errMust)
		}
	}
}

func TestSeen(t *testing.T) {
	f := scan()
	f.Actor.User.Name = "<!channel>\x1b[31m\u202e" + strings.Repeat("x", 100)
	text := `severity > 3 and resource.tags["Team"] == "x" or actor.user == "y" or last_seen != nil or first_seen.Hour() == 3 or
		any(document?.groups, .id == "z") or document.none.there == 1 or count > 100 or not sample or resource.tags["a b"] == ""`
	want := []condition.Seen{
		{Name: "severity", Value: "5"}, {Name: "resource.tags.Team", Value: `"shop"`},
		{Name: "actor.user", Value: `"<!channel>\x1b[31m\u202e` + strings.Repeat("x", 44) + `..."`},
		{Name: "last_seen", Value: "absent"}, {Name: "first_seen", Value: "2026-03-01T09:00:00Z"},
		{Name: "document.groups", Value: `[{"id":"sg-1"},{"id":"sg-2"}]`}, {Name: "document.none.there", Value: "absent"},
		{Name: "count", Value: "12"}, {Name: "sample", Value: "true"}, {Name: `resource.tags["a b"]`, Value: `""`},
	}
	if diff := cmp.Diff(want, compile(t, text).Seen(condition.NewFacts(f))); diff != "" {
		t.Error(diff)
	}
	f.Severity = 0
	if got := compile(t, `severity > 3`).Seen(condition.NewFacts(f)); got[0].Value != "unknown" {
		t.Errorf("got %v", got)
	}
}

// A condition sees the finding and nothing else, and gives the same for the same finding.
func TestNothingElse(t *testing.T) {
	t.Setenv("TOCSIN_SECRET", "s3cret")
	for _, name := range []string{
		"finding.ID", "Meter(1)", "keys(event)", "values(event)", "sort(document.ports)", "fromJSON(title)",
	} {
		if _, err := condition.Compile(name + ` == "s3cret"`); err == nil {
			t.Errorf("%s is known", name)
		}
	}
}

// FuzzCompileRun looks for a text and an event for which compiling or running panics or does not
// end.
func FuzzCompileRun(f *testing.F) {
	for _, text := range []string{
		`severity >= 5 and type startsWith "Recon:"`, `any(document.a, .b == 1) or event?.x?.y == nil`, `cidr(actor.ip, "10.0.0.0/8")`,
		`let x = document.a; x + x == type`, `first_seen > date("2026-01-01")`, `all(1..99, # in document.a)`, `document[1:2] == title`,
		`resource.tags["a"] matches type`, `$env == nil`, `{"a": type}.a == [type][0]`, "type | lower() == `x`",
		`region in ["eu-wset-1", "-west-1", "euwest1"] or region startsWith "ue-"`, `account == "1111-2222-3333" or severity in 70..1`,
		`type in ["Reccon:EC2/Portscan", "a:", "/"] and not (level == "hihg" or status != "x")`, `let l = level; l == "high" and l != "high"`,
		`actor.ip == "10.0/8" and resource.arn startsWith "a" or upper(product) == "x" and first_seen.Hour() > 24`,
	} {
		f.Add(text, `{"a":[1,"x",{"b":1}]}`)
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		c, err := condition.Compile(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of two lines: %q", err)
			}
			return
		}
		x := scan()
		x.Document, x.Event, x.Severity = json.RawMessage(document), json.RawMessage(document), 0
		facts := condition.NewFacts(x)
		_, _ = c.MayHold(facts)
		_, _ = c.MustHold(facts)
		_ = c.Seen(facts)
		for _, mistake := range c.Mistakes(world()) {
			if strings.Contains(mistake.Error(), "\n") {
				t.Errorf("an error of two lines: %q", mistake)
			}
		}
	})
}

func BenchmarkMayHold(b *testing.B) {
	c, err := condition.Compile(`severity >= 4 and account in ["111122223333", "444455556666"] and not cidr(actor.ip, "192.0.2.0/24")`)
	if err != nil {
		b.Fatal(err)
	}
	f := scan()
	for b.Loop() {
		if holds, err := c.MayHold(condition.NewFacts(f)); !holds || err != nil {
			b.Fatal(holds, err)
		}
	}
}

func ExampleCompile() {
	c, err := condition.Compile(`type startsWith "Recon:" and resource.tags["Team"] == "shop"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	holds, err := c.MayHold(condition.NewFacts(scan()))
	fmt.Println(holds, err)
	_, err = condition.Compile(`typ startsWith "Recon:"`)
	fmt.Println(err)
	// Output:
	// true <nil>
	// line 1, column 1: unknown name typ; did you mean type?
}
