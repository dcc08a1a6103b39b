// Runs all campaigns of robustness side by side in several processes, each with its own share of the cases, and prints
// one table. The cases of a share follow from the seed, so that any fault can be repeated.
// Usage: npm run campaigns -- --minutes M --processes P --seed N --out FOLDER [--only NAME,NAME]
// The folder gets the output of every process and summary.json. Exit code 1 after any fault, or if a process failed.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { CampaignSummary } from './campaign-options.ts';

interface Campaign {
  readonly name: string;
  /** Of sixteen processes. */
  readonly weight: number;
  readonly options?: readonly string[];
  /** What its cases are. */
  readonly unit: string;
}

const CAMPAIGNS: readonly Campaign[] = [
  { name: 'kill-commands', weight: 5, unit: 'kills' },
  { name: 'fail-studies', weight: 4, unit: 'operations of a study' },
  { name: 'fail-operations', weight: 2, unit: 'operations' },
  { name: 'crash-states', weight: 2, unit: 'states' },
  {
    name: 'mutate-artefacts',
    weight: 2,
    options: ['--command-every', '20'],
    unit: 'mutants, in process and by command',
  },
  { name: 'simulate-runner', weight: 1, unit: 'steps' },
];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    processes: { type: 'string', default: String(cpus().length) },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    only: { type: 'string' },
  },
});
const [minutes, processes, seed] = [values.minutes, values.processes, values.seed].map(Number);
const named = values.only?.split(',');
const campaigns = CAMPAIGNS.filter(({ name }) => named?.includes(name) ?? true);
const areWhole = Number.isSafeInteger(processes) && processes > 0 && Number.isSafeInteger(seed) && seed >= 0;
if (
  !(minutes > 0) ||
  !areWhole ||
  values.out === undefined ||
  campaigns.length !== (named?.length ?? CAMPAIGNS.length)
) {
  console.error(
    'campaigns: expected --minutes M --processes P --seed N --out FOLDER, and names of campaigns in --only:',
  );
  console.error(CAMPAIGNS.map(({ name }) => name).join(', '));
  process.exit(2);
}
const out = values.out;
mkdirSync(out, { recursive: true });

/** Processes of each campaign: one at least, the others by weight. */
function sharesOf(count: number): number[] {
  const shares = campaigns.map(() => 1);
  for (let left = count - shares.length; left > 0; left--) {
    const need = campaigns.map(({ weight }, i) => weight / shares[i]);
    shares[need.indexOf(Math.max(...need))] += 1;
  }
  return shares;
}

/** Waiting for a disk would take most of the time. */
function fastFolder(): string {
  if (process.env.TMPDIR !== undefined || !existsSync('/dev/shm')) return tmpdir();
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize >= processes * 64 * 2 ** 20 ? '/dev/shm' : tmpdir();
}

interface Job {
  readonly campaign: Campaign;
  readonly first: number;
  readonly every: number;
}

// With fewer processes than campaigns, they follow one another, each for its part of the time.
const budget = minutes * Math.min(1, processes / campaigns.length);
const environment = { ...process.env, TMPDIR: fastFolder() };

/** @returns the summary of a share; undefined if it ended without one */
async function run({ campaign: { name, options = [] }, first, every }: Job): Promise<CampaignSummary | undefined> {
  const path = join(out, `${name}-${first}.log`);
  const share = [
    '--budget',
    String(budget),
    '--seed',
    String(seed),
    '--first',
    String(first),
    '--every',
    String(every),
  ];
  const script = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, [script, ...share, '--json', ...options], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(path);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  await once(child, 'close');
  log.end();
  await once(log, 'close');
  const last = readFileSync(path, 'utf8')
    .split('\n')
    .findLast((line) => line.startsWith('{"campaign":'));
  return last === undefined ? undefined : (JSON.parse(last) as CampaignSummary);
}

const jobs = sharesOf(processes).flatMap((every, i) =>
  Array.from({ length: every }, (_, first): Job => ({ campaign: campaigns[i], first, every })),
);
const found = new Map<Job, CampaignSummary | undefined>();
const waiting = [...jobs];
const work = async (): Promise<void> => {
  for (let job = waiting.shift(); job; job = waiting.shift()) {
    found.set(job, await run(job));
    console.log(`${job.campaign.name}, share ${job.first} of ${job.every}: ended`);
  }
};
await Promise.all(Array.from({ length: processes }, work));

const table = campaigns.map((campaign) => {
  const shares = jobs.filter((job) => job.campaign === campaign);
  const summaries = shares.map((job) => found.get(job)).filter((each) => each !== undefined);
  const counts: Record<string, number> = {};
  for (const summary of summaries)
    for (const [name, n] of Object.entries(summary.counts)) counts[name] = (counts[name] ?? 0) + n;
  return {
    campaign: campaign.name,
    unit: campaign.unit,
    processes: shares.length,
    cases: summaries.reduce((sum, { cases }) => sum + cases, 0),
    of: summaries.at(0)?.of ?? null,
    faults: summaries.reduce((sum, { faults }) => sum + faults, 0),
    /** Shares that ended without a summary. */
    lost: shares.length - summaries.length,
    counts,
  };
});
writeFileSync(
  join(out, 'summary.json'),
  `${JSON.stringify({ minutes, processes, seed, campaigns: table }, null, 2)}\n`,
);
console.log('\n| campaign | processes | cases | faults |\n|---|---|---|---|');
for (const { campaign, unit, processes: shares, cases, of, faults, lost } of table) {
  const all = of === null ? '' : ` of ${of.toLocaleString('en-US')}`;
  const words = lost === 0 ? String(faults) : `${faults}; ${lost} of its processes failed`;
  console.log(`| ${campaign} | ${shares} | ${cases.toLocaleString('en-US')}${all} ${unit} | ${words} |`);
}
process.exitCode = table.every(({ faults, lost }) => faults + lost === 0) ? 0 : 1;
