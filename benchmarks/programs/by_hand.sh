#!/usr/bin/env bash
# The work of one pipeline execution, done by hand: what `pipeline.run` is measured against.
# Usage: by_hand.sh SOURCE WORK URL...   (the working tree, an empty folder, the sites to test)
# CACHED is the address of a zip of what the requirements name; without it uv installs them, out of its own cache.
set -euo pipefail
source=$1 work=$2
shift 2

mkdir -p "$work/source" "$work/dependencies" "$work/delivered"
git -C "$source" ls-files -z | tar -C "$source" --null --files-from=- -cf - | tar -C "$work/source" -xf -
if [[ -n ${CACHED:-} ]]; then
  curl --silent --fail --output "$work/dependencies.zip" "$CACHED"
  python -m zipfile -e "$work/dependencies.zip" "$work/dependencies"
else
  uv pip install --quiet --target "$work/dependencies" --requirement "$work/source/app/requirements.txt"
fi

cd "$work/source"
export PYTHONPATH=$work/dependencies CI=true
python -m invoke package
cp dist/site.zip dist/lambda.zip dist/openapi.json "$work/delivered"
for url in "$@"; do
  TARGET_URL=$url python -m invoke test-functional
done
