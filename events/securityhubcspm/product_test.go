package securityhubcspm_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// scanned is a finding of a product that is no service of AWS.
func scanned(t *testing.T, product, region, members string) finding.Finding {
	t.Helper()
	f := imported(t, `{"ProductArn":"arn:aws:securityhub:`+region+`::product/`+product+`","Region":"`+region+`","Id":"host-7/42"`+members+`}`)
	if f.ID != "host-7/42" {
		t.Errorf("got the id %s", f.ID)
	}
	return f
}

// The ids of two products can be the same, as those of one product in two regions and accounts.
// By either Security Hub, one finding has one key.
func TestKeyOfProduct(t *testing.T) {
	keys := map[string]string{}
	for name, f := range map[string]finding.Finding{
		"one":                scanned(t, "hawk/scan", "eu-west-1", ""),
		"another product":    scanned(t, "owl/scan", "eu-west-1", ""),
		"another region":     scanned(t, "hawk/scan", "eu-west-2", ""),
		"another account":    scanned(t, "hawk/scan", "eu-west-1", `,"AwsAccountId":"333344445555"`),
		"an account's tools": scanned(t, "222233334444/default", "eu-west-1", ""),
	} {
		if other, isKnown := keys[f.Key()]; isKnown {
			t.Errorf("%s and %s are one: %s", name, other, f.Key())
		}
		keys[f.Key()] = name
	}
	v2 := read(t, `{"source":"aws.securityhub","detail-type":"Findings Imported V2","account":"222233334444","region":"eu-west-1","detail":{"findings":[{
		"class_uid":2004,"severity_id":3,"finding_info":{"uid":"host-7/42"},"cloud":{"account":{"uid":"222233334444"},"region":"eu-west-1"},
		"metadata":{"product":{"uid":"arn:aws:securityhub:eu-west-1::productv2/hawk/scan"}}}]}}`)[0]
	if keys[v2.Key()] != "one" || v2.About.Product != "scan" {
		t.Errorf("by the other road it is %s of %s", v2.Key(), v2.About.Product)
	}
}

// No product has the key of a control, whatever id it writes: it could end what it has not found.
func TestKeyOfControl(t *testing.T) {
	const id = `"Id":"arn:aws:securityhub:eu-west-1:111122223333:security-control/S3.9/finding/1"`
	keys := map[string]string{}
	for _, product := range []string{"aws/securityhub", "hawk/scan", "222233334444/default"} {
		f := imported(t, `{"ProductArn":"arn:aws:securityhub:eu-west-1::product/`+product+`","Region":"eu-west-1",`+id+`}`)
		key := f.Key()
		if other, isKnown := keys[key]; isKnown {
			t.Errorf("%s and %s are one: %s", product, other, key)
		}
		keys[key] = product
	}
}

// A product that states no name is called by its ARN; that of an account's own tools says nothing,
// but the tools do.
func TestNameOfProduct(t *testing.T) {
	const unnamed = `,"ProductName":"Default","CompanyName":"Personal"`
	for members, want := range map[string]string{
		`,"ProductName":"Hawk Eye"`:                                   "Hawk Eye",
		`,"ProductFields":{"aws/securityhub/ProductName":"Hawk Eye"}`: "Hawk Eye",
		``: "hawk-scan",
		`,"ProductFields":{"ProviderName":"Other"},"ProductName":"Own"`: "Own",
	} {
		if f := scanned(t, "hawk/hawk-scan", "eu-west-1", members); f.About.Product != want {
			t.Errorf("%s: got %q, want %q", members, f.About.Product, want)
		}
	}
	for members, want := range map[string]string{
		unnamed: "Security Hub CSPM",
		unnamed + `,"ProductFields":{"Product Name":"Owl","aws/securityhub/ProductName":"Default"}`: "Owl",
		unnamed + `,"ProductFields":{"ProviderName":"Owl"}`:                                         "Owl",
		`,"ProductName":"Default","CompanyName":"Owl Ltd"`:                                          "Owl Ltd",
	} {
		if f := scanned(t, "222233334444/default", "eu-west-1", members); f.About.Product != want {
			t.Errorf("%s: got %q, want %q", members, f.About.Product, want)
		}
	}
}

// Whoever may import findings calls himself what he likes. None is shown as AWS but who is.
func TestProductsDoNotPassForOthers(t *testing.T) {
	for _, name := range []string{"GuardDuty", "guard-duty", "Amazon GuardDuty", " AWS Health", "Security Hub", "Security\u200bHub", "AWS Something New", "IAM Access Analyzer"} {
		for product, want := range map[string]string{"hawk/scan": "hawk/scan", "222233334444/default": "222233334444/default", "aws/novelty": name} {
			f := scanned(t, product, "eu-west-1", `,"ProductName":"`+name+`"`)
			if got := f.About.Product; got != want && product != "aws/novelty" || f.Native.Source != "" {
				t.Errorf("%s of %s is shown as %s", name, product, got)
			}
		}
	}
	v2 := read(t, `{"source":"aws.securityhub","detail-type":"Findings Imported V2","account":"222233334444","region":"eu-west-1","detail":{"findings":[{
		"class_uid":2004,"severity_id":5,"finding_info":{"uid":"host-7/42"},"cloud":{"account":{"uid":"222233334444"},"region":"eu-west-1"},
		"metadata":{"product":{"uid":"arn:aws:securityhub:eu-west-1::productv2/hawk/scan","name":"GuardDuty"}}}]}}`)[0]
	if v2.About.Product != "hawk/scan" {
		t.Errorf("by the other road it is shown as %s", v2.About.Product)
	}
}

