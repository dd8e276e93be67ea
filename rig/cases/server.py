"""The server as a service: installed, at boot, after kill -9, after a hang, upgraded, removed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from rig import image
from rig.container import Container
from rig.machine import Machine, Setup
from rig.rig import Rig
from rig.watch import Unproven

System = Machine | Container
CONTAINER = "container"
PROGRAM = f"/{image.HOME}"
SIGNAGE = f"{PROGRAM}/.venv/bin/signage"
UNIT = "signage.service"
ADDRESS = "http://127.0.0.1:8080"
MEMORY = 2048  # MB: Python, Chromium and the system; a small server of today has twice that
PATIENCE = 1500.0  # fair seconds for what takes half a minute on a PC: emulation is 15 times slower
HIGHEST_EXPOSURE = 3.0
# systemd measures its limits by the clock, and a host that is busy lets an emulated machine stand still for minutes.
DROP_IN = "[Service]\nTimeoutStartSec=1800\n"
SCREENS = """
[site]
name = "Heim kommune"
zone = "Europe/Oslo"
languages = ["nb"]
calendar = "https://heim.example.org"
calendar_label = "heim.example.org"
refresh_minutes = 1

[[sources]]
id = "ark"
type = "csv"
url = "program.csv"
name = "Biblioteket"

[places.biblioteket]
name = "Biblioteket"

