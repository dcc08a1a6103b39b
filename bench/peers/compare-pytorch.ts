// Our training step against PyTorch's at several numbers of threads, in turns, after the proof that both do the same
// work.
import { TracelabError } from '../../src/base/errors.ts';
import { flopsPerToken, type Preset, usefulThreads } from '../presets.ts';
import { ratesOf } from '../timing.ts';
import { timeSteps } from '../training-step.ts';
import type { Budget } from './budget.ts';
import type { PeerFacts, PeerRow, PeersDocument } from './document.ts';
import { checkEqualWork, ourLosses, PROOF_STEPS, type WorkFolder } from './equal-work.ts';
import { fastestSetting, type Isa, type Pytorch, PytorchTrainer, type Setting, settingsOf } from './pytorch.ts';

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
  const { pytorch, presets, threads, budget } = comparison;
  const variants = await chooseVariants(comparison, work, print);
  const facts = new Map<string, PeerFacts>();
  const rows: PeerRow[] = [];
  const skipped: { what: string; reason: string }[] = [];
  // Most threads first: the best settings are among them, if the time does not suffice for all.
  const cells = [...threads]
    .sort((a, b) => b - a)
    .flatMap((count) => presets.map((preset) => ({ preset, count, weight: costOf(preset, count) })));
  const broken = new Set<string>();
  const limit = (): number => Math.max(LEAST_SECONDS, budget.left);
  for (const [count, group] of Map.groupBy(cells, (cell) => cell.count)) {
    await using trainers = new AsyncDisposableStack();
    const running = new Map<Variant, PytorchTrainer>();
    const trainerOf = async (variant: Variant): Promise<PytorchTrainer> => {
      const known = running.get(variant);
      if (known !== undefined) return known;
      const trainer = await PytorchTrainer.start(pytorch.python, variant.setting, count);
      trainers.defer(() => {
        trainer.stop();
      });
      running.set(variant, trainer);
      facts.set(variant.name, factsOf(variant, trainer, pytorch));
      return trainer;
    };
    for (const cell of group) {
      const { preset, weight } = cell;
      const what = `${preset.name}, ${count} threads`;
      if (budget.left <= 0) {
        skipped.push({ what, reason: 'no time was left' });
        continue;
      }
      const end = budget.share(
        weight,
        cells.slice(cells.indexOf(cell)).reduce((sum, each) => sum + each.weight, 0),
      );
      const data = work.manifestOf(preset);
      const ours = await ourLosses(preset, usefulThreads(preset, count));
      const proved: { readonly variant: Variant; readonly trainer: PytorchTrainer; readonly samples: number[] }[] = [];
      for (const variant of variants.filter(({ name }) => !broken.has(name))) {
        const trainer = await trainerOf(variant);
        const compile = variant.mode === 'compiled';
        try {
          const request = { data, compile, fresh: true, steps: PROOF_STEPS };
          const { losses } = await trainer.train(preset, request, limit());
          checkEqualWork(`PyTorch ${variant.name}, ${what}`, losses, ours);
          proved.push({ variant, trainer, samples: [] });
        } catch (error) {
          if (error instanceof TracelabError) throw error;
          // A compiler may be missing, or the time is over: the other variants remain.
          broken.add(variant.name);
          skipped.push({ what: `PyTorch ${variant.name}, ${what}`, reason: (error as Error).message });
          print(`PyTorch ${variant.name}, ${what}: skipped, ${(error as Error).message}`);
        }
      }
      const own: number[] = [];
      const tokens = preset.batch * preset.sequence;
      const steps = tokens * flopsPerToken(preset) > LONG_STEP_FLOPS ? STEPS.long : STEPS.short;
      let rounds = 0;
      do {
        const { seconds } = await timeSteps({ preset, threads: usefulThreads(preset, count), warmUp: 1, steps });
        own.push(...seconds);
        for (const { variant, trainer, samples } of proved) {
          const compile = variant.mode === 'compiled';
          const { seconds: theirs } = await trainer.train(preset, { data, compile, fresh: false, steps }, limit());
          samples.push(...theirs);
        }
        rounds += 1;
      } while (rounds < comparison.rounds && !budget.isOver(end));
      const speed = ratesOf({ samples: own }, tokens);
      rows.push({
        preset: preset.name,
        threads: count,
        used_threads: usefulThreads(preset, count),
        tokens,
        rounds,
        ours: speed,
        peers: proved.map(({ variant, samples }) => {
          const tokens_per_second = ratesOf({ samples }, tokens);
          return { name: variant.name, tokens_per_second, ratio: speed.best / tokens_per_second.best };
        }),
      });
      print(rowText(rows[rows.length - 1]));
    }
  }
  return { peers: [...facts.values()], rows, skipped };
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

/** About how long a round takes: operations over threads. */
function costOf(preset: Preset, threads: number): number {
  return (preset.batch * preset.sequence * flopsPerToken(preset)) / threads;
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
