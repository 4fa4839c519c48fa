"""A topology is laid out from left to right, nothing upon anything else, the same every time."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.charts.layout import Box, Layout, lay_out

NAMES = [f"n{number}" for number in range(14)]
LINKS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=40)


def boxes(count: int = len(NAMES)) -> dict[str, Box]:
    """Boxes of different sizes."""
    return {f"n{number}": Box(60.0 + 7 * (number % 5), 30.0 + 9 * (number % 3)) for number in range(count)}


def overlapping(sizes: dict[str, Box], found: Layout) -> list[tuple[str, str]]:
    """Pairs of boxes that share a spot."""
    return [
        (one, other)
        for one, other in combinations(sizes, 2)
        if abs(found.places[one][0] - found.places[other][0]) < (sizes[one].width + sizes[other].width) / 2 - 1e-6
        and abs(found.places[one][1] - found.places[other][1]) < (sizes[one].height + sizes[other].height) / 2 - 1e-6
    ]


@settings(max_examples=60, derandomize=True)
@given(LINKS)
def test_boxes_stand_apart_inside_the_drawing(links: list[tuple[str, str]]) -> None:
    """Whatever the links, circles and loops too: no two boxes overlap, all lie inside, every link has its route."""
    sizes = boxes()
    found = lay_out(sizes, links)
    assert overlapping(sizes, found) == []
    for name, (x, y) in found.places.items():
        assert sizes[name].width / 2 <= x <= found.width - sizes[name].width / 2
        assert sizes[name].height / 2 <= y <= found.height - sizes[name].height / 2
    assert set(found.routes) == {link for link in links if link[0] != link[1]}
    assert lay_out(sizes, links) == found


def test_callers_stand_left_of_what_they_call() -> None:
    """In a topology without circles every link runs to the right."""
    links = [(f"n{one}", f"n{other}") for one in range(14) for other in (one + 1, one + 3) if other < 14]
    found = lay_out(boxes(), links)
    assert all(found.places[one][0] < found.places[other][0] for one, other in links)


def test_routes_lead_from_side_to_side() -> None:
    """A link begins at the right side of its first node and ends at the left side of its last; one back runs back."""
    sizes = boxes(3)
    found = lay_out(sizes, [("n0", "n1"), ("n1", "n2"), ("n0", "n2"), ("n2", "n0")])
    first, last = found.routes["n0", "n2"][0], found.routes["n0", "n2"][-1]
    assert first == (found.places["n0"][0] + sizes["n0"].width / 2, found.places["n0"][1])
    assert last == (found.places["n2"][0] - sizes["n2"].width / 2, found.places["n2"][1])
    assert found.routes["n2", "n0"] == found.routes["n0", "n2"][::-1]


@settings(max_examples=60, derandomize=True)
@given(LINKS)
def test_a_long_link_passes_between_the_nodes(links: list[tuple[str, str]]) -> None:
    """In every layer that it crosses it has a place of its own: it runs level there, and behind no box."""
    sizes = boxes()
    found = lay_out(sizes, links)
    for (one, other), route in found.routes.items():
        for left, right in zip(route[1:-1:2], route[2:-1:2], strict=True):
            assert left[1] == right[1]
            low, high = sorted((left[0], right[0]))
            hidden = [
                name
                for name, (x, y) in found.places.items()
                if name not in {one, other} and low < x < high and abs(y - left[1]) < sizes[name].height / 2
            ]
            assert hidden == []


def test_two_chains_do_not_cross() -> None:
    """Declared so that the first order crosses, drawn without a crossing."""
    sizes = {name: Box(50.0, 30.0) for name in "abxy"}
    found = lay_out(sizes, [("a", "y"), ("b", "x")])
    assert (found.places["a"][1] < found.places["b"][1]) == (found.places["y"][1] < found.places["x"][1])


def test_a_wide_fan_becomes_several_columns() -> None:
    """Sixty services called by one are no column of sixty: the drawing is no taller than it is wide, twice over."""
    sizes = {f"n{number}": Box(100.0, 46.0) for number in range(61)}
    found = lay_out(sizes, [("n0", f"n{number}") for number in range(1, 61)])
    assert overlapping(sizes, found) == []
    assert found.height < 2 * found.width


def test_nothing_to_draw() -> None:
    """No nodes are a drawing too."""
    assert lay_out({}, []).places == {}
