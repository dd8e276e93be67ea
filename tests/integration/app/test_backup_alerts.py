"""What a backup does with the log of alerts: it comes back, and nothing of today is forgotten for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from signage.app.alert_log import ALERT_LOG, AlertLog
from signage.backup.restore import InTheWay, restore
from signage.cli.main import main
from signage.domain.alerts import Alert, AlertDraft, AlertText
from signage.errors import EXIT_OK, EXIT_PARTIAL
from tests.fixtures.backed_up import NOW, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "old").make()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Server:
    return Server(tmp_path / "new")


def _alert(at: datetime) -> Alert:
    draft = AlertDraft({"nb": AlertText("Vannet må kokes")}, ("bibliotek",), at + timedelta(hours=4))
    return Alert(f"{at:%y%m%d-%H%M}", draft, at, "command line")


def test_alerts_are_in_it_and_hold_on_the_new_machine(server: Server, elsewhere: Server, tmp_path: Path) -> None:
    AlertLog(server.places.var).sent(_alert(NOW))
    file = tmp_path / "backup.zip"
    assert main(["backup", str(file), *server.arguments]) in (EXIT_OK, EXIT_PARTIAL)
    assert main(["restore", str(file), *elsewhere.arguments]) == EXIT_OK
    assert [alert.id for alert in AlertLog(elsewhere.places.var).alerts()] == [_alert(NOW).id]


def test_alerts_that_were_sent_or_ended_since_are_not_forgotten_on_the_same_machine(server: Server) -> None:
    """Last week's backup is put back on a Friday: the alert of today goes on, and an old one doesn't come back."""
    log = AlertLog(server.places.var)
    log.sent(_alert(NOW))
    backup = server.backup()
    log.ended(_alert(NOW).id, NOW + timedelta(hours=1), "status page")
    log.sent(_alert(NOW + timedelta(hours=2)))
    known = log.alerts()
    restore(backup, server.places, NOW + timedelta(hours=3), overwrite=True)
    assert AlertLog(server.places.var).alerts() == known


def test_another_log_of_alerts_is_replaced_and_kept(server: Server, elsewhere: Server) -> None:
    AlertLog(server.places.var).sent(_alert(NOW))
    elsewhere.places.var.mkdir(parents=True)
    AlertLog(elsewhere.places.var).sent(_alert(NOW + timedelta(minutes=5)))
    with pytest.raises(InTheWay):
        restore(server.backup(), elsewhere.places, NOW, overwrite=False)
    done = restore(server.backup(), elsewhere.places, NOW, overwrite=True)
    assert [alert.id for alert in AlertLog(elsewhere.places.var).alerts()] == [_alert(NOW).id]
    assert done.replaced is not None
    assert (done.replaced / ALERT_LOG).is_file()
