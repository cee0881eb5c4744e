-- A page that opens needs one row: the heat map of a kind, and the ranking that
-- orders its rows, packed (see span). One row per term and a ranking as JSON in
-- a table of its own took 10 ms to read, this 5. Derived: it is filled when posts
-- change or a week ends, and until then the charts are counted from the cells.
DROP TABLE IF EXISTS spans;

DROP TABLE IF EXISTS spans_staging;

CREATE TABLE IF NOT EXISTS spans
(
    kind String,
    span String
)
ENGINE = MergeTree
ORDER BY kind;

CREATE TABLE IF NOT EXISTS spans_staging AS spans;
