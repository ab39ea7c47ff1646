"""What was told of a source once is written down so that it can be read, and used again by itself."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from offices import lonlat

from etl import mapping, saved
from etl.mapping import KEEP_AS_NULL, CitySaid, LayerMapping
from registry.errors import BadDeclaration, BadFile
from registry.kinds import Label

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(lambda t: t.strip() == t)


@pytest.fixture
def lamps(office):
    def write(source="火把"):
        return office("路灯", ["编号", "灯具光源", "等级"], [[f"L{n}", source if n else "LED灯", "主干路"] for n in range(6)],
                      [shapely.Point(*p) for p in lonlat(6)])

    return write


@given(WORDS, WORDS, WORDS)
def test_whatever_a_column_is_called_is_read_back(tmp_path_factory, column, value, source):
    path = tmp_path_factory.mktemp("m") / "a.toml"
    said = LayerMapping("a[[]1].shp", "road", crs="EPSG:4549", encoding="GBK", only=True, fields={"code": column},
                        values={"road_class": {"x": "arterial"}}, unknown=KEEP_AS_NULL, where={column: frozenset({"b", "a"})})
    saved.write(path, source, "demo", [saved.Entry(said)], CitySaid("demo", value, "Demo"))
    found = mapping.read(path)
    assert found.layers == (said,) and found.name == source and (found.city.key, found.city.zh) == ("demo", value)


def test_a_layer_that_was_left_out_stays_so(tmp_path):
    saved.write(tmp_path / "a.toml", "s", "demo", [saved.Entry(LayerMapping("a.shp", skip=Label("不要", "no")))])
    assert mapping.read(tmp_path / "a.toml").layers[0].skip == Label("不要", "no")


def test_a_mapping_that_was_saved_is_used_again_and_the_report_says_so(registry, lamps, mappings, tmp_path):
    first, = registry(lamps(), fields={"light_source": "灯具光源", "road_class": "等级"}, save_mapping=tmp_path / "lamps.toml")
    assert (first.new, first.refused) == (1, 5) and saved.told(None) == []
    assert (tmp_path / "lamps.toml").read_text() == (mappings / "demo" / "路灯.shp.toml").read_text()
    again, = registry(lamps("LED灯"))
    assert again.mapped == first.mapped and (again.new, again.same) == (5, 1)
    assert any(str(mappings) in zh for zh, _ in again.notes)
    other, = registry(lamps(), city="elsewhere", dry_run=True)
    assert "light_source" not in other.mapped


def test_a_named_mapping_wins_over_the_kept_one(registry, lamps, mappings, tmp_path):
    registry(lamps(), fields={"light_source": "灯具光源"}, save_mapping=tmp_path / "lamps.toml")
    (tmp_path / "mine.toml").write_text('[[layer]]\nmatch = "*"\nclass = "streetlight"\n')
    made, = registry(lamps(), mapping=tmp_path / "mine.toml")
    assert "light_source" not in made.mapped and not any(str(mappings) in zh for zh, _ in made.notes)


def test_proposals_stand_in_the_file_to_be_accepted_by_hand(registry, lamps, tmp_path):
    registry(lamps("钠灯"), save_mapping=tmp_path / "lamps.toml")
    text = (tmp_path / "lamps.toml").read_text()
    assert '# light_source = "灯具光源"' in text
    (tmp_path / "lamps.toml").write_text(text.replace("# light_source", "light_source"))
    made, = registry(lamps("LED灯"), mapping=tmp_path / "lamps.toml")
    assert made.mapped["light_source"] == "灯具光源"


def test_names_of_sources_cannot_leave_the_folder(mappings):
    assert saved.place("../x", "../../etc/passwd").parent.parent == mappings
    assert saved.place("demo", "..").parent == mappings / "demo"


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFile):
        saved.write(tmp_path / "file" / "a.toml", "s", "demo", [saved.Entry(LayerMapping("a"))])


def test_unknown_is_refuse_or_null(tmp_path):
    (tmp_path / "a.toml").write_text('[[layer]]\nmatch = "*"\nunknown = "maybe"\n')
    with pytest.raises(BadDeclaration, match="unknown"):
        mapping.read(tmp_path / "a.toml")


# -- values that no code list has ----------------------------------------------------------------
def test_unknown_values_are_counted_by_value_before_anything_is_written(registry, lamps, conn):
    made, = registry(lamps(), fields={"light_source": "灯具光源"}, dry_run=True)
    assert made.unknown == {"light_source": {"火把": 5}} and made.as_dict()["unknown_values"] == made.unknown
    note, = (n for n in made.notes if "火把" in n[0])
    assert "'火把' × 5" in note[0] and '[layer.values.light_source] "火把"' in note[1]


def test_they_are_kept_as_null_where_the_mapping_says_so(registry, lamps, tmp_path, conn):
    (tmp_path / "m.toml").write_text('[[layer]]\nmatch = "*"\nclass = "streetlight"\nunknown = "null"\n'
                                     '[layer.fields]\nlight_source = "灯具光源"\n')
    made, = registry(lamps(), mapping=tmp_path / "m.toml")
    assert (made.new, made.refused, made.warnings["parked_code"]) == (6, 0, 5) and made.unknown["light_source"]["火把"] == 5
    assert any("按映射记为空" in zh for zh, _ in made.notes)
