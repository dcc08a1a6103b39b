// Our training step against PyTorch's at several numbers of threads, in turns, after the proof that both do the same
// work.
import { flopsPerToken, type Preset, tokensOf, usefulThreads } from '../presets.ts';
import { ratesOf } from '../timing.ts';
import { timeSteps } from '../training-step.ts';
import type { PytorchSteps } from './answers.ts';
import type { Budget } from './budget.ts';
import type { PeerFacts, PeerRow, PeersDocument } from './document.ts';
import { checkEqualWork, ourLosses, PROOF_STEPS, type WorkFolder } from './equal-work.ts';
import {
  fastestSetting,
  type Isa,
  type Pytorch,
  PytorchTrainer,
  type Setting,
  settingsOf,
  type StepsRequest,
} from './pytorch.ts';

export interface PytorchComparison {
  readonly pytorch: Pytorch;
  readonly isas: readonly Isa[];
  /** torch.compile, where this PyTorch has it. */
  readonly compile: boolean;
  readonly presets: readonly Preset[];
  readonly threads: readonly number[];
  /** Most rounds of a row; the budget may end it after the first. */
  readonly rounds: number;
  readonly budget: Budget;
}

export type PytorchResults = Pick<PeersDocument, 'peers' | 'rows' | 'skipped'>;

/** A kind of PyTorch that is measured: kernels and mode. */
interface Variant {
  readonly name: string;
  readonly isa: Isa;
  readonly mode: PeerFacts['mode'];
  readonly setting: Setting;
}

/** Steps before the timed ones of a turn: the others had the cores and the caches. */
const WARM_UP = 1;
/** A long step is timed once a turn. */
const STEPS = { short: 2, long: 1 } as const;
const LONG_STEP_FLOPS = 1e11;
/** A peer may take this long even if the budget is spent, so that a row that was begun is finished. */
const LEAST_SECONDS = 60;
/** Share of the budget that a trial of a setting may take. */
const TRIAL_SHARE = 0.1;

/**
 * @param print one line of text
 * @throws TracelabError BENCH_CHECK when PyTorch computes other losses than ours
 */
export async function comparePytorch(
  comparison: PytorchComparison,
  work: WorkFolder,
  print: (line: string) => void,
): Promise<PytorchResults> {
  const { presets, threads, budget } = comparison;
  const run = new Run(comparison, work, print, await chooseVariants(comparison, work, print));
  // Most threads first: the best settings are among them, if the time does not suffice for all.
  const cells = [...threads]
    .sort((a, b) => b - a)
    .flatMap((count) => presets.map((preset): Cell => ({ preset, count, weight: costOf(preset, count) })));
  const groups = [...Map.groupBy(cells, (cell) => cell.count)];
  for (const [at, [count, group]] of groups.entries()) {
    using trainers = run.trainersOf(count);
    const later = groups.slice(at + 1).flatMap(([, others]) => others);
    await run.measure(group, trainers, budget.share(weightOf(group), weightOf(group) + weightOf(later)));
  }
  return { peers: [...run.facts.values()], rows: run.rows, skipped: run.skipped };
}

/** A row to measure. */
interface Cell {
  readonly preset: Preset;
  readonly count: number;
  /** Expected cost. */
  readonly weight: number;
}

/** PyTorch with one number of threads; each variant starts when it is first asked, and all end together. */
interface Trainers extends Disposable {
  readonly of: (variant: Variant) => Promise<PytorchTrainer>;
}

/** A variant whose work was proved equal, with its seconds so far. */
interface Ready {
  readonly variant: Variant;
  readonly trainer: PytorchTrainer;
  readonly samples: number[];
}

/** A row that is being measured. */
interface Begun {
  readonly cell: Cell;
  readonly ready: readonly Ready[];
  /** Seconds of our steps. */
  readonly own: number[];
  rounds: number;
}

