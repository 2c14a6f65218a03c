"""Files changed at random: bits, pieces, and what a layout says of itself, checksums made new.

A file and a generator of random numbers go in, another file comes out. `anyhow` is for every
format; the others know a layout, so that what they change is not refused at the first checksum.
"""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from autograd_nn.nn import registry

Change = Callable[[bytes, random.Random], bytes]

COUNTS = (0, 1, 2, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
CODE = {"class_name": "__lambda__", "config": {"value": ["4wEAAAAAAAAAAAAAAA==", None, None]}}
DEEP: Any = []
for _ in range(40):
    DEEP = [DEEP, {"a": DEEP}] if len(str(DEEP)) < 2_000 else [DEEP]
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3, 7, 2**20, 2**31, 2**40, 2**63, -(2**63), 10**30, 0.5, -0.0,
    1e308, float("inf"), float("nan"), "", "a", "x" * 5_000, "../../a", "/etc/passwd", "a\0b",
    "file:///etc/passwd", "http://localhost/a", "gs://a/b", "os.system", "builtins", "eval",
    "load_model", "get_file", "float16", "float64", "int8", "string", "channels_first", "causal",
    [], {}, [1], [2**40], [None, 3], [None, 2**40], [-1, 3], ["a", "b"], [[[]]], {"a": 1}, DEEP,
    CODE, {"class_name": "Lambda", "config": {"function": CODE}},
    {"class_name": "function", "config": "system", "module": "os"},
    {"class_name": "function", "config": "load_model", "registered_name": "load_model"},
    {"class_name": "__numpy__", "config": {"value": [1] * 9, "dtype": "object"}},
    {"class_name": "__numpy__", "config": {"value": 1, "dtype": "V99999999999"}},
    {"class_name": "__tensor__", "config": {"value": [[1], [2, 3]], "dtype": "float32"}},
    {"class_name": "__bytes__", "config": {"value": 3}}, {"class_name": "__slice__", "config": {}},
    {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    {"class_name": "TFSMLayer", "config": {"filepath": "/etc"}},
    {"class_name": "Dense", "config": {"units": 2**33}},
)  # fmt: skip


# ---- of any file ---------------------------------------------------------------------------------


def anyhow(raw: bytes, r: random.Random) -> bytes:
    """Bits, bytes, numbers, pieces: some of it changed, moved, doubled or cut."""
    found = bytearray(raw)
    for _ in range(r.choice((1, 1, 1, 2, 4, 16))):
        r.choice((_bits, _bytes, _number, _number, _moved, _cut, _put))(found, r)
    return bytes(found)


def _place(found: bytearray, r: random.Random) -> int:
    """Anywhere, but oftener near the beginning or the end, where headers are."""
    size = max(len(found), 1)
    near = r.choice((size, size, min(size, 64), min(size, 1024)))
    at = r.randrange(near)
    return at if r.random() < 0.8 else size - 1 - at


def _bits(found: bytearray, r: random.Random) -> None:
    if found:
        found[_place(found, r)] ^= 1 << r.randrange(8)


def _bytes(found: bytearray, r: random.Random) -> None:
    at, count = _place(found, r), r.choice((1, 2, 8))
    found[at : at + count] = r.randbytes(count)


def _number(found: bytearray, r: random.Random) -> None:
    at, count = _place(found, r), r.choice((1, 2, 4, 8))
    number = r.choice(COUNTS) % 256**count
    found[at : at + count] = number.to_bytes(count, r.choice(("little", "little", "big")))


def _moved(found: bytearray, r: random.Random) -> None:
    start, to = _place(found, r), _place(found, r)
    piece = found[start : start + r.choice((4, 16, 64, 512))]
    found[to : to + (len(piece) if r.random() < 0.6 else 0)] = piece


def _cut(found: bytearray, r: random.Random) -> None:
    at = _place(found, r)
    del found[at : None if r.random() < 0.5 else at + r.choice((1, 8, 100))]


def _put(found: bytearray, r: random.Random) -> None:
    at = _place(found, r)
    found[at:at] = r.choice((r.randbytes(r.choice((1, 8, 100))), bytes(r.choice((1, 8, 4096)))))


# ---- of JSON -------------------------------------------------------------------------------------


def _names() -> list[str]:
    return sorted({n for kind in registry.families() for n in registry.names(kind)})


def data(value: Any, r: random.Random) -> Any:
    """Plain data of which some entry is another, is gone, is there twice or elsewhere."""
    found = json.loads(json.dumps(value))
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        places = list(_places(found))
        if not places:
            return r.choice(VALUES)
        inside, key = r.choice(places)
        if r.random() < 0.15:
            del inside[key]
        elif r.random() < 0.15:
            other, name = r.choice(places)
            inside[key] = json.loads(json.dumps(other[name]))
        elif r.random() < 0.1 and isinstance(inside, dict):
            inside[r.choice(("class_name", "config", "name", "dtype", "module", "x"))] = inside[key]
        elif isinstance(inside[key], str) and r.random() < 0.5:
            inside[key] = r.choice(_names())
        else:
            inside[key] = copy.deepcopy(r.choice(VALUES))
    return found


def _places(value: Any) -> Any:
    """Where an entry is: the list or dict, and its key."""
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        keys = inside if isinstance(inside, dict) else range(len(inside))
        for key in keys:
            yield inside, key
            if isinstance(inside[key], dict | list):
                waiting.append(inside[key])


def text(raw: bytes, r: random.Random) -> bytes:
    """JSON, changed as data or as a file."""
    if r.random() < 0.1:
        return anyhow(raw, r)
    return json.dumps(data(json.loads(raw), r)).encode()


# ---- of layouts ----------------------------------------------------------------------------------


def tensors(raw: bytes, r: random.Random) -> bytes:
    """The header of a file of safetensors, or what stands in it as text; checksums are made new."""
    length = int.from_bytes(raw[:8], "little")
    header, rest = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    said = header.get("__metadata__", {})
    inner = [k for k in ("model", "compile", "run") if k in said]
    if inner and r.random() < 0.85:
        name = r.choice(inner)
        said[name] = text(said[name].encode(), r).decode(errors="replace")
    elif r.random() < 0.8:
        held = {k: v for k, v in header.items() if k != "__metadata__"}
        changed = data(held, r)
        header = {"__metadata__": said} | changed if isinstance(changed, dict) else changed
    else:
        header["__metadata__"] = data(said, r)
    if r.random() < 0.1:
        rest = anyhow(rest, r)
    return sealed(header, rest)


def sealed(header: Any, rest: bytes) -> bytes:
    """A file of a header, with the checksums that the library would have written where it can."""
    said = header.get("__metadata__") if isinstance(header, dict) else None
    ours = isinstance(said, dict) and {"format", "version", "checksum"} <= set(said)
    if ours and isinstance(said["checksum"], str):
        said["checksum"] = "0" * 8
        entries = [v for k, v in header.items() if k != "__metadata__"]
        try:
            places = sorted(v["data_offsets"] for v in entries)
            said["sums"] = "".join(f"{zlib.crc32(rest[a:b]):08x}" for a, b in places)
        except (TypeError, KeyError, ValueError):
            pass
    plain = json.dumps(header, separators=(",", ":")).encode()
    plain += b" " * (-len(plain) % 8)
    if ours:
        plain = plain.replace(b"00000000", f"{zlib.crc32(plain):08x}".encode(), 1)
    return len(plain).to_bytes(8, "little") + plain + rest


def archive(raw: bytes, r: random.Random) -> bytes:
    """A zip of which a member is changed, renamed, doubled, packed, or said to be another."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = [(i.filename, file.read(i)) for i in file.infolist()]
    kind = r.choice(("inside", "inside", "inside", "named", "twice", "gone", "more", "directory"))
    at = r.randrange(len(members))
    name, held = members[at]
    if kind == "inside":
        members[at] = name, _member(name, held, r)
    elif kind == "named":
        names = ("../../a.json", "/a", "a\\b", "config.json", "model.weights.npz", "x" * 3_000)
        members[at] = r.choice((name + "x", "a/", *names)), held
    elif kind == "twice":
        members.insert(r.randrange(len(members) + 1), (name, _member(name, held, r)))
    elif kind == "gone":
        del members[at]
    elif kind == "more":
        members.append(("assets/../../a", bytes(r.choice((1, 10**6)))))
    out = io.BytesIO()
    packed = r.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w", packed) as file:
        for name, held in members:
            file.writestr(name, held)
    return _directory(out.getvalue(), r) if kind == "directory" else out.getvalue()


def _member(name: str, raw: bytes, r: random.Random) -> bytes:
    if name.endswith(".json"):
        return text(raw, r)
    if name.endswith(".npy"):
        return array(raw, r)
    return hdf5(raw, r)


def _directory(raw: bytes, r: random.Random) -> bytes:
    """Numbers in what a zip says of its members, or of its end."""
    found = bytearray(raw)
    marks = [b"PK\1\2", b"PK\3\4", b"PK\5\6"]
    places = [i for mark in marks for i in _all(raw, mark)]
    for _ in range(r.choice((1, 1, 3))):
        at = r.choice(places) + r.randrange(4, 46)
        count = r.choice((2, 4))
        found[at : at + count] = (r.choice(COUNTS) % 256**count).to_bytes(count, "little")
    return bytes(found)


def _all(raw: bytes, mark: bytes) -> list[int]:
    found, at = [], raw.find(mark)
    while at >= 0:
        found.append(at)
        at = raw.find(mark, at + 1)
    return found


def hdf5(raw: bytes, r: random.Random) -> bytes:
    """The superblock, the nodes and the messages of an HDF5 file, or a text in it."""
    if r.random() < 0.2:
        return anyhow(raw, r)
    found = bytearray(raw)
    marks = [i for mark in (b"TREE", b"HEAP", b"SNOD", b"OHDR", b"GCOL") for i in _all(raw, mark)]
    for _ in range(r.choice((1, 1, 2, 4))):
        kind = r.random()
        if kind < 0.2:
            at = r.randrange(min(96, len(raw)))
        elif kind < 0.5 and marks:
            at = r.choice(marks) + r.randrange(64)
        else:  # headers of objects begin at multiples of eight
            at = r.randrange(len(raw) // 8) * 8 + r.choice((0, 0, 0, 1, 2, 4, 6))
        count = r.choice((1, 2, 4, 8))
        if r.random() < 0.3:
            other = r.randrange(len(raw) // 8) * 8
            found[at : at + 8] = raw[other : other + 8]
        elif r.random() < 0.5:
            found[at : at + 8] = r.choice(marks or [0]).to_bytes(8, "little")
        else:
            found[at : at + count] = (r.choice(COUNTS) % 256**count).to_bytes(count, "little")
    return bytes(found[: len(raw)])


def array(raw: bytes, r: random.Random) -> bytes:
    """The header of an .npy, as text."""
    if r.random() < 0.2 or raw[:6] != b"\x93NUMPY":
        return anyhow(raw, r)
    size = struct.unpack("<H", raw[8:10])[0]
    head, rest = raw[10 : 10 + size].decode(), raw[10 + size :]
    old, new = r.choice((
        ("shape': (", "shape': (1000000000000, "), ("shape': (", "shape': (-1, "),
        ("shape': (", "shape': (2**3, "), ("shape': (", "shape': ('a', "), ("'<f4'", "'|O'"),
        ("'<f4'", "'V1000000000'"), ("'<f4'", "[('a', '<f4')]"), ("'<f4'", "'>f8'"),
        ("'<f4'", "'<U99999'"), ("'<f4'", "'<m8'"), ("False", "True"), ("False", "[" * 5_000),
        ("descr", "other"), ("{", "{'a': __import__('os'), "), ("shape': (", "shape': (True, "),
        ("shape': (", "shape': " + "(" * 200 + "("), ("'<f4'", "'<c8'"), ("}", ""), ("'<f4'", "3"),
    ))  # fmt: skip
    head = head.replace(old, new, 1)[:65_000]
    major = r.choice((1, 1, 1, 2, 3, 9))
    count = struct.pack("<H" if major == 1 else "<I", r.choice((len(head), len(head), 65_535, 3)))
    return raw[:6] + bytes([major, 0]) + count + head.encode() + rest


def packed(raw: bytes, r: random.Random) -> bytes:
    """What is gzipped, changed within."""
    return gzip.compress(anyhow(gzip.decompress(raw), r), 1)


def either(*changes: Change) -> Change:
    """One of these, or any."""
    return lambda raw, r: r.choice((*changes, *changes, anyhow))(raw, r)
