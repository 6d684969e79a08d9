"""The table of programs, their identity in the cache, what fits on PATH and what a failure says."""

import errno
import importlib.metadata
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.toolchain import ALL, Reason, Tool, ToolError, cache, find, gomod, in_group
from sandbox.toolchain.errors import build_error, cache_error, read_failure
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.resolve import fits

EACH = pytest.mark.parametrize("tool", ALL.values(), ids=ALL.keys())
REPOSITORY = Path(__file__).parents[3]


class TestTable:
    @EACH
    def test_source_is_pinned_by_the_module_and_named_in_tools_go(self, tool: Tool) -> None:
        assert re.fullmatch(r"\d+\.\d+\.\d+", tool.version)
        assert f'_ "{tool.package}"' in (tool.folder / "tools.go").read_text()
        assert f"{tool.source} v{tool.version} h1:" in (tool.folder / "go.sum").read_text()

    @EACH
    def test_flags_are_filled_in_and_carry_the_version_where_the_source_does_not(self, tool: Tool) -> None:
        assert tool.ldflags.startswith("-s -w")
        assert not set("{}") & set(tool.ldflags)
        assert not tool.variables or tool.version in tool.ldflags

    def test_every_module_has_a_row_and_every_row_a_module(self) -> None:
        assert {tool.module for tool in ALL.values()} == {folder.name for folder in gomod.TOOLS.iterdir()}

    def test_pulumi_and_its_python_sdk_have_one_version(self) -> None:
        version = ALL["pulumi"].version
        assert gomod.read(ALL["pulumi"].folder).versions["github.com/pulumi/pulumi/sdk/v3"] == f"v{version}"
        assert re.search(rf"^pulumi=={re.escape(version)}\b", (REPOSITORY / "requirements.txt").read_text(), re.M)
        assert importlib.metadata.version("pulumi") == version

    def test_all_of_kubernetes_is_one_release(self) -> None:
        versions = gomod.read(ALL["kubectl"].folder).versions
        minor, patch = ALL["kubectl"].version.split(".")[1:]
        staged = re.findall(
            r"^replace (\S+) => |^\t(k8s\.io/\S+) => ", (ALL["kubectl"].folder / "go.mod").read_text(), re.M
        )
        assert len(staged) > 30
        assert {versions[one or other] for one, other in staged} == {f"v0.{minor}.{patch}"}

    def test_helm_renders_for_the_release_of_its_client(self) -> None:
        client = gomod.read(ALL["helm"].folder).versions["k8s.io/client-go"]
        assert f"chartutil.k8sVersionMinor={client.split('.')[1]}" in ALL["helm"].ldflags

    def test_groups_cover_all_programs(self) -> None:
        groups = set().union(*(tool.groups for tool in ALL.values()))
        assert {name for group in groups for name in in_group(group)} == set(ALL)
        assert in_group("no-such-part") == ()


class TestGoMod:
    def test_replacements_win_and_comments_are_no_versions(self, tmp_path: Path) -> None:
        (tmp_path / "go.mod").write_text(
            "module m\n\ngo 1.26.1\n\nrequire a.b/c v1.2.3\n\nrequire (\n\ta.b/d v0.0.0 // indirect\n)\n\n"
            "replace (\n\ta.b/d => a.b/d v0.36.2\n)\n"
        )
        (tmp_path / "go.sum").touch()
        mod = gomod.read(tmp_path)
        assert mod.go == (1, 26, 1)
        assert mod.versions == {"a.b/c": "v1.2.3", "a.b/d": "v0.36.2"}

    def test_incomplete_checkout_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match=r"go\.mod.*git restore tools") as caught:
            gomod.read(tmp_path)
        assert caught.value.reason is Reason.NO_MODULE

    @given(st.lists(st.integers(0, 9999), min_size=1, max_size=4), st.sampled_from(["", "-gke.1", "+meta"]))
    def test_versions_read_back(self, parts: list[int], suffix: str) -> None:
        assert gomod.parse_version(f"go{'.'.join(map(str, parts))}{suffix}") == tuple(parts)


