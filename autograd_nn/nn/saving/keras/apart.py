"""Reads an HDF5 file in a process of its own, and writes what it holds as safetensors.

The C library that reads HDF5 can be brought down, or made to take memory without end, by a few
changed bytes; whoever loads a model must not go down with it. This script is that process: the file
comes as standard input, the arrays and texts go to standard output, and an error is a line on
standard error. It imports nothing of this library, so that it starts quickly.
"""

import io
import json
import math
import sys

DTYPES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "float16": "F16",
    "uint32": "U32", "int32": "I32", "float32": "F32", "uint64": "U64", "int64": "I64",
    "float64": "F64",
}  # fmt: skip
OBJECTS = 200_000  # groups and arrays in a file
DEPTH = 64
# besides what reading a file of such a size takes; 64 MB may be, of which some are gone by then
MEMORY, SECONDS = 60 << 20, 2
EACH, MOST = 5_000_000, 10  # bytes of arrays and groups for which a second is needed; seconds so


class Refused(Exception):
    pass


def limit(nbytes: int, seconds: int) -> None:
    """Lets this process have so much more memory and time, and no file besides those it has.

    Nothing where the system cannot be told.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limits = {
        resource.RLIMIT_CPU: math.ceil(used.ru_utime + used.ru_stime) + seconds,
        resource.RLIMIT_NOFILE: 3, resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    try:
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + nbytes
    except OSError:  # such systems do not keep to it either
        pass
    for what, value in limits.items():
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, hard))


def place(found):
    """Where in the file a group or an array is."""
    import h5py

    info = h5py.h5o.get_info(found.id)
    return info.fileno, info.addr


def opened(file, name, known):
    """What was met under a name: the library keeps much of each that is open, so none stays so."""
    found = file[name] if name else file
    if place(found) != known:
        raise Refused(f"{name} is not what it was")
    return found


def walk(file, h5py, left):
    """The arrays and groups, each once, none of them elsewhere or larger than the file has room.

    By their names; of each where it is, of an array its code, shape and bytes an entry, too.
    """
    arrays, groups = {}, {"": place(file)}
    waiting, seen = [("", place(file), 0)], {place(file)}
    while waiting:
        where, known, depth = waiting.pop()
        group = opened(file, where.removesuffix("/"), known)
        for name in group:
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise Refused(f"{where}{name} is a link to somewhere else")
            found = group[name]
            here = place(found)
            if here in seen or len(seen) > OBJECTS or depth > DEPTH:
                raise Refused(f"{where}{name} is there twice, or too deep")
            seen.add(here)
            if isinstance(found, h5py.Group):
                groups[f"{where}{name}"] = here
                waiting.append((f"{where}{name}/", here, depth + 1))
            elif isinstance(found, h5py.Dataset):
                left -= checked(f"{where}{name}", found)
                if left < 0:
                    raise Refused(f"{where}{name} is larger than the file has room for")
                arrays[f"{where}{name}"] = (
                    here, code_of(found), found.shape or (), found.dtype.itemsize
                )
            else:
                raise Refused(f"{where}{name} is neither a group nor an array")
    return arrays, groups, left


def checked(name, found):
    """An array's bytes; refuses one that is elsewhere, or of which the file has less."""
    layout = found.id.get_create_plist()
    if found.is_virtual or layout.get_external_count():
        raise Refused(f"{name} is kept in another file")
    if code_of(found) is None:
        raise Refused(f"{name} holds {found.dtype}; expected numbers")
    nbytes = found.size * found.dtype.itemsize if found.shape is not None else 0
    if layout.get_nfilters() == 0 and found.id.get_storage_size() < nbytes:
        raise Refused(f"{name} claims {nbytes} bytes, and the file has fewer of it")
    return nbytes


def code_of(held):
    """An array's dtype as safetensors calls it; Keras keeps bfloat16 as two bytes, and says so."""
    if held.dtype.kind == "V" and held.dtype.names is None and held.dtype.itemsize == 2:
        said = held.attrs.get_id("dtype") if "dtype" in held.attrs else None
        short = said is not None and said.shape == () and said.dtype.itemsize <= 16
        told = held.attrs["dtype"] if short and said.dtype.kind in "SO" else ""
        return "BF16" if told in ("bfloat16", b"bfloat16") else None
    return DTYPES.get(held.dtype.name)


def texts(file, groups, left):
    """The texts, and lists of texts, that stand beside each group."""
    import numpy as np

    found = {}
    for where, known in groups.items():
        group = opened(file, where, known)
        for name in group.attrs:
            held = group.attrs.get_id(name)
            if math.prod(held.shape or ()) * held.dtype.itemsize > left:
                raise Refused(f"the text {name!r} is larger than the file")
            if held.shape is None or held.dtype.kind not in "SO" and held.shape != (0,):
                continue
            value = group.attrs[name]
            flat = np.ravel(value).tolist() if isinstance(value, np.ndarray) else value
            found.setdefault(where, {})[name] = plain(flat)
    return found


def plain(value):
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def poured(file, arrays, said, out):
    """Writes arrays one after the other, the widest first, behind a header that says where."""
    import numpy as np

    order = sorted(arrays, key=lambda name: -arrays[name][3])
    header, at = {"__metadata__": {"texts": json.dumps(said)}}, 0
    for name in order:
        _, code, shape, itemsize = arrays[name]
        end = at + math.prod(shape) * itemsize
        header[name] = {"dtype": code, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    raw = json.dumps(header).encode()
    out.write(len(raw).to_bytes(8, "little") + raw)
    for name in order:
        held = opened(file, name, arrays[name][0])
        array = np.empty(held.shape or (), held.dtype.newbyteorder("<"))
        if array.size and held.shape is not None:
            held.read_direct(array)
        out.write(array.reshape(-1).view("u1").data)


def main(size: int, spare: int) -> None:
    sys.setrecursionlimit(500)
    import encodings.ascii  # before the limits, for libraries take room and files of their own
    import encodings.latin_1  # noqa: F401

    import h5py
    import numpy  # noqa: F401

    limit(size + MEMORY, SECONDS + min(size // EACH, MOST) + size // 100_000_000)
    source = (
        sys.stdin.buffer if sys.stdin.buffer.seekable() else io.BytesIO(sys.stdin.buffer.read())
    )
    with h5py.File(source, "r") as file:
        arrays, groups, left = walk(file, h5py, size + spare)
        poured(file, arrays, texts(file, groups, left), sys.stdout.buffer)
    sys.stdout.buffer.flush()


def guarded(size: int, spare: int) -> None:
    """`main`, whatever happens; ends the process with a line on standard error if need be."""
    try:
        main(size, spare)
    except Refused as error:
        sys.exit(str(error))
    except ImportError:
        sys.exit(3)
    except BaseException as error:
        sys.exit(f"HDF5 says {str(error)[:200] or type(error).__name__}")


if __name__ == "__main__":
    guarded(int(sys.argv[1]), int(sys.argv[2]))
