package awssend_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
)

// sdk is a service whose client is here for the comparison. It returns the endpoint that the client asks.
type sdk struct {
	service  awssend.Service
	endpoint func(t *testing.T, settings aws.Config) string
}

func byQueues(t *testing.T, settings aws.Config) string {
	t.Helper()
	options := sqs.NewFromConfig(settings).Options()
	isDual := options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	isFIPS := options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	endpoint, err := options.EndpointResolverV2.ResolveEndpoint(t.Context(), sqs.EndpointParameters{
		Region: &settings.Region, UseFIPS: aws.Bool(isFIPS && options.BaseEndpoint == nil), UseDualStack: aws.Bool(isDual), Endpoint: options.BaseEndpoint,
	})
	if err != nil {
		t.Fatal(err)
	}
	return withoutUsualPort(endpoint.URI)
}

// byTables leaves out the endpoints of single accounts, which are not asked.
func byTables(t *testing.T, settings aws.Config) string {
	t.Helper()
	options := dynamodb.NewFromConfig(settings).Options()
	isDual := options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	isFIPS := options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	endpoint, err := options.EndpointResolverV2.ResolveEndpoint(t.Context(), dynamodb.EndpointParameters{
		Region: &settings.Region, UseFIPS: aws.Bool(isFIPS && options.BaseEndpoint == nil), UseDualStack: aws.Bool(isDual), Endpoint: options.BaseEndpoint,
	})
	if err != nil {
		t.Fatal(err)
	}
	return withoutUsualPort(endpoint.URI)
}

// The endpoint is the one that the SDK's own client of a service asks, in every partition and with
// every setting that names one.
func TestEndpointsAreThoseOfTheSDK(t *testing.T) {
	for _, compared := range []sdk{
		{awssend.Service{Name: "SQS", SDK: "SQS", Host: "sqs", Signing: "sqs", IsValidated: true}, byQueues},
		{awssend.Service{Name: "DynamoDB", SDK: "DynamoDB", Host: "dynamodb", Signing: "dynamodb", IsValidated: true}, byTables},
	} {
		t.Run(compared.service.Name, func(t *testing.T) { compare(t, compared) })
	}
}

func compare(t *testing.T, compared sdk) {
	t.Helper()
	name := compared.service.SDK
	file := filepath.Join(t.TempDir(), "config")
	profile := "[default]\nendpoint_url = http://127.0.0.1:3\nservices = s\n[services s]\n" + strings.ToLower(name) + " =\n  endpoint_url = http://127.0.0.1:4/\n"
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	own := "AWS_ENDPOINT_URL_" + strings.ToUpper(name)
	settings := map[string]map[string]string{
		"nothing": {}, "all": {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "its own": {own: "http://127.0.0.1:2/path/"},
		"both":          {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", own: "http://127.0.0.1:2"},
		"another's":     {"AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:2"},
		"ignored":       {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", own: "http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
		"not ignored":   {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
		"in a file":     {"AWS_CONFIG_FILE": file},
		"file and env":  {"AWS_CONFIG_FILE": file, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
		"file and own":  {"AWS_CONFIG_FILE": file, own: "http://127.0.0.1:2"},
		"file, ignored": {"AWS_CONFIG_FILE": file, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
		"FIPS":          {"AWS_USE_FIPS_ENDPOINT": "true"}, "no FIPS": {"AWS_USE_FIPS_ENDPOINT": "false"},
		"FIPS elsewhere": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
		"dual stack":     {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "FIPS and dual stack": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
		"a usual port": {"AWS_ENDPOINT_URL": "https://sqs.example.com:443"},
	}
	regions := strings.Fields("us-east-1 eu-west-1 ap-northeast-1 cn-north-1 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1 eusc-de-east-1 xx-new-1")
	for name, variables := range settings {
		for _, region := range regions {
			awssendtest.Environment(t, variables)
			loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(compared.endpoint(t, loaded), "/")
			client := build(t, compared.service, region)
			if got := endpoint(t, client); got != want || client.Region() != region {
				t.Errorf("%s, %s: got %q, want %q", name, region, got, want)
			}
		}
	}
}

// withoutUsualPort leaves out a port that goes without saying, as the SDK does where it signs.
func withoutUsualPort(u url.URL) string {
	if port, err := strconv.Atoi(u.Port()); err == nil && port == 443 && u.Scheme == "https" {
		u.Host = u.Hostname()
	}
	return u.String()
}

func TestRegionOfTheEnvironment(t *testing.T) {
	awssendtest.Environment(t, map[string]string{"AWS_REGION": "eu-north-1"})
	if got := build(t, mail(), ""); got.Region() != "eu-north-1" || endpoint(t, got) != "https://email.eu-north-1.amazonaws.com" {
		t.Errorf("got %s, %s", got.Region(), endpoint(t, got))
	}
	awssendtest.Environment(t, map[string]string{"AWS_REGION": ""})
	if got := build(t, mail(), ""); got.Region() != "" || endpoint(t, got) != "" {
		t.Errorf("got %s, %s", got.Region(), endpoint(t, got))
	}
}

// https://docs.aws.amazon.com/general/latest/gr/ses.html
func TestFIPS(t *testing.T) {
	awssendtest.Environment(t, map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"})
	events := awssend.Service{Name: "EventBridge", SDK: "EventBridge", Host: "events", Signing: "events", IsValidated: true}
	topics := awssend.Service{Name: "SNS", SDK: "SNS", Host: "sns", Signing: "sns", IsValidated: true}
	tables := awssend.Service{Name: "DynamoDB", SDK: "DynamoDB", Host: "dynamodb", Signing: "dynamodb", IsValidated: true}
	for want, client := range map[string]*awssend.Client{
		"https://email-fips.us-gov-west-1.amazonaws.com":     build(t, mail(), "us-gov-west-1"),
		"https://events.us-gov-west-1.amazonaws.com":         build(t, events, "us-gov-west-1"),
		"https://events-fips.eu-west-1.amazonaws.com":        build(t, events, "eu-west-1"),
		"https://sns.us-gov-west-1.amazonaws.com":            build(t, topics, "us-gov-west-1"),
		"https://sns-fips.eu-west-1.amazonaws.com":           build(t, topics, "eu-west-1"),
		"https://dynamodb.us-gov-west-1.amazonaws.com":       build(t, tables, "us-gov-west-1"),
		"https://dynamodb-fips.ca-central-1.amazonaws.com":   build(t, tables, "ca-central-1"),
		"https://email-fips.cn-northwest-1.amazonaws.com.cn": build(t, mail(), "cn-northwest-1"),
	} {
		if endpoint(t, client) != want {
			t.Errorf("got %s, want %s", endpoint(t, client), want)
		}
	}
}
