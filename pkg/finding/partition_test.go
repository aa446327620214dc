package finding_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// published reads AWS's own list of partitions, which comes with the SDK.
func published(t *testing.T) []struct {
	ID      string
	Outputs struct{ DNSSuffix, DualStackDNSSuffix string }
	Regions map[string]any
} {
	t.Helper()
	module, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "internal/endpoints/awsrulesfn/partitions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Partitions []struct {
			ID      string
			Outputs struct{ DNSSuffix, DualStackDNSSuffix string }
			Regions map[string]any
		}
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list.Partitions) < 8 {
		t.Fatalf("got %d partitions, error %v", len(list.Partitions), err)
	}
	return list.Partitions
}

// The table has every partition that AWS's own list has, with the hosts and the regions of that
// list.
func TestEveryPartitionOfAWS(t *testing.T) {
	for _, p := range published(t) {
		known := finding.PartitionNamed(p.ID)
		if known.Name == "" || known.DNSSuffix != p.Outputs.DNSSuffix || known.DualStackSuffix != p.Outputs.DualStackDNSSuffix {
			t.Errorf("%s: AWS has hosts in %+v, the table says %+v", p.ID, p.Outputs, known)
		}
		for region := range p.Regions {
			if strings.HasSuffix(region, "-global") {
				continue // no region, but a name for what has none
			}
			if got := finding.PartitionOf(region); got != known {
				t.Errorf("%s is in %s, got %+v", region, p.ID, got)
			}
		}
	}
}

func TestPartitionOf(t *testing.T) {
	for region, want := range map[string]string{"": "", "eu-west-1": "aws", "xx-novel-1": "aws", "eusc-de-east-1": "aws-eusc", "us-isof-south-1": "aws-iso-f"} {
		if got := finding.PartitionOf(region).Name; got != want {
			t.Errorf("%q: got %q, want %q", region, got, want)
		}
	}
	if got := finding.PartitionNamed("aws-moon"); got != (finding.Partition{}) {
		t.Errorf("got %+v", got)
	}
}