/** What a comparison has found so far. */
class Run {
  readonly facts = new Map<string, PeerFacts>();
  readonly rows: PeerRow[] = [];
  readonly skipped: { what: string; reason: string }[] = [];
  private readonly broken = new Set<string>();
  private readonly proved = new Set<string>();
  /** Ours by preset: they are the same for every number of threads. */
  private readonly losses = new Map<string, readonly number[]>();
  private readonly comparison: PytorchComparison;
  private readonly work: WorkFolder;
  private readonly print: (line: string) => void;
  private readonly variants: readonly Variant[];

  constructor(
    comparison: PytorchComparison,
    work: WorkFolder,
    print: (line: string) => void,
    variants: readonly Variant[],
  ) {
    this.comparison = comparison;
    this.work = work;
    this.print = print;
    this.variants = variants;
  }

  trainersOf(count: number): Trainers {
    const running = new Map<Variant, PytorchTrainer>();
    return {
      of: async (variant) => {
        const known = running.get(variant);
        if (known !== undefined) return known;
        const trainer = await PytorchTrainer.start(this.comparison.pytorch.python, variant.setting, count);
        running.set(variant, trainer);
        this.facts.set(variant.name, factsOf(variant, trainer, this.comparison.pytorch));
        return trainer;
      },
      [Symbol.dispose]: () => {
        for (const trainer of running.values()) trainer.stop();
      },
    };
  }

  /**
   * Measures rows in turns: first one round of each, then further rounds of each, as long as there is time. So short
   * rows get what long ones leave.
   * @param end moment of the budget after which no further round begins
   */
  async measure(cells: readonly Cell[], trainers: Trainers, end: number): Promise<void> {
    const { rounds: most, budget } = this.comparison;
    const begun: Begun[] = [];
    for (const cell of cells) {
      if (budget.left <= 0) {
        this.skipped.push({ what: nameOf(cell), reason: 'no time was left' });
        continue;
      }
      const row: Begun = { cell, ready: await this.prove(cell, trainers), own: [], rounds: 0 };
      await this.round(row);
      begun.push(row);
    }
    for (let round = 1; round < most; round++) for (const row of begun) if (!budget.isOver(end)) await this.round(row);
    for (const row of begun) this.finish(row);
  }

  /** Some steps of ours, then of each variant, each after a step of warm-up. */
  private async round(row: Begun): Promise<void> {
    const { preset, count } = row.cell;
    const steps = tokensOf(preset) * flopsPerToken(preset) > LONG_STEP_FLOPS ? STEPS.long : STEPS.short;
    const threads = usefulThreads(preset, count);
    row.own.push(...(await timeSteps({ preset, threads, warmUp: WARM_UP, steps })).seconds);
    for (const each of row.ready.filter(({ variant }) => !this.broken.has(variant.name)))
      each.samples.push(...(await this.train(row.cell, each, { fresh: false, warm_up: WARM_UP, steps })).seconds);
    row.rounds += 1;
  }

  private finish({ cell: { preset, count }, ready, own, rounds }: Begun): void {
    const tokens = tokensOf(preset);
    const ours = ratesOf({ samples: own }, tokens);
    const peers = ready
      .filter(({ samples }) => samples.length > 0)
      .map(({ variant: { name }, samples }) => {
        const tokens_per_second = ratesOf({ samples }, tokens);
        return { name, tokens_per_second, ratio: ours.best / tokens_per_second.best };
      });
    const used_threads = usefulThreads(preset, count);
    const row: PeerRow = { preset: preset.name, threads: count, used_threads, tokens, rounds, ours, peers };
    this.rows.push(row);
    this.print(rowText(row));
  }

