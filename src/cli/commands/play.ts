// `tracelab play`: one HTML file in which models solve mazes that the reader draws.
import type { Command } from 'commander';
import { print } from '../fit.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import { jsonOption, modelsOption } from '../options.ts';
import { packageVersion } from '../version.ts';

interface PlayCommandOptions {
  readonly out: string;
  readonly models: number;
  /** False with --no-open. */
  readonly open: boolean;
  readonly json?: true;
}

/** Adds the command `play` to the program. */
export function addPlay(program: Command): void {
  program
    .command('play')
    .description('write a page in which models solve mazes that you draw; needs no network and no server')
    .argument(
      '[models...]',
      'checkpoints, training runs (the last one of each), or studies; without them the two models of the package',
    )
    .option('--out <file>', 'HTML file', 'play.html')
    .addOption(modelsOption())
    .option('--no-open', 'do not open the page in a browser')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The page holds the weights, 2.4 MB for a model of the package, and runs them in the browser. It is opened on a desktop if the output goes to a terminal; never in CI or over SSH. Mazes only.

Examples:
  tracelab play
  tracelab play runs/matched --models 6 --out matched.html
  tracelab play runs/correct runs/swapped --no-open`,
    )
    .action(async (targets: readonly string[], options: PlayCommandOptions) => {
      await play(targets, options);
    });
}

async function play(targets: readonly string[], { out, models: most, open, json }: PlayCommandOptions): Promise<void> {
  const { join } = await import('node:path');
  keepInputs(
    targets.flatMap((target) => [target, join(target, 'results.json'), join(target, 'model.safetensors')]),
    [['--out', out]],
  );
  checkOutputs([['--out', out]]);
  const { findModels, problemsFor, readModels } = await import('../play-models.ts');
  const { renderPlayPage } = await import('../../report/live/play-page.ts');
  const { writeFileAtomic } = await import('../../base/files.ts');
  const found = await findModels(targets, most);
  const models = await readModels(found.models);
  const page = renderPlayPage({ models, problems: problemsFor(models), version: packageVersion() });
  await writeFileAtomic(out, page);
  const bytes = Buffer.byteLength(page);
  if (json) {
    const shown = models.map(({ label, step, size, hash }) => ({ label, step, size, sha256: hash }));
    process.stdout.write(`${JSON.stringify({ event: 'page', file: out, bytes, models: shown, left: found.left })}\n`);
    return;
  }
  const { bytesText } = await import('../../render/terminal-text.ts');
  const names = models.map(({ label, step }) => `${label}, step ${step}`).join('; ');
  print(`page ${out} (${bytesText(bytes)}): ${names}\n`);
  if (found.left > 0) print(`note: ${found.left} more models of the study are not in it; --models takes more\n`);
  if (!(open && (await wasOpened(out)))) print('Open it in a browser. It needs no network.\n');
}

async function wasOpened(file: string): Promise<boolean> {
  const { openerOf, openPage } = await import('../open-page.ts');
  const { isTTY } = process.stdout as { readonly isTTY?: boolean };
  const opener = openerOf(file, { platform: process.platform, env: process.env, isTerminal: isTTY === true });
  return opener !== null && (await openPage(opener));
}
