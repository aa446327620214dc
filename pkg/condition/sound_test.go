package condition_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// onPage returns the conditions of the page on routing: those of its recipes and mutes, and its
// examples.
func onPage(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	page = []byte(strings.Split(string(page), "\n### Mistakes that are found")[0] + strings.SplitN(string(page), "\n### When in doubt", 2)[1])
	var all []string
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if _, text, isWhen := strings.Cut(line, "WHEN="); isWhen && strings.ToUpper(line[:4]) == line[:4] {
			all = append(all, text)
		}
		if text, isMute := strings.CutPrefix(line, "when: "); isMute {
			all = append(all, text)
		}
		for i, code := range strings.Split(line, "`") {
			if c, err := condition.Compile(strings.TrimPrefix(code, "and ")); i%2 == 1 && err == nil && c != nil && !strings.Contains(code, "levl") {
				all = append(all, strings.TrimPrefix(code, "and "))
			}
		}
	}
	return all
}

// sensible returns conditions that mean what they say.
func sensible() []string {
	return []string{
		`true`, `severity >= 1`, `severity >= 0`, `severity > 0`, `severity >= 9.5`, `severity <= 10`, `severity in 4..6`, `severity in [7, 8, 9]`, `severity >= 7 and severity < 9`,
		`severity >= 1 or sample`, `severity >= 7 or level == "unknown"`, `severity == 10`, `severity != 5`, `7 <= severity`, `level in ["high", "critical"]`, `level not in ["low", "medium"]`,
		`level == "untriaged" and severity == 5`, `level == "unknown" and severity == 10`, `level == "high" and severity >= 8`, `level != "high" and level != "low"`,
		`level matches "^(high|critical)$"`, `level startsWith "c"`, `upper(level) == "HIGH"`, `let l = level; l == "high" or l == "critical"`, `level == "high" ? account == "111122223333" : sample`,
		`type == "Recon:EC2/Portscan"`, `type != "Recon:EC2/Portscan" and type != "Trojan:EC2/DropPoint"`, `type == "Recon:ECS/Portscan"`, `type == "Recon:EC2/PortscanV2"`, `type == "Novelty:EC2/Portscan"`,
		`type == "my-scanner/rule 7"`, `type startsWith "Recon"`, `type startsWith "my-rule:"`, `type endsWith "!DNS"`, `type contains ":IAMUser/"`, `type contains "malware"`, `type contains "-v2/"`,
		`type matches "(?i)recon"`, `type matches "^Recon:.*/Port"`, `lower(type) startsWith "recon:"`, `type == ""`, `type in ["Recon:EC2/Portscan", "x"]`, `type startsWith "Recon:" and type contains "Port"`,
		`type startsWith "Recon:" and type startsWith "Recon:EC2"`, `type startsWith "Recon:" or type startsWith "Trojan:"`, `not (type startsWith "Recon:") and not (type startsWith "Trojan:")`,
		`type startsWith "AWS_EC2_"`, `type == "AWS_EC2_INSTANCE_STOP_SCHEDULED"`, `type | trimPrefix("Recon:") | split("/") | first() == "EC2"`,
		`source == "aws.guardduty"`, `source == "com.example.scanner"`, `source startsWith "aws."`, `source == "aws.signer"`, `source == "aws.healthlake"`, `source == "aws.s3"`, `source == "aws.codebuild"`,
		`source startsWith "aws.partner/"`, `source contains "health"`, `source != ""`, `source matches "guardduty$"`, `source in ["aws.config", "aws.ec2", "aws.ecs", "aws.ecr"]`,
		`product == "Prowler"`, `product startsWith "Security Hub"`, `product in ["GuardDuty", "Macie", "Detective"]`, `product != ""`, `product contains "Hub"`, `product == "Aqua Security"`,
		`road == "securityhub-cspm"`, `road startsWith "securityhub"`, `road in ["guardduty", "generic"]`, `road matches "hub"`,
		`account == "111122223333"`, `account == "000000000001"`, `account in ["111122223333", "444455556666"]`, `account == ""`, `account startsWith "1111"`, `account matches "^1111"`,
		`account == "01234567-89ab-cdef-0123-456789abcdef"`, `account != "111122223333" and account != "444455556666"`, `account == resource.account`, `resource.account != account`,
		`account in resource.tags`, `account endsWith "33"`, `account_name == "prod"`, `account_name startsWith "shop-"`, `account_name contains "prod"`, `account_name == ""`, `account_name not in ["prod", "dev"]`,
		`upper(account_name) == "PROD"`, `lower(account_name) contains "prod"`, `account_name matches "^(prod|stage)"`,
		`region == "eu-west-1"`, `region == "eu-west-4"`, `region == "ap-southeast-8"`, `region == "xx-novel-1"`, `region == "nz-west-1"`, `region == "us-gov-west-1"`, `region == "eusc-de-east-1"`,
		`region == "us-isof-south-1"`, `region in ["eu-central-1", "us-east-1"]`, `region startsWith "eu-"`, `region startsWith "us-gov-"`, `region startsWith "eu"`, `region endsWith "-1"`, `region contains "west"`,
		`region == "global"`, `resource.account != "aws"`, `region == "eastus2"`, `region == "westeurope"`, `region == ""`, `region matches "^dc-"`, `upper(region) startsWith "EU-"`, `not (region startsWith "eu-") and region != ""`, `region == "us-central-1"`,
		`resource.type == "Instance"`, `resource.type == "AwsEc2Instance"`, `resource.type == "AwsMskCluster"`, `resource.type == "AwsEc2Subnet"`, `resource.type == "S3_BUCKET"`, `resource.type == "AWS::EC2::Subnet"`,
		`resource.type startsWith "AwsEc2"`, `resource.type contains "Bucket"`, `resource.type == "Thing"`, `lower(resource.type) contains "bucket"`, `resource.type == ""`,
		`resource.id == "i-0123456789abcdef0"`, `resource.name startsWith "web-"`, `resource.name matches "^web-\\d+$"`, `resource.arn startsWith "arn:aws:s3:::"`, `resource.arn contains ":role/"`, `resource.arn == ""`,
		`resource.arn == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/x:*"`, `resource.arn matches "prod"`, `resource.arn startsWith "ar"`,
		`resource.tags["Team"] == "shop"`, `resource.tags.Team in ["shop", "data"]`, `"Team" in resource.tags`, `resource.tags["Owner"] != ""`, `resource.tags["env"] contains "prod"`, `len(resource.tags) == 0`,
		`actor.ip == "198.51.100.7"`, `actor.ip == "2001:db8::9"`, `actor.ip == ""`, `actor.ip startsWith "10."`, `actor.ip == "AWS Internal"`, `cidr(actor.ip, "10.0.0.0/8")`, `not cidr(actor.ip, "10.0.0.0/8", "2001:db8::/32")`,
		`actor.country == "Japan"`, `actor.country not in ["", "Germany"]`, `actor.country_code == "JP"`, `actor.country_code in ["", "DE", "AT"]`, `lower(actor.country_code) == "jp"`, `actor.country == "United States"`,
		`actor.organization contains "Example"`, `actor.user == "*"`, `actor.user startsWith "ci-"`, `actor.user != "root"`, `title contains "*"`, `title matches "(?i)root"`, `title == "5 * 3"`, `facts.calls == "s3:*"`,
		`action.kind == "AWS_API_CALL"`, `action.kind == "RUNTIME_DEED"`, `action.kind in ["PORT_PROBE", "NETWORK_CONNECTION"]`, `action.kind != ""`, `action.kind endsWith "_CALL"`,
		`count >= 10`, `count == 0`, `count in 1..1000`, `count > 3 and count < 100`, `sample`, `not sample`, `archived`, `not archived`, `archived or severity >= 9`, `sample == false`, `fixable and exploit`, `not fixable or exploit`,
		`status == "open"`, `status != "open"`, `status in ["resolved", "closed"]`, `status startsWith "s"`, `archived and status == "resolved"`,
		`key == "aws.guardduty/111122223333/eu-west-1/0123abc"`, `key endsWith "/0123abc"`, `key startsWith "aws.macie/"`, `cve == "CVE-2026-1234"`, `cve startsWith "CVE-2026-"`, `cve startsWith "GHSA-"`, `cve != ""`, `lower(cve) == "cve-2026-1234"`, `score >= 9.8 and epss > 0.9`, `score > 0`, `epss >= 0.5`, `score == 0`, `epss <= 1`,
		`control == "S3.9"`, `control startsWith "IAM."`, `control == "s3-bucket-public-read"`, `control != ""`, `compliance == "FAILED"`, `compliance in ["NON_COMPLIANT", "FAILED"]`, `compliance != "PASSED"`, `compliance == ""`,
		`standard contains "pci-dss"`, `any(standards, # startsWith "nist")`, `len(standards) > 0`, `any(standards, # contains "cis")`, `standards[0] contains "pci"`,
		`facts.actionability == "ACTION_REQUIRED"`, `facts.category == "issue"`, `facts["access"] in ["public", "external"]`, `facts.nothing == ""`, `facts.alarm_state != "OK"`, `facts.category == "POLICY"`, `facts.pipeline == "deploy"`,
		`first_seen > date("2026-11-01")`, `last_seen - first_seen > duration("24h")`, `first_seen.Hour() >= 22 or first_seen.Hour() < 6`, `first_seen == nil`, `last_seen != nil and last_seen.Day() == 1`,
		`document.service.additionalInfo.value contains "x"`, `document?.a?.b == 1`, `event["detail-type"] == "GuardDuty Finding"`, `any(document.list, .id == "sg-2")`, `event.detail.service.archived == true`, `document.level == "HIGH"`,
		`document.nothing.there == 1`, `severity >= 4 or document.resource?.accessKeyDetails?.userType == "Root"`, `document.a[3].b > 70`,
		`account == "111122223333" and not (account == "111122223333" and sample)`, `severity >= 4 or severity < 4 and sample`, `level == "high" and (sample or count > 3)`, `(severity < 7 and sample) or severity >= 7`,
		`type startsWith "Recon:" and account == "111122223333" or type startsWith "Trojan:" and account == "444455556666"`, `not (sample and account == "111122223333") and not (sample and account == "444455556666")`,
		`sample or not fixable`, `lower(type) == "recon:ec2/portscan" and type startsWith "Recon:"`, `level == "critical" or level == "high" and account_name == "prod" or severity >= 4 and resource.tags["Team"] == "shop"`,
	}
}

