package guardduty_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The rule takes all of it; the one without endings leaves out what has found nothing or is well.
func TestRuleOfOperational(t *testing.T) {
	s := guardduty.Source()
	for _, name := range samples().Types() {
		if !strings.HasPrefix(name, "GuardDuty ") {
			continue
		}
		event, err := samples().Event(name, source.SampleOptions{Time: when()})
		if err != nil {
			t.Fatal(err)
		}
		f := read(t, event)
		eventstest.Rule{
			Event: string(event), Full: s.Pattern(7), Cheap: s.PatternWithoutEndings(7),
			IsUrgent: !f.State.Over() && f.Severity.AtLeast(7), IsOver: f.State.Over(),
		}.Check(t)
		cheap, err := eventstest.Matches(s.PatternWithoutEndings(7), event)
		if err != nil || cheap == f.State.Over() {
			t.Errorf("%s: without endings its rule says %v, %v", name, cheap, err)
		}
	}
}

// operational reads an event of GuardDuty's own work.
func operational(t *testing.T, detailType, detail string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(`{"id":"e1","source":"aws.guardduty","detail-type":"`+detailType+
		`","account":"999999999999","region":"eu-west-1","time":"2026-01-02T03:04:05Z","resources":["arn:aws:guardduty:eu-west-1:999999999999:malware-protection-plan/p1"],"detail":`+detail+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
}

const scanResult = "GuardDuty Malware Protection Object Scan Result"

// Every result of a scan has a severity, a state and words of its own.
func TestScanResults(t *testing.T) {
	for result, want := range map[string]string{
		`{"scanResultStatus":"THREATS_FOUND","threats":[{"name":"EICAR-Test-File","itemDetails":[{"itemPath":"x.exe","hash":"ab"}]}]}`: "8.0 open Malware in uploads/in/archive: EICAR-Test-File|Malware in an S3 object",
		`{"scanResultStatus":"THREATS_FOUND","threats":null}`:                                                                          "8.0 open Malware in uploads/in/archive|Malware in an S3 object",
		`{"scanResultStatus":"NO_THREATS_FOUND","threats":null}`:                                                                       "1.0 passed No malware in uploads/in/archive|No malware in an S3 object",
		`{"scanResultStatus":"UNSUPPORTED","statusReasons":[{"code":"PASSWORD_PROTECTED"}]}`:                                           "1.0 open Not scanned for malware, since scans do not support it: uploads/in/archive|S3 object not scanned: not supported",
		`{"scanResultStatus":"ACCESS_DENIED"}`:                                                                                         "1.0 open Not scanned for malware, since access was denied: uploads/in/archive|S3 object not scanned: access denied",
		`{"scanResultStatus":"FAILED"}`:                                                                                                "2.0 open The scan for malware failed: uploads/in/archive|Scan of an S3 object failed",
		`{"scanResultStatus":"NOVEL"}`:                                                                                                 "2.0 open Scan for malware, NOVEL: uploads/in/archive|Scan for malware, NOVEL: uploads/in/archive",
		`{"scanResultStatus":"NOVEL","threats":[{"name":"EICAR"}]}`:                                                                    "8.0 open Malware in uploads/in/archive: EICAR|Malware in uploads/in/archive: EICAR",
		`{}`: "2.0 open Scan for malware, COMPLETED: uploads/in/archive|Scan for malware, COMPLETED: uploads/in/archive",
	} {
		f := operational(t, scanResult, `{"scanStatus":"COMPLETED","resourceType":"S3_OBJECT","s3ObjectDetails":{"bucketName":"uploads","objectKey":"in/archive","versionId":"v1","s3Throttled":true},"scanResultDetails":`+result+`}`)
		got := fmt.Sprintf("%v %v %s|%s", f.Severity, f.State, f.Title, message(t, f, nil).Title)
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", result, got, want)
		}
		if f.ID != "malware-scan/uploads/in/archive/v1" || f.Resource.ID != "uploads" || f.Resource.Kind() != finding.KindObject ||
			f.Resource.Attributes.Get(finding.AttrObject) != "in/archive" || f.Facts.Get("throttled") != "true" {
			t.Errorf("%s: got %s, %+v, %v", result, f.ID, f.Resource, f.Facts)
		}
		if f.Check.Control+f.Check.Result != "" {
			t.Errorf("%s: a scan is no control: %+v", result, f.Check)
		}
		if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !f.Updated.Equal(want) || !f.LastSeen.Equal(want) || f.Account.ID != "999999999999" {
			t.Errorf("%s: got %+v, %+v", result, f.Activity, f.Place)
		}
		if l := f.About.Links; l.Finding != "" || l.Findings != "" || !strings.HasPrefix(l.Type, "https://docs.aws.amazon.com/guardduty/") {
			t.Errorf("%s: links to what is not there: %+v", result, l)
		}
	}
}

