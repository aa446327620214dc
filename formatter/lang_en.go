package formatter

func english() language { return language{"en", wordsEN, typesEN} }

// wordsEN is complete: every other language falls back to it.
const wordsEN = `
level.critical|CRITICAL
level.high|HIGH
level.medium|MEDIUM
level.low|LOW
level.unknown|UNKNOWN
mark.sample|SAMPLE
mark.archived|ARCHIVED
mark.update|UPDATE
finding|Finding
severity|severity {}
findings|{} findings
findings.one|{} finding
notice|Notice about {}
more|and {} more
unstated|not stated
gone|{} (gone)
change.severity|severity
change.count|count
change.new actor|new actor
change.new user|new user
change.new resource|new resource
group.level|By level
group.account|By account
group.type|By type
group.resource|By resource
link.finding|Open in the console
link.findings|Open the list of findings
link.resource|Open the resource
link.type|About this finding type
link.runbook|Runbook
link.open|Open
fact.resource|Resource
fact.actor|Actor
fact.user|User
fact.process|Process
fact.action|Action
fact.count|Count
fact.first_seen|First seen
fact.last_seen|Last seen
fact.account|Account
fact.region|Region
fact.threats|Threats
fact.tactics|Tactics
fact.techniques|Techniques
fact.signals|Signals
fact.actors|Actors
fact.resources|Resources
fact.endpoints|Endpoints
fact.related|Also involved
fact.tags|Tags
fact.details|Details
fact.user_agent|User agent
fact.type|Type
fact.severity|Severity
fact.id|Finding id
time|2006-01-02 15:04:05 UTC
for|for {}
seconds|{} s
minutes|{} min
hours|{} h
days|{} d
account|account {}
session|session {}
key|key {}
pid|pid {}
as|as {}
listed|listed by {}
in|in {}
called|called {}
on|on {}
refused|refused with {}
looked_up|looked up {}
over|over {}
blocked|blocked
not_blocked|not blocked
connection|{} connection
connection.plain|connection
inbound|inbound
outbound|outbound
from|from {}
to|to {}
local_port|local port {}
remote_port|remote port {}
probed|probed port {}
of|of {}
login|login
with|with {}
failed|{} failed
succeeded|{} succeeded
namespace|in namespace {}
status|status {}
attr.private_ip|private {}
attr.public_ip|public {}
attr.vpc|VPC {}
attr.cluster|cluster {}
attr.namespace|namespace {}
attr.workload|workload {}
attr.task|task {}
attr.container|container {}
attr.image|image {}
attr.privileged|privileged
attr.public_access|access {}
attr.object|object {}
attr.engine|{}
attr.database|database {}
attr.user_type|{}
attr.device|device {}
attr.encryption|encryption {}
attr.model|model {}
attr.guardrail|guardrail {}
attr.version|version {}
attr.instance_type|{}
attr.role|role {}
attr.account|account {}
attr.region|in {}
kind.instance|EC2 instance
kind.accesskey|access key
kind.bucket|S3 bucket
kind.object|S3 object
kind.eks|EKS cluster
kind.kubernetes|Kubernetes cluster
kind.workload|Kubernetes workload
kind.ecs|ECS cluster
kind.task|ECS task
kind.container|container
kind.rds|RDS database
kind.limitless|RDS Limitless database
kind.lambda|Lambda function
kind.volume|EBS volume
kind.snapshot|EBS snapshot
kind.image|AMI
kind.recovery|recovery point
kind.user|IAM user
kind.role|IAM role
kind.profile|instance profile
kind.template|launch template
kind.group|Auto Scaling group
kind.sequence|
kind.model|Bedrock model
kind.guardrail|Bedrock guardrail
`

// typesEN gives short words for GuardDuty's finding types; see what for how a type is looked up.
const typesEN = `
`
