import threading

from inference.worker.claim import Claim


def test_nothing_read() -> None:
    claim = Claim(2, None)
    assert claim.committable is None
    assert claim.to_store() is None
    assert claim.wait_finished(0.0)


def test_messages_that_were_never_read_are_counted_once() -> None:
    claim = Claim(0, 10)
    assert claim.take(10) == 0
    assert claim.take(14) == 3  # retention was faster
    assert claim.take(14) is None  # from before a seek
    assert claim.take(12) is None
    assert claim.jump(20) == 5
    assert claim.jump(20) == claim.jump(3) == 0
    assert claim.take(20) == 0


def test_without_a_known_beginning_nothing_was_left_out() -> None:
    claim = Claim(0, None)
    assert claim.jump(50) == 0
    assert claim.take(500) == 0
    assert claim.take(502) == 1


def test_an_offset_is_given_to_be_stored_once() -> None:
    claim = Claim(0, 10)
    assert claim.to_store() == 10  # a beginning is worth a commit: who comes next counts from there
    assert claim.to_store() is None
    claim.take(10)
    assert claim.to_store() is None
    claim.done(10)
    assert claim.to_store() == 11
    claim.not_stored()
    assert claim.to_store() == 11


def test_what_is_left_is_never_committed() -> None:
    claim = Claim(0, 0)
    for offset in range(3):
        claim.take(offset)
    claim.done(0)
    claim.leave()
    claim.done(2)
    assert claim.wait_finished(0.0)
    assert claim.committable == 1


def test_a_closed_claim_begins_nothing_but_finishes() -> None:
    claim = Claim(0, 0)
    claim.take(0)
    claim.close()
    assert not claim.is_open
    assert claim.take(1) is None
    assert not claim.wait_finished(0.0)
    threading.Timer(0.05, lambda: claim.done(0)).start()
    assert claim.wait_finished(10.0)
    assert claim.committable == 1
    assert claim.if_ours(lambda: None)


def test_what_is_given_up_is_neither_sent_for_nor_committed() -> None:
    claim = Claim(0, 0)
    claim.take(0)
    claim.done(0)
    claim.give_up()
    sent: list[int] = []
    assert not claim.if_ours(lambda: sent.append(1))
    assert sent == []
    assert claim.committable is None
    assert claim.to_store() is None


def test_giving_up_waits_for_what_is_just_being_sent() -> None:
    claim = Claim(0, 0)
    sending, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def send() -> None:
        sending.set()
        go_on.wait(10.0)
        order.append("sent")

    def give_up() -> None:
        claim.give_up()
        order.append("given up")

    sender = threading.Thread(target=claim.if_ours, args=(send,))
    sender.start()
    sending.wait(10.0)
    giver = threading.Thread(target=give_up)
    giver.start()
    go_on.set()
    for thread in (sender, giver):
        thread.join(10.0)
    assert order == ["sent", "given up"]


def test_a_delivery_may_be_told_while_something_is_being_sent() -> None:
    claim = Claim(0, 0)
    claim.take(0)
    told = threading.Event()

    def send() -> None:
        other = threading.Thread(target=lambda: (claim.done(0), told.set()))
        other.start()
        other.join(10.0)

    assert claim.if_ours(send)
    assert told.is_set()
