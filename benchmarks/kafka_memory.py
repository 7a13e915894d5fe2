"""How much does `posestream infer` grow while it works off a backlog of large frames that it may not pass over?

Run: python benchmarks/kafka_memory.py [--megabytes 600] [--preset fast]. Needs java, mvn and the pulled models.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import yaml
from confluent_kafka import Producer
from report import ROOT, Figure, write_report

sys.path.insert(0, str(ROOT / "tests" / "servers"))

from kafka_broker import KafkaBroker, kafka_jars  # the path must be set first

from posestream.config import KafkaConfig
from posestream.jpeg import encode_jpeg
from posestream.messaging.clients import frames_producer
from posestream.messaging.frame_message import JPEG, frame_headers
from posestream.messaging.topic_admin import admin_client, create_topics
from posestream.messaging.topics import FRAMES
from posestream.schemas import FrameStamp, Image, TimeSource

LIMIT_MB = 60.0
CAMERAS = 4
WARM_FRAMES = 40
SEED = 5


def large_picture() -> bytes:
    """Give a JPEG of about 300 kB: noise, which no codec can make small."""
    pixels = np.random.default_rng(SEED).integers(0, 255, (440, 640, 3), np.uint8)
    return encode_jpeg(Image(pixels, "rgb24"), 93)


def send(kafka: KafkaConfig, payload: bytes, first: int, count: int) -> None:
    """Put frames of several cameras on the topic."""
    producer = Producer(frames_producer(kafka) | {"message.timeout.ms": 60_000})
    for number in range(first, first + count):
        camera = f"cam{number % CAMERAS}"
        stamp = FrameStamp(camera, 1, number, number / 5, time.time_ns(), TimeSource.ARRIVAL, 640, 440)
        while len(producer) > 50:
            producer.poll(0.05)
        headers = frame_headers(stamp, JPEG, keyframe=True)
        producer.produce(kafka.topic(FRAMES), payload, camera, headers=headers)
    if producer.flush(60):
        raise SystemExit("the broker did not take the frames")


def start(kafka: KafkaConfig, folder: Path, preset: str) -> "tuple[subprocess.Popen[bytes], str]":
    """Start infer; gives it and the address of its figures."""
    config, log = folder / "posestream.yaml", folder / "infer.log"
    where = {"bootstrap_servers": kafka.bootstrap_servers, "max_frame_age": "0s", "partitions": kafka.partitions}
    config.write_text(yaml.safe_dump({"kafka": where}))
    command = [str(Path(sys.executable).with_name("posestream")), "infer", "--metrics-port", "0"]
    words = ["--config", str(config), "--data", str(folder), "--preset", preset, "--worker-id", "memory"]
    with log.open("wb") as stream:
        process = subprocess.Popen([*command, *words], stderr=stream)
    while True:
        for line in log.read_text().splitlines():
            if '"event": "started"' in line:
                return process, json.loads(line)["metrics"]
        if process.poll() is not None:
            raise SystemExit(log.read_text())
        time.sleep(0.1)


def answered(figures_at: str) -> int:
    """Give how many frames were answered so far."""
    with urllib.request.urlopen(figures_at, timeout=10) as answer:  # noqa: S310  # our own process
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("posestream_frames_answered_total")))


def resident_mb(process: "subprocess.Popen[bytes]") -> float:
    """Give the memory that the process holds."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def watched(process: "subprocess.Popen[bytes]", figures_at: str, until: int, seconds: float) -> list[float]:
    """Give the memory, sampled until so many frames are answered."""
    samples, ends_at = [resident_mb(process)], time.monotonic() + seconds
    while answered(figures_at) < until:
        if time.monotonic() > ends_at:
            raise SystemExit(f"{answered(figures_at)} of {until} frames in {seconds:.0f} s")
        samples.append(resident_mb(process))
        time.sleep(0.1)
    return samples


def measure(megabytes: int, preset: str) -> dict[str, float]:
    """Give idle and greatest memory, MB, and what lay on the topic."""
    jars = kafka_jars()
    if jars is None:
        raise SystemExit("no Apache Kafka: java and mvn are needed")
    payload = large_picture()
    count = megabytes * 1_000_000 // len(payload)
    with tempfile.TemporaryDirectory() as text:
        broker = KafkaBroker(jars, Path(text))
        broker.start()
        try:
            kafka = KafkaConfig(bootstrap_servers=broker.bootstrap_servers, partitions=3)
            create_topics(kafka, admin_client(kafka))
            process, figures_at = start(kafka, Path(text), preset)
            try:
                send(kafka, payload, 0, WARM_FRAMES)
                idle = watched(process, figures_at, WARM_FRAMES, 120)[-1]
                began = time.monotonic()
                send(kafka, payload, WARM_FRAMES, count)
                most = max(watched(process, figures_at, WARM_FRAMES + count, 3600))
            finally:
                process.terminate()
                process.wait(30)
        finally:
            broker.stop()
    spent = round(time.monotonic() - began)
    return {"idle_mb": idle, "most_mb": most, "frames": count, "frame_bytes": len(payload), "seconds": spent}


def main() -> None:
    """Measure and write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=600)
    options.add_argument("--preset", default="fast")
    options.add_argument("--dry", action="store_true", help="print, write no report")
    chosen = options.parse_args()
    raw = measure(chosen.megabytes, chosen.preset)
    growth = round(raw["most_mb"] - raw["idle_mb"], 1)
    print(json.dumps({"growth_mb": growth} | raw))
    if chosen.dry:
        return
    figure = Figure(
        claim=f"Growth of infer's memory on a backlog of {chosen.megabytes} MB of frames, every one answered",
        figure=growth,
        unit="MB",
        target=f"< {LIMIT_MB:g}",
        met=growth < LIMIT_MB,
        command=f"python benchmarks/kafka_memory.py --megabytes {chosen.megabytes} --preset {chosen.preset}",
        seed=SEED,
        covers=("inference/worker", "posestream/messaging", "posestream/hosts/infer.py"),
        raw=raw,
    )
    write_report("kafka", "infer_memory", figure)


if __name__ == "__main__":
    main()