// TestSound finds no mistake in conditions that can hold, nor in what they hold back: those of the
// docs and more of each kind, and their negations.
func TestSound(t *testing.T) {
	all := append(onPage(t), sensible()...)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) < 200 {
		t.Errorf("%d conditions, want 200 at least", len(all))
	}
	for _, text := range all {
		if got := mistakes(text, world()); got != "" {
			t.Errorf("%s: %s", text, got)
		}
		if text != "true" && !strings.HasPrefix(text, "let ") {
			if got := mistakes("not ("+text+")", world()); got != "" {
				t.Errorf("not (%s): %s", text, got)
			}
		}
	}
	t.Log(len(all), "conditions and their negations")
}

// TestValuesOfFindings finds no mistake in a comparison with what stands in a finding: in the
// samples of all sources, and in the corpus of real events where that is at hand.
func TestValuesOfFindings(t *testing.T) {
	table := events.Table()
	values := map[string]bool{}
	note := func(event []byte) {
		delivery, err := events.Open(table, event)
		if err != nil {
			return // no event of ours
		}
		for _, record := range delivery.Records {
			for _, f := range events.Parse(table, record.Envelope) {
				for _, text := range comparisons(f) {
					values[text] = true
				}
			}
		}
	}
	for _, s := range table {
		if s.Samples.Event == nil {
			continue
		}
		for _, findingType := range s.Samples.Types() {
			event, err := s.Samples.Event(findingType, source.SampleOptions{Time: time.Unix(1_800_000_000, 0)})
			if err != nil {
				t.Fatal(err)
			}
			note(event)
		}
	}
	ofSamples := len(values)
	if err := filepath.WalkDir("../../../shared/corpus", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") {
			text, err := os.ReadFile(filepath.Clean(path))
			if err != nil {
				return err
			}
			note(text)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for text := range values {
		if got := mistakes(text, world()); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
	t.Logf("%d comparisons of samples, %d of the corpus", ofSamples, len(values)-ofSamples)
}

// comparisons returns conditions that ask for what a finding states.
func comparisons(f finding.Finding) []string {
	var all []string
	for name, value := range map[string]string{
		"type": f.Type, "source": f.Source, "product": f.About.Product, "road": f.Road, "account": f.Account.ID, "region": f.Region,
		"level": f.Severity.Level().String(), "status": f.State.String(), "resource.type": f.Resource.Type, "resource.id": f.Resource.ID,
		"resource.arn": f.Resource.ARN, "resource.name": f.Resource.Name, "actor.ip": f.Actor.Remote.IP, "actor.country": f.Actor.Remote.Country,
		"actor.country_code": f.Actor.Remote.CountryCode, "actor.user": f.Actor.User.Name, "action.kind": f.Action.Kind, "cve": f.Vulnerability.ID,
		"key": f.Key(), "control": f.Check.Control, "compliance": f.Check.Result, "title": f.Title,
	} {
		if isMadeUp(name, value) {
			continue
		}
		all = append(all, fmt.Sprintf("%s == %q", name, value))
		if value != "" {
			all = append(all, fmt.Sprintf("%s startsWith %q", name, value), fmt.Sprintf("%s contains %q", name, value))
		}
	}
	for _, fact := range f.Facts {
		all = append(all, fmt.Sprintf("facts[%q] == %q", fact.Name, fact.Value))
	}
	return all
}

// isMadeUp reports whether a value is one that a published example has in place of a real one.
func isMadeUp(name, value string) bool {
	switch name {
	case "account":
		return value != "" && (len(value) != 12 || strings.Trim(value, "0123456789") != "")
	case "resource.arn":
		return strings.HasPrefix(value, "GeneratedFinding")
	case "actor.ip":
		return value == "111.11.000.1"
	}
	return false
}

// The roads, sources and products that conditions know are those of the table of sources.
func TestKnowsSources(t *testing.T) {
	for _, s := range events.Table() {
		for _, text := range []string{fmt.Sprintf("road == %q", s.ID), fmt.Sprintf("source == %q", s.Name), fmt.Sprintf("product == %q", s.Product)} {
			if got := mistakes(text, world()); got != "" {
				t.Errorf("%s: %s", text, got)
			}
		}
		if got := mistakes(fmt.Sprintf("source == %q", strings.ToUpper(s.Name)), world()); s.Name != "" && !strings.Contains(got, s.Name) {
			t.Errorf("%s is not known: %s", s.Name, got)
		}
		if got := mistakes(fmt.Sprintf("product == %q", strings.ToUpper(s.Product)), world()); s.Product != "" && !strings.Contains(got, s.Product) {
			t.Errorf("%s is not known: %s", s.Product, got)
		}
	}
}

// Every region of AWS's own list is one, and so are some that may come.
func TestRegionsOfAWS(t *testing.T) {
	module, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "internal/endpoints/awsrulesfn/partitions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Partitions []struct{ Regions map[string]any }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, partition := range list.Partitions {
		for region := range partition.Regions {
			if strings.HasSuffix(region, "-global") {
				continue // no region, but a name for what has none
			}
			count++
			for _, text := range []string{region, region[:len(region)-1]} {
				if got := mistakes(fmt.Sprintf("region startsWith %q", text), world()); got != "" {
					t.Errorf("%s: %s", text, got)
				}
			}
			if got := mistakes(fmt.Sprintf("region == %q", region), world()); got != "" {
				t.Errorf("%s: %s", region, got)
			}
		}
	}
	if count < 35 {
		t.Errorf("%d regions", count)
	}
}
