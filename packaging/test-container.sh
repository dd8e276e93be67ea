#!/bin/bash
# test-container.sh   Builds the Containerfile and runs the image as docs/running-a-server.md says. As root; needs podman
# and debootstrap. The base image is made here with debootstrap, for Debian's own may be out of reach. Folder: build/container.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=build/container
log=$dir/log
mkdir -p "$dir"
: >"$log"
image=localhost/signage:test base=localhost/debian:12-slim name=signage-test-$$ volume=signage-test-$$
address=http://127.0.0.1:8080

say() { echo "container: $*"; }
fail() {
	tail -n 30 "$log" >&2
	podman logs --tail 30 "$name" >&2 2>/dev/null || true
	say "FAILED: $*" >&2
	exit 1
}
expect() { # expect WHAT COMMAND...
	local what=$1
	shift
	"$@" >>"$log" 2>&1 || fail "$what"
	say "$what"
}
inside() { podman exec "$name" "$@"; }
until_answers() { for _ in $(seq 300); do inside python3 -I -c "import urllib.request as u; u.urlopen('$address$1', timeout=15)" && return; sleep 1; done; return 1; }
trap 'podman rm -f -t 0 "$name" >/dev/null 2>&1; podman volume rm -f "$volume" >/dev/null 2>&1' EXIT

# A kernel with both kinds of cgroups is too old for crun, podman's usual runtime.
runtime=()
if ! grep -qE '^cgroup2 /sys/fs/cgroup cgroup2' /proc/mounts && command -v runc >/dev/null; then runtime=(--runtime runc); fi
limits=(--ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" --ulimit "nproc=4096:4096")
# The packages are fetched out here, where pip has this machine's settings; in there it finds them in a folder. The
# build's own pip checks their hashes all the same. Neither folder nor settings are in the image.
wheels=$dir/wheels-$(sha256sum requirements.lock | cut -c1-12)
if [ ! -d "$wheels" ]; then
	rm -rf "$dir"/wheels-*
	"${PYTHON:-.venv/bin/python}" -m pip download --quiet --prefer-binary --require-hashes -r requirements.lock -d "$wheels.new" >>"$log" 2>&1 ||
		fail "fetching packages"
	mv "$wheels.new" "$wheels"
fi
printf '[global]\nno-index = true\nfind-links = /mnt/wheels\n' >"$dir/pip.conf"
settings=(--volume "$PWD/$dir/pip.conf:/etc/pip.conf:ro" --volume "$PWD/$wheels:/mnt/wheels:ro")

if ! podman image exists "$base"; then
	rm -rf "$dir/slim"
	debootstrap --variant=minbase --components=main bookworm "$dir/slim" >>"$log" 2>&1 || fail "debootstrap"
	tar -C "$dir/slim" -c . | podman import - "$base" >>"$log" 2>&1 || fail "podman import"
	rm -rf "$dir/slim"
fi
expect "is built" podman build --isolation chroot --format docker --network host \
	--build-arg "BASE=$base" "${settings[@]}" --tag "$image" .
expect "has no state, no key and no history in it" sh -c "! podman run --rm ${runtime[*]} ${limits[*]} --network none --entrypoint find $image \
	/opt/signage /etc/signage /var/lib/signage -name '*.key' -o -name '*.sqlite' -o -name '*.db' -o -name .git -o -name pip.conf | grep ."
expect "has none of the tools that only developers need" sh -c "! podman run --rm ${runtime[*]} ${limits[*]} --network none --entrypoint find $image \
	/opt/signage/.venv/bin -name pytest -o -name mypy -o -name ruff -o -name pip-compile | grep ."
expect "runs with a root that can't be written" podman run --detach --name "$name" "${runtime[@]}" "${limits[@]}" --network none \
	--read-only --tmpfs /tmp --volume "$volume:/var/lib/signage" --cap-drop all --cap-add sys_chroot --security-opt no-new-privileges "$image"
expect "answers" until_answers /
expect "does not run as root" sh -c "[ \"\$(podman exec $name id -u)\" = 990 ]"
expect "has tini as its process 1" sh -c "podman exec $name cat /proc/1/comm | grep -qx tini"
expect "keeps its state from others" sh -c "[ \"\$(podman exec $name stat -c '%U %a' /var/lib/signage)\" = 'signage 700' ]"
expect "publishes a page" until_answers /screens/biblioteket/manifest.json
expect "is healthy" podman healthcheck run "$name"
expect "renders in Chromium's own sandbox" sh -c "! podman logs $name 2>&1 | grep -i 'without its sandbox'"
begun=$(date +%s)
expect "ends when it is told to" podman stop --time 20 "$name"
took=$(($(date +%s) - begun))
[ "$(podman inspect --format '{{.State.ExitCode}}' "$name")" = 0 ] || fail "ends with exit code 0"
say "ended by itself after $took s"
podman rm "$name" >>"$log" 2>&1
expect "starts again with what it had" podman run --detach --name "$name" "${runtime[@]}" "${limits[@]}" --network none \
	--read-only --tmpfs /tmp --volume "$volume:/var/lib/signage" --cap-drop all --cap-add sys_chroot --security-opt no-new-privileges "$image"
expect "serves what was published before" until_answers /screens/biblioteket/manifest.json
say "all well"
