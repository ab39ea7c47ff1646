"""The judgement between encodings, measured on a generated corpus: all right from ten values on, nearly all from one."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from townwords import SIMPLIFIED, TRADITIONAL, Script, values

from etl import encoding
from etl.dbf import Dbf

DRAWS = 200
WRITTEN = [(SIMPLIFIED, "gbk", "GBK"), (SIMPLIFIED, "utf-8", "UTF-8"), (TRADITIONAL, "big5", "Big5"), (TRADITIONAL, "utf-8", "UTF-8"),
           (TRADITIONAL, "gbk", "GBK")]


def confusion(script: Script, codec: str, count: int, **told: str) -> Counter[str]:
    """What files of so many values are taken for."""
    found: Counter[str] = Counter()
    for seed in range(DRAWS):
        found[encoding.detect([v.encode(codec) for v in values(script, count, random.Random(seed))], **told).name] += 1
    return found


@pytest.mark.parametrize(("script", "codec", "name"), WRITTEN, ids=lambda v: v if isinstance(v, str) else v.shown)
@pytest.mark.parametrize("count", [10, 30])
def test_every_file_of_ten_values_or_more_is_read_right(script, codec, name, count):
    assert confusion(script, codec, count) == {name: DRAWS}


@pytest.mark.parametrize(("script", "codec", "name"), WRITTEN, ids=lambda v: v if isinstance(v, str) else v.shown)
@pytest.mark.parametrize(("count", "least"), [(1, 0.95), (2, 0.97), (3, 0.98), (5, 0.99)])
def test_few_values_are_enough_nearly_always(script, codec, name, count, least):
    found = confusion(script, codec, count)
    print(f"{count} values in {codec}: {dict(found)}")
    assert found[name] / DRAWS >= least, found


@pytest.mark.parametrize(("script", "codec", "name"), WRITTEN[:4], ids=lambda v: v if isinstance(v, str) else v.shown)
@pytest.mark.parametrize("lie", ["GBK", "UTF-8", "Big5", "ISO-8859-1", "1252"])
def test_a_cpg_that_lies_in_any_direction_is_caught_from_five_values_on(script, codec, name, lie):
    """Where it tells the truth it is believed."""
    assert confusion(script, codec, 5, cpg=lie) == {name: DRAWS}


@pytest.mark.parametrize(("script", "codec", "name"), WRITTEN, ids=lambda v: v if isinstance(v, str) else v.shown)
def test_a_cpg_that_is_true_is_believed_for_a_single_value(script, codec, name):
    assert confusion(script, codec, 1, cpg=name) == {name: DRAWS}


@pytest.mark.parametrize("seed", range(5))
def test_what_is_said_of_a_single_value_is_said_to_be_doubtful_where_it_is(seed):
    """Of the few that are wrong, none is said to be sure without reserve in more than one case in a hundred."""
    wrong = [made for script, codec, name in WRITTEN
             for made in [encoding.detect([values(script, 1, random.Random(f"{seed}.{n}"))[0].encode(codec)]) for n in range(100)]
             if made.name != name and made.sure]
    assert len(wrong) <= 5, wrong


def test_each_name_of_a_real_street_is_enough_by_itself(shared_data):
    """Nothing of these was known to who wrote the judge."""
    table = Dbf(shared_data / "tianjin-binhai-osm-gbk-cgcs2000" / "滨海新区道路.dbf")
    said = {value.strip() for _, block in table.blocks() for place in table.places
            for value in table.cells(block, place, encoding.Encoding("", "latin-1", "", "")).values
            if isinstance(value, str) and not value.isascii()}
    found = Counter(encoding.detect([v.strip().encode("latin-1")]).name for v in said)
    assert len(said) > 300 and found["GBK"] / len(said) >= 0.99, found
