#!/bin/bash
# test-install.sh SUITE [DEB]   Does the package install, upgrade, go and leave nothing, on a fresh Debian of that suite
# (bookworm, trixie)? As root; needs debootstrap, and "sh .ci/needs deb". Folders: $RIG_DIR, or build/install.
# A machine that runs is the rig's matter (rig/); here nothing is started.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=$1
dir=${RIG_DIR:-build/install}
mkdir -p "$dir"
base=$dir/$suite.base root=$dir/$suite.install log=$dir/$suite.install.log
: >"$log"
deb=${2:-$(sh packaging/build-deb.sh "$dir")}
version=$(dpkg-deb -f "$deb" Version)
next=$version+next

say() { echo "$suite: $*"; }
fail() {
	tail -n 30 "$log" >&2
	say "FAILED: $*" >&2
	exit 1
}
inside() { DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@" >>"$log" 2>&1; }
expect() { # expect WHAT COMMAND...
	local what=$1
	shift
	"$@" || fail "$what"
	say "$what"
}
gone() { [ ! -e "$root$1" ]; }

if [ ! -d "$base" ]; then
	rm -rf "$base.new"
	debootstrap --variant=minbase --components=main --include=systemd,systemd-sysv,ca-certificates \
		"$suite" "$base.new" >>"$log" 2>&1 || fail "debootstrap"
	mv "$base.new" "$base"
fi
umount -q "$root/proc" 2>/dev/null || true
rm -rf "$root"
cp -a "$base" "$root"
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf "$root"' EXIT
cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
cp "$deb" "$root/tmp/player.deb"
# the same package, one version on, as an upgrade brings it
unpacked=$dir/$suite.next
rm -rf "$unpacked"
dpkg-deb -R "$deb" "$unpacked"
sed -i "s/^Version: .*/Version: $next/" "$unpacked/DEBIAN/control"
sed -i "s/^__version__ = .*/__version__ = \"$next\"/" "$unpacked/usr/share/signage-player/player/__init__.py"
dpkg-deb --root-owner-group -b "$unpacked" "$root/tmp/next.deb" >>"$log"
rm -rf "$unpacked"

inside apt-get update -qq || fail "apt-get update"
expect "installs with what Debian has" inside apt-get install -y --no-install-recommends /tmp/player.deb
expect "starts" inside signage-player --version
expect "brings everything that it imports" inside env PYTHONPATH=/usr/share/signage-player python3 -P -c '
import importlib, pkgutil, player
for module in pkgutil.walk_packages(player.__path__, "player."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)'
expect "has a user of its own in the groups of the display" inside sh -c '[ "$(id -nG signage-player)" = "signage-player video render" ]'
expect "is started with the machine" inside sh -c '[ -L /etc/systemd/system/multi-user.target.wants/signage-player.service ]'
expect "has a unit that systemd understands" inside sh -c '[ -z "$(systemd-analyze verify --man=no signage-player.service 2>&1 | tee /dev/stderr | grep -F signage-player)" ]'
expect "keeps its settings from other users" inside sh -c '[ "$(stat -c "%U:%G %a" /etc/signage-player.txt)" = "root:signage-player 640" ]'
expect "has a folder to write in" inside sh -c '[ "$(stat -c "%U:%G %a" /var/lib/signage-player)" = "signage-player:signage-player 750" ]'

echo "server = http://192.0.2.10:8080" >>"$root/etc/signage-player.txt"
touch "$root/var/lib/signage-player/kept"
expect "upgrades without a question" inside apt-get install -y --no-install-recommends /tmp/next.deb
expect "keeps what was set" grep -q 192.0.2.10 "$root/etc/signage-player.txt"
expect "keeps what was fetched" test -e "$root/var/lib/signage-player/kept"
expect "keeps the version before" grep -qF "\"$version\"" "$root/usr/lib/signage-player/previous/player/__init__.py"
expect "runs the new version" inside sh -c "signage-player --version | grep -qF '$next'"
expect "is removed" inside apt-get remove -y signage-player
expect "leaves no program" gone /usr/share/signage-player
expect "leaves no copy" gone /usr/lib/signage-player
expect "keeps what was fetched until it is purged" test -e "$root/var/lib/signage-player/kept"
expect "is purged" inside apt-get purge -y signage-player
expect "leaves no settings" gone /etc/signage-player.txt
expect "leaves nothing of what was fetched" gone /var/lib/signage-player
expect "is not started any more" gone /etc/systemd/system/multi-user.target.wants/signage-player.service
say "all well with $(basename "$deb")"
