// `tracelab generate`: only the data of a study, as a folder of JSONL files; or, with --preview, what a condition makes
// of some examples.
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import type { Condition } from '../../domain/conditions/condition.ts';
import { TracelabError } from '../../base/errors.ts';
import type { DataConfig } from '../../data/dataset.ts';
import type { DatasetManifest } from '../../data/manifest.ts';
import type { Card } from '../../data/card.ts';
import type { DataFormat } from '../../data/data-format.ts';
import type { GeneratorName } from '../../domain/types.ts';
import { refuseOptions } from '../command-line.ts';
import { print, printLines } from '../fit.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import {
  conditionOption,
  domainOption,
  formatOption,
  generatorOption,
  previewOption,
  seedOption,
  setOption,
  sizeOption,
  type Split,
  splitOption,
  strictOption,
} from '../options.ts';
import { dataConfig, presetNames, resolveConfig } from '../presets.ts';
import { alignColumns, printable } from '../../render/terminal-text.ts';
import type { Graph } from '../../work/task.ts';

interface GenerateCommandOptions {
  readonly out?: string;
  readonly set: readonly string[];
  readonly condition?: Condition;
  readonly preview?: number;
  readonly seed: number;
  readonly format: readonly DataFormat[];
  readonly from?: string;
  readonly mazes?: string;
  readonly split: Split;
  readonly size?: number;
  readonly strict?: true;
  readonly generator?: GeneratorName;
  readonly domain?: string;
}

/** Examples that a preview is drawn from: enough to swap among. */
const SAMPLE = 200;

/** Adds the command `generate` to the program. */
export function addGenerate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('generate')
    .description('draw and solve mazes or boards: train.jsonl, dev.jsonl and test-<distribution>.jsonl')
    .argument('[config]', 'preset or YAML file whose data section counts (default: "quick")')
    .addOption(domainOption())
    .option('--out <folder>', 'dataset folder')
    .addOption(formatOption())
    .option(
      '--from <file>',
      'instead of drawing: convert any file that verify reads into a dataset folder; pictures (# wall, S ' +
        'start, E goal) are solved',
    )
    .option('--mazes <file>', 'same as --from with --split test, for a file of pictures; needs --generator')
    .addOption(splitOption())
    .addOption(sizeOption())
    .addOption(strictOption())
    .addOption(generatorOption())
    .addOption(conditionOption())
    .addOption(previewOption())
    .addOption(seedOption('seed of the condition, for --preview'))
    .addOption(setOption())
    .addHelpText(
      'after',
      `
Rows are {id, generator, size, prompt, completion} with correct completions; equal settings give equal bytes. Conditions
are applied when a model trains. --condition NAME --preview shows the first examples that it changes and writes nothing.
README.md in the folder is the card of the dataset: counts, seeds, lengths, hashes. Other forms get a subfolder with
their own card: text (one field, as the paper's data), searchformer (that paper's word order), ascii (pictures with the
plan, as maze-dataset draws), parquet.

--from writes train.jsonl, or with --split dev.jsonl or test-<generator>.jsonl. Further files can be added to a folder
of converted files. The card counts duplicates, valid plans and valid traces. Rows that cannot be read are named and
left out: exit code 5. With --strict the first of these rows stops the command.

Ctrl-C stops it and leaves no data; run the same command to start again.

Examples:
  tracelab generate --out data/6x6
  tracelab generate standard --out data/8x8
  tracelab generate --domain sokoban --out data/sokoban
  tracelab generate --domain ./countdown.ts --out data/countdown
  tracelab generate --set data.size=10 --set data.train=5000 --out data/10x10
  tracelab generate --format parquet --format ascii --out data/6x6
  tracelab generate --from theirs.parquet --size 30 --out data/theirs
  tracelab generate --from theirs-test.jsonl.gz --split test --generator dfs --out data/theirs
  tracelab generate --mazes theirs.txt --generator dfs --out data/theirs
  tracelab generate --condition thinned@0.25 --preview
  tracelab generate --condition bfs --preview 3 --set data.generator=free`,
    )
    .action(async (name: string | undefined, options: GenerateCommandOptions, command: Command) => {
      const { out, condition, preview, seed, format, mazes, generator, domain } = options;
      const from = options.from ?? mazes;
      const isPreview = condition !== undefined && preview !== undefined && out === undefined && from === undefined;
      const refuse = (what: string, expected: string, got: string, hint?: string): never => {
        throw refuseOptions(command, { what, expected, got, hint });
      };
      if (out !== undefined && (condition !== undefined || preview !== undefined))
        refuse(
          'a preview writes nothing',
          '--condition with --preview, or --out',
          condition === undefined ? '--out with --preview' : '--out with --condition',
          'conditions are applied when a model trains; leave one out',
        );
      if (!isPreview && out === undefined)
        refuse(
          'the option --out is missing',
          '--out, or --condition with --preview',
          condition === undefined ? (preview === undefined ? 'neither' : '--preview alone') : '--condition alone',
        );
      if (options.from !== undefined && mazes !== undefined)
        refuse('two files to convert', '--from or --mazes', 'both', 'leave one out');
      if (options.from === undefined && mazes !== undefined && generator === undefined)
        refuse('pictures name no distribution', '--mazes with --generator', '--mazes alone');
      if (from === undefined && generator !== undefined)
        refuse(
          '--generator is for rows that are converted',
          '--from or --mazes with it',
          '--generator alone',
          'for problems that are drawn: --set data.generator=NAME',
        );
      if (mazes !== undefined && domain !== undefined && domain !== 'maze')
        refuse('--mazes reads pictures of mazes', 'the domain maze', domain, 'leave --domain out');
      if (from !== undefined && out !== undefined) {
        const split = mazes === undefined ? options.split : 'test';
        setExitCode(
          await convert(from, out, { ...options, split, strict: mazes === undefined ? options.strict : true }),
        );
      } else {
        const data = await dataOf(name, domain, options.set);
        if (condition !== undefined && preview !== undefined) await printPreviews(data, condition, seed, preview);
        else if (out !== undefined) setExitCode(await writeData(data, out, format));
      }
    });
}

