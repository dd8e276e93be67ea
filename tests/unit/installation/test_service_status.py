"""`signage service status`: what systemd knows, in sentences that can be read out."""

from __future__ import annotations

from signage.installation.status import read_status

UNIT = "[Unit]\nX-Version=1.2.3\n"
SHOWN = """LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
ActiveEnterTimestamp=Sat 2026-11-28 11:20:00 CET
StateChangeTimestamp=Sat 2026-11-28 11:20:00 CET
Result=success
NRestarts=2
MainPID=417
MemoryCurrent=512000000
MemoryMax=3221225472
TasksCurrent=87
TasksMax=1024
WatchdogUSec=1min
StatusText=5 screens, all well
"""
JOURNAL = [
    "2026-11-27T03:00:00+0100 server systemd[1]: signage.service: Deactivated successfully.",
    "2026-11-28T11:19:00+0100 server systemd[1]: signage.service: Watchdog timeout (limit 1min)!",
    "2026-11-28T11:19:01+0100 server systemd[1]: signage.service: Failed with result 'watchdog'.",
]


def test_status_is_a_page_that_can_be_read_out() -> None:
    status = read_status(SHOWN, UNIT, JOURNAL)
    assert status.running
    lines = status.lines("1.2.3")
    assert "running since Sat 2026-11-28 11:20:00 CET" in lines
    assert "status: 5 screens, all well" in lines
    assert "starts at boot: yes" in lines
    assert "memory: 512 MB of at most 3221 MB; tasks: 87" in lines
    assert "watchdog: on, 60 seconds" in lines
    assert "version: 1.2.3" in lines
    assert any("Watchdog timeout" in line for line in lines)
    assert not any("Deactivated" in line for line in lines)
    assert "sudo signage service install" in next(line for line in status.lines("1.3.0") if line.startswith("version"))


def test_status_of_what_does_not_run() -> None:
    failed = SHOWN.replace("ActiveState=active", "ActiveState=failed").replace("Result=success", "Result=watchdog")
    assert read_status(failed, "", []).lines("1")[0].startswith("not running: failed (watchdog)")
    starting = SHOWN.replace("ActiveState=active", "ActiveState=activating").replace(
        "Result=success", "Result=exit-code"
    )
    assert "starting" in read_status(starting, "", []).lines("1")[0]
    gone = read_status("LoadState=not-found\nActiveState=inactive\n", "", [])
    assert not gone.installed
    assert "sudo signage service install" in gone.lines("1")[0]
    unknown = read_status(SHOWN.replace("MemoryCurrent=512000000", "MemoryCurrent=[not set]"), "", [])
    assert unknown.memory is None
    assert not any(line.startswith("memory") for line in unknown.lines("1"))
