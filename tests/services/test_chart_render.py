"""The reference chart through real Helm: what the vendor documents is rendered, and what cannot be is refused."""

import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.toolchain import ensure

CHART = Path(__file__).resolve().parents[2] / "sandbox" / "chart" / "cartesia"
TAG = "sonic-20260503"
DISCO, DRAGON = "cartesia-sonic-azure-disco", "cartesia-sonic-rosy-dragon"
REGISTRY = "us-docker.pkg.dev/cartesia-external/self-serve"


@pytest.fixture(scope="session")
def helm(tmp_path_factory):
    program = ensure(["helm"], progress=False)["helm"]
    home = tmp_path_factory.mktemp("helm")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin"}

    def run(*arguments, values=None):
        text = yaml.safe_dump(values or {})
        return subprocess.run(
            [program, *arguments, "--values", "-"], input=text, env=env, capture_output=True, text=True
        )

    return run


@pytest.fixture
def render(helm):
    def objects(values):
        done = helm("template", "cartesia", CHART, "--namespace", "cartesia", values=values)
        assert done.returncode == 0, done.stderr
        found = [obj for obj in yaml.safe_load_all(done.stdout) if obj]
        named = {(obj["kind"], obj["metadata"]["name"]): obj for obj in found}
        assert len(named) == len(found)
        return named

    return objects


def values(**more):
    base = {"release": {"releaseTag": TAG}, "workers": {DISCO: {"model": "azure-disco"}, DRAGON: {"model": "sonic-3"}}}
    for path, value in more.items():
        *parents, last = path.split("__")
        node = base
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    return base


FULL = values(
    imagePullSecret="pull",
    gcsSecret="gcs",
    apiKeySecret="key",
    ingress={
        "enabled": True,
        "host": "api.example.com",
        "certificate": "arn:aws:acm:us-west-2:123456789012:certificate/a",
    },
    licenseProxy__persistence={"enabled": True, "storageClass": "gp3"},
    podMonitor={"enabled": True},
    autoscaling={"enabled": True},
)


def pod(obj):
    return obj["spec"]["template"]["spec"]


def test_lint_is_clean(helm):
    done = helm("lint", "--strict", CHART, values=FULL)
    assert done.returncode == 0, done.stdout


def test_documented_objects_ports_and_probes(render):
    found = render(values())
    assert {name for kind, name in found if kind == "Deployment"} == {
        "cartesia-api",
        "cartesia-license-proxy",
        DISCO,
        DRAGON,
    }
    proxy = found["Service", "cartesia-license-proxy"]["spec"]["ports"]
    assert [(port["port"], port["targetPort"]) for port in proxy] == [(8080, "http")]
    (api,) = pod(found["Deployment", "cartesia-api"])["containers"]
    assert {port["name"]: port["containerPort"] for port in api["ports"]} == {"http": 5000, "metrics": 8080}
    assert api["readinessProbe"]["httpGet"] == {"path": "/status", "port": "http"}
    (worker,) = pod(found["Deployment", DISCO])["containers"]
    assert {port["name"]: port["containerPort"] for port in worker["ports"]} == {"metrics": 8080}
    assert "inferno_worker_capacity" in worker["startupProbe"]["exec"]["command"][-1]
    (nats,) = pod(found["StatefulSet", "cartesia-nats"])["containers"]
    assert [port["containerPort"] for port in nats["ports"]] == [4222, 8222]
    for kind, name in (("Deployment", "cartesia-license-proxy"), ("StatefulSet", "cartesia-nats")):
        assert not any("Probe" in key for key in pod(found[kind, name])["containers"][0])


@pytest.mark.parametrize("budget", [0, 2])
def test_documented_rollout(render, budget):
    found = render(values(release__maxUnavailable=budget))
    strategy = {
        name: obj["spec"]["strategy"]["rollingUpdate"] for (kind, name), obj in found.items() if kind == "Deployment"
    }
    assert strategy == {
        "cartesia-api": {"maxSurge": 1, "maxUnavailable": budget},
        DISCO: {"maxSurge": 3, "maxUnavailable": budget},
        DRAGON: {"maxSurge": 3, "maxUnavailable": budget},
        "cartesia-license-proxy": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }


