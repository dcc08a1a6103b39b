// `tracelab generate`: only the data of a study, as a folder of JSONL files; or, with --preview, what a condition makes
// of some examples.
import type { Command } from 'commander';
import type { Condition } from '../../domain/conditions/condition.ts';
import { EXIT_CODES } from '../../base/errors.ts';
import type { DataConfig, DatasetManifest } from '../../data/dataset.ts';
import type { Card } from '../../data/card.ts';
import type { DataFormat } from '../../data/data-format.ts';
import type { GeneratorName } from '../../domain/types.ts';
import {
  conditionOption,
  domainOption,
  formatOption,
  generatorOption,
  previewOption,
  seedOption,
  setOption,
} from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { createRenewedLine } from '../renewed-line.ts';
import { listenForStop, STOPPED, STOPPING } from '../signals.ts';
import { alignColumns, printable } from '../text.ts';
import { packageVersion } from '../version.ts';

interface GenerateCommandOptions {
  readonly out?: string;
  readonly set: readonly string[];
  readonly condition?: Condition;
  readonly preview?: number;
  readonly seed: number;
  readonly format: readonly DataFormat[];
  readonly mazes?: string;
  readonly generator?: GeneratorName;
  readonly domain?: string;
}

/** Examples that a preview is drawn from: enough to swap among. */
const SAMPLE = 200;

export function addGenerate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('generate')
    .description('draw and solve mazes or boards: train.jsonl, dev.jsonl and test-<distribution>.jsonl')
    .argument('[config]', 'preset or YAML file whose data section counts (default: "quick")')
    .addOption(domainOption())
    .option('--out <folder>', 'dataset folder')
    .addOption(formatOption())
    .option(
      '--mazes <file>',
      'instead of drawing: solve the mazes of a file of pictures (# wall, S start, E goal), with --generator as ' +
        'their label',
    )
    .addOption(generatorOption())
    .addOption(conditionOption())
    .addOption(previewOption())
    .addOption(seedOption('seed of the condition, for --preview'))
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Rows are {id, generator, size, prompt, completion} with correct completions; equal settings give equal bytes. Conditions
are applied when a model trains; --condition NAME --preview shows what they do, on the first examples that are touched,
and writes nothing. README.md in the folder is the card of the dataset: counts, seeds, lengths, hashes. Other forms get
a subfolder with a card of their own: text (one field, as the paper's data), searchformer (that paper's word order),
ascii (pictures with the plan, as maze-dataset draws), parquet.

Ctrl-C stops it and leaves no data; run the same command to start again.