// What is well again has the key of what was not.
func TestHealth(t *testing.T) {
	const bucket = `{"s3BucketDetails":{"bucketName":"uploads"},"resourceStatus":"%s","statusReasons":[{"code":"INSUFFICIENT_TEST_OBJECT_PERMISSIONS"}],"eventTime":"2026-01-02T03:00:00Z"}`
	const cluster = `{"resourceAccountId":"111122223333","currentStatus":"%s","previousStatus":"Healthy","resourceDetails":{"resourceType":"EKS","eksClusterDetails":{"clusterName":"shop","addonVersion":"v1"}},"issue":"Addon Creation Failed","lastUpdatedAt":"2026-01-02T03:00:00Z"}`
	for detailType, test := range map[string]struct{ detail, want string }{
		"GuardDuty Malware Protection Resource Status Active":  {fmt.Sprintf(bucket, "ACTIVE"), "1.0 ok malware-protection/uploads S3_BUCKET uploads 999999999999"},
		"GuardDuty Malware Protection Resource Status warning": {fmt.Sprintf(bucket, "WARNING"), "2.0 open malware-protection/uploads S3_BUCKET uploads 999999999999"},
		"GuardDuty Malware Protection Resource Status Error":   {fmt.Sprintf(bucket, "ERROR"), "5.0 open malware-protection/uploads S3_BUCKET uploads 999999999999"},
		"GuardDuty Runtime Protection Healthy":                 {fmt.Sprintf(cluster, "Healthy"), "1.0 ok runtime-coverage/EKS/shop EKSCluster shop 111122223333"},
		"GuardDuty Runtime Protection Unhealthy":               {fmt.Sprintf(cluster, "Unhealthy"), "5.0 open runtime-coverage/EKS/shop EKSCluster shop 111122223333"},
		"GuardDuty Malware Protection Post Scan Action Failed": {
			`{"s3ObjectDetails":{"bucketName":"uploads","objectKey":"k"},"postScanActions":[{"actionType":"TAGGING","failureReason":"ACCESS_DENIED"}],"eventTime":"2026-01-02T03:00:00Z"}`,
			"2.0 open post-scan-action/uploads/k S3_OBJECT uploads 999999999999",
		},
	} {
		f := operational(t, detailType, test.detail)
		if got := fmt.Sprintf("%v %v %s %s %s %s", f.Severity, f.State, f.ID, f.Resource.Type, f.Resource.ID, f.Account.ID); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", detailType, got, test.want)
		}
		if !f.Updated.Equal(time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)) || len(f.Facts) == 0 || f.Title == "" || f.About.Links.Finding != "" {
			t.Errorf("%s: got %v, %v, %q", detailType, f.Updated, f.Facts, f.Title)
		}
		if title := message(t, f, nil).Title; title == f.Title {
			t.Errorf("%s: no words for %s", detailType, f.Type)
		}
	}
	ecs := operational(t, "GuardDuty Runtime Protection Unhealthy", `{"resourceDetails":{"resourceType":"ECS","ecsClusterDetails":{"clusterName":"jobs","fargateDetails":{"issues":["Agent not reporting"]}}}}`)
	if ecs.Resource.Kind() != finding.KindECS || ecs.Facts.Get("issue") != "Agent not reporting" {
		t.Errorf("got %+v, %v", ecs.Resource, ecs.Facts)
	}
	ec2 := operational(t, "GuardDuty Runtime Protection Unhealthy", `{"resourceDetails":{"resourceType":"EC2","ec2InstanceDetails":{"instanceId":"i-1","agentDetails":{"version":"1.2"}}}}`)
	if ec2.Resource.ID != "i-1" || ec2.Resource.Attributes.Get(finding.AttrVersion) != "1.2" {
		t.Errorf("got %+v", ec2.Resource)
	}
}

// An event of an odd form costs nothing but what it lacks.
func TestOddOperational(t *testing.T) {
	for _, detailType := range []string{scanResult, "GuardDuty Runtime Protection Healthy", "GuardDuty Malware Protection Resource Status Error", "GuardDuty Malware Protection Post Scan Action Failed"} {
		for _, detail := range []string{`null`, `[]`, `"x"`, `7`, `{"s3ObjectDetails":[1],"scanResultDetails":"x","resourceDetails":7,"s3BucketDetails":"b","postScanActions":{"0":1}}`} {
			if f := operational(t, detailType, detail); f.Title == "" || f.Source == "" || f.Updated.IsZero() {
				t.Errorf("%s %s: got %+v", detailType, detail, f)
			}
		}
	}
}

