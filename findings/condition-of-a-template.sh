#!/usr/bin/env bash
# What two YAML readers make of !Condition in a CloudFormation template.
#
# Package: js-yaml-cloudformation-schema@1.0.0, js-yaml@3.14.2, yaml-cfn@0.3.2 (npm)
# Guess: both write {Condition: name}, as CloudFormation has it: of all short forms, this one and !Ref have no
# Fn::.
# Seen: yaml-cfn does; js-yaml-cloudformation-schema writes Fn::Condition, a function that does not exist.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  js-yaml-cloudformation-schema@1.0.0 js-yaml@3.14.2 yaml-cfn@0.3.2 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { load } = require('js-yaml');
const { CLOUDFORMATION_SCHEMA: schema } = require('js-yaml-cloudformation-schema');
const { yamlParse } = require('yaml-cfn');

const template = [
  'Conditions:',
  '  Paged: !And [!Condition Production, !Not [!Condition Quiet]]',
].join('\n');
console.log('yaml-cfn:', JSON.stringify(yamlParse(template).Conditions.Paged));
console.log('js-yaml-cloudformation-schema:', JSON.stringify(load(template, { schema }).Conditions.Paged));
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
yaml-cfn: {"Fn::And":[{"Condition":"Production"},{"Fn::Not":[{"Condition":"Quiet"}]}]}
js-yaml-cloudformation-schema: {"Fn::And":[{"Fn::Condition":"Production"},{"Fn::Not":[{"Fn::Condition":"Quiet"}]}]}
TEXT
)

echo "package: js-yaml-cloudformation-schema@1.0.0, js-yaml@3.14.2, yaml-cfn@0.3.2"
echo "guess: both write {Condition: name}, as CloudFormation has it: of all short forms, this one and !Ref have no Fn::."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: yaml-cfn does; js-yaml-cloudformation-schema writes Fn::Condition, a function that does not exist."