  /** The whole proof once a model; with other numbers of threads one step, which is the warm-up, too. */
  private async prove(cell: Cell, trainers: Trainers): Promise<Ready[]> {
    const { preset, count } = cell;
    const ours = this.losses.get(preset.name) ?? (await ourLosses(preset, usefulThreads(preset, count)));
    this.losses.set(preset.name, ours);
    const ready: Ready[] = [];
    for (const variant of this.variants.filter(({ name }) => !this.broken.has(name))) {
      const each: Ready = { variant, trainer: await trainers.of(variant), samples: [] };
      const name = `${preset.name}, ${variant.name}`;
      const steps = this.proved.has(name) ? 1 : PROOF_STEPS;
      const { losses } = await this.train(cell, each, { fresh: true, warm_up: 0, steps });
      if (this.broken.has(variant.name)) continue;
      checkEqualWork(`PyTorch ${variant.name}, ${nameOf(cell)}`, losses, ours.slice(0, steps));
      this.proved.add(name);
      ready.push(each);
    }
    return ready;
  }

  /** @returns nothing measured if it fails: a compiler may be missing, or the time is over; other variants remain */
  private async train(
    cell: Cell,
    { variant, trainer }: Ready,
    request: Pick<StepsRequest, 'fresh' | 'warm_up' | 'steps'>,
  ): Promise<Pick<PytorchSteps, 'seconds' | 'losses'>> {
    const data = this.work.manifestOf(cell.preset);
    const seconds = Math.max(LEAST_SECONDS, this.comparison.budget.left);
    try {
      return await trainer.train(cell.preset, { ...request, data, compile: variant.mode === 'compiled' }, seconds);
    } catch (error) {
      const reason = (error as Error).message;
      this.broken.add(variant.name);
      this.skipped.push({ what: `PyTorch ${variant.name}, ${nameOf(cell)}`, reason });
      return { seconds: [], losses: [] };
    }
  }
}

function nameOf({ preset, count }: Cell): string {
  return `${preset.name}, ${count} threads`;
}

/** The fastest setting of each choice of kernels, eager and compiled. */
async function chooseVariants(
  { pytorch, isas, compile, presets, threads, budget }: PytorchComparison,
  work: WorkFolder,
  print: (line: string) => void,
): Promise<Variant[]> {
  const [trial] = presets;
  const modes: PeerFacts['mode'][] = compile && pytorch.about.compile ? ['eager', 'compiled'] : ['eager'];
  const variants: Variant[] = [];
  for (const isa of isas) {
    const setting = await fastestSetting(
      {
        python: pytorch.python,
        settings: settingsOf(isa, pytorch.about),
        preset: trial,
        data: work.manifestOf(trial),
        threads: Math.max(...threads),
        seconds: TRIAL_SHARE * Math.max(0, budget.left),
      },
      print,
    );
    variants.push(...modes.map((mode) => ({ name: `${isa}, ${mode}`, isa, mode, setting })));
  }
  return variants;
}

function factsOf({ name, mode, isa, setting }: Variant, trainer: PytorchTrainer, { python }: Pytorch): PeerFacts {
  const { torch, config, python: version } = trainer.about;
  return {
    name,
    torch,
    python: `${python}, ${version}`,
    mode,
    isa,
    setting: setting.name,
    kernels: trainer.kernels,
    config,
    environment: { ...setting.environment },
  };
}

function weightOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { weight }) => sum + weight, 0);
}

/** About how long a round takes: operations over threads. */
function costOf(preset: Preset, threads: number): number {
  return (tokensOf(preset) * flopsPerToken(preset)) / threads;
}

/** `nano    2 threads  ours 20,000 tokens/s   best, eager 12,000 (1.67)  ...` */
function rowText({ preset, threads, rounds, ours, peers }: PeerRow): string {
  const rate = (value: number): string => Math.round(value).toLocaleString('en-US');
  return [
    preset.padEnd(6),
    `${threads} threads`.padStart(10),
    `${rounds} rounds`.padStart(8),
    `ours ${rate(ours.best)} tokens/s`,
    ...peers.map(
      ({ name, tokens_per_second, ratio }) =>
        `${name} ${rate(tokens_per_second.best)} (ours ${ratio.toFixed(2)} times)`,
    ),
  ].join('  ');
}
