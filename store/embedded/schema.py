"""SQL of a partition and of the catalogue. `{part}` is the alias a file is attached under.

Times are µs UTC. `epoch`, `series` and `source` are numbers of names (catalogue.name); a NaN is stored as NaN, never as NULL.
"""

CATALOGUE = "catalogue"
STATISTICS = "statistics"
FORMAT = "2"
OLDER_FORMATS = ("1",)
"""1 knew no statistics: opening one marks all its windows dirty, and from then on it is a store of format 2."""

PARTITION_TABLES = """
create table if not exists {part}.reading (
    series integer not null, time bigint not null, value double not null, quality usmallint not null, fold utinyint not null);
create table if not exists {part}.item (
    epoch integer not null, seq bigint not null, digest ubigint not null, made bigint not null, received bigint not null,
    replayed boolean not null, readings integer not null, oldest bigint not null, newest bigint not null);
create table if not exists {part}.poll (
    source integer not null, period bigint not null, first bigint not null, count bigint not null,
    answered bigint not null, cursor bigint not null);
"""

MARK_TABLE = "create table if not exists {part}.mark (mine varchar not null, start bigint not null, number bigint not null);"
"""Windows with new readings, written in the transaction of the readings; `number` counts up over the whole store."""

STATISTICS_TABLES = """
create table {part}.stat (
    series integer not null, start bigint not null, minimum double not null, mean double not null, maximum double not null,
    last double not null, count bigint not null, numbers bigint not null, good bigint not null);
create table {part}.cleared (mine varchar not null, start bigint not null, number bigint not null);
create table {part}.known (key varchar primary key, number bigint not null);
"""
"""A file of its own. `cleared`: the largest mark of a window that its statistics have seen. `known`: `from`, the number below which all
marks are cleared; it is there once the readings of an older store were marked."""

CATALOGUE_TABLES = """
create table if not exists {part}.name (kind varchar not null, id integer not null, scope varchar not null, name varchar not null);
create table if not exists {part}.fact (key varchar primary key, value varchar not null);
create table if not exists {part}.dropped (number integer primary key);
"""

INSERT = {
    # numpy's NaN arrives in DuckDB as NULL
    "reading": "insert into {part}.reading select series, time, coalesce(value, 'NaN'::double), quality, fold from fresh_reading",
    "item": "insert into {part}.item select epoch, seq, digest, made, received, replayed, readings, oldest, newest from fresh_item",
    "poll": "insert into {part}.poll select source, period, first, count, answered, cursor from fresh_poll",
    "mark": "insert into {part}.mark select mine, start, number from fresh_mark",
}

HELD_RANGES = """
select epoch, min(seq) as first, max(seq) as last, (sum(digest) % 18446744073709551616)::ubigint as digest,
    min(made) as made_low, max(made) as made_high, min(oldest) as oldest, max(newest) as newest
from (select *, seq - row_number() over (partition by epoch order by seq) as island from {part}.item)
group by epoch, island
"""

NEWEST_READINGS = """
with top as (select series, max(time) as time from {part}.reading group by series)
select r.series, r.time, r.value, r.quality, r.fold from {part}.reading r join top using (series, time)
qualify row_number() over (partition by r.series order by r.fold desc, r.rowid desc) = 1
"""

EXTENT = """
select (select count(*) from {part}.reading) as readings,
    (select min(time) from {part}.reading) as time_low, (select max(time) from {part}.reading) as time_high,
    (select min(first) from {part}.poll) as poll_low, (select max(first) from {part}.poll) as poll_high
"""

SUMMARIES = {"held_range": HELD_RANGES, "newest_reading": NEWEST_READINGS, "extent": EXTENT}
"""Questions asked when the store opens. An open partition is asked; a sealed one carries the answers as tables."""

SEAL = (
    "create table {seal}.reading as select * from {part}.reading order by series, time, fold, rowid",
    "create table {seal}.item as select * from {part}.item order by epoch, seq",
    "create table {seal}.poll as select * from {part}.poll order by source, first",
    "create table {seal}.mark as select * from {part}.mark order by number",
)
FINGERPRINT = """
select (select (count(*), sum(hash(r, signbit(r.value)))) from {part}.reading r)::varchar
    || (select (count(*), sum(hash(i))) from {part}.item i)::varchar || (select (count(*), sum(hash(p))) from {part}.poll p)::varchar
"""
"""`signbit`, because the hashes of 0.0 and -0.0 are equal."""

KEEP = (
    "insert into catalogue.item select * from {part}.item",
    "insert into catalogue.poll select * from {part}.poll",
    "insert into catalogue.dropped values ({number})",
)
"""What of a partition outlives its readings: the rows that say they were held, and which instants were polled."""

SERIES = """
select time, value, quality, fold from {part}.reading where series = $series and time >= $start and time < $end order by time, fold, rowid
"""

