"""Which encoding a file's bytes are text in: by marks, by what decodes, by letters that are in use.

The encodings of Korean, Japanese and Chinese take almost any bytes, and make letters of them. Those
of the right one are such as people write; others make hardly any of these. Sources: the standards
that have the letters in use before the rare ones: KS X 1001, JIS X 0208, GB 2312, Big5.

Encodings of one byte a letter take any bytes, too. Words of Cyrillic have no other letters in them,
and small ones behind the first; what are letters in Central Europe would be signs within words in
the West. What is neither is taken for the West's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

BEYOND = re.compile("[^\0-\x7f]")
LETTERS = 200  # that tell the language


def _lead(letter: str, encoding: str) -> int:
    """The first of the two bytes that a letter has in an encoding; 0 where it has not two."""
    found = letter.encode(encoding, "ignore")
    return found[0] if len(found) == 2 else 0


def _syllable(letter: str) -> bool:
    """Whether a letter is a syllable of Korean of simple sounds, as most in use are.

    Chinese characters, read as Korean, are any of 2,350 syllables, or none.
    """
    i = ord(letter) - ord("가")
    plain = i // 588 not in (1, 4, 8, 10, 13) and i // 28 % 21 not in (3, 7, 10, 15, 16, 19)
    return 0 <= i < 11_172 and plain and i % 28 in (0, 1, 4, 8, 16, 17, 19, 20, 21)


# Whether a letter is in use, by the encoding whose letters are looked at; likeliest first.
USUAL: dict[str, Callable[[str], bool]] = {
    "cp949": _syllable,
    "cp932": lambda c: "ぁ" <= c <= "ヿ" or 0x88 <= _lead(c, "cp932") <= 0x97,
    "gb18030": lambda c: 0xB0 <= _lead(c, "gb2312") <= 0xD7,
    "big5": lambda c: 0xA4 <= _lead(c, "big5") <= 0xC6,
}


LACKING = {0x8D, 0x8F, 0x9D}  # bytes that are letters in cp1250, and nothing in cp1252
WORD = re.compile(r"[^\W\d_]+")
CYRILLIC = re.compile("[А-яЁёЂ-ЏђѓєѕіїјљњћќўџҐґ]{3,}")
WEST = "A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ"  # letters of cp1252
EAST = re.compile(  # as cp1252 has the letters of cp1250 that are signs, or at no such place in it
    f"[{WEST}][³¹¿¼¾ºª£¥¯ìù\x8d\x8f\x9d][{WEST}]|(?<![{WEST}\\d])[³£¥¯\x8d\x8f\x9d][{WEST}]"
)
WESTERN = re.compile(f"[{WEST}0-9³¹¿¼¾ºª£¥¯\\x8d\\x8f\\x9d]+")


def _cyrillic(piece: bytes) -> bool:
    """Whether hardly any word beyond ASCII is of other letters than Cyrillic's, or oddly large."""
    text = piece.decode("cp1251", "replace")
    words = islice((w for w in _beyond(WORD, text) if len(w) > 2), LETTERS)
    found = [bool(CYRILLIC.fullmatch(w)) and (w[1:].islower() or w.isupper()) for w in words]
    return sum(found) > 0.8 * len(found)


def _central(piece: bytes) -> bool:
    """Whether an eighth of the words beyond ASCII have a letter that would be a sign in the West.
    """
    text = piece.decode("latin-1" if LACKING & {*piece} else "cp1252", "replace")
    found = [bool(EAST.search(w)) for w in islice(_beyond(WESTERN, text), LETTERS)]
    return 8 * sum(found) > len(found)


def _beyond(word: re.Pattern[str], text: str) -> Iterator[str]:
    """The words that have letters beyond ASCII."""
    return (w[0] for w in word.finditer(text) if not w[0].isascii())


# Whether a piece is in an encoding of one byte a letter, of those that are likelier than cp1252.
SMALL: dict[str, Callable[[bytes], bool]] = {"cp1251": _cyrillic, "cp1250": _central}


def encodings(data: bytes) -> list[str]:
    """What a file that begins so may be encoded in, likeliest first."""
    if data[:3] == b"\xef\xbb\xbf":
        return ["utf-8-sig"]
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return ["utf-32"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    head = data[:4096]  # in which every other byte is 0, of two for each letter
    for name, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2],
                                                                   head[1::2])):  # fmt: skip
        if high.count(0) > len(high) // 2 and not low.count(0):
            return [name]
    return ["utf-8", *USUAL, *SMALL, "cp1252", "latin-1"]


def speaks(piece: bytes, encoding: str) -> bool:
    """Whether bytes, read so, are letters in use, and more of them than read in another way.

    Bytes without a letter beyond ASCII are as well read in any.

    >>> speaks("größe".encode("cp1252"), "cp949"), speaks("크기 ㎡".encode("cp949"), "cp949")
    (False, True)
    >>> [e for e in SMALL if speaks("płeć;wartość".encode("cp1250"), e)]
    ['cp1250']
    >>> [e for e in USUAL if speaks("年齢,性別".encode("cp932"), e)]
    ['cp932']
    """
    if piece.isascii():
        return True
    if encoding in SMALL:
        return SMALL[encoding](piece)
    shares = {e: _share(piece, e) for e in USUAL}
    if shares["cp949"] > 0.5:  # of which the others' letters are all in use, too
        return encoding == "cp949"
    most = max(shares.values())
    return most > 0.5 and shares[encoding] == most


def _share(piece: bytes, encoding: str) -> float:
    """Which share of a piece's letters beyond ASCII is in use, and is any; of signs alone, all."""
    text = piece.decode(encoding, "replace")
    found = [letter[0] for letter in islice(BEYOND.finditer(text), LETTERS)]
    letters = [c for c in found if c.isalpha() or not c.isprintable() or c == "\ufffd"]
    return sum(map(USUAL[encoding], letters)) / len(letters) if letters else float(bool(found))
