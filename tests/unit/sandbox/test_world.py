"""Parts of the sandbox's world that need no program but Python's own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

from sandbox import launchers
from sandbox.environment import environment, without_foreign
from sandbox.host import processes
from sandbox.host.errors import SandboxDown, SandboxError, StartFailed
from sandbox.host.layout import Layout, world_directory
from sandbox.host.ports import HOST, answers, free_ports, is_free
from sandbox.host.processes import Command, Process
from sandbox.host.records import changing, read_json, write_json, write_text
from sandbox.planes import kwok
from sandbox.planes.claims import claim_plane, plane_of, release_plane
from sandbox.planes.record import process_table, read_process_table
from sandbox.status import look

TOOLS = {name: Path("/tools") / name for name in (*kwok.TOOLS, *launchers.PROGRAMS)}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "world")


@pytest.fixture
def up(layout: Layout) -> Layout:
    write_json(layout.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}, "services": []})
    return layout


class TestEnvironment:
    def test_nothing_of_the_person_outside_is_left(self, up: Layout) -> None:
        outside = {
            "HOME": "/home/someone",
            "PATH": "/usr/bin",
            "AWS_PROFILE": "prod",
            "AWS_SECRET_ACCESS_KEY": "k",
            "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
            "CLOUDSDK_CORE_PROJECT": "p",
            "KUBECONFIG": "/home/someone/.kube/config",
            "KUBERNETES_EXEC_INFO": "{}",
            "PULUMI_ACCESS_TOKEN": "pul-1",
            "PULUMI_BACKEND_URL": "https://api.pulumi.com",
            "PULUMI_CONFIG_PASSPHRASE_FILE": "/pass",
            "PULUMI_STACK": "prod",
            "HELM_NAMESPACE": "prod",
            "DOCKER_AUTH_CONFIG": "{}",
        }
        inside = environment(up.root, outside)
        assert outside
        for name, value in outside.items():
            if name not in ("HOME", "PATH"):
                assert inside.get(name) != value, name

    def test_home_folders_with_credentials_are_pointed_elsewhere(self, up: Layout) -> None:
        inside = environment(up.root, {})
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG", "DOCKER_CONFIG"):
            assert Path(inside[name]).is_relative_to(up.root)
            assert not Path(inside[name]).exists()
        assert inside["AWS_EC2_METADATA_DISABLED"] == "true"

    def test_switches_of_the_engine_are_left_alone(self) -> None:
        kept = {"PULUMI_OPTION_COLOR": "never", "PULUMI_DEBUG_COMMANDS": "1", "LANG": "C"}
        assert without_foreign(kept) == kept

    def test_the_sandbox_comes_first_on_the_path_and_only_once(self, up: Layout) -> None:
        once = environment(up.root, {"PATH": "/usr/bin"})
        twice = environment(up.root, once)
        assert once["PATH"].split(":") == [str(up.bin), str(Path(sys.executable).parent), "/usr/bin"]
        assert twice == once

    def test_loopback_never_goes_through_a_proxy(self, up: Layout) -> None:
        assert environment(up.root, {"no_proxy": "corp.example"})["NO_PROXY"] == "corp.example,127.0.0.1,localhost"

    def test_a_world_that_is_down_has_none(self, layout: Layout) -> None:
        with pytest.raises(SandboxDown, match="cartesia-infra sandbox up"):
            environment(layout.root)
        assert not layout.root.exists()

    def test_the_world_is_where_the_variable_says(self, tmp_path: Path) -> None:
        assert world_directory({"CARTESIA_SANDBOX_DIR": str(tmp_path)}) == tmp_path
        assert world_directory({}).name == ".sandbox"


class TestProcesses:
    def test_a_process_is_known_by_id_and_start(self) -> None:
        me = Process.of(os.getpid())
        assert me is not None
        assert me.alive
        assert not Process(me.pid, me.started + 60).alive
        assert Process.of(2**22 + 1) is None

    def test_a_record_of_processes_is_read_back_and_one_of_an_older_version_names_none(self) -> None:
        me = Process.of(os.getpid())
        assert me is not None
        table = process_table({"it": me})
        assert read_process_table(json.loads(json.dumps(table))) == {"it": me}
        assert read_process_table([{"name": "it", "pid": me.pid, "start_ticks": 5}]) == {}

    def test_an_id_that_was_given_to_somebody_else_is_not_signalled(self) -> None:
        with subprocess.Popen(["sleep", "60"]) as bystander:
            found = Process.of(bystander.pid)
            assert found is not None
            processes.kill([Process(found.pid, found.started - 60)])
            assert found.alive
            processes.kill([found])
            assert not found.alive
            assert bystander.wait() == -signal.SIGKILL

    def test_a_dead_process_nobody_waited_for_counts_as_ended(self) -> None:
        with subprocess.Popen(["true"]) as child:
            deadline = time.monotonic() + 5
            while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
                time.sleep(0.01)
            assert Process.of(child.pid) is None

    def test_a_started_process_belongs_to_nobody_and_is_found_by_its_words(self, tmp_path: Path) -> None:
        marker = f"{tmp_path}/a b"
        script = "import sys, time; print('said', sys.argv, flush=True); time.sleep(60)"
        command = Command("sleeper", (sys.executable, "-c", script, "-data", marker), tmp_path, tmp_path / "log")
        process = processes.start(command, {"PATH": "/usr/bin:/bin"})
        try:
            deadline = time.monotonic() + 5
            while not processes.find([command.argv]) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert processes.find([command.argv]) == [process]
            assert processes.find_with(("-data", marker)) == [process]
            assert processes.find_named({"it": command.argv, "other": ("nothing",)}) == {"it": process}
            assert processes.find([(*command.argv, "more")]) == []
            assert processes.find_with((marker, "-data")) == []
            parent, session = psutil.Process(process.pid).ppid(), os.getsid(process.pid)
            assert os.getpid() not in (parent, session)
            assert session != os.getsid(0)
        finally:
            processes.kill([process])
        assert processes.find_with(("-data", marker)) == []

    def test_a_program_that_is_not_there_is_an_error_with_its_log(self, tmp_path: Path) -> None:
        command = Command("ghost", ("/nowhere/ghost",), tmp_path, tmp_path / "log")
        try:
            process = processes.start(command, {})
        except StartFailed as error:
            assert str(tmp_path / "log") in str(error)
        else:  # the shell had not noticed yet
            deadline = time.monotonic() + 5
            while process.alive and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not process.alive
        assert "ghost" in (tmp_path / "log").read_text()


class TestPorts:
    def test_free_ports_differ_and_are_below_those_of_outgoing_connections(self) -> None:
        ports = free_ports(20)
        assert len(set(ports)) == 20
        assert all(20_000 <= port < 32_000 for port in ports)

    def test_a_taken_port_is_not_free(self) -> None:
        with socket.socket() as server:
            server.bind((HOST, 0))
            server.listen()
            port = server.getsockname()[1]
            assert not is_free(port)
            assert answers(port)
        assert not answers(port)


class TestRecords:
    def test_half_a_file_is_no_record(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text('{"a": ')
        assert read_json(tmp_path / "x") is None
        assert read_json(tmp_path / "missing") is None
        (tmp_path / "x").write_text("[]")
        assert read_json(tmp_path / "x") is None

    def test_a_file_with_the_same_text_is_left_alone(self, tmp_path: Path) -> None:
        write_text(tmp_path / "x", "text")
        before = (tmp_path / "x").stat()
        write_text(tmp_path / "x", "text")
        assert (tmp_path / "x").stat().st_ino == before.st_ino
        assert before.st_mode & 0o777 == 0o600

    def test_one_at_a_time_changes_a_world(self, layout: Layout) -> None:
        with (
            changing(layout),
            pytest.raises(SandboxError, match=rf"another command \(pid {os.getpid()}, "),
            changing(layout, timeout=0.05),
        ):
            pass
        with changing(layout, timeout=0.05):
            pass

    def test_a_lock_whose_file_was_removed_guards_nothing(self, layout: Layout) -> None:
        with changing(layout):
            layout.lock.unlink()
            with changing(layout, timeout=1):  # a new file, so a new lock
                pass


class TestKwokConfiguration:
    def test_every_program_is_named_and_all_listen_on_loopback(self) -> None:
        ports = {name: 20_000 + index for index, name in enumerate(kwok.PORTS)}
        document = yaml.safe_load(kwok.configuration(TOOLS, ports))
        options = document["options"]
        named = {value for key, value in options.items() if key.endswith("Binary")}
        assert named == {str(TOOLS[name]) for name in kwok.TOOLS if name != "kwokctl"}
        assert options["bindAddress"] == HOST
        assert sorted(value for key, value in options.items() if key.endswith("Port")) == sorted(ports.values())

    def test_a_killed_part_is_not_waited_for_by_its_successor(self) -> None:
        document = yaml.safe_load(kwok.configuration(TOOLS, dict.fromkeys(kwok.PORTS, 1)))
        patches = {each["name"]: each["extraArgs"] for each in document["componentsPatches"]}
        for part in (kwok.CONTROLLER_MANAGER, kwok.SCHEDULER):
            assert {"key": "leader-elect", "value": "false", "override": True} in patches[part]

    def test_a_plane_that_kwokctl_has_not_laid_out_has_no_parts(self, tmp_path: Path) -> None:
        folder = kwok.KwokFolder(tmp_path)
        assert kwok.part_commands(folder) == {}
        folder.parts.parent.mkdir(parents=True)
        folder.parts.write_text("components: [\nkind: KwokctlConfiguration\n")
        assert kwok.part_commands(folder) == {}


class TestAws:
    @pytest.fixture
    def aws(self, layout: Layout) -> Path:
        tools = {name: layout.root / "tools" / name for name in launchers.PROGRAMS}
        for tool in tools.values():
            write_text(tool, "program")
        launchers.write_bin(layout, tools)
        for version in ("v1", "v1beta1"):
            write_text(layout.tokens / f"eks-dev.{version}.json", json.dumps({"apiVersion": version}))
        return layout.bin / "aws"

    @pytest.mark.parametrize(
        "words",
        [
            "--region us-west-2 eks get-token --cluster-name eks-dev --output json",
            "eks get-token --cluster-name=eks-dev --role-arn arn:aws:iam::1:role/x",
            "eks --region=us-west-2 get-token --cluster-name eks-dev",
        ],
    )
    def test_it_answers_for_a_cluster(self, aws: Path, words: str) -> None:
        done = subprocess.run([aws, *words.split()], capture_output=True, text=True, env={})
        assert json.loads(done.stdout) == {"apiVersion": "v1beta1"}

    def test_it_answers_in_the_version_it_is_asked_for(self, aws: Path) -> None:
        info = json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1"})
        words = [aws, "eks", "get-token", "--cluster-name", "eks-dev"]
        done = subprocess.run(words, capture_output=True, text=True, env={"KUBERNETES_EXEC_INFO": info})
        assert json.loads(done.stdout) == {"apiVersion": "v1"}

    @pytest.mark.parametrize(
        ("words", "code", "text"),
        [
            ("", 2, "stand-in"),
            ("s3 ls", 2, "stand-in"),
            ("eks get-token", 2, "stand-in"),
            ("eks get-token --cluster-name", 2, "stand-in"),
            ("eks get-token --cluster-name ../eks-dev", 2, "stand-in"),
            ("eks get-token --cluster-name eks-dev --frob", 2, "stand-in"),
            ("sts get-caller-identity --cluster-name eks-dev", 2, "stand-in"),
            ("eks get-token --cluster-name other", 254, "no EKS cluster named other"),
        ],
    )
    def test_it_refuses_the_rest_in_one_sentence(self, aws: Path, words: str, code: int, text: str) -> None:
        done = subprocess.run([aws, *words.split()], capture_output=True, text=True, env={})
        assert done.returncode == code
        assert text in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


class TestLaunchers:
    def test_a_released_engine_keeps_its_own_language_host(self, layout: Layout, tmp_path: Path) -> None:
        tools = {name: tmp_path / "tools" / name for name in launchers.PROGRAMS}
        for tool in (*tools.values(), *(tmp_path / "tools" / f"pulumi-language-python{end}" for end in ("", "-exec"))):
            write_text(tool, "program", mode=0o755)
        launchers.write_bin(layout, tools)
        for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
            assert (layout.engine / name).resolve() == tmp_path / "tools" / name

    def test_ours_lies_beside_an_engine_that_has_none(self, layout: Layout, tmp_path: Path) -> None:
        tools = {name: tmp_path / "tools" / name for name in launchers.PROGRAMS}
        for tool in tools.values():
            write_text(tool, "program", mode=0o755)
        launchers.write_bin(layout, tools)
        launchers.write_bin(layout, tools)
        assert not (layout.engine / "pulumi").is_symlink()
        assert (layout.engine / "pulumi").samefile(tools["pulumi"])
        assert "sandbox.language" in (layout.engine / "pulumi-language-python").read_text()


class TestWorldThatIsDown:
    def test_it_has_no_planes_and_asking_makes_no_files(self, layout: Layout) -> None:
        assert look(layout).state == "down"
        assert plane_of(layout.root, "eks-dev") is None
        release_plane(layout.root, "eks-dev")
        with pytest.raises(SandboxDown, match="sandbox up"):
            claim_plane(layout.root, "eks-dev")
        assert not layout.root.exists()
