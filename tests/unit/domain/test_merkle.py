"""Merkle trees against RFC 6962's own recursive definitions, written out here, and the vectors of its first log."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    inclusion_paths,
    is_consistent,
    root_by_inclusion,
    root_of,
)

INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the Certificate Transparency project's tree tests: the roots over the first 1 to 8 of the inputs."""


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def numbered(count):
    return [leaf(number.to_bytes(4, "big")) for number in range(count)]


def split_of(size):
    width = 1
    while width * 2 < size:
        width *= 2
    return width


def mth(leaves):
    """MTH of RFC 6962, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m, leaves):
    if len(leaves) == 1:
        return ()
    k = split_of(len(leaves))
    return (*path(m, leaves[:k]), mth(leaves[k:])) if m < k else (*path(m - k, leaves[k:]), mth(leaves[:k]))


def subproof(m, leaves, whole):
    if m == len(leaves):
        return () if whole else (mth(leaves),)
    k = split_of(len(leaves))
    if m <= k:
        return (*subproof(m, leaves[:k], whole), mth(leaves[k:]))
    return (*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_first_log(size):
    assert root_of(leaf(bytes.fromhex(each)) for each in INPUTS[:size]).hex() == ROOTS[size - 1]


@given(st.integers(0, 300))
def test_a_tree_that_grows_has_the_defined_root(size):
    leaves = numbered(size)
    frontier = Frontier()
    for each in leaves:
        frontier.add(each)
    assert frontier.root() == mth(leaves)
    assert Frontier(frontier.size, frontier.nodes).root() == frontier.root()
    assert size or frontier.root() == EMPTY_ROOT


@given(st.data(), st.integers(1, 200))
def test_an_inclusion_proof_is_the_defined_one_and_leads_to_the_root(data, size):
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_path(index, leaves)
    assert proof == path(index, leaves)
    assert root_by_inclusion(index, size, leaves[index], proof) == mth(leaves)


@given(st.data(), st.integers(1, 200))
def test_a_consistency_proof_is_the_defined_one_and_holds(data, size):
    leaves = numbered(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_path(old, leaves)
    assert proof == subproof(old, leaves, whole=True)
    assert is_consistent(old, mth(leaves[:old]), size, mth(leaves), proof)


@given(st.data(), st.integers(2, 64))
def test_no_other_leaf_index_size_or_path_leads_to_the_root(data, size):
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_path(index, leaves), mth(leaves)
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index))
    assert root_by_inclusion(index, size, leaves[other], proof) != root
    assert root_by_inclusion(other, size, leaves[index], proof) != root
    assert root_by_inclusion(index, size, leaves[index], proof[:-1]) != root
    assert root_by_inclusion(index, size, leaves[index], (*proof, root)) is None
    assert root_by_inclusion(size, size, leaves[index], proof) is None


@given(st.data(), st.integers(2, 64))
def test_no_consistency_without_the_earlier_tree(data, size):
    leaves = numbered(size)
    old = data.draw(st.integers(1, size - 1))
    proof, root = consistency_path(old, leaves), mth(leaves)
    changed = [*leaves]
    changed[data.draw(st.integers(0, old - 1))] = leaf(b"another")
    assert not is_consistent(old, mth(changed[:old]), size, root, proof)
    assert not is_consistent(old, mth(leaves[:old]), size, mth(changed), proof)
    assert not is_consistent(old, mth(leaves[:old]), size, root, proof[:-1])
    assert not is_consistent(old, mth(leaves[:old]), size, root, (*proof, root))
    assert not is_consistent(size, root, old, mth(leaves[:old]), proof)


def test_equal_trees_are_consistent_by_an_empty_path():
    leaves = numbered(5)
    assert consistency_path(5, leaves) == ()
    assert is_consistent(5, mth(leaves), 5, mth(leaves), ())
    assert not is_consistent(5, mth(leaves), 5, mth(numbered(6)), ())


def test_what_is_no_tree_or_no_entry_is_said():
    with pytest.raises(Invalid, match="2 nodes are no tree of 4 entries"):
        Frontier(4, [b"\0" * 32] * 2)
    with pytest.raises(Invalid, match="no entry 6 among 5"):
        inclusion_path(5, numbered(5))
    with pytest.raises(Invalid, match="6 entries can't have become 5"):
        consistency_path(6, numbered(5))


@given(
    st.integers(1, 130).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1), max_size=9)))
)
def test_many_proofs_at_once_are_each_what_it_is_alone(drawn):
    size, indexes = drawn
    leaves = numbered(size)
    assert inclusion_paths(indexes, leaves) == {index: inclusion_path(index, leaves) for index in indexes}


def test_no_proof_of_a_leaf_that_is_not_there():
    with pytest.raises(Invalid):
        inclusion_paths([1, 3], numbered(3))
