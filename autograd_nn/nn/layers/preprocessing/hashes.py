"""Hashes of text that are the same on every machine: FarmHash's fingerprint, SipHash-2-4, crossing.

Sources: G. Pike, FarmHash 2014 (``farmhashna::Hash64``); Aumasson and Bernstein, SipHash 2012.
All arithmetic is of 64 bits, modulo 2⁶⁴.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

BITS = 2**64 - 1
K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
CROSS_KEY, CROSS_FACTOR = 0xDECAFCAFFE, 0xC6A4A7935BD1E995


def fingerprint(data: bytes) -> int:
    """FarmHash's 64-bit fingerprint of bytes.

    >>> hex(fingerprint(b""))
    '0x9ae16a3b2f90404f'
    """
    n = len(data)
    if n <= 16:
        return _up_to_16(data, n)
    if n <= 32:
        return _up_to_32(data, n)
    return _up_to_64(data, n) if n <= 64 else _longer(data, n)


def _word(data: bytes, i: int, size: int = 8) -> int:
    return int.from_bytes(data[i : i + size], "little")


def _turned(x: int, by: int) -> int:
    """The bits rotated to the right."""
    x &= BITS
    return (x >> by | x << 64 - by) & BITS


def _mixed(x: int) -> int:
    x &= BITS
    return x ^ x >> 47


def _joined(u: int, v: int, factor: int) -> int:
    a = _mixed((u ^ v) * factor)
    return _mixed((v ^ a) * factor) * factor & BITS


def _up_to_16(data: bytes, n: int) -> int:
    factor = K2 + n * 2
    if n >= 8:
        a, b = _word(data, 0) + K2 & BITS, _word(data, n - 8)
        c = _turned(b, 37) * factor + a
        d = (_turned(a, 25) + b) * factor
        return _joined(c & BITS, d & BITS, factor)
    if n >= 4:
        return _joined(n + (_word(data, 0, 4) << 3), _word(data, n - 4, 4), factor)
    if n:
        y, z = data[0] + (data[n >> 1] << 8), n + (data[n - 1] << 2)
        return _mixed(y * K2 ^ z * K0) * K2 & BITS
    return K2


def _up_to_32(data: bytes, n: int) -> int:
    factor = K2 + n * 2
    a, b = _word(data, 0) * K1 & BITS, _word(data, 8)
    c, d = _word(data, n - 8) * factor & BITS, _word(data, n - 16) * K2
    y = _turned(a + b, 43) + _turned(c, 30) + d
    return _joined(y & BITS, a + _turned(b + K2, 18) + c & BITS, factor)


def _up_to_64(data: bytes, n: int) -> int:
    factor = K2 + n * 2
    a, b = _word(data, 0) * K2 & BITS, _word(data, 8)
    c, d = _word(data, n - 8) * factor & BITS, _word(data, n - 16) * K2
    y = _turned(a + b, 43) + _turned(c, 30) + d & BITS
    z = _joined(y, a + _turned(b + K2, 18) + c & BITS, factor)
    e, f = _word(data, 16) * factor & BITS, _word(data, 24)
    g, h = (y + _word(data, n - 32)) * factor, (z + _word(data, n - 24)) * factor
    u = _turned(e + f, 43) + _turned(g, 30) + h
    return _joined(u & BITS, e + _turned(f + a, 18) + g & BITS, factor)


def _block(data: bytes, i: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes from i on, taken into two words."""
    w, x, y, z = (_word(data, i + k) for k in (0, 8, 16, 24))
    a += w
    b = _turned(b + a + z, 21)
    c = a
    a += x + y
    return a + z & BITS, b + _turned(a, 44) + c & BITS


def _longer(data: bytes, n: int) -> int:
    x, y = 81, 81 * K1 + 113 & BITS
    z = _mixed(y * K2 + 113) * K2 & BITS
    v, w = (0, 0), (0, 0)
    x = x * K2 + _word(data, 0) & BITS
    end = (n - 1) // 64 * 64
    for i in range(0, end, 64):
        x = _turned(x + y + v[0] + _word(data, i + 8), 37) * K1 ^ w[1]
        y = _turned(y + v[1] + _word(data, i + 48), 42) * K1 + v[0] + _word(data, i + 40)
        z = _turned(z + w[0], 33) * K1
        v = _block(data, i, v[1] * K1, (x & BITS) + w[0])
        w = _block(data, i + 32, z + w[1], y + _word(data, i + 16))
        z, x = x & BITS, z & BITS
    factor = K1 + ((z & 0xFF) << 1)
    i = n - 64
    w = (w[0] + (n - 1 & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x = _turned(x + y + v[0] + _word(data, i + 8), 37) * factor ^ w[1] * 9
    y = _turned(y + v[1] + _word(data, i + 48), 42) * factor + v[0] * 9 + _word(data, i + 40)
    z = _turned(z + w[0], 33) * factor
    v = _block(data, i, v[1] * factor, (x & BITS) + w[0])
    w = _block(data, i + 32, z + w[1], y + _word(data, i + 16))
    z, x = x, z
    first = _joined(v[0], w[0], factor) + _mixed(y) * K0 + z
    return _joined(first & BITS, _joined(v[1], w[1], factor) + x & BITS, factor)


def siphash(data: bytes, key: Sequence[int]) -> int:
    """SipHash-2-4 of bytes under a key of two numbers.

    >>> hex(siphash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
    '0xa129ca6149be45e5'
    """
    k0, k1 = (k & BITS for k in key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]  # fmt: skip
    n = len(data)
    whole = n - n % 8
    words = [_word(data, i) for i in range(0, whole, 8)]
    for m in [*words, _word(data, whole) | (n & 0xFF) << 56]:
        v[3] ^= m
        _rounds(v, 2)
        v[0] ^= m
    v[2] ^= 0xFF
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[int], times: int) -> None:
    a, b, c, d = v
    for _ in range(times):
        a, c = a + b & BITS, c + d & BITS
        b, d = _turned(b, 51) ^ a, _turned(d, 48) ^ c
        a = _turned(a, 32)
        c, a = c + b & BITS, a + d & BITS
        b, d = _turned(b, 47) ^ c, _turned(d, 43) ^ a
        c = _turned(c, 32)
    v[:] = a, b, c, d


def crossed(prints: Sequence[int]) -> int:
    """One fingerprint of several, in their order, as TensorFlow's crossed columns have it."""
    found = CROSS_KEY
    for p in prints:
        found ^= CROSS_FACTOR
        found ^= _mixed((p & BITS) * CROSS_FACTOR) * CROSS_FACTOR & BITS
        found = _mixed(_mixed(found * CROSS_FACTOR) * CROSS_FACTOR)
    return found


def buckets(values: Any, count: int, salt: Sequence[int] | None = None) -> np.ndarray:
    """A number from 0 to count - 1 for each text: its fingerprint, or salted hash, mod count.

    >>> buckets(["A", "B", "C"], 3).tolist()
    [1, 0, 1]
    """
    hashed: Callable[[bytes], int] = fingerprint if salt is None else lambda b: siphash(b, salt)
    return each(lambda text: hashed(text.encode()) % count, values)


def each(function: Callable[[Any], int], values: Any) -> np.ndarray:
    """A function's results in int64, worked out once for equal values."""
    different, where = np.unique(np.asarray(values), return_inverse=True)
    found = np.array([function(v.item()) for v in different], "int64")
    return found[where].reshape(np.shape(values))
