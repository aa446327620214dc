#!/usr/bin/env bash
# Whether the order of members decides that an object is one of an enum.
#
# Package: json-schema-library@11.6.2, @exodus/schemasafe@1.3.0, @cfworker/json-schema@4.1.6 (npm)
# Guess: JSON objects have no order (RFC 8259), so all three validators find the object in the enum.
# Seen: json-schema-library refuses it: there the members must be in the order of the schema.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  json-schema-library@11.6.2 @exodus/schemasafe@1.3.0 @cfworker/json-schema@4.1.6 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { validator } = require('@exodus/schemasafe');
const { Validator } = require('@cfworker/json-schema');
const { compileSchema } = require('json-schema-library');

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  enum: [{ Account: '111122223333', Region: 'us-east-1' }],
};
const data = { Region: 'us-east-1', Account: '111122223333' };
const word = (valid) => (valid ? 'valid' : 'not valid');
console.log('schemasafe:', word(validator(schema, { mode: 'default', requireValidation: false })(data)));
console.log('cfworker:', word(new Validator(schema, '2020-12').validate(data).valid));
console.log('json-schema-library:', word(compileSchema(schema).validate(data).valid));
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
schemasafe: valid
cfworker: valid
json-schema-library: not valid
TEXT
)

echo "package: json-schema-library@11.6.2, @exodus/schemasafe@1.3.0, @cfworker/json-schema@4.1.6"
echo "guess: JSON objects have no order (RFC 8259), so all three validators find the object in the enum."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: json-schema-library refuses it: there the members must be in the order of the schema."
