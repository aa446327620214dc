package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// accept records, in the template itself, why a resource does not follow a rule of cdk-nag;
// findings narrow it to some of what the rule finds. The form is the one that cdk-nag writes, so
// that this package does not have to import it.
func accept(on constructs.IConstruct, rule, reason string, findings ...string) {
	resource, ok := on.(awscdk.CfnResource)
	if !ok {
		resource = on.Node().DefaultChild().(awscdk.CfnResource)
	}
	suppression := map[string]any{"id": rule, "reason": reason}
	if len(findings) > 0 {
		suppression["applies_to"] = findings
	}
	resource.AddMetadata(jsii.String("cdk_nag"), map[string]any{"rules_to_suppress": []any{suppression}})
}

// acceptPublic records why everybody may call a function, for the packs of cdk-nag that ask.
func acceptPublic(on awscdk.CfnResource, reason string) {
	var suppressions []any
	for _, pack := range []string{"HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321"} {
		suppressions = append(suppressions, map[string]any{"id": pack + "-LambdaFunctionPublicAccessProhibited", "reason": reason})
	}
	on.AddMetadata(jsii.String("cdk_nag"), map[string]any{"rules_to_suppress": suppressions})
}
