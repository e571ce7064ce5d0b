-- A database as version 1 of the schema left it, with a few rows.
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE version ( version INTEGER PRIMARY KEY, applied TEXT NOT NULL);
CREATE TABLE progress ( id INTEGER PRIMARY KEY CHECK (id = 0), position INTEGER NOT NULL);
INSERT INTO progress VALUES (0, 0);
CREATE TABLE series ( id INTEGER PRIMARY KEY, farm TEXT NOT NULL, cluster TEXT NOT NULL, node TEXT NOT NULL, parameter TEXT NOT NULL, kind TEXT NOT NULL, unit TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (farm, cluster, node, parameter));
CREATE TABLE samples ( series INTEGER NOT NULL, time INTEGER NOT NULL, position INTEGER NOT NULL, item INTEGER NOT NULL, type INTEGER NOT NULL, value, PRIMARY KEY (series, time, position, item)) WITHOUT ROWID;
CREATE TABLE records ( time INTEGER NOT NULL, position INTEGER NOT NULL, type TEXT NOT NULL, instance TEXT NOT NULL, payload NOT NULL, PRIMARY KEY (time, position)) WITHOUT ROWID;
CREATE VIEW history AS SELECT s.farm, s.cluster, s.node, s.parameter, strftime('%Y-%m-%dT%H:%M:%fZ', v.time / 1e9, 'unixepoch') AS at, CASE WHEN v.type = 1 AND v.value IS NULL THEN 'NaN' WHEN v.type = 3 AND v.value < 0 THEN printf('%llu', v.value) ELSE v.value END AS value, s.unit, CASE v.type WHEN 1 THEN 'double' WHEN 2 THEN 'int64' WHEN 3 THEN 'uint64' WHEN 4 THEN 'boolean' WHEN 5 THEN 'text' END AS type, v.time, v.position, v.item, v.series FROM series AS s JOIN samples AS v ON v.series = s.id;
CREATE VIEW latest_values AS SELECT s.farm, s.cluster, s.node, s.parameter, strftime('%Y-%m-%dT%H:%M:%fZ', v.time / 1e9, 'unixepoch') AS at, CASE WHEN v.type = 1 AND v.value IS NULL THEN 'NaN' WHEN v.type = 3 AND v.value < 0 THEN printf('%llu', v.value) ELSE v.value END AS value, s.unit, CASE v.type WHEN 1 THEN 'double' WHEN 2 THEN 'int64' WHEN 3 THEN 'uint64' WHEN 4 THEN 'boolean' WHEN 5 THEN 'text' END AS type, v.time, v.position, v.item, v.series FROM series AS s JOIN samples AS v ON (v.series, v.time, v.position, v.item) = ( SELECT series, time, position, item FROM samples WHERE series = s.id ORDER BY time DESC, position DESC, item DESC LIMIT 1);
INSERT INTO version VALUES (1, '2024-01-01 00:00:00Z');
UPDATE progress SET position = 5;
INSERT INTO series VALUES
 (1, 'caltech', 'c', 'n1', 'Load5', 'gauge', '', '{}'),
 (2, 'caltech', 'c', 'n1', 'octets', 'counter64', 'By', '{"if":"eth0"}'),
 (3, 'caltech', 'c', 'n1', 'state', 'state', '', '{}');
INSERT INTO samples VALUES
 (1, 1700000000000000000, 1, 0, 1, 0.5),
 (1, 1700000060000000000, 5, 0, 1, 0.75),
 (1, 1700000030000000000, 3, 0, 1, NULL),
 (2, 1700000000000000000, 1, 1, 3, -1),
 (3, 1700000000000000000, 1, 2, 5, 'up'),
 (3, 1700000000000000000, 1, 1, 5, 'down');
INSERT INTO records VALUES
 (1700000000000000000, 2, 'event', 'c/m', '{"event":"x"}');
COMMIT;
