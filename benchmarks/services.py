"""The promises of the services over Kafka, measured in their long forms; each scenario writes its report.

Run: python benchmarks/services.py SCENARIO [--seconds N]; SCENARIO is one of those below. Needs java, mvn, go and cargo
(the servers are fetched and built into the user's cache), GStreamer's RTSP server and POSESTREAM_TESTDATA.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from report import ROOT, Figure, write_report

sys.path.insert(0, str(ROOT / "tests" / "faults"))

from lab import (  # the path must be set first
    backlog,
    draining,
    kills,
    latency,
    malformed,
    memory_growth,
    outage,
    takeover,
)
from lab.equivalence import agreement, analysed, judge, persons_of
from lab.footage import four_clips
from lab.loads import frames, poses
from lab.points import check_points
from lab.records import read_all
from lab.site import CAMERAS, site
from posestream.messaging.events import read_tracks

COVERS = ("posestream/messaging", "posestream/service.py", "ingest", "inference", "sinks", "posestream/hosts")


def report(name: str, claim: str, figure: Any, unit: str, target: str, *, met: bool, raw: dict[str, Any]) -> None:  # noqa: ANN401  # as a Figure has
    """Write one report of this area."""
    scenario = raw.pop("scenario")
    write_report(
        "kafka",
        name,
        Figure(
            claim=claim,
            figure=figure,
            unit=unit,
            target=target,
            met=met,
            command=f"python benchmarks/services.py {scenario}",
            seed=raw.get("seed"),
            covers=COVERS,
            raw=raw,
        ),
    )


def footage(folder: Path) -> list[Path]:
    """Make the four clips of the lab's cameras."""
    return four_clips(Path(os.environ["POSESTREAM_TESTDATA"]), folder)


def same_file(folder: Path, clip: Path, quality: int) -> None:
    """Send a clip over Kafka without sampling and dropping, and compare it with `analyze` event by event."""
    kafka = f"max_frame_age: 0s, jpeg_quality: {quality}"
    with site(folder / f"file{quality}", files=[clip], kafka=kafka, influx=False) as one:
        one.start_all(("infer", "track", "alert"))
        sent = one.services.start("ingest", "w1", "--once")
        if sent.process.wait(300) != 0:
            sys.exit(sent.log.read_text())
        one.wait_still(("frames", "poses", "tracks", "alerts"), 8.0)
        events = [event for _, event in read_all(one.records("tracks"), read_tracks)]
    ours = {event.poses.stamp.frame_index: persons_of(event) for event in events}
    theirs = analysed(clip, folder / f"analysed{quality}")
    found = agreement(ours, theirs, [(index, index) for index in sorted(ours.keys() & theirs.keys())])
    verdict = judge(found, 0.95)
    verdict.must(sorted(ours) == sorted(theirs), "other frames")
    report(
        f"same_file_q{quality}",
        f"A crowded clip over Kafka as JPEG of quality {quality} against `analyze`: persons below OKS .95, other ids",
        len(verdict.wrong),
        "faults",
        "0",
        met=not verdict.wrong,
        raw={
            "scenario": "same",
            "frames": found.frames,
            "matched": len(found.oks),
            "below_95": sum(oks < 0.95 for oks in found.oks),
            "unmatched": found.unmatched,
            "least_oks": round(min(found.oks), 4),
            "wrong": verdict.wrong,
        },
    )


def same_results(folder: Path, _seconds: float | None) -> None:
    """A clip over Kafka against `analyze`; four RTSP cameras through all services, by nearest pts."""
    clips = footage(folder)
    for quality in (100, 85):
        same_file(folder, clips[0], quality)
    with site(folder / "rtsp", clips=clips) as many:
        many.start_all()
        time.sleep(60.0)
        code, _ = many.services.terminate("ingest/w1")
        if code != 0:
            sys.exit(f"ingest ended with {code}")
        many.wait_still(("frames", "poses", "tracks", "alerts"), 8.0)
        events = [event for _, event in read_all(many.records("tracks"), read_tracks)]
        oks: list[float] = []
        unmatched = 0
        for number, clip in enumerate(clips):
            truth = analysed(clip, folder / f"analysed-rtsp{number}")
            mine = [
                event for event in events if event.poses.stamp.camera_id == CAMERAS[number] and event.poses.inferred
            ]
            ours = {event.poses.stamp.frame_index: persons_of(event) for event in mine}
            # The server shows the clip again and again: the nearest pts of the clip is that of the index in it.
            pairs = [(index, index % len(truth)) for index in ours]
            found = agreement(ours, truth, pairs)
            oks += found.oks
            unmatched += found.unmatched
        points = check_points(many)
        files = list((many.folder / "data").rglob("*.parquet"))
        share = sum(one >= 0.95 for one in oks) / len(oks)
        report(
            "same_rtsp",
            "Persons of four RTSP cameras over Kafka with OKS >= .95 to `analyze` at the nearest pts, of those matched",
            round(share, 4),
            "",
            ">= 0.95, points and Parquet files there",
            met=share >= 0.95 and not points.wrong and bool(files),
            raw={
                "scenario": "same",
                "matched": len(oks),
                "unmatched": unmatched,
                "points": points.counts,
                "points_wrong": points.wrong,
                "parquet_files": len(files),
            },
        )


