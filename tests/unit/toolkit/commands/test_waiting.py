"""Nobody waits in silence: Ctrl-C is answered at once, and long work says that it goes on."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.toolchain import progress
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.resolve import _place
from sandbox.toolchain.table import ALL
from toolkit.beats import beats
from toolkit.interrupts import acknowledged
from toolkit.main import Exit

SLOW = """
import sys, time
from toolkit import main as entry
import click

@click.command()
def slow():
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        time.sleep({cleaning})
        print("in order", flush=True)

entry.VERBS["slow"] = entry.Verb("nowhere", "Is slow.")
entry.Verbs.get_command = lambda *_: slow
sys.exit(entry.main(["slow"]))
"""


def slow(cleaning: float) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(cleaning=cleaning)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    return child


def test_ctrl_c_is_answered_before_anything_is_put_in_order() -> None:
    with slow(cleaning=1.5) as child:
        assert child.stderr is not None
        child.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert child.stderr.readline() == "\n"
        assert "interrupted; leaving everything in order" in child.stderr.readline()
        assert time.monotonic() - began < 1.4, "the answer came only after the work"
        assert child.wait(30) == Exit.INTERRUPTED
        assert child.stdout is not None
        assert child.stdout.read() == "in order\n"


def test_the_second_ctrl_c_ends_it() -> None:
    with slow(cleaning=60) as child:
        assert child.stderr is not None
        child.send_signal(signal.SIGINT)
        child.stderr.readline()
        child.stderr.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == Exit.INTERRUPTED
        assert "ended at once" in child.stderr.read()


def test_the_handler_of_others_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with acknowledged():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_long_work_repeats_its_latest_line_and_short_work_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    with beats("x", seconds=0.05) as say:
        time.sleep(0.12)
        assert capsys.readouterr().err == ""
        say("one")
        say("two")
        time.sleep(0.3)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["x: one", "x: two"]
    assert set(lines[2:]) == {"x: two (0 s)"}
    with beats("x") as say:
        say("three")
    assert capsys.readouterr().err == "x: three\n"


def test_a_build_speaks_without_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    shown = Progress(True, out)
    shown.start("Building x")
    shown.update("Building x: 1 s")
    monkeypatch.setattr(progress, "_BEAT_SECONDS", -1.0)
    shown.update("Building x: 5 s")
    assert out.getvalue().splitlines() == ["Building x", "Building x: 5 s"]


def test_each_of_several_programs_says_how_much_is_left() -> None:
    tools = list(ALL.values())[:3]
    left = [round(sum(tool.build_seconds for tool in tools[index:]) / 60) or 1 for index in range(3)]
    assert [_place(tools, index) for index in range(3)] == [
        f"program {index + 1} of 3, about {left[index]} min left" for index in range(3)
    ]
    assert _place(tools[:1], 0) == ""


def test_what_is_quick_says_nothing_and_what_is_not_says_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    with beats("x", seconds=0.05, at_once=False) as say:
        say("quick")
        say("slow")
        time.sleep(0.25)
    said = capfd.readouterr().err
    assert "quick" not in said
    assert "x: slow (0 s)" in said
