"""A file is there whole or as it was before."""

from __future__ import annotations

import pytest

from etl import whole


def test_a_file_is_in_its_place_when_all_is_written(tmp_path):
    path = tmp_path / "folder" / "list.csv"
    with whole.written(path) as half:
        half.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_on_the_way_leaves_what_was_there_and_no_half(tmp_path, error):
    path = tmp_path / "list.csv"
    path.write_text("before")
    with pytest.raises(error), whole.written(path) as half:
        half.write_text("hal")
        raise error
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
