"""Fixtures that all tests may use."""

import fcntl
import importlib.util
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from inference.models import built_in_cards, card_by_name
from inference.models.cache import ModelCache, default_cache
from inference.models.pull import missing_cards
from posestream.config import KafkaConfig
from posestream.messaging.topic_admin import admin_client, create_topics

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip loudly, or fail in CI where everything must be there."""
    if IN_CI:
        pytest.fail(f"{what} (CI=true: nothing may be missing)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder with real test media and their ground truth."""
    place = os.environ.get("POSESTREAM_TESTDATA")
    if not place or not Path(place).is_dir():
        missing("POSESTREAM_TESTDATA does not name the folder of the test data")
    return Path(str(place)).resolve()


@pytest.fixture(scope="session")
def pulled_models() -> None:
    """For tests marked ``weights``: the built-in networks lie in the cache."""
    cards = missing_cards(built_in_cards(), ModelCache(default_cache()))
    if cards:
        missing(f"{', '.join(card.name for card in cards)} not pulled: run 'posestream models pull'")


@pytest.fixture(scope="session")
def pulled_posenet() -> None:
    """For tests of PoseNet: it lies in the cache, though it comes on request only."""
    if missing_cards([card_by_name("posenet")], ModelCache(default_cache())):
        missing("posenet not pulled: run 'posestream models pull posenet'")


def server_module(name: str) -> ModuleType:
    """Load tests/servers/NAME.py; without __init__ files tests have no packages to import from."""
    spec = importlib.util.spec_from_file_location(f"servers_{name}", Path(__file__).parent / "servers" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def own_networks() -> ModuleType:
    """tests/inference/adding/own_networks.py: ONNX files made here, and their cards."""
    return server_module("../inference/adding/own_networks")


@pytest.fixture(scope="session")
def contract() -> Any:  # noqa: ANN401  # loaded by path: no static type
    """Contract of tests/contract/asyncapi_contract.py with docs/asyncapi.json: check(stream, key, value, headers)."""
    module = server_module("../contract/asyncapi_contract")
    return module.Contract.committed()


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """The jars of Apache Kafka, for tests that start a broker of their own."""
    jars = server_module("kafka_broker").kafka_jars()
    if jars is None:
        missing("no Apache Kafka: java and mvn are needed (Debian: default-jre-headless, maven)")
    return Path(jars)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a real broker: the one that POSESTREAM_TEST_KAFKA names, else one of our own for the session."""
    module = server_module("kafka_broker")
    given = module.given_broker()
    if given:
        yield given
        return
    jars = request.getfixturevalue("kafka_jars")
    own = module.KafkaBroker(jars, tmp_path_factory.mktemp("kafka"))
    own.start()
    yield own.bootstrap_servers
    own.stop()


@pytest.fixture
def own_broker(kafka_jars: Path, tmp_path: Path) -> Iterator[Any]:
    """A tests/servers/kafka_broker.py KafkaBroker of this test alone: it may be killed and started again."""
    (tmp_path / "kafka").mkdir()
    own = server_module("kafka_broker").KafkaBroker(kafka_jars, tmp_path / "kafka")
    own.start()
    yield own
    own.stop()


@pytest.fixture(scope="session")
def secured_kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A tests/servers/secured_kafka.py SecuredKafka: logins, TLS and ACLs; each test allows users of its own."""
    broker_class = server_module("kafka_broker").KafkaBroker
    own = server_module("secured_kafka").SecuredKafka(broker_class, kafka_jars, tmp_path_factory.mktemp("secured"))
    own.start()
    yield own
    own.stop()


@pytest.fixture
def kafka(broker: str) -> KafkaConfig:
    """The config of a broker on which all topics exist, under a prefix of this test's own."""
    config = KafkaConfig(bootstrap_servers=broker, topic_prefix=f"t{uuid.uuid4().hex[:12]}", partitions=3)
    create_topics(config, admin_client(config))
    return config


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[Any]:
    """A running tests/servers/influx_server.py InfluxServer of this test alone; org, bucket and token as there."""
    module = server_module("influx_server")
    program = module.influxd()
    if program is None:
        missing("no InfluxDB: go and cargo are needed to build it (sh tests/servers/influxd.sh)")
    (tmp_path / "influx").mkdir()
    server = module.InfluxServer(program, tmp_path / "influx")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def rtsp_server(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Factory ``rtsp_server(clip, login=None, pem=None)``: a running tests/servers/rtsp.py RtspServer of it."""
    rtsp = server_module("rtsp")
    python = rtsp.python_with_gstreamer()
    if python is None:
        missing("no python3 with GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi) was found")
    with ExitStack() as stack:

        def start(clip: Path, login: tuple[str, str] | None = None, pem: Path | None = None) -> Any:  # noqa: ANN401  # loaded by path: no static type
            server = rtsp.RtspServer(python, clip, tmp_path, login, pem)
            stack.callback(server.stop)
            server.start()
            return server

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a key and a certificate for localhost and 127.0.0.1 that signs itself."""
    if shutil.which("openssl") is None:
        missing("no openssl was found (Debian package openssl)")
    path = tmp_path_factory.mktemp("tls") / "camera.pem"
    server_module("http_camera").write_certificate(path)
    return path


@pytest.fixture
def http_camera() -> Iterator[Callable[..., Any]]:
    """Factory ``http_camera(answers, login=None, digest=False, pem=None)``: a running HttpCamera."""
    module = server_module("http_camera")
    with ExitStack() as stack:

        def start(answers: dict[str, Any], **how: Any) -> Any:  # noqa: ANN401  # loaded by path: no static type
            return stack.enter_context(module.HttpCamera(answers, **how))

        yield start


@pytest.fixture(scope="session")
def http_answers() -> ModuleType:
    """tests/servers/http_camera.py, for its answers: ``http_answers.multipart(…)``."""
    return server_module("http_camera")


@pytest.fixture(scope="session")
def rtsp_peers() -> ModuleType:
    """tests/servers/rtsp_peer.py: fake cameras over RTSP that break on request."""
    return server_module("rtsp_peer")


@pytest.fixture
def rtsp_peer(rtsp_peers: ModuleType) -> Iterator[Callable[..., Any]]:
    """Factory ``rtsp_peer(clip, login=None, digest=False, …)``: a running tests/servers/rtsp_peer.py RtspPeer."""
    with ExitStack() as stack:

        def start(clip: Path, **how: Any) -> Any:  # noqa: ANN401  # loaded by path: no static type
            return stack.enter_context(rtsp_peers.RtspPeer(clip, **how))

        yield start


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium as a Playwright Browser; it has no network use of its own.

    One browser a test: Playwright's loop would stand in the way of other tests' asyncio.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("no Chromium was found (Debian package chromium)")
    quiet = ("quic", "background-networking", "component-update", "sync")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{it}" for it in quiet)]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def onvif() -> Iterator[Any]:
    """tests/servers/onvif_device.py; ``onvif.started(**fields)`` gives a running Device, stopped at the end.

    Loopback multicast is the machine's: one test at a time has it, those of other runs wait.
    """
    module: Any = server_module("onvif_device")
    lock = Path(tempfile.gettempdir()) / f"posestream-tests-onvif-{os.getuid()}.lock"
    with ExitStack() as stack:
        fcntl.flock(stack.enter_context(lock.open("w")), fcntl.LOCK_EX)

        def started(*, answers_calls: bool = True, **fields: Any) -> Any:  # noqa: ANN401  # loaded by path: no static type
            device = module.Device(**fields)
            device.start(answers_calls=answers_calls)
            stack.callback(device.stop)
            return device

        module.started = started
        yield module
