"""The shapes of records in OpenAPI, made of the same fields that files and requests are checked by."""

from __future__ import annotations

from collections.abc import Iterable

from api.components import COUNT, FREE, LINKS, MAYBE, TEXT, TITLES, Schema, array, obj, of_field, ref
from registry.kinds import Field
from registry.kinds.records import CLAIM, CLAIM_CHANGE, DEFECT, DEFECT_CHANGE, INSPECTION

ID: Schema = {"type": "integer", "format": "int64"}
DATE: Schema = {"type": "string", "format": "date", "nullable": True}
WORDS: Schema = {"type": "string", "nullable": True}
MANY = 10_000  # entries of a list in one request


def form(fields: Iterable[Field], lang: str, **more: Schema) -> Schema:
    """What may be sent."""
    known = list(fields)
    made: Schema = {"type": "object", "properties": {f.key: of_field(f, lang) for f in known} | more,
                    "additionalProperties": False}
    required = [f.key for f in known if f.required]
    return made | ({"required": required} if required else {})


def shown(required: str, fields: Iterable[Field], lang: str, **more: Schema) -> Schema:
    """What is answered."""
    return obj(required, **({f.key: of_field(f, lang) for f in fields} | {"links": LINKS} | more))


def schemas(lang: str) -> dict[str, Schema]:
    """All of them, in one language."""
    objects = {"measurements": FREE, "scores": {**FREE, "additionalProperties": {"type": "number"}, "nullable": True}}
    # What a sheet is judged to: numbers, and the letters of their bands.
    judged = {**objects, "scores": {**FREE, "nullable": True}, "sheet": FREE, "clause": WORDS, "tables": array(FREE), "unknown": array(TITLES),
              "source_of_grade": {"type": "string", "enum": ["computed", "stated", "override"], "nullable": True}}
    inspection = shown("id asset_id form inspected_on", INSPECTION, lang, id=ID, asset_id=ID, supersedes={**ID, "nullable": True},
                       superseded_by={**ID, "nullable": True}, recorded_at=TEXT, recorded_by=TEXT, batch=ID, source=WORDS,
                       warnings=array(FREE), **judged)
    steps = {f"{s}_on": DATE for s in ("assigned", "repaired", "verified", "closed")}
    return {
        "InspectionForm": form(INSPECTION, lang, supersedes={**ID, "nullable": True}, **objects),
        "InspectionForms": array(form(INSPECTION, lang, code=TEXT, **objects)) | {"minItems": 1, "maxItems": MANY},
        "Inspection": inspection,
        "Inspections": obj("inspections links", inspections=array(ref("Inspection")), numberReturned=COUNT, links=LINKS),
        "Recorded": obj("recorded same differing assets_changed", recorded=COUNT, same=COUNT, differing=COUNT, assets_changed=COUNT,
                        warnings=array(FREE), links=LINKS),
        "DefectForm": form(DEFECT, lang), "DefectChange": form(DEFECT_CHANGE, lang),
        "Defect": shown("id asset_id class status found_on version", DEFECT, lang, id=ID, asset_id=ID, **{"class": TEXT},
                        status=TEXT, version=COUNT, overdue={"type": "boolean"}, attrs=FREE, **steps),
        "ClosingRate": obj("value numerator denominator open overdue withdrawn by links", value=MAYBE, numerator=COUNT, denominator=COUNT,
                           open=COUNT, overdue=COUNT, withdrawn=COUNT, by=array(FREE), grouped_by=TEXT, code=TEXT, title=TITLES, unit=TEXT,
                           formula=TITLES, on=TEXT, links=LINKS),
        "ClaimForm": form(CLAIM, lang), "ClaimChange": form(CLAIM_CHANGE, lang),
        "Claim": shown("id asset_id class status version", CLAIM, lang, id=ID, asset_id=ID, **{"class": TEXT}, status=TEXT,
                       version=COUNT, resolved_on=DATE, resolution=WORDS, attrs=FREE),
        "Ownership": obj("asset_id class timeline claims evidence links", asset_id=ID, timeline=array(FREE), claims=array(FREE),
                         evidence=array(FREE), links=LINKS, **{"class": TEXT}),
        "Organisations": obj("organisations links", organisations=array(obj("id name", id=ID, name=TEXT, code=WORDS,
                             version=COUNT)), numberReturned=COUNT, links=LINKS),
        "Attachment": obj("id name media bytes sha256", id=ID, asset_id=ID, subject=TEXT, subject_id=ID, purpose=TEXT, name=TEXT,
                          media=TEXT, bytes=COUNT, sha256=TEXT, note=WORDS, links=LINKS),
        "Attachments": obj("attachments links", attachments=array(ref("Attachment")), numberReturned=COUNT, links=LINKS),
    }
