package tocsin_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// What a security reviewer looks at, over every set of options.

// cdk-nag finds nothing that is not answered in writing.
func TestNag(t *testing.T) {
	total := 0
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		stack := newStack(t)
		build(t, stack, p)
		awscdk.Aspects_Of(stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
		annotations := assertions.Annotations_FromStack(stack)
		rule := assertions.Match_StringLikeRegexp(jsii.String("AwsSolutions-.*|CdkNag.*"))
		expect(t, func() { annotations.HasNoError(jsii.String("*"), rule) })
		expect(t, func() { annotations.HasNoWarning(jsii.String("*"), rule) })
		count := 0
		for id, resource := range document(t, templateOf(stack))["Resources"].(object) {
			count += checkSuppressions(t, id, resource.(object))
		}
		t.Logf("suppressions: %d", count)
		total += count
	})
	t.Logf("suppressions in all sets of options together: %d", total)
}

// checkSuppressions counts a resource's suppressions, each of which has to say why.
func checkSuppressions(t *testing.T, id string, resource object) int {
	t.Helper()
	metadata, _ := resource["Metadata"].(object)
	nag, _ := metadata["cdk_nag"].(object)
	rules, _ := nag["rules_to_suppress"].(list)
	for _, rule := range rules {
		if reason, _ := rule.(object)["reason"].(string); len(reason) < 40 {
			t.Errorf("%s: the suppression of %v does not say why", id, rule.(object)["id"])
		}
	}
	return len(rules)
}

// No statement allows "*" or all actions of a service; only those listed here name no resource.
func TestStatements(t *testing.T) {
	// The sids of the statements whose resource may be "*"; the reasons stand beside them in the
	// code.
	anyResource := []string{"Trace", "AttachToNetwork", "CodeHasNoNetworkRights", "ArchiveFindings"}
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		template := document(t, synth(t, p))
		for id, resource := range template["Resources"].(object) {
			kind := resource.(object)["Type"].(string)
			for _, statement := range statements(resource.(object)["Properties"]) {
				checkStatement(t, id, statement)
				sid, _ := statement["Sid"].(string)
				if kind != "AWS::KMS::Key" && slices.Contains(texts(statement["Resource"]), "*") && !slices.Contains(anyResource, sid) {
					t.Errorf("%s: statement %s has the resource *", id, sid)
				}
				anyone := statement["Principal"] == "*" || text(statement["Principal"]) == `{"AWS":"*"}`
				if anyone && statement["Effect"] == "Allow" && statement["Condition"].(object)["StringEquals"] == nil {
					t.Errorf("%s: statement %s allows anyone", id, sid)
				}
				if service := text(statement["Principal"]); statement["Effect"] == "Allow" && strings.Contains(service, `"Service"`) &&
					kind != "AWS::IAM::Role" && statement["Condition"] == nil {
					t.Errorf("%s: statement %s allows a service without a condition", id, sid)
				}
			}
		}
		for id, role := range ofType(template, "AWS::IAM::Role") {
			if role["Properties"].(object)["ManagedPolicyArns"] != nil {
				t.Errorf("%s has a managed policy", id)
			}
		}
		want := 1
		if len(ofType(template, "AWS::Scheduler::Schedule")) > 0 {
			want = 2 // the schedules'
		}
		if len(ofType(template, "AWS::Lambda::Url")) > 0 {
			want++ // that of the function that answers buttons
		}
		if roles := len(ofType(template, "AWS::IAM::Role")); roles != want {
			t.Errorf("%d roles, want %d", roles, want)
		}
	})
}

func checkStatement(t *testing.T, id string, statement object) {
	t.Helper()
	for _, action := range texts(statement["Action"]) {
		denied := statement["Effect"] == "Deny" && action == "sqs:*" // whatever comes without TLS
		if strings.Contains(action, "*") && !denied {
			t.Errorf("%s: statement %v has the action %s", id, statement["Sid"], action)
		}
	}
	for _, key := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if statement[key] != nil {
			t.Errorf("%s: statement %v has %s", id, statement["Sid"], key)
		}
	}
}

