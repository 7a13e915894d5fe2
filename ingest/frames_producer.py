"""The producer of frames: at most once, newest first; what the broker does not take at once is dropped and counted."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ingest.account import DropReason, FrameAccount
from posestream.config import KafkaConfig
from posestream.messaging.clients import QUEUE_KBYTES, frames_producer, made
from posestream.messaging.frame_message import MOST_BYTES, FrameMessage, frame_headers
from posestream.messaging.topics import FRAMES

# Below what librdkafka itself would refuse: confluent-kafka before 2.13.2 leaks the headers of what it refuses.
MOST_WAITING = 900
MOST_WAITING_BYTES = QUEUE_KBYTES * 1024 * 3 // 4
# A message waits 1.5 s for the broker: after this time each has been reported, one way or the other.
FLUSH_SECONDS = 2.5
_POLL_SECONDS = 0.1


class FramesProducer:
    """Sends frames of all cameras and learns their fates in a thread of its own; ``send`` never waits.

    ``on_report`` is called for each message from that thread: with its frame and None when the broker has it, else
    with what went wrong. When it is closed nothing is on the way any more: what could not be delivered is dropped.
    """

    def __init__(self, kafka: KafkaConfig, on_report: Callable[[FrameMessage, KafkaError | None], None]) -> None:
        self._topic = kafka.topic(FRAMES)
        self._producer = made(Producer, frames_producer(kafka))
        self._on_report = on_report
        self._lock = threading.Lock()
        self._waiting = self._bytes = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="frames-producer", daemon=True)

    def send(self, frame: FrameMessage, account: FrameAccount | None) -> None:
        """Hand over a frame; its fate goes to ``account``, None for what is no frame (a beat)."""
        reason = self._refusal(frame)
        if reason is None:
            reason = self._produce(frame, account)
        if reason is not None and account is not None:
            account.note_dropped(reason)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._producer.flush(FLUSH_SECONDS)
        self._producer.purge()
        self._producer.flush(FLUSH_SECONDS)  # the reports of what was purged
        self._closing.set()
        self._thread.join(2.0)

    def _refusal(self, frame: FrameMessage) -> DropReason | None:
        if len(frame.payload) > MOST_BYTES:
            return DropReason.TOO_LARGE
        # Counted here: librdkafka's own length holds what it says of errors, too.
        if self._waiting >= MOST_WAITING or self._bytes + len(frame.payload) > MOST_WAITING_BYTES:
            return DropReason.QUEUE_FULL
        return None

    def _produce(self, frame: FrameMessage, account: FrameAccount | None) -> DropReason | None:
        headers = frame_headers(frame.stamp, frame.codec, keyframe=frame.keyframe)
        self._count(frame, 1)
        try:
            self._producer.produce(
                self._topic,
                frame.payload,
                frame.stamp.camera_id,
                headers=headers,
                on_delivery=self._report(frame, account),
            )
        except BufferError:  # the config made the queue smaller than ours
            reason = DropReason.QUEUE_FULL
        except KafkaException:
            reason = DropReason.NOT_DELIVERED
        else:
            return None
        self._count(frame, -1)
        return reason

    def _report(
        self, frame: FrameMessage, account: FrameAccount | None
    ) -> Callable[[KafkaError | None, Message], None]:
        def report(error: KafkaError | None, _message: Message) -> None:
            self._count(frame, -1)
            if account is not None and error is None:
                account.note_delivered()
            elif account is not None:
                account.note_dropped(DropReason.NOT_DELIVERED)
            self._on_report(frame, error)

        return report

    def _count(self, frame: FrameMessage, change: int) -> None:
        with self._lock:
            self._waiting += change
            self._bytes += change * len(frame.payload)

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(_POLL_SECONDS)
