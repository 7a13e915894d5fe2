import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from posestream.config import Config, load_config, parse_config
from posestream.config.load import MAX_BYTES
from posestream.errors import ConfigError

Refusal = Callable[..., str]
EXAMPLE = Path(__file__).parents[3] / "posestream" / "config" / "example.yaml"
SECRET = "hunter2canary"  # noqa: S105  # what must not be found in any message
CAMERA = "cameras: [{id: a, url: x, zones: [{id: door, polygon: [[0, 0], [1, 0], [1, 1]]}]}]\n"


@pytest.mark.parametrize("text", ["", "# nothing", "---", "null", "{}"])
def test_nothing_is_a_legal_config(text: str) -> None:
    assert parse_config(text, "f.yaml", {}) == Config()


def test_the_example_loads() -> None:
    config = load_config(EXAMPLE, {"LOBBY_PASSWORD": "p@ss"})
    assert config.cameras[0].url.get_secret_value() == "rtsp://viewer:p@ss@10.0.0.7/stream2"
    assert [rule.id for rule in config.rules] == ["intrusion", "loiter", "linger", "crowd", "huddle", "lost"]
    assert [rule.for_seconds for rule in config.rules] == [1.0, 30.0, 10.0, 5.0, 0.2, 30.0]
    assert config.rules_of(config.cameras[0]) == config.rules
    assert "p@ss" not in repr(config)
    assert "p@ss" not in config.model_dump_json()


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_PASSWORD", "x")
    assert load_config(EXAMPLE).site == "site"