Examples:
  tracelab generate --out data/6x6
  tracelab generate standard --out data/8x8
  tracelab generate --domain sokoban --out data/sokoban
  tracelab generate --set data.size=10 --set data.train=5000 --out data/10x10
  tracelab generate --format parquet --format ascii --out data/6x6
  tracelab generate --mazes theirs.txt --generator dfs --out data/theirs
  tracelab generate --condition thinned@0.25 --preview
  tracelab generate --condition bfs --preview 3 --set data.generator=free`,
    )
    .action(async (name: string | undefined, options: GenerateCommandOptions, command: Command) => {
      const { out, condition, preview, seed, format, mazes, generator, domain } = options;
      const isPreview = condition !== undefined && preview !== undefined && out === undefined && mazes === undefined;
      if (!isPreview && (out === undefined || condition !== undefined || preview !== undefined)) {
        command.error('error: give --out, or --condition with --preview', { exitCode: EXIT_CODES.refused_input });
      } else if ((mazes === undefined) !== (generator === undefined)) {
        command.error('error: give --mazes and --generator together, or neither', {
          exitCode: EXIT_CODES.refused_input,
        });
      } else if (mazes !== undefined && domain !== undefined && domain !== 'maze') {
        command.error('error: --mazes reads pictures of mazes; leave --domain out', {
          exitCode: EXIT_CODES.refused_input,
        });
      } else if (mazes !== undefined && generator !== undefined && out !== undefined) {
        const { importMazes } = await import('../../data/drawn-mazes.ts');
        await printCard(await importMazes(mazes, generator, out), out, format);
      } else {
        const { loadConfig } = await import('../../study/config-file.ts');
        const { domainOf } = await import('../../domain/domains.ts');
        domainOf(domain, '--domain');
        const set = domain === undefined ? options.set : [`data.domain=${domain}`, ...options.set];
        const {
          config: { data },
        } = await loadConfig(
          resolveConfig(name ?? (domain === undefined || domain === 'maze' ? 'quick' : domain)),
          set,
        );
        if (condition !== undefined && preview !== undefined) await printPreviews(data, condition, seed, preview);
        else if (out !== undefined) setExitCode(await writeData(data, out, format));
      }
    });
}

/** @returns the exit code */
async function writeData(data: DataConfig, out: string, formats: readonly DataFormat[]): Promise<number> {
  const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
  const { withRunDirectory } = await import('../../run/directory.ts');
  const { Cell } = await import('../../run/cell.ts');
  const { cardOf, writeDataset } = await import('../../data/dataset.ts');
  const { dataKey, outputsOf } = await import('../../study/cells.ts');
  const { checkFormats } = await import('../../data/formats.ts');
  checkFormats(formats, data.domain);
  const cell = new Cell<DatasetManifest>(out, dataKey(data));
  const line = createRenewedLine(process.stderr, SYSTEM_CLOCK.seconds);
  const say = (text: string): void => {
    line.end();
    process.stderr.write(`${text}\n`);
  };
  const stop = listenForStop(() => {
    say(STOPPING);
  });
  try {
    const made = await withRunDirectory(
      { path: out, kind: 'dataset', version: packageVersion(), now: SYSTEM_CLOCK.now },
      async () => {
        const finished = await cell.finished();
        if (finished) return finished;
        await cell.start();
        const started = SYSTEM_CLOCK.seconds();
        const manifest = await writeDataset(out, data, {
          progress: (share, words) => {
            line.show(() => `${Math.floor(100 * share)} % ${words}`);
          },
          signal: stop.signal,
        });
        const seconds = SYSTEM_CLOCK.seconds() - started;
        if (manifest !== null) return cell.finish(await outputsOf(cell, manifest), seconds);
        await cell.stop(seconds);
        return null;
      },
    );
    if (made === null) {
      say(STOPPED);
      return stop.exitCode();
    }
    line.end();
    await printCard(cardOf(made.summary), out, formats, made.result);
    return 0;
  } finally {
    line.end();
    stop.dispose();
  }
}

/** Writes the other forms of a dataset, and prints what there is. */
async function printCard(card: Card, out: string, formats: readonly DataFormat[], result?: string): Promise<void> {
  const { writeFormat } = await import('../../data/formats.ts');
  const folders: string[] = [];
  for (const format of new Set(formats)) if (format !== 'jsonl') folders.push(await writeFormat(out, format, card));
  const rows = Object.entries(card.files).map(
    ([file, { count, prompt_words: prompt, completion_words: completion }]) => [
      file,
      String(count),
      prompt.mean.toFixed(1),
      completion.mean.toFixed(1),
      String(completion.max),
    ],
  );
  const lines = [
    ...alignColumns([['file', 'rows', 'prompt words', 'completion words', 'longest'], ...rows]),
    ...folders.map((folder) => `also ${folder}`),
    ...(result === undefined ? [] : [`result ${result}`]),
    '',
  ];
  process.stdout.write(printable(lines.join('\n')));
}

/** The first examples that the condition touches; untouched ones where there are too few. */
async function printPreviews(data: DataConfig, condition: Condition, seed: number, count: number): Promise<void> {
  const { applyCondition } = await import('../../domain/conditions/apply.ts');
  const { sampleExamples } = await import('../../study/lengths.ts');
  const { previewText } = await import('../preview-text.ts');
  const originals = sampleExamples(data, data.generator, SAMPLE);
  const pairs = applyCondition(originals, condition, seed).map((changed, i) => ({
    condition,
    seed,
    original: originals[i],
    changed,
  }));
  const touched = (pair: (typeof pairs)[number]): boolean => pair.changed.completion !== pair.original.completion;
  const shown = [...pairs.filter(touched), ...pairs.filter((pair) => !touched(pair))].slice(0, count);
  const { columns = 80, isTTY } = process.stdout as { readonly columns?: number; readonly isTTY?: boolean };
  const color = isTTY === true && (process.env.NO_COLOR ?? '') === '';
  process.stdout.write(shown.map((pair) => previewText(pair, columns, color)).join('\n'));
}
