"""The page as a person sees it, in a real browser."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Route, expect

from posestream.config import ZoneConfig
from posestream.schemas import Alert, AlertState, Frame, Tracks
from posestream.skeletons import BODY25, COCO17, CROWDPOSE14, WHOLEBODY133, Skeleton
from sinks.serve import CameraFigures, LiveHub
from sinks.store import SqliteStore

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.hacked=1">'
SKELETONS = "g.person"
DEADLINE_MS = 20_000


class Camera:
    """Publishes two walking persons and the camera's figures until it is stopped."""

    def __init__(self, hub: LiveHub, make: Callable[[int], tuple[Frame, Tracks]], camera_id: str, label: str) -> None:
        self._hub = hub
        self._make = make
        zones = (ZoneConfig(id="door", polygon=((0.1, 0.1), (0.6, 0.1), (0.6, 0.9), (0.1, 0.9))),)
        self._figures = CameraFigures(
            camera_id, label, "live", persons=2, fps_out=20.0, width=320, height=240, zones=zones
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._stopped.wait(0.05):
            self._hub.publish(*self._make(number))
            if number % 10 == 0:
                self._hub.publish_figures(self._figures)
            number += 1

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


@pytest.fixture
def start_camera(
    hub: LiveHub, make_tracks: Callable[..., Tracks], make_frame: Callable[..., Frame]
) -> Iterator[Callable[..., Camera]]:
    """Give ``start(id, label, skeleton)``: a camera that publishes until the test ends."""
    started = []

    def start(camera_id: str, label: str, skeleton: Skeleton = COCO17) -> Camera:
        def make(number: int) -> tuple[Frame, Tracks]:
            tops = [(100 + number % 20, 40), (220, 50)]
            tracks = make_tracks(tops, camera_id=camera_id, frame_index=number, skeleton=skeleton)
            return make_frame(tracks), tracks

        started.append(Camera(hub, make, camera_id, label))
        return started[-1]

    yield start
    for camera in started:
        camera.stop()


class Watch:
    """A page, and what went wrong on it."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page = browser.new_context().new_page()
        self.page.set_default_timeout(DEADLINE_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


def test_two_watchers_see_the_same_persons(
    browser: Browser,
    address: str,
    start_camera: Callable[[str, str], Camera],
) -> None:
    camera = start_camera("lobby", "The lobby")
    watchers = [Watch(browser, address), Watch(browser, address)]
    for watcher in watchers:
        expect(watcher.page.locator(SKELETONS)).to_have_count(2, timeout=DEADLINE_MS)
        expect(watcher.page.locator("article h2")).to_have_text("The lobby")
        expect(watcher.page.locator(".number")).to_have_text("2", timeout=DEADLINE_MS)
    camera.stop()
    for watcher in watchers:
        expect(watcher.page.locator(".veil")).to_contain_text("No picture for", timeout=DEADLINE_MS)
    seen = [
        [watcher.page.locator(f"{SKELETONS} path").nth(number).get_attribute("d") for number in range(12)]
        for watcher in watchers
    ]
    assert seen[0] == seen[1]
    _, left, right, middle, joints = (path.count("M") for path in seen[0][:5])
    assert (left + right + middle, joints) == (len(COCO17.bones), len(COCO17.keypoints))
    grey = watchers[0].page.evaluate(
        "() => [...document.querySelector('canvas').getContext('2d').getImageData(5, 5, 1, 1).data]"
    )
    assert all(abs(value - 90) < 6 for value in grey[:3])
    for watcher in watchers:
        assert watcher.complaints == []
        assert all(url.startswith((address, f"blob:{address}")) for url in watcher.asked)


@pytest.mark.parametrize("skeleton", [BODY25, CROWDPOSE14, WHOLEBODY133], ids=lambda skeleton: skeleton.name)
def test_bones_are_those_of_the_skeleton(
    browser: Browser, address: str, start_camera: Callable[..., Camera], skeleton: Skeleton
) -> None:
    start_camera("lobby", "The lobby", skeleton)
    watcher = Watch(browser, address)
    expect(watcher.page.locator(SKELETONS)).to_have_count(2, timeout=DEADLINE_MS)
    paths = watcher.page.locator(SKELETONS).first.locator("path").all()
    _, left, right, middle, joints, fine = ((path.get_attribute("d") or "").count("M") for path in paths)
    thin = sum(skeleton.fine.issuperset(bone) for bone in skeleton.bones)
    assert (left + right + middle, fine) == (len(skeleton.bones) - thin, thin)
    assert joints == len(skeleton.keypoints) - len(skeleton.fine)
    assert watcher.complaints == []


def test_skeleton_only_hides_the_picture(
    browser: Browser,
    address: str,
    start_camera: Callable[[str, str], Camera],
) -> None:
    start_camera("lobby", "The lobby")
    watcher = Watch(browser, address)
    expect(watcher.page.locator(SKELETONS)).to_have_count(2, timeout=DEADLINE_MS)
    watcher.page.locator("#skeleton-only").focus()
    watcher.page.keyboard.press("Space")
    expect(watcher.page.locator("canvas")).to_be_hidden()
    expect(watcher.page.locator("svg.overlay")).to_be_visible()
    watcher.page.reload()
    expect(watcher.page.locator("#skeleton-only")).to_be_checked()
    expect(watcher.page.locator(SKELETONS)).to_have_count(2, timeout=DEADLINE_MS)
    expect(watcher.page.locator("canvas")).to_be_hidden()


def test_an_alert_appears_marks_its_zone_and_ends(  # fixtures
    browser: Browser,
    address: str,
    hub: LiveHub,
    store: SqliteStore,
    start_camera: Callable[[str, str], Camera],
    make_alert: Callable[..., Alert],
) -> None:
    start_camera("lobby", "The lobby")
    store.add_alert(make_alert(frame=1, state=AlertState.RESOLVED))
    watcher = Watch(browser, address)
    rows = watcher.page.locator("#alerts-list li")
    expect(rows).to_have_count(1, timeout=DEADLINE_MS)
    hub.publish_alerts([make_alert(frame=50)])
    expect(rows).to_have_count(2, timeout=DEADLINE_MS)
    expect(rows.first).to_contain_text("The lobby · door · person 1")
    expect(rows.first).to_contain_text("Happening now")
    expect(watcher.page.locator("g.zone.alarmed")).to_have_count(1)
    hub.publish_alerts([make_alert(frame=50, state=AlertState.RESOLVED)])
    expect(rows.first).to_contain_text("Over after 1 s")
    expect(watcher.page.locator("g.zone.alarmed")).to_have_count(0)
    assert watcher.complaints == []


def test_hostile_names_stay_text(
    browser: Browser,
    address: str,
    hub: LiveHub,
    start_camera: Callable[[str, str], Camera],
    make_alert: Callable[..., Alert],
) -> None:
    start_camera(HOSTILE, HOSTILE)
    watcher = Watch(browser, address)
    expect(watcher.page.locator(SKELETONS)).to_have_count(2, timeout=DEADLINE_MS)
    hub.publish_alerts([make_alert(camera_id=HOSTILE, zone=HOSTILE)])
    expect(watcher.page.locator("#alerts-list .where")).to_contain_text(HOSTILE, timeout=DEADLINE_MS)
    expect(watcher.page.locator("article h2")).to_have_text(HOSTILE)
    assert watcher.page.locator("main img").count() == 0
    assert watcher.page.evaluate("() => window.hacked === undefined")
    assert watcher.complaints == []


def test_without_a_camera_the_page_says_what_to_do(
    browser: Browser,
    address: str,
    hub: LiveHub,
) -> None:
    watcher = Watch(browser, address)
    expect(watcher.page.locator("#no-camera")).to_contain_text("posestream run rtsp://", timeout=DEADLINE_MS)
    hub.publish_figures(CameraFigures("lobby", "The lobby", "down", "connection refused, trying again"))
    expect(watcher.page.locator(".veil")).to_contain_text(
        "Camera down: connection refused, trying again", timeout=DEADLINE_MS
    )
    expect(watcher.page.locator("#no-camera")).to_be_hidden()
    expect(watcher.page.locator("#overall")).to_have_text("1 of 1 camera needs attention")
    hub.drop_camera("lobby")
    expect(watcher.page.locator("article")).to_have_count(0, timeout=DEADLINE_MS)
    assert watcher.complaints == []


def test_an_answer_that_events_have_overtaken_changes_nothing(
    browser: Browser,
    address: str,
    hub: LiveHub,
) -> None:
    page = browser.new_page()
    held = list[tuple[Route, APIResponse]]()
    page.route("**/api/v1/cameras", lambda route: held.append((route, route.fetch())))
    hub.publish_figures(CameraFigures("hall", "The hall", "live", ""))
    page.goto(address)
    expect(page.locator("article")).to_have_count(1, timeout=DEADLINE_MS)
    while not held:
        page.wait_for_timeout(20)
    hub.publish_figures(CameraFigures("lobby", "The lobby", "down", "connection refused, trying again"))
    hub.drop_camera("hall")
    expect(page.locator("article h2")).to_have_text("The lobby", timeout=DEADLINE_MS)
    with page.expect_response("**/api/v1/alerts*"):  # asked for once the cameras' answer was dealt with
        [(route, older)] = held
        route.fulfill(response=older)
    expect(page.locator("article h2")).to_have_text("The lobby")
