"""Root may do what others may not, so a run as root proves nothing about them."""

import os


def test_where_changes_are_judged_the_tests_run_as_an_ordinary_user() -> None:
    judged = os.environ.get("CI") == "true"
    assert not (judged and os.geteuid() == 0), "run .ci/run: it takes another user where it finds itself root"