def test_worker_takes_one_gpu_on_a_gpu_node(render):
    worker = pod(render(values())["Deployment", DISCO])
    assert worker["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in worker["tolerations"]
    resources = worker["containers"][0]["resources"]
    assert resources["limits"] == {"nvidia.com/gpu": 1}
    assert resources["requests"]["nvidia.com/gpu"] == 1


def test_one_gpu_stays_whatever_resources_are_asked_for(render):
    given = values(workers={DISCO: {"resources": {"limits": {"nvidia.com/gpu": 4}, "requests": {"cpu": "3"}}}})
    resources = pod(render(given)["Deployment", DISCO])["containers"][0]["resources"]
    assert resources["limits"]["nvidia.com/gpu"] == resources["requests"]["nvidia.com/gpu"] == 1
    assert resources["requests"]["cpu"] == "3"


def images(found):
    for obj in found.values():
        if obj["kind"] in ("Deployment", "StatefulSet"):
            for part in ("containers", "initContainers"):
                yield from (container["image"] for container in pod(obj).get(part, ()))


@pytest.mark.parametrize(
    "registry", [None, "123456789012.dkr.ecr.us-west-2.amazonaws.com/cartesia", "127.0.0.1:5000/m"]
)
def test_every_vendor_image_has_the_registry_and_the_one_tag(render, registry):
    found = render(values(**({"infra__imageRegistry": registry} if registry else {})))
    vendor = [image for image in images(found) if "nats" not in image]
    assert len(vendor) == 4
    assert all(image.startswith(f"{registry or REGISTRY}/cartesia-") and image.endswith(f":{TAG}") for image in vendor)


def test_worker_image_and_tuning(render):
    found = render(
        values(workers={"fast": {"image": DISCO, "model": "azure-disco", "batch_size": 4, "minReplicas": 2}})
    )
    worker = found["Deployment", "fast"]
    assert worker["spec"]["replicas"] == 2
    (container,) = pod(worker)["containers"]
    assert container["image"] == f"{REGISTRY}/{DISCO}:{TAG}"
    assert {"name": "BATCH_SIZE", "value": "4"} in container["env"]


def test_secrets_are_named_and_never_held(render):
    found = render(FULL)
    assert not [kind for kind, _ in found if kind == "Secret"]
    for kind, name in [("Deployment", "cartesia-api"), ("Deployment", DISCO), ("StatefulSet", "cartesia-nats")]:
        assert pod(found[kind, name])["imagePullSecrets"] == [{"name": "pull"}]
    for name in ("cartesia-api", DISCO):
        assert pod(found["Deployment", name])["volumes"] == [{"name": "gcs", "secret": {"secretName": "gcs"}}]
    (proxy,) = pod(found["Deployment", "cartesia-license-proxy"])["containers"]
    key = next(item for item in proxy["env"] if item["name"] == "CARTESIA_API_KEY")
    assert key["valueFrom"] == {"secretKeyRef": {"name": "key", "key": "api-key"}}


@pytest.mark.parametrize(
    ("seed", "source"),
    [
        ({"licenseSeed": '{"issued_at": 1}'}, {"configMap": {"name": "cartesia-license-seed"}}),
        ({"licenseSeedSecret": "mine"}, {"secret": {"secretName": "mine"}}),
    ],
)
def test_air_gapped_license_is_seeded_once_onto_its_volume(render, seed, source):
    found = render(values(infra__authenticate=False, licenseProxy__persistence={"enabled": True}, **seed))
    proxy = pod(found["Deployment", "cartesia-license-proxy"])
    (init,) = proxy["initContainers"]
    assert init["command"][-1].startswith("test -s /license/license.json ||")
    assert {"name": "seed", **source} in proxy["volumes"]
    assert ("ConfigMap", "cartesia-license-seed") in found or "licenseSeedSecret" in seed
    assert "storageClassName" not in found["PersistentVolumeClaim", "cartesia-license-proxy"]["spec"]


def test_ingress_of_an_arn_is_an_alb_that_keeps_idle_sockets(render):
    ingress = render(FULL)["Ingress", "cartesia"]
    notes = ingress["metadata"]["annotations"]
    assert ingress["spec"]["ingressClassName"] == "alb"
    assert notes["alb.ingress.kubernetes.io/certificate-arn"].startswith("arn:aws:acm:")
    seconds = int(notes["alb.ingress.kubernetes.io/load-balancer-attributes"].split("=")[1])
    assert seconds > 300
    (rule,) = ingress["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/"]


def test_air_gapped_ingress_shows_the_license_proxy_too(render):
    given = values(
        infra__authenticate=False,
        licenseProxy__persistence={"enabled": True},
        ingress={
            "enabled": True,
            "host": "a.example.com",
            "tlsSecret": "tls",
            "className": "nginx",
            "annotations": {"a": "b"},
        },
    )
    ingress = render(given)["Ingress", "cartesia"]
    (rule,) = ingress["spec"]["rules"]
    assert {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]} == {
        "/license": "cartesia-license-proxy",
        "/audit": "cartesia-license-proxy",
        "/": "cartesia-api",
    }
    assert ingress["spec"]["tls"] == [{"hosts": ["a.example.com"], "secretName": "tls"}]
    assert ingress["metadata"]["annotations"] == {"a": "b"}


