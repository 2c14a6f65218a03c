"""Trees of Keras's kind: order, structure, and what is refused."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn.nn import tree

Point = namedtuple("Point", "x y")
LEAVES = st.none() | st.integers() | st.text(max_size=2)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3)
    | st.tuples(inner, inner)
    | st.builds(Point, inner, inner)
    | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(TREES)
def test_what_was_flattened_is_packed_again(structure) -> None:
    leaves = tree.flatten(structure)
    again = tree.pack_sequence_as(structure, leaves)
    assert again == structure
    assert type(again) is type(structure)
    assert [leaf for _, leaf in tree.flatten_with_path(structure)] == leaves
    for path, leaf in tree.flatten_with_path(structure):
        place = structure
        for key in path:
            place = place[key]
        assert place is leaf


@given(TREES)
def test_a_map_is_a_map_of_the_leaves(structure) -> None:
    doubled = tree.map_structure(lambda v, w: (0, v is w), structure, structure)
    assert len(tree.flatten(doubled)) == 2 * len(tree.flatten(structure))
    assert all(tree.flatten(doubled)[1::2])


def test_order_of_the_walk() -> None:
    assert tree.flatten({"b": 1, "a": 2}) == [2, 1]
    assert tree.flatten(OrderedDict([("b", 1), ("a", 2)])) == [1, 2]
    assert tree.flatten({1: "x", "a": "y"}) == ["x", "y"]
    packed = tree.pack_sequence_as(defaultdict(int, b=0, a=0), [1, 2])
    assert packed == {"a": 1, "b": 2} and packed.default_factory is int
    assert tree.map_structure(str, deque([1, 2])) == deque(["1", "2"])


def test_none_is_a_leaf_unless_said() -> None:
    assert tree.map_structure(lambda v: 1, [None]) == [1]
    assert tree.map_structure(lambda v: 1, [None], none_is_leaf=False) == [None]


def test_up_to_a_shallow_structure() -> None:
    sizes = tree.map_structure_up_to({"a": 0, "b": 0}, len, {"a": [1, 2], "b": (3,)})
    assert sizes == {"a": 2, "b": 1}
    assert tree.map_shape_structure(sum, [(1, 2), [3]]) == [3, 3]
    assert tree.map_shape_structure(len, {"a": [2, None], "b": "any"}) == {"a": 2, "b": 3}


def test_traverse_replaces_nodes() -> None:
    seen = []

    def note(node):
        seen.append(node)
        return "list" if isinstance(node, list) else None

    assert tree.traverse(note, ([1], 2)) == ("list", 2)
    assert seen == [([1], 2), [1], 2]
    doubled = tree.traverse(lambda v: 2 * v if isinstance(v, int) else None, [1, (2,)], False)
    assert doubled == [2, (4,)]
    assert tree.traverse(lambda v: tree.MAP_TO_NONE if v == 1 else None, [1, 2]) == [None, 2]
    assert tree.lists_to_tuples({"a": [1, [2]]}) == {"a": (1, (2,))}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, [1]), ([1], (1,)), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ([[1]], [1]),
        (Point(1, 2), (1, 2)),
    ],  # fmt: skip
)
def test_other_structures_are_refused(a, b) -> None:
    with pytest.raises(ValueError, match="expected two trees of the same structure"):
        tree.assert_same_structure(a, b)
    with pytest.raises(ValueError, match="same structure"):
        tree.map_structure(lambda x, y: x, a, b)


def test_paths_say_nothing_of_containers() -> None:
    tree.assert_same_paths([1, (2,)], (5, [6]))
    orders = [OrderedDict(sorted({"a": 1, "b": 2}.items(), reverse=r)) for r in (False, True)]
    tree.assert_same_paths(*orders)
    with pytest.raises(ValueError, match="same structure"):
        tree.assert_same_paths([1, 2], {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: tree.map_structure(3, [1]), TypeError, "expected a function"),
        (lambda: tree.map_structure(len), ValueError, "at least one"),
        (lambda: tree.map_structure_up_to([0], len), ValueError, "at least one"),
        (lambda: tree.map_structure_up_to(0, 3, [1]), TypeError, "expected a function"),
        (lambda: tree.traverse(None, [1]), TypeError, "expected a function"),
        (lambda: tree.pack_sequence_as([1], 3), TypeError, "expected a list"),
        (lambda: tree.pack_sequence_as([1], [1, 2]), ValueError, "expected as many"),
        (lambda: tree.map_shape_structure(3, (1, 2)), TypeError, "expected a function"),
    ],
)
def test_bad_calls(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()
