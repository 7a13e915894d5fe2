import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from posestream import __version__
from posestream.telemetry.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_at_first_it_says_what_runs() -> None:
    labels = (("service", "infer"), ("version", __version__), ("worker", "infer/a"))
    assert samples(Metrics("infer", "infer/a")) == {("posestream_build_info", labels): 1.0}


def test_each_kind_of_figure() -> None:
    metrics = Metrics("infer", "infer/a")
    metrics.counter("frames_dropped", "Frames", ("camera", "reason")).labels("lobby", "age").inc(3)
    metrics.gauge("persons", "Persons").set(2.5)
    metrics.histogram("age_seconds", "Age", bounds=(0.1, 1.0)).observe(0.5)
    told = samples(metrics)
    assert told["posestream_frames_dropped_total", (("camera", "lobby"), ("reason", "age"))] == 3
    assert told["posestream_persons", ()] == 2.5
    assert [told["posestream_age_seconds_bucket", (("le", le),)] for le in ("0.1", "1.0", "+Inf")] == [0, 1, 1]


def test_a_figure_is_made_once() -> None:
    metrics = Metrics("infer", "infer/a")
    assert metrics.counter("a", "A") is metrics.counter("a", "A")
    with pytest.raises(ValueError, match="Duplicated"):
        metrics.gauge("build_info", "taken by what runs")


def test_two_services_in_one_process_do_not_meet() -> None:
    one, other = Metrics("track", "track/a"), Metrics("track", "track/b")
    one.counter("a", "A").inc()
    assert ("posestream_a_total", ()) not in samples(other)


def test_threads_may_ask_for_the_same_figure_at_once() -> None:
    metrics, start = Metrics("infer", "infer/a"), threading.Barrier(8)

    def count() -> None:
        start.wait(10)
        for number in range(200):
            metrics.counter(f"a{number}", "A").inc()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {samples(metrics)[f"posestream_a{number}_total", ()] for number in range(200)} == {8}
