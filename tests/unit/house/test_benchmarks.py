"""The benchmarks' own arithmetic and reports: what is printed is what was measured."""

import datetime
import json
import math
import platform
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import report
from benchmarks.chart import chart
from benchmarks.flat.plan import declarations, planned
from benchmarks.machine import Machine
from benchmarks.record import Benchmark, BenchmarkError, Figure, Row, Summary, measure

DAY = datetime.date(2026, 11, 21)
MACHINE = Machine(cores=2, memory_gib=24, system="Linux x86_64", python="3.11.7", load=0.25)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

FIGURES = (
    Figure(key="ours", what="`ours` & more", unit="s", target=2.0),
    Figure(key="theirs", what="baseline: theirs", unit="s"),
    Figure(key="ratio", what="ours / baseline", unit="x", target=1.15),
    Figure(key="speed", what="speed / baseline", unit="x", target=3.0, higher_is_better=True),
)


def benchmark(values: list[Mapping[str, float]], closed: list[bool] | None = None) -> Benchmark:
    def run(rounds: int) -> Iterator[Mapping[str, float]]:
        try:
            yield from values[:rounds]
        finally:
            if closed is not None:
                closed.append(True)

    return Benchmark(name="sample", what="A sample.", baseline="theirs", figures=FIGURES, rounds=3, run=run)


ROUNDS = [
    {"ours": 3.0, "theirs": 1.0, "ratio": 3.0, "speed": 4.0},
    {"ours": 1.0, "theirs": 1.0, "ratio": 1.0, "speed": 3.0},
    {"ours": 2.0, "theirs": 2.0, "ratio": 1.0, "speed": 2.0},
]


def rows(values: list[Mapping[str, float]] = ROUNDS) -> list[Row]:
    return measure(benchmark(values), len(values), lambda _line: None)


def test_a_summary_is_median_least_and_greatest_of_the_rounds() -> None:
    assert Summary.of([3.0, 1.0, 2.0]) == Summary(2.0, 1.0, 3.0, 3)
    assert Summary.of([1.0, 2.0]) == Summary(1.5, 1.0, 2.0, 2)
    assert Summary.of([7.0]) == Summary(7.0, 7.0, 7.0, 1)


def test_a_ratio_is_taken_in_each_round_and_not_of_the_medians() -> None:
    found = {row.figure.key: row.summary.median for row in rows()}
    assert found["ratio"] == 1.0
    assert found["ours"] / found["theirs"] == 2.0


@pytest.mark.parametrize(
    ("target", "higher", "median", "reached"),
    [
        (None, False, 1.0, None),
        (2.0, False, 2.0, True),
        (2.0, False, 2.001, False),
        (3.0, True, 3.0, True),
        (3.0, True, 2.99, False),
    ],
)
def test_a_target_is_reached_in_its_direction(
    target: float | None, higher: bool, median: float, reached: bool | None
) -> None:
    figure = replace(FIGURES[0], target=target, higher_is_better=higher)
    assert Row(benchmark([]), figure, Summary.of([median])).reached is reached


def test_progress_is_told_once_a_round() -> None:
    told: list[str] = []
    measure(benchmark(ROUNDS), 3, told.append)
    assert told == [f"sample: round {number} of 3" for number in (1, 2, 3)]


def test_a_benchmark_that_fails_is_closed() -> None:
    closed: list[bool] = []
    broken = benchmark([{"ours": 1.0}], closed)
    with pytest.raises(KeyError):
        measure(broken, 1, lambda _line: None)
    assert closed == [True]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0241, "0.024"), (0.1, "0.10"), (1.005, "1.00"), (9.994, "9.99"), (12.34, "12.3"), (99840.4, "99,840")],
)
def test_numbers_have_the_digits_that_mean_something(value: float, shown: str) -> None:
    assert report.number(value) == shown


