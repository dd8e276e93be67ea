"""Players find the server by themselves: a real zeroconf browser on loopback."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Sequence

import pytest
from zeroconf import ServiceBrowser, ServiceStateChange, Zeroconf

from signage.web.dns_sd import SERVICE, Announcer, _label, addresses_in_the_house

HERE = ["127.0.0.1"]
PATIENCE = 20.0  # seconds; it usually takes two
NAME = f"Heim kommune {os.getpid()}"  # another server may run on this machine


class Finder:
    """What a browser on the network has found of ours: name -> port, path, site, addresses."""

    def __init__(self) -> None:
        self.zeroconf = Zeroconf(interfaces=HERE)
        self.found: dict[str, tuple[int | None, str, str, list[str]]] = {}
        self.changed = threading.Condition()
        self.browser = ServiceBrowser(self.zeroconf, SERVICE, handlers=[self._heard])

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if not name.startswith(NAME):
            return
        info = None if state_change is ServiceStateChange.Removed else zeroconf.get_service_info(service_type, name)
        with self.changed:
            self.found.pop(name, None)
            if info is not None:
                text = {key.decode(): (value or b"").decode() for key, value in info.properties.items()}
                self.found[name] = (info.port, text["path"], text["name"], info.parsed_addresses())
            self.changed.notify_all()

    def wait(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.found) == count, PATIENCE), self.found

    def close(self) -> None:
        self.browser.cancel()
        self.zeroconf.close()


def test_a_browser_finds_it_and_hears_when_it_goes() -> None:
    finder = Finder()
    try:
        with Announcer(NAME, 8123, lambda: HERE, HERE):
            finder.wait(1)
            assert finder.found == {f"{NAME}.{SERVICE}": (8123, "/", NAME, HERE)}
        finder.wait(0)
    finally:
        finder.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # zeroconf leaves its sockets to gc
def test_a_network_without_multicast_costs_a_line_and_only_one(caplog: pytest.LogCaptureFixture) -> None:
    asked = threading.Semaphore(0)

    def addresses() -> Sequence[str]:
        asked.release()
        return ["192.0.2.77"]  # not this machine's: no socket can be bound to it

    with caplog.at_level(logging.INFO, "signage"), Announcer("Heim kommune", 8123, addresses) as announcer:
        assert asked.acquire(timeout=PATIENCE)
        announcer.look_again()
        assert asked.acquire(timeout=PATIENCE)
    gc.collect()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "can't be announced" in caplog.text


def test_a_machine_without_addresses_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "signage"), Announcer("Heim kommune", 8123, lambda: []):
        pass
    assert caplog.records == []
    assert not any(address.startswith("127.") for address in addresses_in_the_house())


@pytest.mark.parametrize(
    ("name", "label"),
    [("Heim kommune", "Heim kommune"), ("Sør.Fron  k.", "Sør Fron k"), ("", "signage"), ("å" * 60, "å" * 27)],
)
def test_a_name_becomes_one_label(name: str, label: str) -> None:
    assert _label(name) == label
