#!/usr/bin/env bash
# Which licences of a component are written where one is an expression.
#
# Package: @cyclonedx/cyclonedx-library@10.3.0 (npm); beside it, for its own check against the format's schema:
# spdx-expression-parse@4.0.0, ajv@8.17.1, ajv-formats@3.0.1, ajv-formats-draft2019@1.6.1
# Guess: CycloneDX 1.7 allows licences beside an expression, so a library that writes 1.7 writes all three.
# Seen: only the expression is written; the two others are dropped, in 1.7 as in 1.6, which did not allow them.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @cyclonedx/cyclonedx-library@10.3.0 spdx-expression-parse@4.0.0 \
  ajv@8.17.1 ajv-formats@3.0.1 ajv-formats-draft2019@1.6.1 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { Models, Enums, Spec, Serialize, Contrib, Validation } = require('@cyclonedx/cyclonedx-library');
const parse = require('spdx-expression-parse');

(async () => {
  const factory = new Contrib.License.Factories.LicenseFactory(parse);
  const component = new Models.Component(Enums.ComponentType.Library, 'parser');
  const names = ['Apache-2.0', 'MIT OR ISC', 'House rules'];
  for (const name of names) component.licenses.add(factory.makeFromString(name));
  const bom = new Models.Bom();
  bom.components.add(component);
  console.log('put in:', names.join(', '));

  const of = ({ license, expression }) => expression ?? license.id ?? license.name;
  const all = [
    { license: { id: 'Apache-2.0' } }, { expression: 'MIT OR ISC' }, { license: { name: 'House rules' } },
  ];
  for (const spec of [Spec.Spec1dot6, Spec.Spec1dot7]) {
    const normal = new Serialize.JSON.Normalize.Factory(spec);
    const written = JSON.parse(new Serialize.JsonSerializer(normal).serialize(bom));
    console.log(`written as ${spec.version}:`, written.components[0].licenses.map(of).join(', '));
    written.components[0].licenses = all;
    const errors = await new Validation.JsonStrictValidator(spec.version).validate(JSON.stringify(written));
    console.log(`  the schema of ${spec.version} takes all three:`, errors === null);
  }
})();
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
put in: Apache-2.0, MIT OR ISC, House rules
written as 1.6: MIT OR ISC
  the schema of 1.6 takes all three: false
written as 1.7: MIT OR ISC
  the schema of 1.7 takes all three: true
TEXT
)

echo "package: @cyclonedx/cyclonedx-library@10.3.0"
echo "guess: CycloneDX 1.7 allows licences beside an expression, so a library that writes 1.7 writes all three."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: only the expression is written; the two others are dropped, in 1.7 as in 1.6, which did not allow them."
