package tocsin_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// withWebhook has a webhook with references amid its headers, and variables whose names end as its
// settings do.
func withWebhook(p *tocsin.Props) {
	p.Sinks = "tickets=webhook"
	p.Env = map[string]string{
		"TICKETS_URL": secretArn + "#url", "RUNBOOK_URL": "https://wiki.example.com/{type}", "TICKETS_SUCCESS": "201",
		"TICKETS_HEADERS": "Authorization: Basic arn:aws:secretsmanager:eu-west-1:111122223333:secret:api#auth | Accept: a/b\nX-Key: " + secretArn + "#k",
	}
}

// References that stand amid other text are granted too; what else stands there is no secret.
func TestWebhook(t *testing.T) {
	expectation{has: []resource{
		variables(object{"TICKETS_URL": secretArn + "#url", "RUNBOOK_URL": "https://wiki.example.com/{type}"}),
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{
			"arn:aws:secretsmanager:eu-west-1:111122223333:secret:api-??????", secretArn,
		}}),
	}}.check(t, synth(t, props(withWebhook)))
	_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(withWebhook, func(p *tocsin.Props) {
		p.Env["TICKETS_HEADERS"], p.Env["TICKETS_URL"] = "Authorization: Bearer s3cr3t | Api-Key: x | Accept: a/b", "https://hooks.example.com/s3cr3t"
	}))
	checkLines(t, err, []string{
		"env.TICKETS_HEADERS: the header Authorization holds the secret itself and the header Api-Key holds the secret itself, which would",
		"env.TICKETS_URL: holds the secret itself",
	})
}

// A reference can be known at deployment only.
func TestWebhookTokens(t *testing.T) {
	stack := newStack(t)
	build(t, stack, props(withWebhook, func(p *tocsin.Props) {
		p.Env["TICKETS_HEADERS"], p.Env["TICKETS_URL"] = "Authorization: Bearer "+token(stack, "Key"), token(stack, "Address")
	}))
	expectation{has: []resource{
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{object{"Ref": "Key"}, object{"Ref": "Address"}}}),
	}}.check(t, templateOf(stack))
}
