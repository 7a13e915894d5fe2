import av

from ingest.gate.gop_buffer import GopBuffer


def test_packets_come_out_in_their_order_and_once() -> None:
    buffer, packets = GopBuffer(), [av.Packet(bytes(size)) for size in (3, 1, 2)]
    for packet in packets:
        buffer.keep(packet)
    assert len(buffer) == 3
    assert buffer.take() == packets
    assert (len(buffer), buffer.take(), buffer.is_full) == (0, [], False)


def test_it_is_full_by_bytes_or_by_number() -> None:
    large, many = GopBuffer(), GopBuffer()
    for _ in range(4):
        assert not large.is_full
        large.keep(av.Packet(bytes(1_000_000)))
    for _ in range(750):
        assert not many.is_full
        many.keep(av.Packet(b"x"))
    assert large.is_full
    assert many.is_full
    large.take()
    assert not large.is_full
