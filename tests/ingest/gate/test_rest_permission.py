from ingest.gate.rest_permission import RestPermission


def test_a_camera_of_which_nobody_tells_anything_may_not_rest() -> None:
    assert RestPermission().until == 0.0


def test_a_word_that_nobody_is_there_holds_for_half_a_minute() -> None:
    rest = RestPermission()
    assert rest.note(100.0, present=False) == rest.until == 130.0


def test_after_a_person_half_a_minute_has_to_pass() -> None:
    rest = RestPermission()
    assert rest.note(100.0, present=True) == 0.0
    assert rest.note(129.9, present=False) == 0.0
    assert rest.note(130.0, present=False) == 160.0
    assert rest.note(131.0, present=True) == rest.until == 0.0