def test_the_text_has_a_line_for_each_figure_with_its_target() -> None:
    lines = report.as_text(rows()).splitlines()
    assert lines[1] == "sample (3 rounds; baseline: theirs)"
    assert [line.split("  ")[1] for line in lines[2:]] == [figure.what.replace("`", "") for figure in FIGURES]
    assert lines[2].endswith("≤ 2: reached")
    assert lines[3].endswith(" s")
    assert lines[5].endswith("≥ 3: reached")


def test_the_data_hold_what_the_table_shows() -> None:
    data = json.loads(json.dumps(report.as_data(rows(), MACHINE, DAY)))
    assert data["machine"]["cores"] == 2
    assert [(f["figure"], f["median"], f["min"], f["max"], f["reached"]) for f in data["figures"]] == [
        (row.figure.key, row.summary.median, row.summary.minimum, row.summary.maximum, row.reached) for row in rows()
    ]


def test_the_page_says_when_and_on_what_machine() -> None:
    page = report.as_markdown(rows(), MACHINE, DAY).splitlines()
    assert page[0] == (
        "Measured 2026-11-21 on 2 cores, 24 GiB of memory, Linux x86_64, Python 3.11.7, load 0.2 before the start."
    )
    assert page[4] == "| `sample`, 3 rounds | `ours` & more | 2.00 | 1.00 | 3.00 | s | ≤ 2: reached |"
    assert all(line.count("|") == page[2].count("|") for line in page[2:])


def test_only_what_is_between_the_marks_is_replaced() -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.put_between_marks(page, "new")
    assert once == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"
    assert report.put_between_marks(once, "new") == once


@pytest.mark.parametrize(
    "page", ["", report.BEGIN, f"{report.END}{report.BEGIN}", f"{report.BEGIN}{report.END}{report.END}"]
)
def test_a_page_without_the_marks_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="must have"):
        report.put_between_marks(page, "new")


def test_the_readme_has_the_marks_and_every_benchmark() -> None:
    page = command.README.read_text()
    report.put_between_marks(page, "new")
    _, meanings = page.split("## What they mean")
    assert [name for name in command.BENCHMARKS if f"| `{name}` |" not in meanings] == []