// What does not fit actor, action and resource stands in facts, which have labels.
func TestFacts(t *testing.T) {
	for detail, want := range map[string]string{
		`{"customDetectionRuleName":"VPCFlowLogsDeleted"}`:                                                                                                                                                                                                                               "rule=VPCFlowLogsDeleted",
		`{"associatedAttackSequenceArn":"arn:aws:guardduty:eu-west-1:1:detector/d/finding/s"}`:                                                                                                                                                                                           "attack_sequence=arn:aws:guardduty:eu-west-1:1:detector/d/finding/s",
		`{"service":{"resourceRole":"TARGET","featureName":"RdsLoginEvents"}}`:                                                                                                                                                                                                           "feature=RdsLoginEvents",
		`{"service":{"resourceRole":"ACTOR","featureName":"RdsLoginEvents"}}`:                                                                                                                                                                                                            "resource_role=ACTOR feature=RdsLoginEvents",
		`{"service":{"action":{"awsApiCallAction":{"remoteAccountDetails":{"awsServiceName":"s3.amazonaws.com","affiliated":true}}}}}`:                                                                                                                                                   "caller_service=s3.amazonaws.com affiliated=true",
		`{"service":{"detection":{"sequence":{"actors":[{"session":{"issuer":"arn:i","mfaStatus":"DISABLED"}}]}}}}`:                                                                                                                                                                      "issuer=arn:i mfa=DISABLED",
		`{"service":{"detection":{"sequence":{"signals":[{"activities":[{"type":"API_CALL","api":{"operation":"DeleteFlowLogs","service":"ec2.amazonaws.com","error":"AccessDenied","userAgent":"curl"}}]}]}}}}`:                                                                         "calls=DeleteFlowLogs (ec2.amazonaws.com), AccessDenied, curl",
		`{"service":{"detection":{"anomaly":{"unusual":{"behavior":{"account":{"userAgent":{"profileType":"FREQUENCY","profileSubtype":"UNSEEN","observations":{"text":["curl"]}}}}}}}}}`:                                                                                                "unusual=userAgent: curl (UNSEEN)",
		`{"service":{"additionalInfo":{"unusual":{"userNames":["ann","bob"],"isps":"amazon.com"}}}}`:                                                                                                                                                                                     "unusual=isps: amazon.com; userNames: ann, bob",
		`{"service":{"additionalInfo":{"unusual":{"hoursOfDay":[1513609200000]}}}}`:                                                                                                                                                                                                      "unusual=hoursOfDay: 2017-12-18T15:00:00Z",
		`{"service":{"additionalInfo":{"unusual":22,"unusualProtocol":"UDP"}}}`:                                                                                                                                                                                                          "unusual=22 (UDP)",
		`{"service":{"additionalInfo":{"type":"default","value":"{\"unusual\":\"EXAMPLE\",\"unusualBehavior\":{\"unusualAPIs\":\"ListUsers\",\"unusualASNs\":\"\",\"isUnusualUser\":\"false\"}}"}}}`:                                                                                     "unusual=EXAMPLE; unusualAPIs: ListUsers",
		`{"service":{"additionalInfo":{"unusualBehavior":{"unusualAPIs":"ListUsers"}},"detection":{"anomaly":{"unusual":{"behavior":{"a":{"api":{"observations":{"text":["ListUsers"]}}}}}}}}}`:                                                                                          "unusual=api: ListUsers",
		`{"service":{"additionalInfo":{"scannedPort":80,"additionalScannedPorts":[443]}}}`:                                                                                                                                                                                               "scanned_ports=80, 443",
		`{"service":{"additionalInfo":{"value":"{\"portsScannedSample\":[22,25]}"}}}`:                                                                                                                                                                                                    "scanned_ports=22, 25",
		`{"service":{"additionalInfo":{"recentApiCalls":[{"api":"ListUsers","count":2},{"api":"GetUser"}]}}}`:                                                                                                                                                                            "recent_calls=ListUsers (2), GetUser",
		`{"service":{"additionalInfo":{"apiCalls":[{"name":"ListUsers","count":7}]}}}`:                                                                                                                                                                                                   "recent_calls=ListUsers (7)",
		`{"service":{"additionalInfo":{"oldPolicy":{"hardExpiry":"false","maxPasswordAge":"180"},"newPolicy":{"hardExpiry":"false","maxPasswordAge":"90"}}}}`:                                                                                                                            "changed=maxPasswordAge: 180 -> 90",
		`{"service":{"action":{"portProbeAction":{"portProbeDetails":[{"remoteIpDetails":{"ipAddressV4":"198.51.100.1"}},{"remoteIpDetails":{"ipAddressV4":"198.51.100.2","ipAddressV6":"2001:db8::2","country":{"countryName":"Peru"}}}]}}}}`:                                           "further_addresses=198.51.100.2 (Peru), 2001:db8::2 (Peru)",
		`{"service":{"additionalInfo":{"anomalies":{"anomalousAPIs":"iam:[ListUsers:success]"}}}}`:                                                                                                                                                                                       "unusual=anomalousAPIs: iam:[ListUsers:success]",
		`{"service":{"action":{"kubernetesApiCallAction":{"verb":"get","parameters":"limit=500"}}}}`:                                                                                                                                                                                     "parameters=limit=500",
		`{"service":{"action":{"kubernetesApiCallAction":{"sourceIPs":["198.51.100.1","10.0.0.9"],"remoteIpDetails":{"ipAddressV4":"198.51.100.1"}}}}}`:                                                                                                                                  "further_addresses=10.0.0.9",
		`{"resource":{"bedrockGuardrailDetails":{"guardrailSource":"INPUT","contentPolicyFilters":[{"type":"JAILBREAK","confidence":"HIGH","action":"BLOCKED"},{"type":"HATE","confidence":"LOW","action":"NONE"}]}}}`:                                                                   "prompt_blocked=JAILBREAK (HIGH) content_filters=HATE (LOW) guardrail_source=INPUT",
		`{"resource":{"bedrockGuardrailDetails":{"guardrailSource":"OUTPUT","guardrailAction":"GUARDRAIL_INTERVENED","contentPolicyFilters":[{"type":"HATE","action":"BLOCKED"}]}}}`:                                                                                                     "answer_blocked=HATE guardrail_source=OUTPUT",
		`{"resource":{"kubernetesDetails":{"kubernetesUserDetails":{"groups":["system:masters"],"impersonatedUser":{"groups":["g"]}},"kubernetesWorkloadDetails":{"hostNetwork":true,"hostPID":"true"}}},"service":{"action":{"kubernetesPermissionCheckedDetails":{"allowed":false}}}}`: "groups=system:masters impersonated_groups=g host_access=hostNetwork, hostPID allowed=false",
		`{"service":{"runtimeDetails":{"context":{"fileOperation":"WRITE","filePath":"/etc/shadow","relatedFilePaths":["/etc/a","/etc/b"]},"process":{"lineage":[{"executablePath":"/bin/bash","pid":7},{"name":"init"}]}}}}`:                                                            "file_operation=WRITE related_files=/etc/a, /etc/b lineage=/bin/bash (pid 7), init",
		`{"service":{"ebsVolumeScanDetails":{"triggerFindingId":"f1","scanType":"GUARDDUTY_INITIATED"}}}`:                                                                                                                                                                                "trigger_finding=f1 scan=GUARDDUTY_INITIATED",
		`{"service":{"malwareScanDetails":{"scanType":"ON_DEMAND","scanCategory":"FULL_SCAN"}}}`:                                                                                                                                                                                         "scan=ON_DEMAND (FULL_SCAN)",
		`{"resource":{"rdsDbUserDetails":{"authMethod":"password","ssl":"TLSv1.3"}}}`:                                                                                                                                                                                                    "authentication=password tls=TLSv1.3",
	} {
		f := parse(t, detail)
		var got []string
		for _, fact := range f.Facts {
			got = append(got, fact.Name+"="+fact.Value)
		}
		for _, fact := range f.Facts {
			if !strings.Contains(guardduty.Source().Words["ja"], "\nguardduty.fact."+fact.Name+"|") {
				t.Errorf("%s has no label", fact.Name)
			}
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%s:\ngot  %s\nwant %s", detail, joined, want)
		}
	}
}

