package inspector_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// How a machine is reached stands in one list with the addresses that nobody outside can use.
func TestAddresses(t *testing.T) {
	machine := func(addresses string) finding.Attributes {
		f := one(t, `{"findingArn":"arn:aws:inspector2:eu-west-1:111122223333:finding/a1","type":"NETWORK_REACHABILITY","severity":"HIGH","status":"ACTIVE",
			"resources":[{"type":"AWS_EC2_INSTANCE","id":"i-0a1b2c3d","details":{"awsEc2Instance":{`+addresses+`}}}]}`)
		return f.Resource.Attributes
	}
	for addresses, want := range map[string]string{
		`"ipV4Addresses":["10.0.0.5","10.0.0.6","198.51.100.7"]`:               "198.51.100.7 10.0.0.5",
		`"ipV4Addresses":["10.0.0.5"],"ipV6Addresses":["2001:db8::7"]`:         "2001:db8::7 10.0.0.5",
		`"ipV6Addresses":["fe80::1","fd00::1"]`:                                " fd00::1",
		`"ipV4Addresses":["1.23.456.789","127.0.0.1","169.254.0.1"]`:           " ",
		`"ipV4Addresses":["198.51.100.7","198.51.100.8"],"ipV6Addresses":null`: "198.51.100.7 ",
	} {
		all := machine(addresses)
		if got := all.Get(finding.AttrPublicIP) + " " + all.Get(finding.AttrPrivateIP); got != want {
			t.Errorf("%s: got %q, want %q", addresses, got, want)
		}
	}
	if all := machine(`"ipV4Addresses":["10.0.0.5","198.51.100.7"]`).Get("addresses"); !strings.Contains(all, "10.0.0.5, 198.51.100.7") {
		t.Errorf("all of them: got %q", all)
	}
}
