"""Which ids a dump has had, a bit for each, in memory that no dump can exhaust.

Ids of pages and revisions lie close together (eswiki: 11 and 170 million), so the bits are kept in blocks of
512 bytes, those alone that have one: 26 MB for the revisions of eswiki.
"""

from minillm.errors import InputError

MAX_BLOCKS = 2**19
"""Two thousand million ids close together, the English Wikipedia's revisions; 340 MB."""

_BLOCK_BYTES = 512


class SeenIds:
    """A set of numbers from 0 on."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def __contains__(self, number: int) -> bool:
        block = self._blocks.get(number // (8 * _BLOCK_BYTES))
        return block is not None and bool(block[number // 8 % _BLOCK_BYTES] >> number % 8 & 1)

    def add(self, number: int) -> None:
        """Put it in; InputError if the ids are too far apart to be those of a wiki."""
        name = number // (8 * _BLOCK_BYTES)
        block = self._blocks.get(name)
        if block is None:
            if len(self._blocks) == MAX_BLOCKS:
                raise InputError(
                    f"the ids of the dump's pages or revisions are further apart than any wiki's, up to "
                    f"{number}: use another dump"
                )
            block = self._blocks[name] = bytearray(_BLOCK_BYTES)
        block[number // 8 % _BLOCK_BYTES] |= 1 << number % 8