// The finding of a custom detection rule is as bad as it says itself, bears the rule's name where it
// has no title, and its signals say the tactics.
func TestCustomDetectionRuleInFull(t *testing.T) {
	f := parse(t, `{"type":"DefenseImpairment:EC2/DisableOrModifyTools","severity":2,"customDetectionRuleName":"EC2TerminationProtectionEnabled","service":{"detection":{"sequence":{"signals":[
		{"name":"r1","signalIndicators":[{"key":"ATTACK_TACTIC","values":["Defense Impairment"]}]},
		{"name":"r2","signalIndicators":[{"key":"ATTACK_TACTIC","values":["Defense Impairment","Impact"]},{"key":"ATTACK_TECHNIQUE","values":["T1562"]}]}]}}}}`)
	if f.Severity != 2 || f.Title != "EC2TerminationProtectionEnabled" ||
		!slices.Equal(f.Sequence.Indicator("ATTACK_TACTIC"), []string{"Defense Impairment", "Impact"}) || !slices.Equal(f.Sequence.Indicator("ATTACK_TECHNIQUE"), []string{"T1562"}) {
		t.Errorf("got %v, %q, %+v", f.Severity, f.Title, f.Sequence)
	}
}

// A finding of data activity stands without an action, and of an older guardrail.
func TestNovelties(t *testing.T) {
	f := parse(t, `{"type":"Exfiltration:RDS/AnomalousBehavior","severity":5,"resource":{"resourceType":"RDSDBInstance","rdsDbInstanceDetails":{"dbInstanceIdentifier":"orders"},"rdsDbUserDetails":{"user":"ann"}},"service":{}}`)
	if f.Resource.ID != "orders" || f.Actor.User.Name != "ann" || !f.Action.Zero() || message(t, f, nil).Title != "Unusual reading of database data" {
		t.Errorf("got %+v", f)
	}
	f = parse(t, `{"resource":{"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"A"},"bedrockGuardrailDetails":{"guardrailArn":"arn:aws:bedrock:eu-west-1:1:guardrail/g1","guardrailVersion":"2"}}}`)
	if len(f.Related) != 1 || f.Related[0].ID != "g1" || f.Related[0].Attributes.Get(finding.AttrVersion) != "2" {
		t.Errorf("got %+v", f.Related)
	}
}

