"""The shared base of the stand-ins: wire values, checks, diffs, serving."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.host.parent import PARENT_VARIABLE
from sandbox.providers import base
from sandbox.providers.base.values import UNKNOWN, Secret, decode, encode, known, mark_like

ROOT = Path(__file__).resolve().parents[4]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
VALUES = st.recursive(
    st.booleans() | st.text(max_size=5) | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3) | inner.map(Secret)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON | VALUES, max_size=4))
def test_values_survive_the_wire(properties):
    assert decode(encode(properties)) == properties


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_equal_inputs_have_no_diff(properties):
    assert base.detailed_diff(properties, properties, replaces=["*"]) == {}


def test_a_secret_is_not_in_its_repr():
    assert "hunter2" not in repr({"a": [Secret("hunter2")]})


def test_outputs_become_secret_where_the_inputs_are():
    outputs = {"a": "x", "tags": {"k": "v", "j": "w"}, "list": ["p", "q"]}
    model = {"tags": {"k": Secret("v")}, "list": ["p", Secret("q")]}
    assert mark_like(outputs, model) == {"a": "x", "tags": {"k": Secret("v"), "j": "w"}, "list": ["p", Secret("q")]}


def test_a_list_of_another_length_than_its_secret_model_is_secret_as_a_whole():
    assert mark_like(["p"], ["p", Secret("q")]) == Secret(["p"])


def test_known_drops_unknown_parts():
    assert known({"a": UNKNOWN, "b": ["x", UNKNOWN], "c": Secret("s")}) == {"b": ["x"], "c": "s"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": "update"}),
        ({}, {"a": 1}, {"a": "add"}),
        ({"a": 1}, {}, {"a": "delete"}),
        ({"a": 1}, {"a": True}, {"a": "update"}),
        ({"fixed": {"x": 1}}, {"fixed": {"x": 2}}, {"fixed.x": "update-replace"}),
        ({"deep": {"id": 1, "o": 1}}, {"deep": {"id": 2, "o": 2}}, {"deep.id": "update-replace", "deep.o": "update"}),
        ({"rows": [{"id": 1}]}, {"rows": [{"id": 2}]}, {"rows[0].id": "update-replace"}),
        ({"tags": {"a.b": "1"}}, {"tags": {"a.b": "2"}}, {'tags["a.b"]': "update"}),
        ({"set": ["b", "a"]}, {"set": ["a", "b"]}, {}),
        ({"list": ["b", "a"]}, {"list": ["a", "b"]}, {"list[0]": "update", "list[1]": "update"}),
        ({"a": "x"}, {"a": Secret("x")}, {}),
        ({"a": "x"}, {"a": UNKNOWN}, {"a": "update"}),
        ({"a": None}, {}, {}),
        ({}, {"a": {}, "b": []}, {}),
        ({}, {"deep": {"id": 1, "o": 2}}, {"deep.id": "add-replace", "deep.o": "add"}),
        ({"deep": {"o": 2}}, {}, {"deep.o": "delete"}),
        ({}, {"plain": {"o": 2}}, {"plain": "add"}),
        ({}, {"later": 1}, {"later": "add"}),
        ({"later": 1}, {"later": 2}, {"later": "update-replace"}),
        ({"later": 1}, {}, {"later": "delete-replace"}),
    ],
)
def test_detailed_diff(old, new, expected):
    replaces = ["fixed", "deep.id", "rows.id", "later"]
    assert base.detailed_diff(old, new, replaces=replaces, unordered=["set"], addable=["later"]) == expected


SHAPE = {
    "object": {
        "name": "string",
        "count": "integer",
        "ratio": "number",
        "on": "boolean",
        "tags": {"map": "string"},
        "rules": {"list": {"object": {"port": "integer"}, "required": ["port"]}},
    },
    "required": ["name"],
}


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        ({}, "name", 'missing required property "name"'),
        ({"name": "n", "nmae": 1}, "nmae", 'did you mean "name"?'),
        ({"name": []}, "name", "to be a string; got a list"),
        ({"name": "n", "count": "many"}, "count", "to be an integer; got a string 'many'"),
        ({"name": "n", "count": 1.5}, "count", "to be an integer"),
        ({"name": "n", "on": "yes"}, "on", "to be a boolean"),
        ({"name": "n", "tags": []}, "tags", "to be a map"),
        ({"name": "n", "tags": {"a": {}}}, "tags.a", "to be a string; got an object"),
        ({"name": "n", "rules": {}}, "rules", "to be a list"),
        ({"name": "n", "rules": [{}]}, "rules[0].port", 'missing required property "rules[0].port"'),
        ({"name": "n", "rules": [{"port": 1, "prot": 2}]}, "rules[0].prot", 'did you mean "port"?'),
    ],
)
def test_check_names_path_and_reason(inputs, path, words):
    _, failures = base.check_object(inputs, SHAPE)
    assert [failure.path for failure in failures] == [path]
    assert words in failures[0].reason


def test_check_converts_numbers_given_as_text_and_accepts_unknowns():
    value, failures = base.check_object({"name": UNKNOWN, "count": "3", "on": "true", "tags": {"a": 5}}, SHAPE)
    assert failures == []
    assert value == {"name": UNKNOWN, "count": 3, "on": True, "tags": {"a": "5"}}


def test_a_wrong_secret_is_not_echoed():
    _, failures = base.check_object({"name": "n", "count": Secret("hunter2")}, SHAPE)
    assert failures[0].path == "count"
    assert "hunter2" not in failures[0].reason


PLUGIN = """
import sys, threading
from sandbox.providers import base

