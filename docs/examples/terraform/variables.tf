variable "release" {
  description = "Folder with the files of a release: as they were downloaded, or as make release wrote them"
  type        = string
}

variable "template" {
  description = "Which template of the release: tocsin-slack sends to Slack, tocsin to an SNS topic"
  type        = string
  default     = "tocsin-slack"

  validation {
    condition     = contains(["tocsin-slack", "tocsin"], var.template)
    error_message = "Want tocsin-slack or tocsin; make template writes others."
  }
}

variable "stack_name" {
  description = "Name of the stack"
  type        = string
  default     = "Tocsin"
}

variable "ops_emails" {
  description = "Addresses that alarms are sent to, which have to confirm that"
  type        = list(string)
  default     = []
}

variable "enable_guardduty" {
  description = "Whether to turn GuardDuty on in this region: only where it is off"
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of everything"
  type        = map(string)
  default     = {}
}
