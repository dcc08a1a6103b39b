// `tracelab evaluate`: one checkpoint on test files, or verdicts on completions that came from elsewhere.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import { EXIT_CODES, TracelabError } from '../../base/errors.ts';
import type { GeneratorName } from '../../domain/types.ts';
import type { CompletionRow, DistributionSummary } from '../../evaluation/types.ts';
import {
  generatorOption,
  jsonOption,
  limitOption,
  seedOption,
  sizeOption,
  temperatureOption,
  threadsOption,
} from '../options.ts';
import { STOPPED, STOPPING, listenForStop } from '../signals.ts';
import { lastCheckpoint, testFiles } from '../test-files.ts';
import { packageVersion } from '../version.ts';

interface EvaluateCommandOptions {
  readonly checkpoint?: string;
  readonly data?: readonly string[];
  readonly out?: string;
  readonly temperature: number;
  readonly seed: number;
  readonly limit?: number;
  readonly threads: number;
  readonly json?: true;
  readonly completions?: string;
  readonly size?: number;
  readonly generator?: GeneratorName;
}

export function addEvaluate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('evaluate')
    .description('let a checkpoint solve test mazes and judge every completion, or judge completions from a file')
    .option('--checkpoint <folder>', 'checkpoint, or the run directory of a training run (its last one)')
    .option('--data <path...>', 'dataset folder (its test files), or JSONL files of examples')
    .option('--out <folder>', 'run directory: completions-<distribution>.jsonl and evaluation.json')
    .addOption(temperatureOption())
    .addOption(seedOption())
    .addOption(limitOption())
    .addOption(threadsOption())
    .option('--completions <file>', 'instead of a checkpoint: JSONL rows {prompt, completion} to judge')
    .addOption(sizeOption())
    .addOption(generatorOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  tracelab evaluate --checkpoint runs/swapped --data data/6x6 --out runs/swapped-test
  tracelab evaluate --checkpoint runs/swapped/checkpoints/step-3000 --data data/6x6/dev.jsonl --limit 200 --out runs/dev
  tracelab evaluate --completions theirs.jsonl --size 30 --generator wilson`,
    )
    .action(async (options: EvaluateCommandOptions, command: Command) => {
      const { checkpoint, data, out, completions } = options;
      if (completions !== undefined && checkpoint === undefined) {
        setExitCode(await judgeFile(completions, options));
      } else if (checkpoint !== undefined && data !== undefined && out !== undefined && completions === undefined) {
        setExitCode(await evaluateCheckpoint(checkpoint, data, out, options));
      } else {
        command.error('error: give --checkpoint with --data and --out, or --completions alone', {
          exitCode: EXIT_CODES.refused_input,
        });
      }
    });
}

async function evaluateCheckpoint(
  given: string,
  data: readonly string[],
  out: string,
  options: EvaluateCommandOptions,
): Promise<number> {
  const { temperature, seed, limit, threads, json } = options;
  const checkpoint = lastCheckpoint(given);
  const trainFile = data.map((path) => join(path, 'train.jsonl')).find((path) => existsSync(path)) ?? null;
  const { hashFile } = await import('../../base/hash.ts');
  const { REAL_DEPENDENCIES: real } = await import('../../study/real-dependencies.ts');
  const { readTests } = await import('../../data/test-sets.ts');
  const { describeCheckpoint } = await import('../../model/checkpoint.ts');
  const { Cell } = await import('../../run/cell.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { evaluationKey, outputsOf } = await import('../../study/cells.ts');
  const { createProgress } = await import('../progress.ts');
  const place = { label: 'evaluate', index: 1, of: 1 };
  const progress = createProgress(json === true);
  const stop = listenForStop(() => {
    progress.say(STOPPING);
  });
  try {
    const finished = await withRunDirectory(
      { path: out, kind: 'evaluation', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        const files = await testFiles(data, options, out);
        const inputs: Record<string, string> = { weights: await hashFile(join(checkpoint, 'model.safetensors')) };
        for (const { distribution, file } of files) inputs[`test-${distribution}.jsonl`] = await hashFile(file);
        if (trainFile !== null) inputs['train.jsonl'] = await hashFile(trainFile);
        const {
          model: { context },
        } = await describeCheckpoint(checkpoint);
        const cell = new Cell<{ readonly summaries: readonly DistributionSummary[] }>(
          out,
          evaluationKey({ context, temperature, seed, limit }, inputs, real.loadCore()),
        );
        const before = await cell.finished();
        if (before) return before;
        progress.emit({ event: 'cell_started', cell: place });
        const started = real.clock.seconds();
        await cell.start();
        const summary = await real.evaluate(
          { checkpoint, tests: await readTests(files, trainFile), outDir: out, threads, temperature, seed, limit },
          {
            progress: (p) => {
              progress.emit({ event: 'evaluating', cell: place, progress: p });
            },
            signal: stop.signal,
          },
        );
        const seconds = real.clock.seconds() - started;
        if (summary.finished) return cell.finish(await outputsOf(cell, { summaries: summary.summaries }), seconds);
        await cell.stop(seconds);
        return undefined;
      },
    );
    progress.end();
    if (!finished) {
      progress.say(STOPPED);
      return stop.exitCode();
    }
    await printSummaries(finished.summary.summaries, finished.result, json);
    return 0;
  } finally {
    progress.end();
    stop.dispose();
  }
}

/** Judges texts by the readable validator; prints, and with --out keeps the verdicts. */
async function judgeFile(file: string, { size, generator, limit, out, json }: EvaluateCommandOptions): Promise<number> {
  const { readForeign } = await import('../foreign.ts');
  const { domainOf } = await import('../../domain/domains.ts');
  const { summarize } = await import('../../evaluation/metrics.ts');
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const rows = new Map<GeneratorName, CompletionRow[]>();
  let count = 0;
  for await (const example of readForeign(file, { size, generator })) {
    if (limit !== undefined && count >= limit) break;
    count += 1;
    const domain = domainOf(example.domain);
    domain.checkPrompt(example.prompt, example.size, `${file}, row ${count}`);
    const verdict = domain.judge(example);
    const row: CompletionRow = { ...example, truncated: false, walls_seen: false, verdict };
    const known = rows.get(example.generator);
    if (known) known.push(row);
    else rows.set(example.generator, [row]);
  }
  if (count === 0)
    throw new TracelabError({
      code: 'NO_EXAMPLES',
      kind: 'refused_input',
      where: file,
      what: 'nothing to judge',
      expected: 'at least one row',
      got: '0 rows',
    });
  const summaries = [...rows].map(([distribution, some]) => summarize(distribution, some, ['truncated', 'walls_seen']));
  if (out !== undefined) {
    const { withRunDirectory } = await import('../../run/directory.ts');
    const { writeFileAtomic, writeJsonl } = await import('../../base/files.ts');
    await withRunDirectory(
      { path: out, kind: 'evaluation', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        for (const [distribution, some] of rows) await writeJsonl(join(out, `completions-${distribution}.jsonl`), some);
        await writeFileAtomic(join(out, 'evaluation.json'), `${JSON.stringify({ summaries }, null, 2)}\n`);
      },
    );
  }
  await printSummaries(
    summaries,
    sha256(
      canonicalJson(
        [...rows].map(([distribution, some]) => [distribution, some.map(({ id, verdict }) => ({ id, verdict }))]),
      ),
    ),
    json,
  );
  return 0;
}

async function printSummaries(
  summaries: readonly DistributionSummary[],
  result: string,
  json: true | undefined,
): Promise<void> {
  const { evaluationText } = await import('../evaluation-text.ts');
  process.stdout.write(
    json
      ? `${JSON.stringify({ event: 'finished', result, summaries })}\n`
      : `${evaluationText(summaries)}result ${result}\n`,
  );
}