// What Patch Manager counts are the facts of its finding.
func TestPatches(t *testing.T) {
	f := imported(t, `{"PatchSummary":{"Id":"pb-0a1b","MissingCount":3,"FailedCount":"1","InstalledPendingReboot":0,"InstalledCount":40,"Operation":"Scan"}}`)
	want := finding.Attributes{
		{Name: "patches", Value: "3 missing, 1 failed, 0 pending a reboot, 40 installed"}, {Name: "patch_baseline", Value: "pb-0a1b"},
	}
	if diff := cmp.Diff(want, f.Facts); diff != "" {
		t.Error(diff)
	}
}

// Where a finding does not say what is to be done, the packages do, and what is known of the
// vulnerability beside its score is told.
func TestWhatToDo(t *testing.T) {
	const vulnerable = `"Vulnerabilities":[{"Id":"CVE-2026-1","LastKnownExploitAt":"2026-04-30T10:00:00Z","RelatedVulnerabilities":["ALAS-1","ALAS-2"],
		"VulnerablePackages":[{"Name":"a","Remediation":"dnf update a"},{"Name":"b","Remediation":"dnf update b"},{"Name":"b-libs","Remediation":"dnf update b"}]}]`
	f := imported(t, `{`+vulnerable+`}`)
	if f.Remedy != (finding.Remedy{Text: "dnf update a; dnf update b"}) {
		t.Errorf("got %+v", f.Remedy)
	}
	if f.Facts.Get("last_exploited") != "2026-04-30T10:00:00Z" || f.Facts.Get("related_vulnerabilities") != "ALAS-1, ALAS-2" {
		t.Errorf("got %v", f.Facts)
	}
	if f := imported(t, `{"Remediation":{"Recommendation":{"Text":"Read on."}},`+vulnerable+`}`); f.Remedy.Text != "Read on." {
		t.Errorf("got %+v", f.Remedy)
	}
}

// An instance's type stands under the name "Type", under which others have a type of their own.
func TestInstanceType(t *testing.T) {
	for kind, want := range map[string]string{"m7g.12xlarge": "m7g.12xlarge", "u-6tb1.metal": "u-6tb1.metal", "application": "", "Linux.": "", "A.B": ""} {
		f := imported(t, `{"Resources":[{"Type":"AwsEc2Instance","Id":"i-1","Details":{"AwsEc2Instance":{"Type":"`+kind+`"}}}]}`)
		if got := f.Resource.Attributes.Get(finding.AttrInstanceType); got != want {
			t.Errorf("%s: got %q", kind, got)
		}
	}
}

// A finding that stands alone, where a list of them is usual, is read as one in a list.
func TestFindingAlone(t *testing.T) {
	text := with(t, `{}`)
	for _, detailType := range []string{"Security Hub Findings - Imported", "Security Hub Findings - Custom Action"} {
		listed := read(t, event(detailType, `"actionName":"tell",`, text))[0]
		alone := strings.Replace(strings.Replace(event(detailType, `"actionName":"tell",`, text), `"findings":[`, `"findings":`, 1), `]}}`, `}}`, 1)
		got := read(t, alone)
		if len(got) != 1 {
			t.Fatalf("%s: got %d findings", detailType, len(got))
		}
		listed.Event, got[0].Event = nil, nil
		if diff := cmp.Diff(listed, got[0]); diff != "" {
			t.Errorf("%s: %s", detailType, diff)
		}
	}
}

// An image's digest stands behind a slash as AWS writes it, and behind an at sign as people do.
func TestImageByDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, mark := range []string{"/", "@"} {
		r := imported(t, `{"Resources":[{"Type":"AwsEcrContainerImage","Id":"arn:aws:ecr:eu-west-1:222233334444:repository/shop/api`+mark+digest+`"}]}`).Resource
		if r.ID != "shop/api@sha256:0a0a0a0a0a0a" || r.Attributes.Get(finding.AttrHash) != digest {
			t.Errorf("%s: got %s, %v", mark, r.ID, r.Attributes)
		}
	}
}

// Access Analyzer counts what is unused in the fields of its own.
func TestUnusedAccess(t *testing.T) {
	f := imported(t, `{"ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/access-analyzer","ProductFields":{"numberOfUnusedServices":"15","numberOfUnusedActions":"256","findingId":"f-1"}}`)
	if f.Facts.Get("unused_services") != "15" || f.Facts.Get("unused_actions") != "256" || f.Native.ID != "f-1" {
		t.Errorf("got %v, %+v", f.Facts, f.Native)
	}
}

// Weaknesses in code say where they are, and a repository of code is known by its project.
func TestCode(t *testing.T) {
	f := imported(t, `{"Vulnerabilities":[{"Id":"CWE-798","CodeVulnerabilities":[
		{"Cwes":["CWE-798","CWE-259"],"FilePath":{"FileName":"a.py","FilePath":"src/a.py","StartLine":6,"EndLine":9}},{"FilePath":{"FileName":"b.py","StartLine":2,"EndLine":2}}]}],
		"Resources":[{"Type":"CodeRepository","Id":"project-0a1b","Details":{"CodeRepository":{"ProviderType":"GITLAB","ProjectName":"shop/api"}}}]}`)
	if got := f.Facts.Get("code"); got != "src/a.py:6-9 (CWE-798, CWE-259), b.py:2" {
		t.Errorf("got %q", got)
	}
	if f.Vulnerability.ID != "CWE-798" || f.Resource.ID != "project-0a1b" || f.Resource.Name != "shop/api" {
		t.Errorf("got %q, %+v", f.Vulnerability.ID, f.Resource)
	}
}
