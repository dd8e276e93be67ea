"""What is in progress, as the status shows it."""

from __future__ import annotations

import pytest

from signage.runtime.activity import Activity


def test_what_is_in_progress_is_listed_until_it_ends() -> None:
    activity = Activity()
    with activity.working("iheim", "fetching"), activity.working("kultur", "fetching"):
        assert [(work.unit, work.stage) for work in activity.current()] == [
            ("iheim", "fetching"),
            ("kultur", "fetching"),
        ]
        assert all(work.seconds >= 0 for work in activity.current())
    assert activity.current() == ()


def test_work_that_fails_is_no_longer_in_progress() -> None:
    activity = Activity()
    with pytest.raises(ValueError, match="broken"), activity.working("iheim", "fetching"):
        raise ValueError("broken")
    assert activity.current() == ()


def test_the_same_unit_may_be_in_progress_twice() -> None:
    activity = Activity()
    with activity.working("iheim", "pictures"):
        with activity.working("iheim", "pictures"):
            assert len(activity.current()) == 2
        assert len(activity.current()) == 1