def test_the_picture_shows_every_target_and_every_ratio_within_its_edges() -> None:
    svg = ET.fromstring(chart(rows()))  # noqa: S314 - made here
    width, height = (float(svg.attrib[name]) for name in ("width", "height"))
    texts = ["".join(each.itertext()) for each in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "sample: ours & more" in texts
    assert "2.00 s (target 2 s)" in texts
    assert "1.00 x (target 1.15 x)" in texts
    assert not [text for text in texts if "theirs" in text]  # neither target nor ratio: the table has it
    for shape in svg.iter():
        for name, value in shape.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(value) <= width
            if name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(value) <= height


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert ET.fromstring(chart([])).tag.endswith("svg")  # noqa: S314 - made here


def test_equal_figures_give_equal_bytes() -> None:
    assert chart(rows()) == chart(rows())


def test_the_machine_is_described_without_saying_whose_it_is() -> None:
    found = Machine.this()
    assert found.cores >= 1
    assert found.memory_gib >= 1
    assert math.isfinite(found.load)
    assert platform.node() not in str(found).split()


def preview(*states: Mapping[str, object]) -> dict[str, object]:
    return {"steps": [{"op": "create", "newState": state} for state in states]}


VPC = {
    "urn": "urn:pulumi:s::p::cartesia:index:Net$aws:ec2/vpc:Vpc::net-vpc",
    "type": "aws:ec2/vpc:Vpc",
    "custom": True,
    "protect": True,
    "provider": f"urn:pulumi:s::p::pulumi:providers:aws::aws::{UNKNOWN}",
    "dependencies": ["urn:b", "urn:a"],
    "inputs": {
        "__defaults": ["name"],
        "name": "net-vpc-1234567",
        "cidrBlock": "10.0.0.0/16",
        "ids": [UNKNOWN, {"__defaults": ["size"], "size": 1, "kept": {"__internal": {}}}],
    },
}


def test_the_flat_program_declares_what_the_program_wrote_and_nothing_that_was_filled_in() -> None:
    component = {"urn": "urn:pulumi:s::p::cartesia:index:Net::net", "type": "cartesia:index:Net", "custom": False}
    assert declarations(preview(component, VPC)) == [
        {
            "urn": VPC["urn"],
            "type": "aws:ec2/vpc:Vpc",
            "name": "net-vpc",
            "inputs": {"cidrBlock": "10.0.0.0/16", "ids": [UNKNOWN, {"kept": {}}]},
            "provider": "urn:pulumi:s::p::pulumi:providers:aws::aws",
            "depends_on": ["urn:a", "urn:b"],
            "protect": True,
        }
    ]


def test_plans_are_the_same_when_they_make_the_same_resources_under_whatever_parents() -> None:
    flat = VPC | {"urn": "urn:pulumi:other::flat::aws:ec2/vpc:Vpc::net-vpc"}
    assert planned(preview(VPC)) == planned(preview(flat))
    assert planned(preview(VPC)) != planned(preview(VPC, flat))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "no such benchmark: nonsense; known: sandbox_up"),
        (["--repeat", "0"], "--repeat must be at least 1; got 0"),
        (["make_up", "--write"], "--write takes no names"),
    ],
)
def test_wrong_use_is_told_and_measures_nothing(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(words)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_the_list_names_every_benchmark_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(command.BENCHMARKS)


def test_figures_of_a_benchmark_have_distinct_keys_and_words() -> None:
    assert command.BENCHMARKS
    for each in command.BENCHMARKS.values():
        assert len({figure.key for figure in each.figures}) == len(each.figures)
        assert len({figure.what for figure in each.figures}) == len(each.figures)


class TestTheRun:
    """`--write` on pages of its own."""

    @pytest.fixture(autouse=True)
    def pages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.readme, self.picture = tmp_path / "README.md", tmp_path / "figures.svg"
        self.readme.write_text(f"{report.BEGIN}\nold\n{report.END}\n")
        monkeypatch.setattr(command, "README", self.readme)
        monkeypatch.setattr(command, "PICTURE", self.picture)
        monkeypatch.setattr(command, "_end_when_told", lambda: None)
        self.monkeypatch = monkeypatch

    def use(self, *benchmarks: Benchmark) -> None:
        self.monkeypatch.setattr(command, "BENCHMARKS", {each.name: each for each in benchmarks})

    def test_writes_only_when_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.use(benchmark(ROUNDS))
        assert command.main(["sample"]) == 0
        assert "old" in self.readme.read_text()
        assert not self.picture.exists()
        assert command.main(["--write"]) == 0
        assert "old" not in self.readme.read_text()
        assert "`sample`, 3 rounds" in self.readme.read_text()
        assert self.picture.read_text().startswith("<svg")
        assert "sample (3 rounds" in capsys.readouterr().out

    def test_a_missed_target_is_no_error(self) -> None:
        self.use(benchmark([{"ours": 9.0, "theirs": 1.0, "ratio": 9.0, "speed": 0.1}]))
        assert command.main(["--repeat", "1"]) == 0

    def test_what_cannot_be_measured_is_an_error_and_the_rest_goes_on(self, capsys: pytest.CaptureFixture[str]) -> None:
        def refuse(_rounds: int) -> Iterator[Mapping[str, float]]:
            raise BenchmarkError("it changed something")
            yield {}

        self.use(replace(benchmark(ROUNDS), name="broken", run=refuse), benchmark(ROUNDS))
        assert command.main(["--write"]) == 1
        said = capsys.readouterr()
        assert said.err == "broken: it changed something\n"
        assert "sample (3 rounds" in said.out
        assert "old" in self.readme.read_text()
