from inference.models.sources import FileSource, NpmSource

A, B, C = "a" * 64, "b" * 64, "c" * 64


def test_a_package_says_its_place_and_what_changes_with_its_weights() -> None:
    source = NpmSource(package="@x/y", version="1.2", tarball_bytes=5, files={"a.json": A, "a.bin": B}, origin="them")
    assert (source.place, source.weights, source.kind) == ("@x/y@1.2", B, "npm")


def test_a_file_that_is_not_known_yet_has_no_digest() -> None:
    source = FileSource(origin="me")
    assert (source.place, source.weights, source.files) == ("own file", "", {})


def test_a_file_alone_is_known_by_its_own_sha256() -> None:
    source = FileSource(origin="me", sha256=A)
    assert (source.weights, source.files) == (A, {"model.onnx": A})


def test_weights_beside_the_file_change_the_digest() -> None:
    one, other = (FileSource(origin="me", sha256=A, data={"w.data": data}) for data in (B, C))
    assert one.files == {"model.onnx": A, "w.data": B}
    assert len({A, B, C, one.weights, other.weights}) == 5
    assert FileSource(origin="you", sha256=A, data={"w.data": B}).weights == one.weights
