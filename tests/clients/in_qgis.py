"""What runs in QGIS's own Python, without a screen: opens layers, reads, edits, and prints what came of it as JSON.

Started by test_qgis.py with the system's python3, which has QGIS and nothing of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsDataSourceUri,
    QgsDefaultValue,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsRectangle,
    QgsVectorLayer,
)


def oapif(site, collection, secret, page):
    """A layer by OGC API – Features."""
    uri = f"url='{site}' typename='{collection}' pagingEnabled='true' pageSize='{page}'"
    if secret:
        uri += f" username='qgis' password='{secret}'"
    return QgsVectorLayer(uri, collection, "OAPIF")


def read(site, collection, secret, page="1000"):
    """How many there are, how many lie in a box, and the names."""
    layer = oapif(site, collection, secret, page)
    names = sorted(str(f["name"]) for f in layer.getFeatures())
    box = QgsRectangle(120.4975, 29.9, 120.5325, 30.1)
    chosen = sorted(str(f["code"]) for f in layer.getFeatures(QgsFeatureRequest(box)))
    wanted = sorted(str(f["code"]) for f in layer.getFeatures(QgsFeatureRequest().setFilterExpression("\"state\" = 'intact'")))
    return {"valid": layer.isValid(), "count": layer.featureCount(), "crs": layer.crs().authid(), "names": names, "in_box": chosen,
            "intact": wanted, "fields": [f.name() for f in layer.fields()]}


def typed_view(source):
    """The writable view of toilets, set up as docs/qgis.md says."""
    uri = QgsDataSourceUri(source + ' table="layers"."toilet" (geom)')
    uri.setKeyColumn("id")
    layer = QgsVectorLayer(uri.uri(False), "toilet", "postgres")
    version = layer.fields().indexOf("version")
    layer.setDefaultValueDefinition(version, QgsDefaultValue('-abs("version")', True))
    return layer


def one(layer, code):
    """The feature of this code, as the database has it now."""
    layer.dataProvider().reloadData()
    return next(layer.getFeatures(QgsFeatureRequest().setFilterExpression(f"\"code\" = '{code}'")), None)


def told(feature):
    """What a test compares."""
    return feature and [feature["name"], feature["version"], feature.geometry().asWkt(3)]


def edit(source, psql):
    """Create, change twice, move, be too late, delete."""
    layer, steps = typed_view(source), {}
    name = layer.fields().indexOf("name")

    def committed(change):
        layer.startEditing()
        change()
        done = layer.commitChanges()
        errors = list(layer.commitErrors())
        if not done:
            layer.rollBack()
        return [done, [] if done else errors, told(one(layer, "QG-1"))]

    new = QgsFeature(layer.fields())
    new.setAttribute("code", "QG-1")
    new.setAttribute("name", "新公厕")
    new.setGeometry(QgsGeometry.fromWkt("POINT(120.5 30)"))
    steps["created"] = committed(lambda: layer.addFeature(new))
    id_ = one(layer, "QG-1").id()
    steps["renamed"] = committed(lambda: [layer.changeAttributeValue(id_, name, n) for n in ("一改", "二改")])
    steps["moved"] = committed(lambda: layer.changeGeometry(id_, QgsGeometry.fromWkt("POINT(120.501 30.001)")))

    def late():
        layer.changeAttributeValue(id_, name, "迟到")
        subprocess.run([*psql, "-c", "UPDATE layers.toilet SET name = '别人' WHERE code = 'QG-1'"], check=True)

    steps["late"] = committed(late)
    steps["deleted"] = committed(lambda: layer.deleteFeature(id_))
    return steps


if __name__ == "__main__":
    app = QgsApplication([], False)
    app.initQgis()
    what, words = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps({"read": read, "edit": edit}[what](**words), default=str))
    sys.stdout.flush()
    os._exit(0)  # its own ending waits for threads that have nothing to do any more
