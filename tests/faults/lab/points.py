"""The points that InfluxDB holds against those that the recorded topics give."""

import csv
import io
import json
import urllib.request
from collections import defaultdict
from datetime import datetime

from lab.records import read_all
from lab.site import Site
from lab.truth import Verdict
from posestream.messaging.alert_message import read_alert
from posestream.messaging.events import read_tracks
from sinks.influx_lines import Point, alert_points, second_points
from sinks.series import OpenSecond, fold

Key = tuple[str, int]
"""Series (measurement and tags, sorted) and time in nanoseconds: what names a point."""


def flux(site: Site, query: str) -> list[dict[str, str]]:
    """Ask the site's InfluxDB; gives the rows of the answer."""
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{site.influx.url}/api/v2/query?org=site",
        json.dumps({"query": query, "type": "flux", "dialect": {"annotations": []}}).encode(),
        {"Authorization": "Token test-token-of-this-machine", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  # as above
        text = answer.read().decode().replace("\r\n", "\n")
    return [row for block in text.split("\n\n") for row in csv.DictReader(io.StringIO(block))]


def check_points(site: Site) -> Verdict:
    """Compare every point of the store with what the tracks and alerts as recorded give: none lost, other or extra."""
    verdict = Verdict()
    wanted = _wanted(site)
    there = _there(site)
    for measurement in ("people", "zones", "pipeline", "alerts"):
        mine = {key for key in wanted if key[0].startswith(f"{measurement},")}
        found = {key for key in there if key[0].startswith(f"{measurement},")}
        verdict.counts[measurement] = len(found)
        verdict.must(not mine - found, f"{measurement}: {len(mine - found)} points lost: {sorted(mine - found)[:3]}")
        verdict.must(
            not found - mine, f"{measurement}: {len(found - mine)} points too many: {sorted(found - mine)[:3]}"
        )
    differing = [key for key in wanted.keys() & there.keys() if not _same(wanted[key], there[key])]
    verdict.must(not differing, f"{len(differing)} points with other values: {differing[:3]}")
    verdict.must(verdict.counts["people"] > 0, "no point of people at all")
    return verdict


def _wanted(site: Site) -> dict[Key, dict[str, str]]:
    zones = {camera.id: camera.zones for camera in site.config.cameras}
    states: dict[str, OpenSecond] = {}
    points: list[Point] = []
    for _, tracks in read_all(site.records("tracks"), read_tracks):
        camera = tracks.poses.stamp.camera_id
        states[camera], second = fold(states.get(camera), tracks, zones.get(camera, ()))
        points += second_points(second, site.config.site) if second else ()
    for _, alert in read_all(site.records("alerts"), read_alert):
        points += alert_points(alert, site.config.site)
    return {(point.series, point.time_ns): _fields(point.fields) for point in points}


def _there(site: Site) -> dict[Key, dict[str, str]]:
    found: dict[Key, dict[str, str]] = defaultdict(dict)
    for row in flux(site, 'from(bucket: "poses") |> range(start: 0)'):
        own = {"", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"}
        tags = sorted((name, value) for name, value in row.items() if name not in own and value)
        series = row["_measurement"] + "".join(f",{name}={value}" for name, value in tags)
        found[series, _nanoseconds(row["_time"])][row["_field"]] = row["_value"]
    return dict(found)


def _fields(text: str) -> dict[str, str]:
    """Split the fields of a line; none of ours holds a comma or an equals sign in its text."""
    pairs = (pair.partition("=") for pair in text.split(","))
    return {name: value.strip('"') for name, _, value in pairs}


def _same(wanted: dict[str, str], there: dict[str, str]) -> bool:
    return wanted.keys() == there.keys() and all(_equal(wanted[name], there[name]) for name in wanted)


def _equal(wanted: str, there: str) -> bool:
    if wanted == there:
        return True
    try:
        return float(wanted.removesuffix("i")) == float(there)
    except ValueError:
        return False


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