TROUBLES = (
    "one of down, stalled, frozen, dark, overexposed, blurred, corrupt, drift, scene_changed, low_fps, "
    "or a list of them"
)
WRONG = [
    ("[1, 2]", "wanted keys and values like 'cameras: […]', got a list"),
    ("text", "wanted keys and values like 'cameras: […]', got a str"),
    ("sites: x", "sites: unknown key"),
    ("site: ''", "site: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', got ''"),
    ("site: ../x", "site: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', got '../x'"),
    ("site: 3", "site: wanted a text, got 3"),
    ("1: 2", "[1]: Keys should be strings, got 1"),
    ('"a\\nb": 2', "a b: unknown key"),
    ('"\\x1b[31mred": 2', "[31mred: unknown key"),
    ("cameras: x", "cameras: wanted a list, got 'x'"),
    ("cameras: [x]", "cameras[0]: wanted keys and values, got 'x'"),
    ("cameras: [{id: a}]", "cameras[0].url: this key is needed"),
    ("cameras: [{id: a, url: ''}]", "cameras[0].url: Value should have at least 1 item after validation, not 0"),
    ("cameras: [{id: a, url: 5}]", "cameras[0].url: wanted a text"),
    ("cameras: [{id: a, url: x, fps: 0}]", "cameras[0].fps: Input should be greater than 0, got 0"),
    ("cameras: [{id: a, url: x, fps: .nan}]", "cameras[0].fps: Input should be a finite number, got nan"),
    (
        "cameras: [{id: a, url: x, width: 1.5}]",
        "cameras[0].width: Input should be a valid integer, got a number with a fractional part, got 1.5",
    ),
    ("cameras: [{id: a, url: x}, {id: a, url: y}]", "cameras: wanted unique ids, got a, a"),
    (
        "cameras: [{id: a, url: x, zones: [{id: z, polygon: [[0, 0], [1, 1]]}]}]",
        "cameras[0].zones[0].polygon: Tuple should have at least 3 items after validation, not 2",
    ),
    (
        "cameras: [{id: a, url: x, zones: [{id: z, polygon: [[0, 0], [1, 1], [0, 1.5]]}]}]",
        "cameras[0].zones[0].polygon[2][1]: Input should be less than or equal to 1, got 1.5",
    ),
    (
        "cameras: [{id: a, url: x, lines: [{id: l, from: [0, 0], to: [0]}]}]",
        "cameras[0].lines[0].to[1]: this key is needed",
    ),
    (
        "cameras: [{id: a, url: x, lines: [{id: l, from: [0, 0], to: [0, 0]}, {id: l, from: [0, 0], to: [0, 0]}]}]",
        "cameras[0]: lines: wanted unique ids, got l, l",
    ),
    ("rules: {a: b}", "rules: wanted a list"),
    ("rules: [3]", "rules[0]: wanted keys and values, got 3"),
    ("rules: [{id: r}]", "rules[0]: the key 'kind' is needed"),
    (
        "rules: [{id: r, kind: dance}]",
        (
            "rules[0]: Input tag 'dance' found using 'kind' does not match any of the expected tags: "
            "'zone', 'loiter', 'crowd', 'camera'"
        ),
    ),
    ("rules: [{id: r, kind: zone, zone: [x]}]", "rules[0].zone: wanted a text"),
    ("rules: [{id: r, kind: zone}]", "rules[0].zone: this key is needed"),
    ("rules: [{id: r, kind: loiter, radius: 0.1}]", "rules[0].for: this key is needed"),
    (
        "rules: [{id: r, kind: loiter, radius: 0.1, for: 30}]",
        "rules[0].for: wanted a duration like 500ms, 30s or 5m, got 30",
    ),
    ("rules: [{id: r, kind: loiter, for: 30s}]", "rules[0]: wanted either zone or radius"),
    (
        "rules: [{id: r, kind: loiter, radius: 0.1, for: -5.0}]",
        "rules[0].for: Input should be greater than or equal to 0, got -5.0",
    ),
    (CAMERA + "rules: [{id: r, kind: zone, zone: gate}]", "rules[0].zone: no camera has a zone 'gate'"),
    (CAMERA + "rules: [{id: r, kind: zone, zone: gate, cameras: [a]}]", "rules[0].zone: camera 'a' has no zone 'gate'"),
    (CAMERA + "rules: [{id: r, kind: zone, zone: door, cameras: [b]}]", "rules[0].cameras: no camera 'b'; there are a"),
    ("rules: [{id: r, kind: crowd, more_than: 1, cameras: [b]}]", "rules[0].cameras: no camera 'b'; there are none"),
    (
        CAMERA + "rules: [{id: r, kind: crowd, more_than: 1, zone: door, within: 0.1}]",
        "rules[0]: wanted zone or within, not both",
    ),
    ("rules: [{id: r, kind: camera}]", "rules[0].state: this key is needed"),
    ("rules: [{id: r, kind: camera, state: froze}]", f"rules[0].state: wanted {TROUBLES}, got 'froze'"),
    ("rules: [{id: r, kind: camera, state: [down, 3]}]", f"rules[0].state: wanted {TROUBLES}, got 3"),
    ("rules: [{id: r, kind: camera, state: [[down]]}]", f"rules[0].state: wanted {TROUBLES}, got ['down']"),
    ("rules: [{id: r, kind: camera, state: {down: 1}}]", f"rules[0].state: wanted {TROUBLES}, got {{'down': 1}}"),
    ("rules: [{id: r, kind: camera, state: []}]", f"rules[0].state: wanted {TROUBLES}, got none"),
    ("rules: [{id: r, kind: camera, state: down, zone: door}]", "rules[0].zone: unknown key"),
    (
        "rules: [{id: r, kind: camera, state: down, for: 30}]",
        "rules[0].for: wanted a duration like 500ms, 30s or 5m, got 30",
    ),
    (
        "rules: [{id: r, kind: camera, state: down, cameras: [b]}]",
        "rules[0].cameras: no camera 'b'; there are none",
    ),
    (
        "rules: [{id: silent, kind: camera, state: down}]",
        "rules[0].id: 'silent' is the rule of posestream's own alerts; choose another name",
    ),
    (
        "rules: [{id: r, kind: crowd, more_than: 1}, {id: r, kind: crowd, more_than: 1}]",
        "rules: wanted unique ids, got r, r",
    ),
    (
        "model: {preset: ../best}",
        "model.preset: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$', got '../best'",
    ),
    ("serve: {port: 65536}", "serve.port: Input should be less than or equal to 65535, got 65536"),
    ("serve: {port: 0x" + "f" * 6000 + "}", "serve.port: Input should be less than or equal to 65535"),
    ("serve: {bind: 0.0.0.0}", "serve.bind: Input should be '127.0.0.1', '::1' or 'localhost', got '0.0.0.0'"),
    (
        "store: {kind: papyrus}",
        "store: Input tag 'papyrus' found using 'kind' does not match any of the expected tags: 'sqlite', 'influxdb'",
    ),
    ("store: papyrus", "store: wanted keys and values, got 'papyrus'"),
    ("store: {token: x}", "store.token: unknown key"),
    ("store: {kind: influxdb, url: 'http://h', org: o, bucket: b}", "store.token: this key is needed"),
    (
        "store: {kind: influxdb, url: 'http://u:pw@h', org: o, bucket: b, token: t}",
        "store.url: String should match pattern '^https?://[^\\s/@]+(/\\S*)?$'",
    ),
    ("kafka: {properties: {group.id: x}}", "kafka: properties: 'group.id' is set by posestream itself; leave it out"),
    ("kafka: {properties: {sasl.password: [x]}}", "kafka.properties.sasl.password: wanted a text"),
    (
        "kafka: {delivery: once}",
        "kafka.delivery: Input should be 'at-least-once' or 'exactly-once', got 'once'",
    ),
    (
        "metrics: {ports: {serve: 1}}",
        ("metrics.ports.serve: Input should be 'ingest', 'infer', 'track', 'alert', 'write' or 'archive', got 'serve'"),
    ),
    (
        "kafka: {properties: {error_cb: x}}",
        "kafka.properties.error_cb: String should match pattern '^(log_level|[a-z][a-z0-9.]*)$'",
    ),
    (
        "kafka: {transport: packet}\ncameras: [{id: a, url: x, privacy: [{polygon: [[0, 0], [1, 0], [1, 1]]}]}]",
        (
            "cameras[0].privacy: packets leave ingest as the camera made them, nothing can be masked; "
            "use kafka.transport: jpeg"
        ),
    ),
    ('store: {path: "a\\0b"}', "store.path: a text may not hold NUL or half a surrogate pair"),
    ("site: ${NOT_SET}", "site: the environment variable NOT_SET is not set"),
    ("cameras: [{id: a, url: 'rtsp://u:${NOT_SET}@h'}]", "cameras[0].url: the environment variable NOT_SET is not set"),
    ("{a: " * 21 + "1" + "}" * 21, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: nested deeper than 20 levels"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=range(len(WRONG)))
def test_a_mistake_is_told_in_one_line(refusal: Refusal, text: str, message: str) -> None:
    assert refusal(text) == f"f.yaml: {message}"


def test_each_mistake_has_a_line_of_its_own(refusal: Refusal) -> None:
    assert refusal("site: 3\nmodell: {}\nserve: {port: -1}").splitlines() == [
        "f.yaml: site: wanted a text, got 3",
        "f.yaml: serve.port: Input should be greater than or equal to 0, got -1",
        "f.yaml: modell: unknown key",
    ]


@pytest.mark.parametrize("login", ["rtsp://u:{}@h/x", "rtsp://u:a/{} b@c@h/x", "http://h/?token={}"])
@pytest.mark.parametrize(
    "text",
    [
        "{}: 3",
        "site: '{}'",
        "cameras: ['{}']",
        "cameras: '{}'",
        "cameras: [{{id: '{}', url: x}}]",
        "cameras: [{{id: a, url: ['{}']}}]",
        "cameras: [{{id: a, url: x, fps: '{}'}}]",
        "rules: [{{id: r, kind: '{}'}}]",
        "rules: [{{id: r, kind: crowd, more_than: 1, for: '{}'}}]",
        "? ['{}']\n: 3",
        "'{0}': 1\n'{0}': 2",
    ],
)
def test_no_login_in_any_message(refusal: Refusal, text: str, login: str) -> None:
    assert SECRET not in refusal(text.format(login.format(SECRET)))
    assert SECRET not in refusal(text.format("${URL}x${URL}"), URL=login.format(SECRET))


@pytest.mark.parametrize("value", [SECRET, f"it's {SECRET}", f"{SECRET}\\\n", "pw", "ö"])
@pytest.mark.parametrize(
    "text",
    ["site: '${P}:'", "rules: [{id: r, kind: '${P}'}]", "rules: [{id: r, kind: loiter, radius: 0, for: '${P}'}]"],
)
def test_no_value_of_a_variable_in_any_message(refusal: Refusal, text: str, value: str) -> None:
    message = refusal(text, P=value)
    assert value.strip() not in message
    assert "${P}" in message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    def refused(path: Path) -> str:
        with pytest.raises(ConfigError) as caught:
            load_config(path, {})
        return str(caught.value).removeprefix(f"{path}: ")

    file = tmp_path / "f.yaml"
    assert refused(file) == "cannot read the config: No such file or directory"
    assert refused(tmp_path) == "cannot read the config: Is a directory"
    assert "cannot read the config" in refused(Path("a\0b"))
    file.write_bytes(b"site: \xff\xfe\x00\x01")
    assert refused(file) == "not a text file in UTF-8"
    file.write_text("#" + "ö" * MAX_BYTES)
    assert refused(file) == f"cannot read the config: larger than {MAX_BYTES} bytes, this is no config file"
    assert refused(Path(os.devnull).with_name("zero")).endswith("this is no config file")
    file.write_text("site: 3")
    assert refused(file) == "site: wanted a text, got 3"


def test_a_line_is_never_endless(refusal: Refusal) -> None:
    assert all(len(line) <= 300 for line in refusal(f"{'k' * 9999}: 1\nsite: {'v' * 9999}").splitlines())


HOSTILE = [
    "\t", "\n", "'", '"', "{", "}", "[", "]", ": ", "- ", "&a ", "*a ", "!!int ", "!x ", "<<: ", "? ", "| ", "%", "\0",
    "\ud800", "\x1b", "${X}", "${", "1e999", ".nan", "0x" + "f" * 5000, "-1", "null", "true", "2001-99-99", "0b_",
    "...", "---", "@", "rtsp://u:hunter2canary@h ",
]  # fmt: skip


def hostile_mutations(count: int) -> list[str]:
    chance = random.Random(20240229)  # noqa: S311  # a test's dice
    example = re.sub(r"#.*", "", EXAMPLE.read_text(encoding="utf-8"))
    texts = []
    for _ in range(count):
        text = example
        for _ in range(chance.randint(1, 6)):
            start = chance.randrange(len(text))
            piece = chance.choice([*HOSTILE, text[start : start + chance.randint(1, 200)]])
            where = chance.randrange(len(text))
            text = text[:where] + piece * chance.choice([1, 1, 1, 50]) + text[where + chance.choice([0, 0, 1, 20]) :]
        texts.append(text)
    return texts


def refused_with(text: str) -> str | None:
    try:
        parse_config(text, "f.yaml", {"LOBBY_PASSWORD": SECRET, "X": SECRET})
    except ConfigError as error:
        return str(error)
    return None


def test_500_hostile_mutations_are_configs_or_mistakes() -> None:
    told = 0
    for text in hostile_mutations(500):
        message = refused_with(text)
        told += message is not None
        assert SECRET not in (message or ""), text
        assert all(line.startswith("f.yaml: ") for line in (message or "").splitlines()), text
    assert told > 250


def test_who_opens_no_cameras_need_not_know_their_passwords() -> None:
    text = "{cameras: [{id: a, url: 'rtsp://u:${PW}@${HOST}'}], site: '${SITE}'}"
    config = parse_config(text, "f.yaml", {"HOST": "h", "SITE": "s"}, opens_cameras=False)
    assert config.cameras[0].url.get_secret_value() == "rtsp://u:${PW}@h"
    for environment, opens_cameras, message in (
        ({"PW": "p", "HOST": "h"}, False, "site: the environment variable SITE is not set"),
        ({"SITE": "s", "HOST": "h"}, True, r"cameras\[0\]\.url: the environment variable PW is not set"),
    ):
        with pytest.raises(ConfigError, match=message):
            parse_config(text, "f.yaml", environment, opens_cameras=opens_cameras)