/**
 * The data section that the command draws.
 * @param name preset or YAML file
 * @param domain as `--domain` names it
 * @throws TracelabError DOMAIN_MODULE, and those of loadConfig
 */
async function dataOf(
  name: string | undefined,
  domain: string | undefined,
  overrides: readonly string[],
): Promise<DataConfig> {
  const { loadConfig, parseConfig } = await import('../../study/config-file.ts');
  const { DEFAULT_DOMAIN, domainOf, isDomain } = await import('../../domain/domains.ts');
  const { loadDomainModule } = await import('../../data/domain-module.ts');
  if (domain !== undefined && !isDomain(domain)) await loadDomainModule(domain, '--domain');
  const known = domainOf(domain);
  const set = domain === undefined ? overrides : [`data.domain=${known.name}`, ...overrides];
  const preset = known.name === DEFAULT_DOMAIN ? 'quick' : known.name;
  const loaded =
    name === undefined && !presetNames().includes(preset)
      ? parseConfig(dataConfig(known), '--domain', set)
      : await loadConfig(resolveConfig(name ?? preset), set);
  return loaded.config.data;
}

async function convert(
  file: string,
  out: string,
  { split, size, generator, strict, format }: GenerateCommandOptions,
): Promise<number> {
  const isTest = basename(file).startsWith('test-');
  const written = ['train.jsonl', 'dev.jsonl', 'README.md', 'dataset.json', ...(isTest ? [basename(file)] : [])];
  const paths = written.map((name) => ['--out', join(out, name)] as const);
  keepInputs([file], paths);
  checkOutputs(paths);
  const { convertFile } = await import('../../data/convert.ts');
  const { truthText } = await import('../../data/truth.ts');
  const { Refusals } = await import('../../evaluation/refusals.ts');
  const { sayRefused, saySpecial } = await import('../refused-rows.ts');
  const refusals = new Refusals();
  const converting = convertFile(file, out, {
    split,
    size,
    generator,
    ...(file === '-' && { stdin: process.stdin }),
    ...(!strict && { refuse: refusals.add.bind(refusals) }),
  });
  const { card, truth, special } = await converting.catch((error: unknown) => {
    // Where no row can be read, the reason is that of the first.
    if (error instanceof TracelabError && error.code === 'NO_ROWS' && refusals.count > 0)
      throw new TracelabError(refusals.all[0].first);
    throw error;
  });
  await printCard(card, out, format);
  print(`${truthText(truth)}\n`);
  saySpecial(special);
  return sayRefused(refusals.all);
}

async function writeData(data: DataConfig, out: string, formats: readonly DataFormat[]): Promise<number> {
  const { cardOf } = await import('../../data/dataset.ts');
  const { checkFormats } = await import('../../data/formats.ts');
  const { runHere } = await import('../here.ts');
  const { plain } = await import('../../work/task.ts');
  const { SingleStore } = await import('../../work/folder-store.ts');
  checkFormats(formats, data.domain);
  const task = { id: 'data', kind: 'data', config: plain(data), needs: {} };
  const graph: Graph = { format: 1, tasks: [task], given: {} };
  const ran = await runHere({ graph, store: new SingleStore(out), out, threads: 1, json: false });
  if ('exitCode' in ran) return ran.exitCode;
  const finished = ran.finished.get(task.id);
  if (finished) await printCard(cardOf(finished.summary as DatasetManifest), out, formats, finished.result);
  return 0;
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
  print(printable(lines.join('\n')));
}

/** The first examples that the condition touches; untouched ones where there are too few. */
async function printPreviews(data: DataConfig, condition: Condition, seed: number, count: number): Promise<void> {
  const { applyCondition } = await import('../../domain/conditions/apply.ts');
  const { sampleExamples } = await import('../../tasks/sequence-lengths.ts');
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
  printLines(shown.map((pair) => previewText(pair, columns, color)).join('\n'));
}
