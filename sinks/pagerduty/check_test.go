package pagerduty_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	key := secret.New(pagerdutytest.Key)
	for name, test := range map[string]struct {
		config pagerduty.Config
		want   []string
	}{
		"nothing":        {pagerduty.Config{}, []string{"ROUTING_KEY: is not set; give the integration key"}},
		"short":          {pagerduty.Config{RoutingKey: secret.New(value)}, []string{"ROUTING_KEY: is not a routing key, which has 32 letters and digits"}},
		"odd":            {pagerduty.Config{RoutingKey: secret.New(pagerdutytest.Key[1:] + `"`)}, []string{"ROUTING_KEY: is not a routing key"}},
		"with a break":   {pagerduty.Config{RoutingKey: secret.New(pagerdutytest.Key + "\n")}, []string{"ROUTING_KEY: is not a routing key"}},
		"region":         {pagerduty.Config{RoutingKey: key, Region: value}, []string{"REGION: is no region of PagerDuty's; want us or eu"}},
		"region in caps": {pagerduty.Config{RoutingKey: key, Region: "EU"}, []string{"REGION: is no region of PagerDuty's"}},
		"region and API": {pagerduty.Config{RoutingKey: key, Region: "eu", ApiURL: "https://" + value}, []string{"API_URL: stands beside ONCALL_REGION; remove one"}},
		"API by http":    {pagerduty.Config{RoutingKey: key, ApiURL: "http://" + value}, []string{"API_URL: must begin with https://"}},
		"API with query": {pagerduty.Config{RoutingKey: key, ApiURL: "https://x.example.com/?" + value}, []string{"API_URL: has a query"}},
		"all at once": {pagerduty.Config{RoutingKey: secret.New(value), Region: value, ApiURL: value}, []string{
			"ROUTING_KEY: is not a routing key", "REGION: is no region", "API_URL: stands beside",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pagerduty.New(t.Context(), "oncall", test.config, formatter.Style{})
			sinktest.Mistakes(t, err, test.want, value, pagerdutytest.Key[1:])
		})
	}
}

func TestGoodSettings(t *testing.T) {
	reference := secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:pagerduty-AbCdEf")
	for name, config := range map[string]pagerduty.Config{
		"reference": {RoutingKey: reference}, "eu": {RoutingKey: reference, Region: "eu"},
		"us": {RoutingKey: secret.New(pagerdutytest.Key), Region: "us"}, "gateway": {RoutingKey: reference, ApiURL: "https://gateway.example.com/pagerduty"},
	} {
		if _, err := pagerduty.New(t.Context(), "pagerduty", config, formatter.Style{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
