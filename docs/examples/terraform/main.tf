# Deploys a release of Tocsin: uploads the zip and the template, and makes the stack of them.
# How to use it: docs/terraform.md

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
  }
}

locals {
  zip      = "tocsin-arm64.zip"
  template = "${var.template}.template.json"
  # What was released, by the checksums of the release.
  sums = file("${var.release}/SHA256SUMS")
}

resource "aws_s3_bucket" "code" {
  bucket_prefix = "tocsin-code-"
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "code" {
  bucket                  = aws_s3_bucket.code.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# The key holds the checksum: CloudFormation updates a function whose key has changed, and not one whose object has.
# The new object is there before the old one goes, since a stack that rolls back reads that again.
resource "aws_s3_object" "code" {
  bucket = aws_s3_bucket.code.id
  key    = "${filesha256("${var.release}/${local.zip}")}/${local.zip}"
  source = "${var.release}/${local.zip}"

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = strcontains(local.sums, "${filesha256("${var.release}/${local.zip}")}  ${local.zip}\n")
      error_message = "The zip is not the one in SHA256SUMS."
    }
  }
}

# By its URL: a template that comes with the call may have 51,200 bytes, and one with many sources has more.
resource "aws_s3_object" "template" {
  bucket       = aws_s3_bucket.code.id
  key          = "${filesha256("${var.release}/${local.template}")}/${local.template}"
  source       = "${var.release}/${local.template}"
  content_type = "application/json"

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = strcontains(local.sums, "${filesha256("${var.release}/${local.template}")}  ${local.template}\n")
      error_message = "The template is not the one in SHA256SUMS."
    }
  }
}

resource "aws_cloudformation_stack" "tocsin" {
  name         = var.stack_name
  template_url = "https://${aws_s3_bucket.code.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags

  parameters = {
    CodeBucket = aws_s3_bucket.code.id
    CodeKey    = aws_s3_object.code.key
  }
}

# Alarms that nobody hears are none.
resource "aws_sns_topic_subscription" "ops" {
  for_each = toset(var.ops_emails)

  topic_arn = aws_cloudformation_stack.tocsin.outputs["TocsinOpsTopicArn"]
  protocol  = "email"
  endpoint  = each.value
}

# An account has one detector in a region at the most: only where GuardDuty is not on.
resource "aws_guardduty_detector" "this" {
  count = var.enable_guardduty ? 1 : 0

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
  tags                         = var.tags
}

output "stack" {
  description = "What the stack says of itself; TocsinFillSlackWebhook is the command that fills the webhook's secret."
  value       = aws_cloudformation_stack.tocsin.outputs
}