// The coverage of a cluster says how much of it is covered.
func TestCovered(t *testing.T) {
	for details, want := range map[string]string{
		`{"resourceType":"EKS","eksClusterDetails":{"clusterName":"c","availableNodes":"2","desiredNodes":"3"}}`:                                                     "2 / 3",
		`{"resourceType":"ECS","ecsClusterDetails":{"clusterName":"c","containerInstanceDetails":{"coveredContainerInstances":0,"compatibleContainerInstances":4}}}`: "0 / 4",
		`{"resourceType":"ECS","ecsClusterDetails":{"clusterName":"c","fargateDetails":{}}}`:                                                                         "",
	} {
		f := operational(t, "GuardDuty Runtime Protection Unhealthy", `{"currentStatus":"UNHEALTHY","resourceDetails":`+details+`}`)
		if got := f.Facts.Get("covered"); got != want {
			t.Errorf("%s: got %q", details, got)
		}
	}
}

// Each version of an object is a finding of its own: a second bad one is news, and a clean one does
// not end the bad one. In a bucket without versions the entity tag tells them apart.
func TestScannedVersions(t *testing.T) {
	scan := func(object, result string) finding.Finding {
		return operational(t, scanResult, `{"s3ObjectDetails":{"bucketName":"uploads","objectKey":"a.pdf"`+object+`},"scanResultDetails":{"scanResultStatus":"`+result+`"}}`)
	}
	const bad, clean = "THREATS_FOUND", "NO_THREATS_FOUND"
	first := scan(`,"versionId":"v1","eTag":"e1"`, bad)
	if again := scan(`,"versionId":"v1","eTag":"e1"`, clean); again.Key() != first.Key() || !again.State.Over() {
		t.Errorf("a later scan of the version: got %s, want %s", again.Key(), first.Key())
	}
	for name, want := range map[string]string{
		`,"versionId":"v2","eTag":"e1"`: "/v2", `,"versionId":"null","eTag":"e2"`: "/e2", `,"versionId":"","eTag":"e3"`: "/e3", `,"eTag":"e4"`: "/e4", ``: "",
	} {
		if f := scan(name, clean); f.Key() == first.Key() || f.ID != "malware-scan/uploads/a.pdf"+want {
			t.Errorf("%s: got %s", name, f.ID)
		}
	}
}

// A severity that is no number passes the rule, for it can be any.
func TestRuleOfText(t *testing.T) {
	s := guardduty.Source()
	for _, severity := range []string{`"8"`, `"8.0"`, `"HIGH"`, `8.5`, `0.0`} {
		event := `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"f","severity":` + severity + `}}`
		eventstest.Rule{Event: event, Full: s.Pattern(7), Cheap: s.PatternWithoutEndings(7), IsUrgent: true}.Check(t)
	}
}