class Echo(base.Provider):
    name, version = "echo", "1.2.3"
    gate = threading.Barrier(8)
    def check(self, request): return base.CheckResult(inputs=request.news)
    def create(self, request):
        if request.name == "bad": raise base.ProviderError("no room")
        if request.name == "half": raise base.InitFailed("i-1", {"a": base.Secret("s")}, {}, ["not ready"])
        if request.name == "bug": raise KeyError("oops")
        self.gate.wait(5)
        return base.CreateResult(id=request.name, outputs=request.inputs)
    def diff(self, request): return base.DiffResult(changes={})
    def read(self, request): return base.ReadResult(id=request.id, inputs={}, outputs={})
    def update(self, request): return request.news
    def delete(self, request): pass

sys.exit(base.serve(Echo(), sys.argv[1:]))
"""


@pytest.fixture
def plugin():
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", PLUGIN], stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline())
    process.startup_seconds = time.monotonic() - started
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel), process
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


def _create(stub, name):
    urn = f"urn:pulumi:s::p::echo:index:A$echo:index:B::{name}"
    return stub.Create(provider_pb2.CreateRequest(urn=urn, properties=encode({"a": Secret("s")})), timeout=20)


def test_serves_concurrent_calls_and_typed_failures(plugin):
    stub, _ = plugin
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: _create(stub, f"n{n}"), range(8)))
    assert [answer.id for answer in made] == [f"n{n}" for n in range(8)]
    assert decode(made[0].properties) == {"a": Secret("s")}

    with pytest.raises(grpc.RpcError, match="no room"):
        _create(stub, "bad")
    with pytest.raises(grpc.RpcError, match="oops"):
        _create(stub, "bug")
    with pytest.raises(grpc.RpcError, match="not ready") as caught:
        _create(stub, "half")
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    assert b"ErrorResourceInitFailed" in details


def _ended(pid):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param("until [ -s port ]; do sleep 0.05; done", id="that it serves"),
        pytest.param("until [ -e started ]; do sleep 0.01; done", id="before it serves"),
    ],
)
def test_ends_when_the_engine_is_killed(tmp_path, wait):
    (tmp_path / "plugin.py").write_text(PLUGIN)
    launcher = f": >started; {PARENT_VARIABLE}=$PPID exec {sys.executable} plugin.py"
    # The outer shell plays the engine: it dies without a word.
    script = f"sh -c '{launcher}' >port 2>errors & echo $!; {wait}"
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    engine = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=path)
    assert _ended(int(engine.stdout)), "the plugin outlived its engine"
    assert (tmp_path / "errors").read_text() == ""