class TestCacheIdentity:
    def test_anything_that_goes_into_a_build_changes_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tool = ALL["crane"]
        paths = {cache.digest(tool, "linux-x86_64"), cache.digest(tool, "linux-aarch64")}
        paths.add(cache.digest(replace(tool, variables=()), "linux-x86_64"))
        paths.add(cache.digest(replace(tool, main="cmd/gcrane"), "linux-x86_64"))
        for name in ("go.mod", "go.sum"):
            text = (tool.folder / name).read_text()
            copy = tmp_path / name / tool.module
            copy.mkdir(parents=True)
            for other in ("go.mod", "go.sum"):
                (copy / other).write_text((tool.folder / other).read_text())
            (copy / name).write_text(text + "\n")
            with monkeypatch.context() as patch:
                patch.setattr(gomod, "TOOLS", tmp_path / name)
                paths.add(cache.digest(tool, "linux-x86_64"))
        assert len(paths) == 6
        assert cache.path(tool, "1.26.8") != cache.path(tool, "1.26.9")

    def test_place_follows_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "own"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache.root() == tmp_path / "own"
        monkeypatch.delenv("CARTESIA_INFRA_CACHE")
        assert cache.root() == tmp_path / "xdg" / "cartesia-infra"
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert cache.root() == tmp_path / "home" / ".cache" / "cartesia-infra"

    def test_without_go_any_build_of_the_pins_will_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
        tool = ALL["crane"]
        assert cache.look_up(tool, None) is None
        program = cache.path(tool, "1.99.0")
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        assert cache.look_up(tool, None) == program
        assert cache.look_up(tool, "1.26.8") is None

    @pytest.mark.parametrize(("content", "mode"), [("", 0o755), ("x", 0o644)], ids=["empty", "not executable"])
    def test_broken_programs_are_not_sound(self, content: str, mode: int, tmp_path: Path) -> None:
        program = tmp_path / "crane"
        program.write_text(content)
        program.chmod(mode)
        assert not cache.is_sound(program)
        assert not cache.is_sound(tmp_path)
        assert not cache.is_sound(tmp_path / "absent")