def random_kills(folder: Path, seconds: float | None) -> None:
    """60 random SIGKILLs over all services in 10 minutes of load."""
    span = seconds or 600.0
    with site(folder / "site", clips=footage(folder), kafka="max_frame_age: 2s") as place:
        place.start_all()
        plan = kills.KillPlan(kills=round(span / 10), seconds=span, seed=60)
        kills.carry_out(place, plan)
        verdict, figures = kills.check(place, plan, still_camera=CAMERAS[3])
        points = check_points(place)
        wrong = [*verdict.wrong, *points.wrong]
        report(
            "kills",
            f"Lost or doubled alerts, points and track events after {len(plan.done)} SIGKILLs in {span / 60:g} minutes",
            len(wrong),
            "faults",
            "0",
            met=not wrong,
            raw={
                "scenario": "kills",
                "seed": plan.seed,
                **figures,
                "points": points.counts,
                "wrong": wrong,
                "done": plan.done,
            },
        )


def broker_away(folder: Path, _seconds: float | None) -> None:
    """The broker is killed for 30 s."""
    with site(folder / "site", clips=footage(folder), influx=False) as place:
        place.start_all(("ingest", "infer", "track"))
        outage.carry_out(place, before=20.0, away=30.0, after=40.0)
        verdict, figures = outage.check(place)
        report(
            "outage",
            "Events lost and frames unaccounted for when the broker is killed for 30 s",
            len(verdict.wrong),
            "faults",
            "0",
            met=not verdict.wrong,
            raw={"scenario": "outage", **figures, "wrong": verdict.wrong},
        )


def take_over(folder: Path, _seconds: float | None) -> None:
    """Two infer workers, one is killed, a third joins."""
    with site(folder / "site", clips=footage(folder), influx=False) as place:
        place.services.start("infer", "w1")
        place.services.start("infer", "w2")
        place.services.start("ingest")
        place.services.wait_ready()
        takeover.sharing(place, ("infer/w1", "infer/w2"))
        lost = takeover.killed(place, "infer/w1", 30.0)
        new = takeover.joined(place, "w3", 30.0)
        report(
            "takeover",
            "Longest time without a look of any camera when one of two infer workers is killed",
            lost["longest_gap_seconds"],
            "s",
            "< 10 s",
            met=lost["longest_gap_seconds"] < 10.0 and lost["cameras_seen"] == 4,
            raw={"scenario": "takeover", **lost},
        )
        report(
            "joining",
            "Longest time without a look of any camera when an infer worker joins",
            new["longest_gap_seconds"],
            "s",
            "< 2 s, no frame answered twice",
            met=new["longest_gap_seconds"] < 2.0 and not new["answered_twice"],
            raw={"scenario": "takeover", **new},
        )


def steady(folder: Path, seconds: float | None) -> None:
    """4 cameras at 5 fps, preset fast, 360p: how old is an event on the tracks topic?"""
    with site(folder / "site", clips=footage(folder), influx=False) as place:
        place.start_all(("ingest", "infer", "track"))
        figures = latency.measure(place, seconds or 120.0, settle_seconds=20.0)
        for share, target in ((50, 30.0), (99, 120.0)):
            value = figures[f"p{share}_ms"]
            report(
                f"latency_p{share}",
                f"Age of an event on the tracks topic less inference and its queue, p{share}, 4 cameras at 5 fps",
                value,
                "ms",
                f"< {target:g} ms",
                met=value < target,
                raw={"scenario": "latency", **figures},
            )


