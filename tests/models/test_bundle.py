"""Signed bundles: what is opened, what is refused and by which name, and that no bytes whatever do harm."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import BUILD_TIME
from contracts.errors import BadPayload, DavyError
from contracts.keys import BadSignature, key_id, public_of
from models import arrays
from models.base import BadModel
from models.bundle import MAGIC, Bundle, Contents, make_bundle, open_bundle, read_bundle, sign_bundle
from tests.models.cases import CASES

ROOT = Path(__file__).parents[2]
SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
KEYS = {key_id(public_of(SECRET)): public_of(SECRET)}
CONTENTS = Contents("east", 7, BUILD_TIME, "5f" * 16, "0.1.0", {"sim": {"found": 0.97, "lead_s": None}}, [])
SMALL = {case.name: (case.fitted(), 1.5) for case in CASES if case.name in ("change", "pca")}
UNSIGNED = make_bundle(CONTENTS, SMALL)
SEALED = sign_bundle(UNSIGNED, SECRET, "Li Wei", BUILD_TIME + 1)


def opened(data: bytes, mine_name: str = "east", newest: int = 0) -> Bundle:
    return open_bundle(data, KEYS, mine_name, newest)


def resealed(**changes: object) -> bytes:
    return sign_bundle(make_bundle(msgspec.structs.replace(CONTENTS, **changes), SMALL), SECRET, "Li Wei", BUILD_TIME)


def forged(contents: bytes, rest: bytes = b"") -> bytes:
    """Any contents, well signed by a trusted key."""
    head = struct.pack(">I", 2) + b"{}" + struct.pack(">I", len(contents)) + contents
    return sign_bundle(_ended(MAGIC + head + rest), SECRET, "", 0)


def _ended(data: bytes) -> bytes:
    from hashlib import blake2b  # noqa: PLC0415

    return data + blake2b(data, digest_size=32).digest() + bytes(64)


def test_every_kind_of_detector_comes_out_as_it_went_in() -> None:
    bundle = opened(sign_bundle(make_bundle(CONTENTS, {case.name: (case.fitted(), 1.0) for case in CASES}), SECRET, "x", BUILD_TIME))

    for case in CASES:
        case.fitted().restart()
        rows = case.training().rows(0, 50)
        np.testing.assert_array_equal(bundle.detector(case.name).score(rows).parts, case.fitted().score(rows).parts)


def test_a_bundle_says_what_it_is_and_who_vouches_for_it() -> None:
    bundle = opened(SEALED)

    assert bundle.names == ("change", "pca")
    assert bundle.member("pca").threshold == 1.5
    assert (bundle.contents.figures, bundle.contents.number, bundle.contents.data) == (CONTENTS.figures, 7, CONTENTS.data)
    assert (bundle.seal.signer, bundle.seal.signed, bundle.seal.key) == ("Li Wei", BUILD_TIME + 1, key_id(public_of(SECRET)))


def test_equal_detectors_make_equal_bytes_whatever_their_order() -> None:
    again = dict(reversed([(case.name, (case.make().fit(case.training()), 1.5)) for case in CASES if case.name in SMALL]))
    figures = {"sim": dict(reversed(CONTENTS.figures["sim"].items()))}

    assert make_bundle(msgspec.structs.replace(CONTENTS, figures=figures), again) == UNSIGNED


def test_an_earlier_signature_is_replaced() -> None:
    assert sign_bundle(sign_bundle(UNSIGNED, OTHER, "Wang", 1), SECRET, "Li Wei", BUILD_TIME + 1) == SEALED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "not-a-bundle", id="empty"),
        pytest.param(b"PK\3\4" + SEALED, "not-a-bundle", id="something else"),
        pytest.param(SEALED[:-1], "cut-or-altered", id="cut"),
        pytest.param(SEALED[:200] + b"\xff" + SEALED[201:], "cut-or-altered", id="altered"),
        pytest.param(UNSIGNED, "unsigned", id="unsigned"),
        pytest.param(resealed(mine="west"), "foreign", id="another mine's"),
        pytest.param(resealed(number=4), "older", id="older"),
        pytest.param(forged(b'{"mine":1}'), "malformed", id="contents of other types"),
        pytest.param(forged(b"[" * 100_000), "malformed", id="deep nesting"),
        pytest.param(forged(msgspec.json.encode(CONTENTS), b"more"), "malformed", id="bytes nobody announced"),
        pytest.param(bytes(65 << 20), "too-large", id="too large"),
    ],
)
def test_what_is_no_bundle_for_here_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(BadPayload) as refused:
        opened(data, newest=5)

    assert refused.value.reason == reason


@pytest.mark.parametrize("data", [sign_bundle(UNSIGNED, OTHER, "Li Wei", BUILD_TIME), SEALED[:-1] + bytes([SEALED[-1] ^ 1])])
def test_a_bundle_nobody_trusted_signed_is_refused(data: bytes) -> None:
    with pytest.raises(BadSignature):
        opened(data)


def test_a_signature_of_something_else_by_the_same_key_is_no_seal() -> None:
    from contracts.keys import sign  # noqa: PLC0415

    with pytest.raises(BadSignature):
        opened(SEALED[:-64] + sign(SECRET, SEALED[-96:-64]))


def test_the_number_that_runs_already_and_a_bundle_for_any_mine_are_opened() -> None:
    assert opened(resealed(mine="any"), newest=7).contents.number == 7


def test_a_kind_of_newer_code_is_refused_as_such() -> None:
    member = {"name": "a", "kind": "oracle", "settings": {}, "arrays": {}, "size": 0}
    contents = msgspec.to_builtins(CONTENTS) | {"detectors": [member]}

    with pytest.raises(BadPayload, match="unknown-kind"):
        opened(forged(msgspec.json.encode(contents)))


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_bundle_with_any_byte_changed_is_refused(at: int, flip: int) -> None:
    with pytest.raises(DavyError):
        opened(SEALED[:at] + bytes([SEALED[at] ^ flip]) + SEALED[at + 1 :])


@given(st.integers(0, len(SEALED) - 1), st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise_anything_else(keep: int, junk: bytes) -> None:
    with pytest.raises(DavyError):
        opened(SEALED[:keep] + junk)


def signed_parts(settings_of: object, form: object, packed: bytes, kind: str = "change") -> bytes:
    member = {"name": "a", "kind": kind, "settings": settings_of, "arrays": form, "size": len(packed)}
    return forged(msgspec.json.encode(msgspec.to_builtins(CONTENTS) | {"detectors": [member]}), packed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["points", "settings", "window", "share"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.sampled_from(CASES),
    st.dictionaries(st.sampled_from(["points", "settings", "x"]), JSON, max_size=3),
    st.dictionaries(st.sampled_from(["centre", "scale", "axes"]), st.sampled_from([(3,), (2, 5), (0,), ()]), max_size=3),
    st.binary(max_size=60),
)
@settings(max_examples=150, deadline=None)
def test_well_signed_nonsense_makes_no_detector_and_raises_nothing_else(case, chosen, shapes, junk) -> None:
    made = {name: np.ones(shape) for name, shape in shapes.items()}
    form = {name: {"dtype": "float64", "shape": shape} for name, shape in shapes.items()}
    saved = case.fitted().save()

    for settings_of, packed in ((chosen, arrays.packed(made)), (chosen, junk), (dict(saved.settings) | chosen, arrays.packed(made))):
        with pytest.raises(DavyError):
            opened(signed_parts(settings_of, form, packed, case.fitted().kind)).detector("a")


def test_an_array_is_not_unpacked_beyond_what_was_announced() -> None:
    bomb = arrays.packed({"centre": np.zeros(4 << 20)})  # 32 MB of zeros in some 30 kB
    assert len(bomb) < 1 << 16

    tracemalloc.start()
    with pytest.raises(BadModel, match="centre"):
        arrays.unpacked(bomb, {"centre": arrays.Form("float64", (5,))})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 1 << 20


def test_arrays_announced_too_large_are_refused_before_any_is_unpacked() -> None:
    form = {"centre": {"dtype": "float64", "shape": [1 << 20, 64]}}

    with pytest.raises(BadPayload, match="too-large"):
        opened(signed_parts({}, form, b"PK"))


def test_pickled_objects_are_refused() -> None:
    out = io.BytesIO()
    np.savez(out, centre=np.array([{"a": 1}], dtype=object), allow_pickle=True)

    with pytest.raises(BadModel):
        arrays.unpacked(out.getvalue(), {"centre": arrays.Form("float64", (1,))})


def test_arrays_packed_in_another_way_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("centre.npy", bytes(1000))

    with pytest.raises(BadModel, match="deflated"):
        arrays.unpacked(out.getvalue(), {"centre": arrays.Form("float64", (1,))})


@pytest.mark.parametrize("dtype", arrays.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_arrays_come_out_as_they_went_in_and_numpy_reads_them_too(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.asfortranarray(np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype))
    data = arrays.packed({"a": array})

    mine_back = arrays.unpacked(data, arrays.forms({"a": array}))["a"]

    for back in (mine_back, np.load(io.BytesIO(data), allow_pickle=False)["a"]):
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


def test_only_the_detectors_asked_for_are_built(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(SEALED)
    told = (
        "import sys; from pathlib import Path; from models.bundle import read_bundle;"
        f"bundle = read_bundle(Path({str(tmp_path / 'bundle')!r}).read_bytes()); bundle.detector('change');"
        "print([name for name in ('models.change', 'models.pca', 'sklearn') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)

    assert done.stdout.strip() == "['models.change']"


def test_a_card_can_be_read_without_any_key() -> None:
    assert read_bundle(UNSIGNED).seal.signer == ""
    assert read_bundle(SEALED).contents == read_bundle(UNSIGNED).contents
