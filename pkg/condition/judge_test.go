package condition_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/condition"
)

// world is what the tests know: the documented types, and two names.
func world() condition.Known {
	known := condition.Known{AccountNames: []string{"prod", "dev", "shop-prod"}}
	for _, s := range events.Table() {
		known.Roads = append(known.Roads, s.ID)
		if s.Name != "" {
			known.Sources, known.Products = append(known.Sources, s.Name), append(known.Products, s.Product)
		}
		if s.Types != nil {
			known.Types = s.Types
		}
	}
	return known
}

// mistakes returns the mistakes of a condition, those of Compile too.
func mistakes(text string, known condition.Known) string {
	c, err := condition.Compile(text)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, mistake := range c.Mistakes(known) {
		all = append(all, mistake.Error())
	}
	return strings.Join(all, "\n")
}

const (
	matches    = " (what is meant as it stands: matches)"
	scale      = "it goes from 1 to 10, high from 7, critical from 9"
	elsewhere  = "use startsWith, endsWith, contains or matches"
	before     = " before; or may be meant, or a list with in"
	whatever   = "always holds: one side or the other does, whatever the finding is; and may be meant"
	asNetwork  = `ask for a network with cidr(actor.ip, "10.0.0.0/8")`
	lettersOf  = "a region is written as eu-west-1, in small letters, digits and dashes"
	anAccount  = "an account id has 12 digits; compare account_name with a name"
	asDigits   = "an account id is written without dashes and spaces, as 12 digits"
	twelve     = "an account id has 12 digits, with the zeros that it begins with; this has "
	levelsAre  = "there are: low, medium, high, critical, untriaged, unknown"
	statusesOf = "there are: open, archived, resolved, closed, suppressed, passed, ok"
)