_OF_A_BUCKET = """
    count(*) as count,
    count(*) filter (not isnan(value)) as numbers,
    coalesce(min(value) filter (not isnan(value)), 'NaN'::double) as minimum,
    coalesce(max(value) filter (not isnan(value)), 'NaN'::double) as maximum,
    coalesce(sum(value) filter (not isnan(value)), 'NaN'::double) as total,
    count(*) filter (not isnan(value) and quality & $not_good = 0) as good,
    arg_max(r.rowid, (r.time, r.fold, r.rowid)) as at
"""

BUCKETS = """
with bucket as (
    select series, time - time % $width as start, @of_a_bucket
    from {part}.reading r where series = $series and time >= $start and time < $end group by all
)
select bucket.*, r.time, r.fold, r.value as last from bucket join {part}.reading r on r.rowid = bucket.at
where r.series = $series and r.time >= $start and r.time < $end
""".replace("@of_a_bucket", _OF_A_BUCKET)
"""arg_max by a row gives back 0.0 for -0.0 (DuckDB 2.0), so it picks the row's number, not its value."""

WINDOWS = """
with wanted as (
    select n.id as series, w.start from fresh_window w join catalogue.name n on n.scope = w.mine where n.kind = 'series'
), bucket as (
    select r.series, r.time - r.time % $width as start, @of_a_bucket
    from {part}.reading r join wanted w on r.series = w.series and r.time - r.time % $width = w.start
    where r.time >= $start and r.time < $end group by all
)
select bucket.*, r.time, r.fold, r.value as last from bucket join {part}.reading r on r.rowid = bucket.at
where r.time >= $start and r.time < $end
""".replace("@of_a_bucket", _OF_A_BUCKET)
"""The same for all points of the windows in fresh_window (mine, start)."""

KEPT = """
select start, minimum, mean, maximum, last, count, numbers, good from statistics.stat
where series = $series and start >= $start and start < $end order by start
"""

KEPT_OF_MINE = """
select s.series, s.start, s.minimum, s.mean, s.maximum, s.last, s.count, s.numbers, s.good
from statistics.stat s semi join wanted_series w on w.series = s.series where s.start >= $start and s.start < $end
"""
"""The same of all series in wanted_series, in no order."""

REPLACE = (
    """
delete from statistics.stat s using fresh_stat f
where s.series = f.series and s.start = f.start and s.count <= f.count and s.start >= {start} and s.start < {end}
""",
    """
insert into statistics.stat
select f.series, f.start, coalesce(f.minimum, 'NaN'::double), coalesce(f.mean, 'NaN'::double), coalesce(f.maximum, 'NaN'::double),
    coalesce(f.last, 'NaN'::double), f.count, f.numbers, f.good
from fresh_stat f anti join (select series, start from statistics.stat where start >= {start} and start < {end}) s
    on f.series = s.series and f.start = s.start
order by f.series, f.start
""",
)
"""Statistics in place of ones of as many readings or fewer."""

CLEAR = (
    "delete from statistics.cleared c using fresh_window w where c.mine = w.mine and c.start = w.start",
    "insert into statistics.cleared select mine, start, number from fresh_window",
    "delete from statistics.cleared where number < {known}",
    "insert or replace into statistics.known values ('from', {known})",
)

MARKS = "select mine, start, max(number) as number from {part}.mark where number >= $known group by all"

EVERY_WINDOW = """
select distinct n.scope, r.time - r.time % $width from {part}.reading r join catalogue.name n on n.id = r.series where n.kind = 'series'
"""

DOUBTFUL = """
select series, time, value, quality, fold from {part}.reading r semi join doubtful d on r.series = d.series and r.time = d.time
where r.time >= $start and r.time < $end
"""

COUNT = """
select n.name, count(*) as count from {part}.reading r join catalogue.name n on n.id = r.series
where n.kind = 'series' and n.scope = $mine and r.time >= $start and r.time < $end group by n.name
"""

ITEM_COLUMNS = """
select epoch, seq, made, received, replayed from {part}.item
where epoch in (select id from catalogue.name where kind = 'epoch' and scope = $gateway) and made >= $start and made < $end
"""

POLL_COLUMNS = """
select source, first, period, count, answered, cursor from {part}.poll
where source in (select id from catalogue.name where kind = 'source' and scope = $gateway) and first >= $start and first < $end
"""

ITEMS = """
select n.name, i.seq, i.digest, i.made, i.received, i.replayed, i.readings from {part}.item i join catalogue.name n on n.id = i.epoch
where n.kind = 'epoch' and n.scope = $gateway and i.made >= $start and i.made < $end
"""

POLLS = """
select n.name, p.period, p.first, p.count, p.answered, p.cursor from {part}.poll p join catalogue.name n on n.id = p.source
where n.kind = 'source' and n.scope = $gateway and p.first >= $start and p.first < $end
"""

DIGESTS = "select count(*), coalesce(sum(digest), 0) from {part}.item where epoch = $epoch and seq >= $first and seq <= $last"
