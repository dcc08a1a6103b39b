// The tables of a fleet in PostgreSQL. pg-boss has a schema of its own, with the queue of ready cells; these tables say
// what cells and graphs are. All functions that change more than one row run in one transaction (bookkeeping.ts).

/** Schema of the tables, and of pg-boss. */
export const SCHEMA = 'tracelab';
export const QUEUE_SCHEMA = 'tracelab_queue';
/** Raised when tables change. */
export const SCHEMA_FORMAT = 1;

export const TABLES = `
create schema if not exists ${SCHEMA};
-- artefacts: where files are kept, 'database' or 'folder'; decided by whoever comes first.
create table if not exists ${SCHEMA}.format (version integer not null, artefacts text);
insert into ${SCHEMA}.format select ${SCHEMA_FORMAT} where not exists (select from ${SCHEMA}.format);

-- A graph: a sweep that was submitted.
create table if not exists ${SCHEMA}.graph (
  graph bigint generated always as identity primary key,
  name text not null unique,
  config_hash text not null,
  identity jsonb not null,
  queue text not null,
  cancelled boolean not null default false,
  submitted timestamptz not null default now()
);

-- Its tasks. open: needs that are not finished. hash: of the key, once all needs are finished.
create table if not exists ${SCHEMA}.task (
  graph bigint not null references ${SCHEMA}.graph on delete cascade,
  ordinal integer not null,
  id text not null,
  kind text not null,
  config text not null,
  needs jsonb not null,
  open integer not null,
  priority integer not null,
  seconds double precision not null,
  bytes double precision not null,
  state text not null,
  hash text,
  failure jsonb,
  changed bigint not null default 0,
  primary key (graph, ordinal),
  unique (graph, id)
);
create index if not exists task_hash on ${SCHEMA}.task (hash);
create index if not exists task_changed on ${SCHEMA}.task (graph, changed);
create table if not exists ${SCHEMA}.need (
  graph bigint not null references ${SCHEMA}.graph on delete cascade,
  needed integer not null,
  ordinal integer not null,
  primary key (graph, needed, ordinal)
);
-- Drawn under the lock of a graph, so that numbers of one graph are committed in their order.
create sequence if not exists ${SCHEMA}.change;

-- A finished cell: done.json as it was written.
create table if not exists ${SCHEMA}.cell (
  hash text primary key,
  result text not null,
  record text not null,
  worker text not null,
  committed timestamptz not null default now()
);

-- A cell that is not finished: its job while it is queued or runs, failed tries in a row without newer state, and the
-- newest state. Workers of other code have other queues, and never resume from each other's states.
create table if not exists ${SCHEMA}.unfinished (
  hash text not null,
  queue text not null,
  job uuid,
  tries integer not null default 0,
  mark text,
  files jsonb,
  primary key (hash, queue)
);

-- For people: what runs where, and what workers said.
create table if not exists ${SCHEMA}.running (
  job uuid primary key,
  hash text not null,
  worker text not null,
  threads integer not null,
  progress jsonb,
  since timestamptz not null default now()
);
create index if not exists running_hash on ${SCHEMA}.running (hash);
create table if not exists ${SCHEMA}.worker (
  worker text primary key,
  host text not null,
  pid integer not null,
  threads integer not null,
  jobs integer not null,
  identity jsonb not null,
  seen timestamptz not null default now()
);
create table if not exists ${SCHEMA}.log (
  hash text not null,
  at timestamptz not null default now(),
  worker text not null,
  text text not null
);
create index if not exists log_hash on ${SCHEMA}.log (hash, at);
create table if not exists ${SCHEMA}.alarm (
  hash text not null,
  at timestamptz not null default now(),
  text text not null
);

-- Files by SHA-256, in pieces; the row in file comes with the last piece.
create table if not exists ${SCHEMA}.file (sha256 text primary key, bytes bigint not null);
create table if not exists ${SCHEMA}.piece (
  sha256 text not null,
  number integer not null,
  data bytea not null,
  primary key (sha256, number)
);
alter table ${SCHEMA}.piece alter column data set storage external;
`;
