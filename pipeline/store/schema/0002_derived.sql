-- Weeks whose items changed since they were last derived. A token names one
-- write, without a clock; a week is clean when all its tokens are done.
CREATE TABLE IF NOT EXISTS dirty
(
    week  Date32,
    token UInt64,
    done  UInt8
)
ENGINE = ReplacingMergeTree(done)
ORDER BY (week, token);

-- The step is odd while partitions are being swapped; half of it is the number
-- of the generation.
CREATE TABLE IF NOT EXISTS generation
(
    name     LowCardinality(String),
    step     UInt64,
    finished DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(step)
ORDER BY name;

-- The derived tables hold whole months of Mondays in a partition: a chart of
-- half a year then opens seven parts instead of 26, at 0.6 ms each. A month is
-- swapped as a whole, its clean weeks copied.

-- Near-duplicates only: the post that id repeats.
CREATE TABLE IF NOT EXISTS copies
(
    week     Date32,
    id       String,
    original String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, id);

CREATE TABLE IF NOT EXISTS copies_staging AS copies;

-- One row per week, area, term and publisher class; '' stands for all of them.
-- items, publishers and stories hold for that row alone; who, solo and shared
-- add up over weeks: publishers of a period are the merged who, its stories
-- the sum of solo (posts that nobody repeats) and the merged shared (stories
-- told more than once). Both are sets of 64-bit hashes, as arrays: counting
-- their distinct values is several times faster than merging states.
CREATE TABLE IF NOT EXISTS cells
(
    week       Date32,
    area       LowCardinality(String),
    kind       LowCardinality(String),
    term       LowCardinality(String),
    class      LowCardinality(String),
    items      UInt64,
    publishers UInt64,
    stories    UInt64,
    solo       UInt64,
    who        Array(UInt64),
    shared     Array(UInt64)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (class, kind, area, week, term)
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS cells_staging AS cells;

-- The heat maps that pages open with, over all areas and classes: one row per
-- term, its weeks side by side, and the distinct totals of the period. Counting
-- those from who and shared takes 30 ms over a million items, reading this one
-- part 5. A period without rows here is counted from the cells.
CREATE TABLE IF NOT EXISTS spans
(
    first          Date32,
    last           Date32,
    kind           LowCardinality(String),
    term           LowCardinality(String),
    weeks          Array(Date32),
    items          Array(UInt64),
    publishers     Array(UInt64),
    stories        Array(UInt64),
    all_items      UInt64,
    all_publishers UInt64,
    all_stories    UInt64
)
ENGINE = MergeTree
ORDER BY (last, first, kind, term);

CREATE TABLE IF NOT EXISTS spans_staging AS spans;

-- What the radar counts: posts without the near-duplicates, by channel and
-- publisher. kind '' is the volume of the channel.
CREATE TABLE IF NOT EXISTS mentions
(
    week      Date32,
    kind      LowCardinality(String),
    term      LowCardinality(String),
    source    LowCardinality(String),
    publisher String,
    class     LowCardinality(String),
    items     UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, kind, term, source, publisher, class);

CREATE TABLE IF NOT EXISTS mentions_staging AS mentions;

-- What each channel showed, also posts that other channels showed too.
CREATE TABLE IF NOT EXISTS channels
(
    week   Date32,
    source LowCardinality(String),
    items  UInt64,
    oldest DateTime64(3, 'UTC'),
    newest DateTime64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, source);

CREATE TABLE IF NOT EXISTS channels_staging AS channels;
