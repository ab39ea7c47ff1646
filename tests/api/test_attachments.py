"""Attachments over HTTP: kept whole outside the table, given back as they were, to those who see the asset."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from registry import audit, db, settings
from registry.cli import main
from registry.scope import Scope
from registry.store import attachments, files, tokens

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


def make(role: str = "inspector", scope: Scope = Scope()) -> dict[str, str]:
    with db.begin() as conn:
        return {"Authorization": "Bearer " + tokens.create(conn, name="巡查员", role=role, reason="测试", actor="t", scope=scope)[1]}


@pytest.fixture(scope="module")
def inspector(served: str) -> dict[str, str]:
    return make()


@pytest.fixture(autouse=True)
def _home(tmp_path_factory, monkeypatch):
    """The files of this module lie in a folder of their own."""
    monkeypatch.setenv("REGISTRY_HOME", os.environ["REGISTRY_HOME"] + ".attachments")
    yield
    import shutil
    shutil.rmtree(settings.files(), ignore_errors=True)


@pytest.fixture
def road(get) -> str:
    return f"/collections/road/items/{get('/collections/road/items?code=R007')['features'][0]['id']}"


@pytest.fixture
def attach(client, road, inspector):
    def send(data: bytes = PHOTO, media: str = "image/jpeg", query: str = "?name=坑槽.jpg", **headers: str) -> Any:
        return client.post(f"{road}/attachments{query}", data=data, content_type=media, headers={**inspector, **headers})

    return send


def test_the_same_bytes_come_back_as_a_download(client, attach, road, inspector):
    made = attach()
    assert made.status_code == 201, made.text
    sha = hashlib.sha256(PHOTO).hexdigest()
    assert (made.json["sha256"], made.json["bytes"], made.json["media"]) == (sha, len(PHOTO), "image/jpeg")
    got = client.get(f"/attachments/{made.json['id']}", headers=inspector)
    assert got.data == PHOTO and got.mimetype == "image/jpeg" and got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith("attachment;") and "%E5%9D%91" in got.headers["Content-Disposition"]
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert files.place(sha).read_bytes() == PHOTO and not list(settings.files().rglob(".half-*"))
    assert made.json["id"] in [a["id"] for a in client.get(f"{road}/attachments", headers=inspector).json["attachments"]]
    with db.connect() as conn:
        assert made.json["batch"] not in [r.batch for r in audit.tampered(conn, "demo")]
        assert not any(b.fault for b in audit.chain(conn, "demo"))


@pytest.mark.parametrize("data, media, status", [
    (b"<svg xmlns='x' onload='alert(1)'/>", "image/svg+xml", 415), (b"<html>", "text/html", 415), (PHOTO, "image/png", 422),
    (b"<html><script>", "text/plain", 422), (b"", "image/jpeg", 422), (b"%PDF-1.7", "image/jpeg", 422)])
def test_what_is_not_what_it_says_or_may_carry_scripts_is_refused(attach, data, media, status):
    answer = attach(data, media)
    assert answer.status_code == status
    if status == 422:
        assert answer.json["errors"][0]["field"] == "body"
    assert not list(settings.files().rglob("*/*"))


def test_too_large_is_413_and_leaves_nothing(attach, monkeypatch):
    monkeypatch.setenv("REGISTRY_ATTACHMENT_MB", "1")
    assert attach(PHOTO[:4] + b"x" * 2**20).status_code == 413
    assert not list(settings.files().rglob("*/*"))
    assert attach(PHOTO[:4] + b"x" * (2**20 - 4)).status_code == 201


@pytest.mark.parametrize("name, kept", [("../../etc/passwd", "passwd"), ("C:\\照片\\一.jpg", "一.jpg"), ("a%0d%0aX-Evil: 1.jpg", "aX-Evil: 1.jpg"),
                                        ("gpj.%E2%80%AEexe", "gpj.exe")])
def test_names_are_names_and_no_paths_nor_headers(client, attach, inspector, name, kept):
    made = attach(query=f"?name={name}")
    assert made.json["name"] == kept
    assert "X-Evil" not in client.get(f"/attachments/{made.json['id']}", headers=inspector).headers
    assert attach(query="?name=..%2F").status_code == 422 and attach(query="").status_code == 400


def test_an_attachment_of_an_inspection_must_be_of_this_asset(client, get, attach, road, inspector):
    found = client.post(f"{road}/inspections", json={"form": "patrol", "inspected_on": "2025-05-01"}, headers=inspector).json["id"]
    made = attach(query=f"?name=a.jpg&subject=inspection:{found}")
    assert (made.json["subject"], made.json["subject_id"]) == ("inspection", found)
    other = get("/collections/road/items?code=R008")["features"][0]["id"]
    answer = client.post(f"/collections/road/items/{other}/attachments?name=a.jpg&subject=inspection:{found}", data=PHOTO,
                         content_type="image/jpeg", headers=inspector)
    assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "not_this_asset"
    assert attach(query="?name=a.jpg&subject=house:1").status_code == 400


def test_outside_the_scope_it_is_not_there(client, attach, road):
    made = attach().json
    lost = make(scope=Scope(districts=("330603",)))
    assert client.get(f"/attachments/{made['id']}", headers=lost).status_code == 404
    assert client.get(f"{road}/attachments", headers=lost).status_code == 404
    assert client.post(f"{road}/attachments?name=a.jpg", data=PHOTO, content_type="image/jpeg", headers=lost).status_code == 404
    assert client.post(f"{road}/attachments?name=a.jpg", data=PHOTO, content_type="image/jpeg").status_code == 401


def test_attachments_need_a_token_and_what_proves_something_the_history(client, attach, road, inspector):
    claim = client.post(f"{road}/claims", json={"kind": "unclear", "claimant": "甲", "role": "owner"}, headers=inspector).json["id"]
    photo, proof, deed, claimed = (attach(query=f"?name=a.jpg&{q}").json["id"] for q in (
        "purpose=photo", "purpose=evidence", "purpose=document", f"subject=claim:{claim}"))
    reader = make("reader")
    listed = client.get(f"{road}/attachments", headers=reader).json["attachments"]
    assert photo in [a["id"] for a in listed] and not {proof, deed, claimed} & {a["id"] for a in listed}
    assert client.get(f"{road}/attachments").status_code == 401
    for id_, status in ((photo, 200), (proof, 404), (deed, 404), (claimed, 404)):
        assert client.get(f"/attachments/{id_}").status_code == 401
        assert client.get(f"/attachments/{id_}", headers=reader).status_code == status
        assert client.get(f"/attachments/{id_}", headers=inspector).status_code == 200


def test_an_audit_notices_bytes_that_were_replaced(attach):
    whole = CliRunner().invoke(main, ["audit", "verify", "--city", "demo"])
    damaged = attach(PHOTO + b"5").json
    files.place(damaged["sha256"]).write_bytes(b"x" * damaged["bytes"])
    done = CliRunner().invoke(main, ["audit", "verify", "--city", "demo"])
    assert done.exit_code == 1 and f"附件 {damaged['id']} 的文件与其哈希不符" in done.stdout
    assert f"附件 {damaged['id']} " not in whole.stdout


def test_lost_damaged_and_spare_files_are_found(client, attach, inspector):
    lost, damaged = attach(PHOTO + b"1").json, attach(PHOTO + b"2").json
    with db.connect() as conn:
        others = attachments.examine(conn)
        assert not {lost["id"], damaged["id"]} & {*others.missing, *others.corrupt} and others.orphans == []
    files.place(lost["sha256"]).unlink()
    files.place(damaged["sha256"]).write_bytes(b"x" * damaged["bytes"])
    spare = files.put(b"nobody names me")
    with db.connect() as conn:
        found = attachments.examine(conn)
        assert lost["id"] in found.missing and found.corrupt == [damaged["id"]] and found.orphans == [spare]
        assert attachments.examine(conn, hashes=False).corrupt == []
    for one in (lost, damaged):
        answer = client.get(f"/attachments/{one['id']}", headers=inspector)
        assert answer.status_code == 503 and answer.json["code"] == "file_lost" and one["sha256"] not in answer.text
        assert f"附件的文件 {one['id']} 不在或已损坏" == answer.json["zh"]
    assert attach(PHOTO + b"2").status_code == 201 and files.digest(files.place(damaged["sha256"])) == damaged["sha256"]


def test_when_the_row_is_not_written_at_most_a_spare_file_is_left(attach, monkeypatch):
    def fail(*args: Any, **words: Any) -> None:
        raise OSError("disk full")

    with db.connect() as conn:
        before = conn.execute(text("SELECT count(*) FROM attachment")).scalar_one()
    monkeypatch.setattr("registry.history.seal", fail)
    assert attach(PHOTO + b"3").status_code == 500
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM attachment")).scalar_one() == before
        assert hashlib.sha256(PHOTO + b"3").hexdigest() in attachments.examine(conn).orphans


def test_when_the_file_cannot_be_written_no_row_is(attach, monkeypatch):
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with db.connect() as conn:
        before = conn.execute(text("SELECT count(*) FROM attachment")).scalar_one()
    monkeypatch.setattr("os.fsync", fail)
    assert attach(PHOTO + b"4").status_code == 500
    monkeypatch.undo()
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM attachment")).scalar_one() == before
