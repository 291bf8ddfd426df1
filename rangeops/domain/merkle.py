"""Merkle trees over the record, after RFC 6962 section 2.1 (RFC 9162 has the same trees and proofs).

A leaf is an entry's own hash, which is made with RFC 6962's leaf prefix already (domain.audit). One root, in 32 bytes,
stands for all entries up to its size: an inclusion proof shows that an entry is among them, a consistency proof that a
later root has all of an earlier one's entries unchanged, each in log2(size) hashes and without the record itself.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rangeops.domain.errors import Invalid

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_NODE: Final = b"\x01"
_HASH_BYTES: Final = 32


class Frontier:
    """What must be kept of a tree to let it grow: the roots of its perfect subtrees, widest first; log2(size) of them."""

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        """Raises Invalid where so many nodes can't be of a tree of that size."""
        if size < 0 or len(nodes) != size.bit_count() or any(len(node) != _HASH_BYTES for node in nodes):
            raise Invalid(
                f"{len(nodes)} nodes are no tree of {size} entries",
                where="a Merkle tree that was kept",
                do="Build it anew from the entries.",
            )
        self.size = size
        self._nodes = list(nodes)

    @property
    def nodes(self) -> tuple[bytes, ...]:
        return tuple(self._nodes)

    def add(self, leaf: bytes) -> None:
        """Append one entry's hash."""
        node, width = leaf, self.size
        while width & 1:
            node, width = _parent(self._nodes.pop(), node), width >> 1
        self._nodes.append(node)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            self.add(leaf)

    def root(self) -> bytes:
        """The tree's root: 32 bytes; of no entries that of RFC 6962."""
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = _parent(node, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these entries' hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH(index, leaves) of RFC 6962, nearest to the leaf first. index: from 0. Raises Invalid for one that isn't there."""
    if not 0 <= index < len(leaves):
        raise Invalid(
            f"there is no entry {index + 1} among {len(leaves)}", where="an inclusion proof", do="Ask for another."
        )
    path, first, last = [], 0, len(leaves)
    while last - first > 1:
        split = first + _widest_below(last - first)
        if index < split:
            path.append(root_of(leaves[split:last]))
            last = split
        else:
            path.append(root_of(leaves[first:split]))
            first = split
    return tuple(reversed(path))


def inclusion_paths(indexes: Collection[int], leaves: Sequence[bytes]) -> dict[int, tuple[bytes, ...]]:
    """`inclusion_path` of many leaves at once, each node made once. Raises Invalid as it does."""
    for index in indexes:
        if not 0 <= index < len(leaves):
            inclusion_path(index, leaves)
    paths: dict[int, list[bytes]] = {index: [] for index in indexes}
    level, height = list(leaves), 0
    while len(level) > 1:
        for index, path in paths.items():
            sibling = index >> height ^ 1
            if sibling < len(level):  # the last of an odd level goes up as it is
                path.append(level[sibling])
        level = [
            _parent(level[at], level[at + 1]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)
        ]
        height += 1
    return {index: tuple(path) for index, path in paths.items()}


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that this path leads to from the leaf; None for a path that no tree of this size has (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            node = _parent(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = _parent(node, sibling)
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


def consistency_path(old_size: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PROOF(old_size, leaves) of RFC 6962: that the first old_size of these are an earlier tree. Raises Invalid."""
    if not 0 < old_size <= len(leaves):
        raise Invalid(
            f"{old_size} entries can't have become {len(leaves)}",
            where="a consistency proof",
            do="Ask for two that follow.",
        )
    path, first, last, whole = [], 0, len(leaves), True
    while old_size != last - first:
        split = _widest_below(last - first)
        if old_size <= split:
            path.append(root_of(leaves[first + split : last]))
            last = first + split
        else:
            path.append(root_of(leaves[first : first + split]))
            first, old_size, whole = first + split, old_size - split, False
    if not whole:
        path.append(root_of(leaves[first:last]))
    return tuple(reversed(path))


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Does the path show that the tree of `size` has the one of `old_size` as its beginning (RFC 9162 2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    nodes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not nodes:
        return False
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = _parent(node, old), _parent(node, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = _parent(new, node)
        position, last = position >> 1, last >> 1
    return last == 0 and (old, new) == (old_root, root)


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def _widest_below(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)
