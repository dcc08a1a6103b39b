// `tracelab generate`: only the data of a study, as a folder of JSONL files.
import type { Command } from 'commander';
import { setOption } from '../options.ts';
import { resolveConfig } from '../presets.ts';
import { alignColumns, printable } from '../text.ts';
import { packageVersion } from '../version.ts';

export function addGenerate(program: Command): void {
  program.command('generate')
    .description('draw and solve mazes: train.jsonl, dev.jsonl and test-<distribution>.jsonl')
    .argument('[config]', 'preset or YAML file whose data section counts', 'quick')
    .requiredOption('--out <folder>', 'dataset folder')
    .addOption(setOption())
    .addHelpText('after', `
Rows are {id, generator, size, prompt, completion}; equal settings give equal bytes.

Examples:
  tracelab generate --out data/6x6
  tracelab generate standard --out data/8x8
  tracelab generate --set data.size=10 --set data.train=5000 --out data/10x10`)
    .action(async (name: string, { out, set }: { readonly out: string; readonly set: readonly string[] }) => {
      const { loadConfig } = await import('../../study/config-file.ts');
      const { config: { data } } = await loadConfig(resolveConfig(name), set);
      const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
      const { withRunDirectory } = await import('../../run/directory.ts');
      const { Cell } = await import('../../run/cell.ts');
      const { writeDataset } = await import('../../data/dataset.ts');
      const { dataKey, outputsOf } = await import('../../study/cells.ts');
      const cell = new Cell<Awaited<ReturnType<typeof writeDataset>>>(out, dataKey(data));
      const { summary, result } = await withRunDirectory({ path: out, kind: 'dataset', version: packageVersion(), now: SYSTEM_CLOCK.now }, async () => {
        const finished = await cell.finished();
        if (finished) return finished;
        await cell.start();
        const started = SYSTEM_CLOCK.seconds();
        return cell.finish(await outputsOf(cell, await writeDataset(out, data)), SYSTEM_CLOCK.seconds() - started);
      });
      const rows = Object.entries(summary.files).map(([file, { count, completion_words, example_words }]) =>
        [file, String(count), completion_words.mean.toFixed(1), String(completion_words.max), String(example_words.max)]);
      process.stdout.write(printable([...alignColumns([['file', 'mazes', 'completion words', 'longest', 'longest example'], ...rows]), `result ${result}`, ''].join('\n')));
    });
}