[screens.biblioteket]
place = "biblioteket"
size = "1920x1080"
layout = "fjord"
playlist = [{ show = "evergreen" }, { show = "agenda", days = 2 }]
"""
MANIFEST = "/var/lib/signage/published/screens/biblioteket/manifest.json"


def service(rig: Rig) -> list[str]:
    """From an installed program to a service that is up, whatever happens to it, and gone when it is removed.

    `server=container`: on this machine's own kernel instead of an emulated one, in a tenth of the time.
    """
    made = image.build_server(rig.suite)
    disk = rig.folder / "server.qcow2"
    disk.unlink(missing_ok=True)
    within = rig.arguments.get("server") == CONTAINER
    with Container(made, rig.folder / "server") if within else Machine(made, disk, Setup(memory=MEMORY)) as machine:
        machine.wait()
        lines = [_installs(machine), _sandboxed(machine)]
        machine.shut_down()
        machine.power_on()
        lines.append(_starts_at_boot(machine))
        lines.append(_comes_back(machine, "KILL", "after kill -9"))
        lines.append(_comes_back(machine, "STOP", "after a hang (SIGSTOP)"))
        lines.append(_upgrades(machine))
        lines.append(_removes(machine))
    return lines


def _installs(machine: System) -> str:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    machine.put(SCREENS.encode(), "/root/heim/screens.toml")
    machine.put(
        f"Tittel;Dato;Klokkeslett;Sted\nQuiz;{tomorrow:%Y-%m-%d};19-22;Biblioteket\n".encode(), "/root/heim/program.csv"
    )
    machine.put(DROP_IN.encode(), f"/etc/systemd/system/{UNIT}.d/rig.conf")
    begun = machine.seconds
    said = machine.run(f"{SIGNAGE} service install --config /root/heim/screens.toml 2>&1", PATIENCE)
    if "it runs, and answers requests" not in said:
        raise Unproven(f"the installation did not say that the service answers: {said}")
    took = machine.seconds - begun
    exposure = machine.run(f"systemd-analyze security --no-pager {UNIT} | tail -1", PATIENCE)
    found = re.search(r": ([\d.]+)", exposure)
    if found is None or float(found[1]) > HIGHEST_EXPOSURE:
        raise Unproven(f"systemd-analyze security: {exposure}")
    modes = machine.run("stat -c '%U:%G %a' /etc/signage /etc/signage/screens.toml /var/lib/signage").splitlines()
    if modes != ["root:signage 750", "root:signage 640", "signage:signage 700"]:
        raise Unproven(f"folders: {modes}")
    return f"installed and answering after {took:.0f} s; systemd-analyze security: {found[1]}"


def _sandboxed(machine: System) -> str:
    """The first page is published, by a Chromium whose renderers are in namespaces of their own."""
    begun = machine.seconds
    script = f"""
        own=$(readlink /proc/$(systemctl show -p MainPID --value {UNIT})/ns/user)
        looks=0
        while [ ! -e {MANIFEST} ]; do
            looks=$((looks + 1))
            for p in $(grep -ls -e '[-]-type=renderer' /proc/[0-9]*/cmdline | tr -dc '0-9\n'); do
                there=$(readlink /proc/$p/ns/user); filter=$(awk '/^Seccomp_filters/ {{print $2}}' /proc/$p/status)
                [ -z "$there" ] || [ "$there" = "$own" ] && echo "outside: $p $there" || echo "sandboxed $filter"
            done
            sleep 0.2
        done
        echo "looks $looks, the service is in $own"
    """
    seen = machine.run(script, PATIENCE)
    if "sandboxed" not in seen:
        log = machine.run(f"journalctl -b -o cat -u {UNIT} --no-pager -n 30")
        raise Unproven(f"no renderer of Chromium's was in a user namespace of its own: {seen[-300:]}; the log: {log}")
    machine.run(f"curl -fsS {ADDRESS}/screens/biblioteket/manifest.json > /dev/null")
    log = machine.run(f"journalctl -b -o cat -u {UNIT} --no-pager")
    if "sandbox" in log:
        raise Unproven(f"the log has something to say about the sandbox: {log}")
    filters = max(int(line.split()[1]) for line in seen.splitlines() if line.startswith("sandboxed"))
    return (
        f"the first page was published {machine.seconds - begun:.0f} s later, by a Chromium in its own sandbox "
        f"(user namespace, {filters} system call filters)"
    )


def _starts_at_boot(machine: System) -> str:
    machine.wait()
    _answers(machine)
    return f"at boot it starts by itself: {machine.seconds:.0f} s after power-on it serves what was published"


def _comes_back(machine: System, signal: str, words: str) -> str:
    before = _status(machine)
    begun = machine.seconds
    machine.run(f"systemctl kill --signal={signal} --kill-whom=main {UNIT}")
    machine.run(
        f"until [ $(systemctl show -p NRestarts --value {UNIT}) -gt {before['restarts']} ] "
        f"&& [ $(systemctl is-active {UNIT}) = active ]; do sleep 1; done",
        PATIENCE,
    )
    _answers(machine)
    took = machine.seconds - begun
    after = _status(machine)
    reason = after["failures"][-1].partition(": ")[2] if after["failures"] else ""
    if not after["failures"] or (signal == "STOP" and "watchdog" not in " ".join(after["failures"]).lower()):
        raise Unproven(f"{words}: the status tells of no such failure: {after}")
    return f"{words} it answers again after {took:.0f} s ({reason})"


def _upgrades(machine: System) -> str:
    keys = "sha256sum /var/lib/signage/signage.key /etc/signage/screens.toml"
    before, kept = _status(machine), machine.run(keys)
    machine.run(f"sed -i 's/^__version__ = .*/__version__ = \"9.9.9\"/' {PROGRAM}/signage/__init__.py")
    machine.run("echo '# changed by root' >> /etc/signage/program.csv; touch /var/lib/signage/left-by-root")
    machine.run(f"{SIGNAGE} service install 2>&1", PATIENCE)
    _answers(machine)
    after = _status(machine)
    if after["version"] != "9.9.9" or machine.run(keys) != kept:
        raise Unproven(f"upgraded from {before['version']}: {after}; keys and configuration: {machine.run(keys)}")
    if machine.run("stat -c %U /var/lib/signage/left-by-root") != "signage":
        raise Unproven("what root had left in the state was not given to the service's user")
    return f"upgraded from {before['version']} to {after['version']}: keys, configuration and pages are kept"


def _removes(machine: System) -> str:
    uid = machine.run("id -u signage")
    machine.run(f"{SIGNAGE} service remove 2>&1", PATIENCE)
    machine.run(f"test -e {MANIFEST} && test -e /etc/signage/screens.toml")
    left = machine.run(f"pgrep -u {uid} -a || true; find /etc/systemd -name '{UNIT}'")
    if left:
        raise Unproven(f"after its removal there is still: {left}")
    if machine.run(f"{SIGNAGE} service status > /dev/null 2>&1; echo $?", PATIENCE) != "69":
        raise Unproven("the status does not say that it is not installed")
    refused = machine.run(
        f"{SIGNAGE} service remove --purge < /dev/null 2>&1; test -e {MANIFEST} && echo kept", PATIENCE
    )
    if not refused.endswith("kept"):
        raise Unproven(f"--purge did not wait for a yes: {refused}")
    machine.run(f"{SIGNAGE} service remove --purge --yes 2>&1", PATIENCE)
    folders = "ls -d /etc/signage /var/lib/signage 2>/dev/null || true"
    left = machine.run(f"getent passwd signage || true; find / -xdev -uid {uid}; {folders}")
    if left:
        raise Unproven(f"after --purge there is still: {left}")
    return "removed: no process and no unit is left, the data is; with --purge --yes nothing is, nor the user"


def _answers(machine: System) -> None:
    """As a player asks."""
    machine.run(f"until curl -fsS -o /dev/null {ADDRESS}/screens/biblioteket/manifest.json; do sleep 1; done", PATIENCE)


def _status(machine: System) -> dict[str, Any]:
    """`signage service status --json`."""
    found: dict[str, Any] = json.loads(machine.run(f"{SIGNAGE} service status --json", PATIENCE))
    return found
