package guardduty_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func TestSequence(t *testing.T) {
	f := parse(t, `{"resource":{"resourceType":"AttackSequence"},"severity":9.5,"service":{"detection":{"sequence":{
		"description":"A story.",
		"actors":[{"user":{"name":"ann","type":"IAMUser","uid":"AIDA1","credentialUid":"AKIA1"},"process":{"path":"/bin/x"}}],
		"resources":[{"uid":"arn:aws:s3:::b1","name":"b1","resourceType":"S3_BUCKET","accountId":"111122223333","region":"eu-west-1","data":{"s3Bucket":{"effectivePermission":"PUBLIC"}}}],
		"endpoints":[{"ip":"198.51.100.7","location":{"country":"Peru"},"autonomousSystem":{"name":"Example","number":64500}}],
		"signals":[
			{"name":"s1","type":"FINDING","severity":8,"count":2,"firstSeenAt":1716916943,"lastSeenAt":1716916999000},
			{"name":"s2","type":"CLOUD_TRAIL","createdAt":"2024-05-01T00:00:00Z","updatedAt":"2024-05-01T00:00:01Z"}],
		"sequenceIndicators":[{"key":"ATTACK_TACTIC","values":["Exfiltration"]},{"key":"SUSPICIOUS_NETWORK","values":[{"AnyCompany":["TUNNEL_VPN","TOR"]}]}]
	}}}}`)
	if f.Resource.Type != "S3_BUCKET" || f.Resource.ID != "b1" || f.Actor.User.Name != "ann" || f.Actor.Remote.IP != "198.51.100.7" ||
		f.Actor.Process.Path != "/bin/x" {
		t.Errorf("got %+v, %+v", f.Resource, f.Actor)
	}
	if want := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC); !f.FirstSeen.Equal(want) || f.LastSeen.Unix() != 1716916999 {
		t.Errorf("got %v to %v", f.FirstSeen, f.LastSeen)
	}
	if got := f.Sequence.Indicator("SUSPICIOUS_NETWORK"); !cmp.Equal(got, []string{"AnyCompany (TUNNEL_VPN, TOR)"}) {
		t.Errorf("got %v", got)
	}
	if r := f.Resource; r.Attributes.Get(finding.AttrAccount) != "111122223333" || r.Attributes.Get(finding.AttrRegion) != "" {
		t.Errorf("want another account and not the finding's own region, got %v", r.Attributes)
	}
	if s := f.Sequence; len(s.Signals) != 2 || s.Signals[0].Severity != 8 || s.Resources[0].Attributes.Get(finding.AttrPublicAccess) != "PUBLIC" {
		t.Errorf("got %+v", s)
	}
}

// A custom detection rule has a sequence and a severity of its own.
func TestCustomDetectionRule(t *testing.T) {
	f := parse(t, `{"type":"Impact:S3/DataDestruction","severity":2,"service":{"detection":{"sequence":{"uid":"u","description":"d","signals":[]}}}}`)
	if f.Severity != 2 || f.Sequence == nil || f.Title != "Impact:S3/DataDestruction" {
		t.Errorf("got %+v", f)
	}
}

func TestLargeSequence(t *testing.T) {
	var resources []string
	for i := range 400 {
		resources = append(resources, fmt.Sprintf(`{"uid":"r%d","resourceType":"EC2_INSTANCE"}`, i))
	}
	f := parse(t, `{"resource":{"resourceType":"AttackSequence"},"service":{"detection":{"sequence":{"resources":[`+strings.Join(resources, ",")+`]}}}}`)
	if len(f.Sequence.Resources) != 400 {
		t.Errorf("got %d resources", len(f.Sequence.Resources))
	}
}

func TestThreats(t *testing.T) {
	for service, want := range map[string][]finding.Threat{
		`{"evidence":null}`: nil,
		`{"evidence":{"threatIntelligenceDetails":[{"threatListName":"ProofPoint","threatNames":[]}]}}`:                                                                 {{List: "ProofPoint"}},
		`{"evidence":{"threatIntelligenceDetails":[{"threatListName":"L","threatNames":["A","B"]}]}}`:                                                                   {{Name: "A", List: "L"}, {Name: "B", List: "L"}},
		`{"additionalInfo":{"threatListName":"ProofPoint","value":"{}"}}`:                                                                                               {{List: "ProofPoint"}},
		`{"additionalInfo":{"type":"default","value":"{\"threatName\":\"Scanner\",\"threatListName\":\"ProofPoint\"}"}}`:                                                {{Name: "Scanner", List: "ProofPoint"}},
		`{"malwareScanDetails":{"threats":[{"name":"EICAR","itemPaths":[{"nestedItemPath":"a.zip/x"}]}]}}`:                                                              {{Name: "EICAR", File: "a.zip/x"}},
		`{"ebsVolumeScanDetails":{"scanDetections":{"threatDetectedByName":{"threatNames":[{"name":"EICAR","filePaths":[{"filePath":"/tmp/x","hash":"ab"}]}]}}}}`:       {{Name: "EICAR", File: "/tmp/x", SHA256: "ab"}},
		`{"ebsVolumeScanDetails":{"scanDetections":{"threatDetectedByName":{"threatNames":[{"name":"EICAR","filePaths":[{"filePath":"/tmp/x","fileSha256":"ab"}]}]}}}}`: {{Name: "EICAR", File: "/tmp/x", SHA256: "ab"}},
		`{"ebsVolumeScanDetails":{"scanDetections":{"highestSeverityThreatDetails":{"threatName":"EICAR"}}}}`:                                                           {{Name: "EICAR"}},
	} {
		if diff := cmp.Diff(want, parse(t, `{"service":`+service+`}`).Threats); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
	}
}
