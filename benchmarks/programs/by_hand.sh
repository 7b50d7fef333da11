#!/usr/bin/env bash
# The work of one pipeline execution, done by hand: what `pipeline.run` is measured against.
# Usage: by_hand.sh SOURCE WORK URL...   (the working tree, an empty folder, the sites to test)
set -euo pipefail
source=$1 work=$2
shift 2

mkdir -p "$work/source" "$work/dependencies" "$work/delivered"
git -C "$source" ls-files -z | tar -C "$source" --null --files-from=- -cf - | tar -C "$work/source" -xf -
uv pip install --quiet --target "$work/dependencies" --requirement "$work/source/app/requirements.txt"

cd "$work/source"
export PYTHONPATH=$work/dependencies CI=true
python -m invoke package
cp dist/site.zip dist/lambda.zip dist/openapi.json "$work/delivered"
for url in "$@"; do
  TARGET_URL=$url python -m invoke test-functional
done