def test_custom_resources_come_only_when_asked_for(render):
    assert not {kind for kind, _ in render(values())} & {
        "PodMonitor",
        "ScaledObject",
        "Ingress",
        "PersistentVolumeClaim",
    }
    found = render(FULL)
    endpoint = found["PodMonitor", "cartesia"]["spec"]["podMetricsEndpoints"]
    assert endpoint == [{"port": "metrics", "path": "/metrics", "interval": "5s"}]


@pytest.mark.parametrize(("low", "thresholds"), [(0, ["0.8", "1.0", "0.9"]), (1, ["0.8"])])
def test_scaling_has_the_documented_triggers_and_timing(render, low, thresholds):
    given = values(autoscaling={"enabled": True}, workers={DISCO: {"minReplicas": low, "maxReplicas": 4}})
    found = render(given)
    spec = found["ScaledObject", DISCO]["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"], spec["pollingInterval"]) == (low, 4, 15)
    assert [trigger["metadata"]["threshold"] for trigger in spec["triggers"]] == thresholds
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 30
    assert behavior["scaleDown"] == {
        "stabilizationWindowSeconds": 900,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
    }
    assert "replicas" not in found["Deployment", DISCO]["spec"], "KEDA owns the count"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (values(release__releaseTag=""), "release.releaseTag|/release/releaseTag"),
        (values(release__releaseTag=20260503), "releaseTag"),
        (values(release__maxUnavailable=-1), "maxUnavailable"),
        (values(release__maxUnavailable="1"), "maxUnavailable"),
        (values(release__tag="x"), "tag"),
        (values(infra__authenticate="false"), "authenticate"),
        (values(infra__imageRegistry="https://example.com/x"), "imageRegistry"),
        (values(infra__imageRegistry="example.com/x/"), "imageRegistry"),
        (values(infra__imageregistry="example.com"), "imageregistry"),
        (values(licenseProxy__persistence__enable=True), "enable"),
        (values(licenceProxy={}), "licenceProxy"),
        (values(hotReload="yes"), "hotReload"),
        (values(workers=[DISCO]), "workers"),
        (values(workers={"Bad_Name": {}}), "Bad_Name"),
        (values(workers={DISCO: {"minreplicas": 1}}), "minreplicas"),
        (values(workers={DISCO: {"batch_size": 0}}), "batch_size"),
        (values(workers={DISCO: {"minReplicas": 3, "maxReplicas": 2}}), "minReplicas is above maxReplicas"),
        (values(ingress={"enabled": True}), "needs ingress.host"),
        (values(ingress={"enabled": True, "host": "https://a.example.com"}), "host"),
        (values(infra__authenticate=False), "needs licenseProxy.persistence.enabled"),
        (values(licenseSeed="x"), "needs licenseProxy.persistence.enabled"),
        (
            values(licenseSeed="x", licenseSeedSecret="mine", licenseProxy__persistence={"enabled": True}),
            "licenseSeed and licenseSeedSecret",
        ),
    ],
)
def test_wrong_values_are_refused_with_the_key(helm, given, words):
    done = helm("template", "cartesia", CHART, values=given)
    assert done.returncode != 0
    assert any(word in done.stderr for word in words.split("|")), done.stderr
