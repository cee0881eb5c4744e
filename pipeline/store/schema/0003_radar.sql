-- One row per ranking; as_of is the Monday after the last whole week.
CREATE TABLE IF NOT EXISTS rankings
(
    as_of         Date32,
    kind          LowCardinality(String),
    computed      DateTime64(3, 'UTC'),
    evidence_from Date32,
    baseline_from Date32,
    weeks         UInt16,
    rules         LowCardinality(String),
    feeds         UInt32,
    cold          UInt32,
    items         UInt64,
    enough        UInt8
)
ENGINE = MergeTree
PARTITION BY as_of
ORDER BY (as_of, kind);

CREATE TABLE IF NOT EXISTS rankings_staging AS rankings;

CREATE TABLE IF NOT EXISTS scores
(
    as_of            Date32,
    kind             LowCardinality(String),
    place            UInt32,
    term             LowCardinality(String),
    eligible         UInt8,
    reason           String,
    lift             Float64,
    low              Float64,
    high             Float64,
    label            LowCardinality(String),
    observed         Float64,
    expected         Float64,
    observed_sources Float64,
    expected_sources Float64,
    by_sources       UInt8,
    items            UInt64,
    sources          UInt64,
    known            UInt64,
    new              UInt64
)
ENGINE = MergeTree
PARTITION BY as_of
ORDER BY (as_of, kind, place);

CREATE TABLE IF NOT EXISTS scores_staging AS scores;
