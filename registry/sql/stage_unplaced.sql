-- A city without divisions: none could tell where an asset lies, and what is said stands.
CROSS JOIN (SELECT CAST(NULL AS text) AS code) claim
CROSS JOIN (SELECT CAST(NULL AS text) AS code) grid
CROSS JOIN LATERAL (SELECT $unzoned AS district, false AS zoned) place
