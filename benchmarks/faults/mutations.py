"""Damage to bytes, as disks, networks and editors do it."""

from random import Random


def damaged(content: bytes, random: Random, others: list[bytes]) -> tuple[bytes, str]:
    """The content with one damage, and which; `others` are files that may be in its place."""
    size = len(content)
    start, end = sorted(random.randint(0, size) for _ in range(2))
    piece = random.randbytes(random.randint(1, 64))
    match random.choice(["bit", "bit", "cut", "cut", "append", "insert", "delete", "zeros", "empty", "swap"]):
        case "bit" if size:
            changed, place, bit = bytearray(content), random.randrange(size), random.randrange(8)
            changed[place] ^= 1 << bit
            return bytes(changed), f"bit {bit} of byte {place} of {size} flipped"
        case "cut":
            return content[:start], f"cut after {start} of {size} bytes"
        case "append":
            return content + piece, f"{piece!r} appended"
        case "insert":
            return content[:start] + piece + content[start:], f"{piece!r} inserted at byte {start} of {size}"
        case "delete":
            return content[:start] + content[end:], f"bytes {start} to {end} of {size} deleted"
        case "zeros":
            return content[:start] + bytes(end - start) + content[end:], f"zeros in bytes {start} to {end}"
        case "swap" if others:
            return random.choice(others), "swapped with another file"
    return b"", "emptied"
