"""Ways to damage a valid file, for tests that feed parsers what an enemy could."""

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, valid: st.SearchStrategy[bytes]) -> bytes:
    """A valid file after one to three bit flips, truncations, insertions, deletions, repetitions or splices."""
    data = bytearray(draw(valid))
    other = draw(valid)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "cut", "insert", "delete", "repeat", "splice"])):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=6))
            case "delete":
                del data[at : at + draw(st.integers(1, 20))]
            case "repeat":
                data[at:at] = data[max(0, at - draw(st.integers(1, 60))) : at]
            case _:
                data[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(data)
