"""Arrays of numbers as npz bytes and back: equal arrays, equal bytes; and nothing is unpacked that was not announced in type and size."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.base import BadModel

DTYPES = {"float64": "<f8", "float32": "<f4", "int64": "<i8", "int32": "<i4", "int16": "<i2", "bool": "|b1"}
MOST_BYTES = 256 << 20
"""Of all arrays together, unpacked."""
MOST_HEADER = 4096
"""Bytes of an npy header."""
_Length = Annotated[int, Meta(ge=0, le=MOST_BYTES)]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An array's type and shape."""

    dtype: Literal["float64", "float32", "int64", "int32", "int16", "bool"]
    shape: Annotated[tuple[_Length, ...], Meta(max_length=4)]

    @property
    def size(self) -> int:
        """Bytes."""
        size = np.dtype(DTYPES[self.dtype]).itemsize
        for length in self.shape:
            size *= length
        return size


def forms(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Form]:
    """What to announce; BadModel for a type there is none of."""
    try:
        return {name: msgspec.convert({"dtype": str(array.dtype), "shape": array.shape}, Form) for name, array in sorted(arrays.items())}
    except msgspec.ValidationError as error:
        raise BadModel("arrays", ", ".join(sorted(arrays))[:80], str(error)) from error


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An npz file that numpy reads with `allow_pickle=False`."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in sorted(arrays.items()):
            one = BytesIO()
            np.lib.format.write_array(one, np.asarray(array, order="C"), (1, 0), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), one.getvalue(), zipfile.ZIP_DEFLATED)  # of 1980, so that no clock is in it
    return out.getvalue()


def unpacked(data: bytes, announced: Mapping[str, Form]) -> dict[str, NDArray[Any]]:
    """The arrays, which are exactly the announced ones; BadModel for anything else."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as file:
            _check(file.infolist(), announced)
            return {name: _array(file, name, form) for name, form in announced.items()}
    except BadModel:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise BadModel("arrays", str(error)[:80], "an npz file") from error


def _check(members: list[zipfile.ZipInfo], announced: Mapping[str, Form]) -> None:
    if sorted(member.filename for member in members) != sorted(f"{name}.npy" for name in announced):
        raise BadModel("arrays", ", ".join(member.filename for member in members)[:80], ", ".join(announced)[:80])
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise BadModel("arrays", "packed in another way", "deflated")


def _array(file: zipfile.ZipFile, name: str, form: Form) -> NDArray[Any]:
    with file.open(f"{name}.npy") as member:
        raw = member.read(form.size + MOST_HEADER)
    head = BytesIO(raw)
    if np.lib.format.read_magic(head) != (1, 0):
        raise BadModel(f"array {name}", "another version", "npy 1.0")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(head, max_header_size=MOST_HEADER)
    if (shape, fortran, dtype.str) != (form.shape, False, DTYPES[form.dtype]):
        raise BadModel(f"array {name}", f"{dtype} of shape {shape}, {len(raw)} bytes", f"{form.dtype} of shape {form.shape}")
    return np.frombuffer(raw, dtype, offset=head.tell()).reshape(shape)