class TestFit:
    @pytest.mark.parametrize(
        ("version", "fit"),
        [
            ("1.36.2", True),
            ("1.36.9", True),
            ("1.36.2-eks-0a1b2c3", True),
            ("1.36.0-rc.1", False),
            ("1.35.2", False),
            ("1.37.0", False),
            ("2.36.2", False),
        ],
    )
    def test_any_patch_of_the_minor_version(self, version: str, fit: bool, tmp_path: Path) -> None:
        assert fits(ALL["kubectl"], version, tmp_path) is fit

    def test_newer_pulumi_needs_its_language_host_beside_it(self, tmp_path: Path) -> None:
        pulumi = ALL["pulumi"]
        assert fits(pulumi, pulumi.version, tmp_path)
        assert not fits(pulumi, "3.999.0", tmp_path)
        host = tmp_path / "pulumi-language-python"
        host.touch(mode=0o755)
        assert fits(pulumi, "3.999.0", tmp_path)
        assert not fits(pulumi, "3.999.0-alpha.1", tmp_path)
        assert not fits(pulumi, "3.1.0", tmp_path)
        assert not fits(pulumi, "4.0.0", tmp_path)

    def test_programs_of_a_sandbox_belong_to_that_sandbox(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", str(tmp_path / "world" / "bin"))
        program = tmp_path / "world" / "bin" / "crane"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {ALL['crane'].version}\n")
        program.chmod(0o755)
        assert find("crane") == program
        (tmp_path / "world" / "world.json").write_text("{}")
        assert find("crane") is None

    def test_what_cannot_tell_its_version_never_fits(self, tmp_path: Path) -> None:
        tool = ALL["fake-gcs-server"]
        assert not fits(tool, tool.version, tmp_path)


class TestVersionPatterns:
    @pytest.mark.parametrize(
        ("name", "output", "version"),
        [
            ("pulumi", "v3.259.0\n", "3.259.0"),
            ("kube-apiserver", "Kubernetes v1.36.2\n", "1.36.2"),
            ("kubectl", "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0\n", "1.32.4-dispatcher"),
            ("etcd", "etcd Version: 3.6.14\nGit SHA: Not provided\n", "3.6.14"),
            ("kwokctl", "kwokctl version v0.8.0 go1.26.8 (linux/amd64)\n", "0.8.0"),
            ("helm", "v3.21.4\n", "3.21.4"),
            ("registry", "/opt/registry-v2.8.1/registry github.com/distribution/distribution/v3 v3.0.0\n", "3.0.0"),
        ],
    )
    def test_find_the_version_in_what_the_program_prints(self, name: str, output: str, version: str) -> None:
        found = re.search(ALL[name].version_pattern, output)
        assert found is not None
        assert found.group(1) == version


class TestErrors:
    @pytest.mark.parametrize(
        ("output", "reason"),
        [
            ("write /x/_pkg_.a: no space left on device", Reason.DISK_FULL),
            ("k8s.io/kubernetes/pkg/apis/core: compile: signal: killed", Reason.OUT_OF_MEMORY),
            ("verifying a.b/c@v1.0.0: checksum mismatch\nSECURITY ERROR", Reason.CHECKSUM),
            ("a.b/c@v1: missing go.sum entry for module", Reason.CHECKSUM),
            ("go: go.mod requires go >= 1.26.0 (running go 1.22.2; GOTOOLCHAIN=local)", Reason.OLD_GO),
            ('Get "https://proxy.test/x.mod": dial tcp: lookup proxy.test: no such host', Reason.NO_NETWORK),
            ("go: a.b/c@v1: reading https://proxy.test/c.mod: 403 Forbidden", Reason.NO_NETWORK),
            ("go: a.b/c@v1: module lookup disabled by GOPROXY=off", Reason.NO_NETWORK),
            ("./main.go:3:1: syntax error", Reason.BUILD),
            ("", Reason.BUILD),
        ],
    )
    def test_each_known_failure_is_one_line_that_names_the_log(
        self, output: str, reason: Reason, tmp_path: Path
    ) -> None:
        error = build_error("crane", "0.20.6", output, tmp_path / "build.log")
        assert read_failure(output) is error.reason is reason
        assert str(error).startswith("Cannot build crane 0.20.6: ")
        assert str(error).endswith(f"Log: {tmp_path / 'build.log'}")
        assert "\n" not in str(error)

    def test_unwritable_and_full_caches_differ(self, tmp_path: Path) -> None:
        denied = cache_error("build crane", tmp_path, PermissionError(errno.EACCES, "Permission denied"))
        full = cache_error("build crane", tmp_path, OSError(errno.ENOSPC, "No space left on device"))
        assert (denied.reason, full.reason) == (Reason.CACHE, Reason.DISK_FULL)
        assert "Permission denied" in str(denied)
        assert "CARTESIA_INFRA_CACHE" in str(denied) and "CARTESIA_INFRA_CACHE" in str(full)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgress:
    def show(self, stream: io.StringIO, *, enabled: bool = True) -> str:
        progress = Progress(enabled, stream)
        progress.start("Building x")
        progress.update("Building x: 1 s")
        progress.clear()
        progress.say("Built x")
        return stream.getvalue()

    def test_terminal_has_one_line_that_the_end_replaces(self) -> None:
        assert self.show(Terminal()) == "\r\x1b[KBuilding x\r\x1b[KBuilding x: 1 s\r\x1b[KBuilt x\n"

    def test_elsewhere_start_and_end_are_lines(self) -> None:
        assert self.show(io.StringIO()) == "Building x\nBuilt x\n"

    def test_silence_when_turned_off(self) -> None:
        assert self.show(Terminal(), enabled=False) == ""


@pytest.mark.parametrize("hidden", ["folder", "its parent"])
def test_a_folder_on_path_that_may_not_be_entered_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    folder = tmp_path / "home" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "cache"))
    closed = folder if hidden == "folder" else folder.parent
    closed.chmod(0)
    try:
        assert find("helm") is None
    finally:
        closed.chmod(0o700)