// statements finds all statements in a value, however deep.
func statements(value any) []object {
	var found []object
	switch v := value.(type) {
	case object:
		if v["Effect"] != nil && v["Action"] != nil {
			return []object{v}
		}
		for _, part := range v {
			found = append(found, statements(part)...)
		}
	case list:
		for _, part := range v {
			found = append(found, statements(part)...)
		}
	}
	return found
}

// texts returns a text, or the texts in a list.
func texts(value any) []string {
	var found []string
	parts, several := value.(list)
	if !several {
		parts = list{value}
	}
	for _, part := range parts {
		if s, ok := part.(string); ok {
			found = append(found, s)
		}
	}
	return found
}

// No template holds a webhook, a password or a key that a service principal may not use.
func TestNothingForbidden(t *testing.T) {
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		whole := text(document(t, synth(t, p)))
		for _, forbidden := range []string{"hooks.slack.com", "GenerateSecretString", "SecretString", "alias/aws/", "Custom::"} {
			if strings.Contains(whole, forbidden) {
				t.Errorf("the template holds %s", forbidden)
			}
		}
	})
}

// The same options give the same template, whatever the order of maps.
func TestDeterminism(t *testing.T) {
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		if first, second := text(document(t, synth(t, p))), text(document(t, synth(t, p))); first != second {
			t.Errorf("two templates of the same options differ:\n%s\n%s", first, second)
		}
	})
}

// Whatever region it is deployed to, ARNs and principals are those of its partition.
func TestPartitions(t *testing.T) {
	arn := regexp.MustCompile(`arn:aws[a-z-]*:`)
	for region, partition := range map[string]string{"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		t.Run(region, func(t *testing.T) {
			p := everything()
			inPartition(p, partition)
			app := awscdk.NewApp(&awscdk.AppProps{
				Outdir:  jsii.String(t.TempDir()),
				Context: &map[string]any{"@aws-cdk/core:enablePartitionLiterals": true},
			})
			stack := awscdk.NewStack(app, jsii.String("Test"), &awscdk.StackProps{
				Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String(region)},
			})
			build(t, stack, p)
			whole := text(document(t, templateOf(stack)))
			for _, found := range arn.FindAllString(whole, -1) {
				if found != "arn:"+partition+":" {
					t.Errorf("%s in a template for %s", found, partition)
				}
			}
			logs := "logs." + region + ".amazonaws.com"
			if partition == "aws-cn" {
				logs += ".cn"
			}
			// The suffix may be left to CloudFormation.
			if !strings.Contains(whole, `"`+logs+`"`) && !strings.Contains(whole, `["logs.`+region+`.",{"Ref":"AWS::URLSuffix"}]`) {
				t.Errorf("no principal %s", logs)
			}
			for _, service := range regexp.MustCompile(`"[a-z.]+\.amazonaws\.com\.cn"`).FindAllString(whole, -1) {
				if service != `"`+logs+`"` {
					t.Errorf("the principal %s is the same in all partitions", service)
				}
			}
		})
	}
	t.Run("any", func(t *testing.T) {
		p := props() // no ARN of the user's own
		p.Sinks, p.Platform.KmsKey, p.Accounts.Hub, p.Accounts.MemberAccounts = "slack,sns", "create", true, []string{"444455556666"}
		if found := arn.FindString(text(document(t, synth(t, p)))); found != "" {
			t.Errorf("%s in a template for all partitions", found)
		}
	})
}

// inPartition moves the ARNs in the options.
func inPartition(p *tocsin.Props, partition string) {
	move := func(arn string) string { return strings.Replace(arn, "arn:aws:", "arn:"+partition+":", 1) }
	for name, value := range p.Env {
		p.Env[name] = move(value)
	}
	p.Platform.PermissionsBoundary = move(p.Platform.PermissionsBoundary)
	for i, key := range p.Platform.GrantKmsKeys {
		p.Platform.GrantKmsKeys[i] = move(key)
	}
}

// cfn-lint knows CloudFormation's own schemas.
func TestCfnLint(t *testing.T) {
	if _, err := exec.LookPath("cfn-lint"); err != nil {
		t.Skip("cfn-lint is not installed; CI has it")
	}
	folder := t.TempDir()
	var files []string
	for name, p := range every() {
		text, err := json.Marshal(document(t, synth(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	output, err := exec.CommandContext(t.Context(), "cfn-lint", files...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	t.Logf("%d templates looked at", len(files))
}