def left_behind(folder: Path, seconds: float | None) -> None:
    """A backlog of 5 minutes."""
    with site(folder / "site", clips=footage(folder), influx=False) as place:
        backlog.keep_frames(place, 3_600_000)
        place.start_all(("ingest", "infer"))
        verdict, figures = backlog.measure(place, seconds or 300.0)
        report(
            "backlog",
            "From ready to a fresh look of every camera after 5 minutes without infer",
            figures["seconds_to_fresh"],
            "s",
            "< 2 s, every skipped frame counted",
            met=figures["seconds_to_fresh"] < 2.0 and not verdict.wrong,
            raw={"scenario": "backlog", **figures, "wrong": verdict.wrong},
        )


def poisoned(folder: Path, _seconds: float | None) -> None:
    """20,000 malformed messages among good ones: interleaved rounds with and without them."""
    for service, stream, answers, good, bad in (
        ("infer", "frames", "poses", frames(1500), 20_000),
        ("track", "poses", "tracks", poses(20_000), 20_000),
    ):
        rounds: dict[int, list[dict[str, Any]]] = {0: [], bad: []}
        for number in range(3):
            for count in (0, bad) if number % 2 == 0 else (bad, 0):
                with site(folder / f"{service}-{number}-{count}", kafka="max_frame_age: 0s", influx=False) as place:
                    backlog.keep_frames(place, 3_600_000)  # every frame is to be answered, however long it waits
                    load = malformed.Load(service, stream, answers, good)
                    malformed.fill(place, load, count, seed=number)
                    found = malformed.drain(place, load, len(good), count)
                    found["dead_letters"] = len(place.records("dead-letters"))
                    rounds[count].append(found)
        ratios = {
            kind: round(sorted(one[kind] for one in rounds[0])[1] / sorted(one[kind] for one in rounds[bad])[1], 3)
            for kind in ("seconds", "cpu_seconds")
        }
        exact = all(one["dead_letters"] == bad and one["exit_code"] == 0 for one in rounds[bad])
        report(
            f"malformed_{service}",
            f"Good throughput of {service} with {bad} malformed messages among {len(good)} good ones, of that without",
            ratios["seconds"],
            "of that without",
            ">= 0.9, all of them dead letters",
            met=ratios["seconds"] >= 0.9 and exact,
            raw={
                "scenario": "malformed",
                "ratios": ratios,
                "rounds": {str(count): found for count, found in rounds.items()},
            },
        )


def drained(folder: Path, _seconds: float | None) -> None:
    """SIGTERM under load, three times each."""
    with site(folder / "site", clips=footage(folder), kafka="max_frame_age: 2s") as place:
        place.start_all()
        time.sleep(10.0)
        verdict, figures = draining.end_each(place, rounds=3)
        longest = max(figures["longest_seconds"].values())
        report(
            "draining",
            "Longest end of a service after SIGTERM under load; exit code 0 and nothing lost",
            longest,
            "s",
            "< 10 s",
            met=not verdict.wrong,
            raw={"scenario": "draining", **figures, "wrong": verdict.wrong},
        )


def memory(folder: Path, _seconds: float | None) -> None:
    """600 MB of events for each consumer of events (infer's frames: kafka_memory.py)."""
    for service in memory_growth.READS:
        with site(folder / service, kafka="max_frame_age: 0s", influx=service == "write") as place:
            figures = memory_growth.measure(place, service, 600)
            growth = round(figures["most_mb"] - figures["idle_mb"], 1)
            report(
                f"{service}_memory",
                f"Growth of {service}'s memory on a backlog of 600 MB of events, every one worked off",
                growth,
                "MB",
                "< 60",
                met=growth < 60.0 and figures["exit_code"] == 0,
                raw={"scenario": "memory", **figures},
            )


SCENARIOS: dict[str, Callable[[Path, float | None], None]] = {
    "same": same_results,
    "kills": random_kills,
    "outage": broker_away,
    "takeover": take_over,
    "latency": steady,
    "backlog": left_behind,
    "malformed": poisoned,
    "draining": drained,
    "memory": memory,
}


def main() -> None:
    """Read the options and run one scenario."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("scenario", choices=SCENARIOS)
    options.add_argument("--seconds", type=float, help="length of the load, where the scenario has one")
    options.add_argument("--keep", type=Path, help="folder for logs and data, kept afterwards")
    given = options.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        SCENARIOS[given.scenario](given.keep, given.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        SCENARIOS[given.scenario](Path(folder), given.seconds)


if __name__ == "__main__":
    main()