// Each kind of mistake, in its own words. No text and no number of the condition stands in them.
func TestJudged(t *testing.T) {
	for text, want := range map[string]string{
		`level == "hihg"`:                              `line 1, column 10: no level is called so; did you mean "high"?`,
		`not (level == "hihg")`:                        `line 1, column 15: no level is called so; did you mean "high"?`,
		`sample or level != "hihg"`:                    `line 1, column 20: no level is called so; did you mean "high"?`,
		`"hihg" == level`:                              `line 1, column 1: no level is called so; did you mean "high"?`,
		`level == "HIGH"`:                              `line 1, column 10: no level is called so; did you mean "high"?`,
		`level == "informational"`:                     `line 1, column 10: no level is called so; did you mean "low"?`,
		`level in ["high", "kritical"]`:                `line 1, column 19: no level is called so; did you mean "critical"?`,
		`level == "P1"`:                                `line 1, column 10: no level is called so; ` + levelsAre,
		`let l = level; l == "hihg"`:                   `line 1, column 21: no level is called so; did you mean "high"?`,
		`let h = "hihg"; level == h`:                   `line 1, column 9: no level is called so; did you mean "high"?`,
		`level startsWith "Crit"`:                      `line 1, column 18: no level begins with this; ` + levelsAre,
		`level matches "HIGH|CRITICAL"`:                `line 1, column 15: no level matches this; ` + levelsAre,
		`lower(level) == "HIGH"`:                       `line 1, column 17: lower leaves no capitals; write this in small letters`,
		`upper(level) == "high"`:                       `line 1, column 17: upper leaves no small letters; write this in capitals`,
		`upper(level) == "HIHG"`:                       `line 1, column 17: no level is called so; did you mean "HIGH"?`,
		`any(document.a, .b == 1 and level == "hihg")`: `line 1, column 38: no level is called so; did you mean "high"?`,
		`status == "ACTIVE"`:                           `line 1, column 11: no status is called so; did you mean "open"?`,
		`status != "done"`:                             `line 1, column 11: no status is called so; ` + statusesOf,
		`status == ""`:                                 `line 1, column 11: no status is called so; ` + statusesOf,
		`road == "inspector"`:                          `line 1, column 9: no road is called so; did you mean "inspector2"?`,
		`product == "guardduty"`:                       `line 1, column 12: no known product is called so; did you mean "GuardDuty"?` + matches,
		`product == "SecurityHub"`:                     `line 1, column 12: no known product is called so; did you mean "Security Hub"?` + matches,
		`product in ["Macie", "Amazon GuardDuty"]`:     `line 1, column 22: no known product is called so; did you mean "GuardDuty"?` + matches,
		`product startsWith "security hub"`:            `line 1, column 20: no known product begins with this; did you mean "Security Hub"?` + matches,
		`source == "guardduty"`:                        `line 1, column 11: no known source is called so; did you mean "aws.guardduty"?` + matches,
		`source == "aws.gaurdduty"`:                    `line 1, column 11: no known source is called so; did you mean "aws.guardduty"?` + matches,
		`source == "aws.inspector"`:                    `line 1, column 11: no known source is called so; did you mean "aws.inspector2"?` + matches,
		`type == "recon:ec2/portscan"`:                 `line 1, column 9: no known type is called so; did you mean "Recon:EC2/Portscan"?` + matches,
		`type == "Recon:EC2/Portsacn"`:                 `line 1, column 9: no known type is called so; did you mean "Recon:EC2/Portscan"?` + matches,
		`type == "Reccon:EC2/Portscan"`:                `line 1, column 9: no known type is called so; did you mean "Recon:EC2/Portscan"?` + matches,
		`type startsWith "recon:"`:                     `line 1, column 17: no known type begins with this; did you mean "Recon:"?` + matches,
		`type startsWith "Reccon:"`:                    `line 1, column 17: no known type begins with this; did you mean "Recon:"?` + matches,
		`hasPrefix(type, "recon:")`:                    `line 1, column 17: no known type begins with this; did you mean "Recon:"?` + matches,
		`type contains ":IAMuser/"`:                    `line 1, column 15: no known type contains this; did you mean ":IAMUser/"?` + matches,
		`type == "Recon:*"`:                            `line 1, column 9: == takes no wildcards; ` + elsewhere,
		`type in ["Recon:EC2/Portscan", "Trojan:*"]`:   `line 1, column 32: a list takes no wildcards; ` + elsewhere,
		`type startsWith "Recon:*"`:                    `line 1, column 17: startsWith takes no wildcards; leave them out`,
		`resource.name == "web-*"`:                     `line 1, column 18: == takes no wildcards; ` + elsewhere,
		`resource.tags["Team"] != "shop*"`:             `line 1, column 26: != takes no wildcards; ` + elsewhere,
		`account == "1111*"`:                           `line 1, column 12: == takes no wildcards; ` + elsewhere,
		`resource.type == "instance"`:                  `line 1, column 18: no known type of resource is called so; did you mean "Instance"?` + matches,
		`resource.type == "AccesKey"`:                  `line 1, column 18: no known type of resource is called so; did you mean "AccessKey"?` + matches,
		`resource.type == "AwsEC2Instance"`:            `line 1, column 18: no known type of resource is called so; did you mean "AwsEc2Instance"?` + matches,
		`action.kind == "AWS_API_CAL"`:                 `line 1, column 16: no known kind of action is called so; did you mean "AWS_API_CALL"?` + matches,
		`compliance == "failed"`:                       `line 1, column 15: no known result is called so; did you mean "FAILED"?` + matches,
		`compliance == "FAIL"`:                         `line 1, column 15: no known result is called so; did you mean "FAILED"?` + matches,
		`facts.category == "Issue"`:                    `line 1, column 19: no known fact is called so; did you mean "issue"?` + matches,
		`account == "11112222333"`:                     `line 1, column 12: ` + twelve + `11`,
		`account in ["111122223333", "2222333344445"]`: `line 1, column 29: ` + twelve + `13`,
		`account == "1111-2222-3333"`:                  `line 1, column 12: ` + asDigits,
		`account == "prod"`:                            `line 1, column 12: ` + anAccount,
		`resource.account startsWith "prod-"`:          `line 1, column 29: ` + anAccount,
		`account_name == "111122223333"`:               `line 1, column 17: account_name is a name; compare account with an id`,
		`account_name == "prd"`:                        `line 1, column 17: no account is called so in ACCOUNT_NAMES; did you mean "prod"?`,
		`account_name == "Prod"`:                       `line 1, column 17: no account is called so in ACCOUNT_NAMES; did you mean "prod"?`,
		`account_name in ["prod", "sandbox"]`:          `line 1, column 26: no account is called so in ACCOUNT_NAMES; add it there, or compare account with its id`,
		`account_name startsWith "prd-"`:               `line 1, column 25: no account begins with this in ACCOUNT_NAMES; add it there, or compare account with its id`,
		`region == "eu-wset-1"`:                        `line 1, column 11: there is no such region; did you mean "eu-west-1"?`,
		`region == "ue-west-1"`:                        `line 1, column 11: there is no such region; did you mean "eu-west-1"?`,
		`region == "eu-west-11"`:                       `line 1, column 11: there is no such region: the numbers of this area do not go so far`,
		`region == "EU-WEST-1"`:                        `line 1, column 11: ` + lettersOf + `; did you mean "eu-west-1"?`,
		`region == "eu_west_1"`:                        `line 1, column 11: ` + lettersOf + `; did you mean "eu-west-1"?`,
		`region == "Frankfurt"`:                        `line 1, column 11: ` + lettersOf,
		`region == "euwest1"`:                          `line 1, column 11: a region is written as eu-west-1; did you mean "eu-west-1"?`,
		`region == "eu-west-1a"`:                       `line 1, column 11: a region is written as eu-west-1`,
		`region in ["us-east-1", "us-west"]`:           `line 1, column 25: a region is written as eu-west-1`,
		`region startsWith "EU-"`:                      `line 1, column 19: ` + lettersOf,
		`region startsWith "ue-"`:                      `line 1, column 19: no region begins with this; did you mean "eu-"?`,
		`region startsWith "europe"`:                   `line 1, column 19: a region begins as eu-west-1 does`,
		`severity >= 70`:                               `line 1, column 10: no severity is so: ` + scale,
		`severity < 1`:                                 `line 1, column 10: no severity is so: ` + scale,
		`severity == 0`:                                `line 1, column 10: no severity is so: ` + scale,
		`severity != 0`:                                `line 1, column 10: every severity is so: ` + scale,
		`severity < 70`:                                `line 1, column 10: every severity is so: ` + scale,
		`severity > 10`:                                `line 1, column 10: no severity is so: ` + scale,
		`70 <= severity`:                               `line 1, column 4: no severity is so: ` + scale,
		`severity in 70..100`:                          `line 1, column 10: that is off the scale of severity: ` + scale,
		`severity in 8..4`:                             `line 1, column 10: no severity is so: the range ends before it begins`,
		`severity in [7, 80]`:                          `line 1, column 10: no severity is so: ` + scale,
		`score > 10`:                                   `line 1, column 7: no score is so: it goes from 0 to 10`,
		`epss > 50`:                                    `line 1, column 6: no epss is so: it goes from 0 to 1`,
		`count < 0`:                                    `line 1, column 7: no count is so: it is a whole number from 0 on`,
		`first_seen.Hour() >= 24`:                      `line 1, column 19: no first_seen.Hour is so: it goes from 0 to 23`,
		`account in []`:                                `line 1, column 12: the list is empty: nothing is in it`,
		`account not in []`:                            `line 1, column 16: the list is empty: nothing is in it`,
		`title contains ""`:                            `line 1, column 16: every text contains an empty one`,
		`actor.ip == "10.0.0.0/8"`:                     `line 1, column 13: actor.ip is one address; ` + asNetwork,
		`actor.ip == "10.0.0"`:                         `line 1, column 13: this is no address; ` + asNetwork + `, or write startsWith`,
		`actor.country == "JP"`:                        `line 1, column 18: actor.country is a name such as Japan; compare actor.country_code with a code`,
		`actor.country_code == "Japan"`:                `line 1, column 23: actor.country_code has two letters, such as JP; compare actor.country with a name`,
		`actor.country_code == "jp"`:                   `line 1, column 23: actor.country_code is written in capitals, such as JP`,
		`key == "0123abc"`:                             `line 1, column 8: a key is source/account/region/id, as the log names a finding; ask for a part of it with startsWith, endsWith or contains`,
		`key in ["a/b/c/d", "a/b/c"]`:                  `line 1, column 20: a key is source/account/region/id, as the log names a finding; ask for a part of it with startsWith, endsWith or contains`,
		`cve == "cve-2026-1234"`:                       `line 1, column 8: a vulnerability is written in capitals, such as CVE-2026-1234`,
		`resource.arn == "i-0123456789abcdef0"`:        `line 1, column 17: an ARN begins with arn:; compare resource.id or resource.name with what a resource is called`,
		`severity > 8 and severity < 4`:                `line 1, column 27: cannot hold here: it contradicts what is asked of severity` + before,
		`level == "high" and level == "low"`:           `line 1, column 27: cannot hold here: it contradicts what is asked of level` + before,
		`level == "low" and severity > 5`:              `line 1, column 29: cannot hold here: it contradicts what is asked of severity` + before,
		`sample and not sample`:                        `line 1, column 8: can never hold: it contradicts itself`,
		`not sample or level == "high" and (level == "low" or sample)`: `line 1, column 42: cannot hold here: it contradicts what is asked of level` + before,
		`account == "111122223333" and account == "444455556666"`:      `line 1, column 39: cannot hold here: it contradicts what is asked of account` + before,
		`type startsWith "Recon:" and type startsWith "Trojan:"`:       `line 1, column 35: cannot hold here: it contradicts what is asked of type` + before,
		`type == "Recon:EC2/Portscan" and type startsWith "Trojan:"`:   `line 1, column 39: cannot hold here: it contradicts what is asked of type` + before,
		`not (level == "high" and level == "low") and sample`:          `line 1, column 32: cannot hold here: it contradicts what is asked of level` + before,
		`level != "high" or level != "low"`:                            `line 1, column 17: ` + whatever,
		`not (level == "high") or not (level == "low")`:                `line 1, column 23: ` + whatever,
		`sample and (severity >= 4 or severity < 7)`:                   `line 1, column 27: ` + whatever,
		`first_seen - date("2026-01-01") > duration("1d")`:             `line 1, column 44: a duration is written as 90m or 36h; a day is 24h`,
		`false`:               `never holds, and asks for nothing of a finding; leave it out, with the sink or the mute that it is for`,
		`1 == 2`:              `never holds, and asks for nothing of a finding; leave it out, with the sink or the mute that it is for`,
		`standards[9] == "x"`: `line 1, column 10: fails on every finding: index out of range: ...`,
		`int(region) > 1`:     `line 1, column 1: fails on every finding: invalid operation: number`,
		"level == \"hihg\" or\n region == \"eu-wset-1\"": "line 1, column 10: no level is called so; did you mean \"high\"?\nline 2, column 12: there is no such region; did you mean \"eu-west-1\"?",
	} {
		if got := mistakes(text, world()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// What cannot be known is not judged.
func TestNotKnown(t *testing.T) {
	for _, text := range []string{`account_name == "prd"`, `account_name startsWith "prd-"`, `type == "Recon:EC2/Portsacn"`, `road == "nowhere"`, `source == "guardduty"`, `product == "macie"`} {
		if got := mistakes(text, condition.Known{}); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// What a judge does is bounded, however often a variable stands in another one.
func TestBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("let v0 = sample; ")
	for i := range 60 {
		fmt.Fprintf(&text, "let v%d = v%d and v%d; ", i+1, i, i)
	}
	if got := mistakes(text.String()+"v60", world()); got != "" {
		t.Error(got)
	}
	long := strings.Repeat(`severity >= 4 and not (type startsWith "R") or `, 170) + "sample"
	if got := mistakes(long, world()); got != "" {
		t.Error(got)
	}
	many := `account in [` + strings.Repeat(`"111122223333", `, 500) + `"111122223333"] and account in ["444455556666"]`
	if got := mistakes(many, world()); !strings.Contains(got, "cannot hold here") {
		t.Error(got)
	}
}

// A mute holds back everything, or nearly.
func TestHoldsForAll(t *testing.T) {
	for text, want := range map[string][2]bool{
		`true`: {true, true}, `severity >= 1`: {true, true}, `title != ""`: {true, true}, `level != "critical" and level != "unknown"`: {true, false},
		`type startsWith "Recon:"`: {false, false}, `account == "111122223333"`: {false, false}, `not sample`: {false, false}, `region startsWith "eu-"`: {false, false},
		`resource.tags["Team"] == "shop"`: {false, false}, `document.a.b == 1`: {false, false}, `severity >= 4`: {false, false},
	} {
		c := compile(t, text)
		if got := [2]bool{condition.HoldsForAll(c, false), condition.HoldsForAll(c, true)}; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func BenchmarkMistakes(b *testing.B) {
	for name, text := range map[string]string{
		"ordinary": `severity >= 4 and account in ["111122223333", "444455556666"] and not cidr(actor.ip, "192.0.2.0/24")`,
		"types":    `type startsWith "Recon:" or type == "Novelty:EC2/Portscan" or type contains ":IAMUser/"`,
	} {
		b.Run(name, func(b *testing.B) {
			c, err := condition.Compile(text)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if all := c.Mistakes(world()); len(all) > 0 {
					b.Fatal(all)
				}
			}
		})
	}
}
