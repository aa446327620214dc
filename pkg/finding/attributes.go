package finding

// The names of the facts that a Resource or an Action can hold. A source uses these names for what
// it knows, so that a message says the same thing in the same words whatever the source.
const (
	// Network.
	AttrPrivateIP      = "private_ip"
	AttrPublicIP       = "public_ip"
	AttrVPC            = "vpc"
	AttrSubnet         = "subnet"
	AttrSecurityGroups = "security_groups"
	AttrProtocol       = "protocol"
	AttrDirection      = "direction"
	AttrLocalPort      = "local_port"
	AttrRemotePort     = "remote_port"
	AttrLocalIP        = "local_ip"
	AttrDomain         = "domain"
	AttrBlocked        = "blocked" // "true" or "false"

	// Compute.
	AttrInstanceType = "instance_type"
	AttrState        = "state"
	AttrImage        = "image"
	AttrRole         = "role"
	AttrPlatform     = "platform"
	AttrZone         = "zone"
	AttrLaunchTime   = "launch_time"
	AttrVersion      = "version"

	// Containers.
	AttrCluster    = "cluster"
	AttrNamespace  = "namespace"
	AttrWorkload   = "workload"
	AttrTask       = "task"
	AttrContainer  = "container"
	AttrPrivileged = "privileged" // "true" or "false"

	// Identities.
	AttrUser      = "user"
	AttrUserType  = "user_type"
	AttrPrincipal = "principal"

	// Storage and data.
	AttrPublicAccess = "public_access"
	AttrEncryption   = "encryption"
	AttrOwner        = "owner"
	AttrObject       = "object"
	AttrHash         = "hash"
	AttrDevice       = "device"
	AttrEngine       = "engine"
	AttrDatabase     = "database"
	AttrApplication  = "application"
	AttrModel        = "model"
	AttrGuardrail    = "guardrail"

	// Calls.
	AttrAPI        = "api"
	AttrService    = "service"
	AttrErrorCode  = "error_code"
	AttrCaller     = "caller"
	AttrVerb       = "verb"
	AttrURI        = "uri"
	AttrStatusCode = "status_code"
	AttrSubject    = "subject" // the Kubernetes object that a call is about
	AttrFailed     = "failed"
	AttrSucceeded  = "succeeded"
	AttrAffected   = "affected" // what an API call was about, such as a trail

	// Deeds of a process.
	AttrCommand          = "command"
	AttrTool             = "tool"
	AttrScript           = "script"
	AttrFile             = "file"
	AttrLibrary          = "library"
	AttrModule           = "module"
	AttrSocket           = "socket"
	AttrMount            = "mount"
	AttrTargetProcess    = "target_process"
	AttrModifyingProcess = "modifying_process"

	// Where a resource of a sequence lives, when it is not the finding's own place.
	AttrAccount = "account"
	AttrRegion  = "region"
)
