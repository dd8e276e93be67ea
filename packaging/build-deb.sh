#!/bin/sh
# build-deb.sh [FOLDER]: build/signage-player_<version>_all.deb out of this working copy. Needs: sh .ci/needs deb
set -eu
cd "$(dirname "$0")/.."
out=${1:-build}
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' player/__init__.py)
mkdir -p "$out"
stage=$(mktemp -d "$out/deb.XXXXXX")
trap 'rm -rf "$stage"' EXIT
source=$stage/signage-player-$version
mkdir "$source" "$source/docs"
cp -R player packaging "$source/"
cp docs/player.md docs/hanging-up-a-screen.md "$source/docs/"
mv "$source/packaging/debian" "$source/debian"
find "$source" -name __pycache__ -prune -exec rm -rf {} +
# the same whoever builds it, and wherever (SOURCE_DATE_EPOCH comes from the changelog)
find "$source" -type d -exec chmod 755 {} + -o -type f -perm -100 -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
log=$stage/log
if ! (cd "$source" && dpkg-buildpackage -b -us -uc) >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
mv "$stage/signage-player_${version}_all.deb" "$out/"
echo "$out/signage-player_${version}_all.deb"
