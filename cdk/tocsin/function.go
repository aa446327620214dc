package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	functionMemory = 256 // MB
	// maxConcurrency is the least that a mapping takes. A sink takes messages one after another, so
	// that more invocations at once would only run into its rate.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	maxConcurrency      = 2
	defaultLogRetention = 90 // days
)

// logSpec says which log group is made: its id, and the name of the function under a prefix.
type logSpec struct {
	id, name string
	key      awskms.IKey
}

// newLogGroup makes a function's log group. It ends with the stack: what it holds is in no way
// the record of a finding.
func newLogGroup(scope constructs.Construct, c checked, spec logSpec) awslogs.CfnLogGroup {
	days := c.Platform.LogRetentionDays
	if days == 0 {
		days = defaultLogRetention
	}
	var name *string
	if c.Platform.NamePrefix != "" {
		name = jsii.String("/aws/lambda/" + *c.name(spec.name))
	}
	group := awslogs.NewCfnLogGroup(scope, jsii.String(spec.id), &awslogs.CfnLogGroupProps{
		LogGroupName: name, RetentionInDays: jsii.Number(days), KmsKeyId: keyArn(spec.key),
	})
	group.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
	return group
}

// functionSpec is what a function is and runs with.
type functionSpec struct {
	name, description string
	role, logGroup    *string
	key               awskms.IKey
	variables         map[string]string
}

// newFunction makes the function that sends.
func newFunction(scope constructs.Construct, c checked, spec functionSpec) awslambda.CfnFunction {
	props := functionProps(c, spec)
	props.MemorySize, props.Timeout = jsii.Number(functionMemory), jsii.Number(functionTimeout)
	props.Code, props.VpcConfig = functionCode(scope, "Code", c.Code), vpcConfig(scope, c)
	return awslambda.NewCfnFunction(scope, jsii.String("Function"), props)
}

// functionProps returns what all functions of the stack have alike.
func functionProps(c checked, spec functionSpec) *awslambda.CfnFunctionProps {
	mode := "PassThrough"
	if c.Platform.Tracing {
		mode = "Active"
	}
	architecture := "arm64"
	if c.Platform.Architecture == "amd64" {
		architecture = "x86_64"
	}
	return &awslambda.CfnFunctionProps{
		FunctionName:  c.name(spec.name),
		Description:   jsii.String(spec.description),
		Runtime:       jsii.String("provided.al2023"),
		Handler:       jsii.String("bootstrap"),
		Architectures: jsii.Strings(architecture),
		Role:          spec.role,
		Environment:   &awslambda.CfnFunction_EnvironmentProperty{Variables: spec.variables},
		KmsKeyArn:     keyArn(spec.key),
		LoggingConfig: &awslambda.CfnFunction_LoggingConfigProperty{LogGroup: spec.logGroup},
		TracingConfig: &awslambda.CfnFunction_TracingConfigProperty{Mode: jsii.String(mode)},
	}
}

// functionCode returns the place of a zip: the bucket and key given, or the CDK's own upload under an id.
func functionCode(scope constructs.Construct, id string, code Code) *awslambda.CfnFunction_CodeProperty {
	if code.Path == "" {
		return &awslambda.CfnFunction_CodeProperty{S3Bucket: jsii.String(code.Bucket), S3Key: jsii.String(code.Key)}
	}
	asset := awss3assets.NewAsset(scope, jsii.String(id), &awss3assets.AssetProps{Path: jsii.String(code.Path)})
	return &awslambda.CfnFunction_CodeProperty{S3Bucket: asset.S3BucketName(), S3Key: asset.S3ObjectKey()}
}

// vpcConfig puts the function into its subnets; nil without any.
func vpcConfig(scope constructs.Construct, c checked) any {
	v := c.Platform.Vpc
	if len(v.SubnetIDs) == 0 {
		return nil
	}
	groups := jsii.Strings(v.SecurityGroupIDs...)
	if len(v.SecurityGroupIDs) == 0 {
		groups = &[]*string{newSecurityGroup(scope, c).AttrGroupId()}
	}
	return &awslambda.CfnFunction_VpcConfigProperty{
		SubnetIds: jsii.Strings(v.SubnetIDs...), SecurityGroupIds: groups,
	}
}

// newSecurityGroup lets the function out by HTTPS and lets nothing in.
func newSecurityGroup(scope constructs.Construct, c checked) awsec2.CfnSecurityGroup {
	const https = 443
	return awsec2.NewCfnSecurityGroup(scope, jsii.String("SecurityGroup"), &awsec2.CfnSecurityGroupProps{
		GroupName:        c.name("function"),
		GroupDescription: jsii.String("Tocsin: HTTPS to sinks and AWS services"),
		VpcId:            jsii.String(c.Platform.Vpc.VpcID),
		SecurityGroupEgress: &[]any{&awsec2.CfnSecurityGroup_EgressProperty{
			Description: jsii.String("HTTPS"), IpProtocol: jsii.String("tcp"), CidrIp: jsii.String("0.0.0.0/0"),
			FromPort: jsii.Number(https), ToPort: jsii.Number(https),
		}},
	})
}

// newMapping feeds the function from the queue.
func newMapping(scope constructs.Construct, function, queue *string) awslambda.CfnEventSourceMapping {
	return awslambda.NewCfnEventSourceMapping(scope, jsii.String("Mapping"), &awslambda.CfnEventSourceMappingProps{
		FunctionName:                   function,
		EventSourceArn:                 queue,
		Enabled:                        jsii.Bool(true),
		BatchSize:                      jsii.Number(batchSize),
		MaximumBatchingWindowInSeconds: jsii.Number(batchWindow),
		FunctionResponseTypes:          jsii.Strings("ReportBatchItemFailures"),
		ScalingConfig: &awslambda.CfnEventSourceMapping_ScalingConfigProperty{
			MaximumConcurrency: jsii.Number(maxConcurrency),
		},
	})
}
