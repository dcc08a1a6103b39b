// `tracelab config`: configurations with every default filled in, where two of them differ, and the presets there are.
import type { Command } from 'commander';
import { alignColumns, wrapLastColumn } from '../../render/terminal-text.ts';
import { columnsOf, print, printLines, tableWidth } from '../fit.ts';
import { jsonOption, setOption } from '../options.ts';
import { presetNames, presetPurpose, resolveConfig } from '../presets.ts';

interface ConfigOptions {
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds the command `config` to the program. */
export function addConfig(program: Command): void {
  const config = program.command('config').description('show, compare and list the configurations of studies');
  config
    .command('show <config>')
    .description('print a configuration as YAML, with every default filled in')
    .addOption(setOption())
    .addOption(jsonOption())
    .action(async (name: string, options: ConfigOptions) => {
      const shown = await resolved(name, options.set);
      if (options.json) process.stdout.write(`${JSON.stringify({ event: 'config', ...shown })}\n`);
      else {
        const { stringify } = await import('yaml');
        // Not wrapped to the terminal: what is copied from there must stay YAML.
        printLines(`# ${name}, with all defaults\n# hash ${shown.hash}\n${stringify(shown.config)}`);
      }
    });
  config
    .command('diff <a> [b]')
    .description('settings that differ between two configurations, defaults included; one alone is compared with --set')
    .addOption(setOption())
    .addOption(jsonOption())
    .action(async (a: string, b: string | undefined, options: ConfigOptions) => {
      await diff(a, b, options);
    });
  config
    .command('list')
    .description('presets, and what each is for')
    .addOption(jsonOption())
    .action(({ json }: ConfigOptions) => {
      const presets = presetNames().map((name) => ({ name, purpose: presetPurpose(name) }));
      if (json) process.stdout.write(`${JSON.stringify({ event: 'configs', presets })}\n`);
      else
        printLines(
          `${wrapLastColumn(
            presets.map(({ name, purpose }) => [name, purpose]),
            tableWidth(),
          ).join('\n')}\n`,
        );
    });
  config.addHelpText(
    'after',
    `
A configuration is a preset or the path of a YAML file. --set changes the last configuration that is named.

Examples:
  tracelab config list
  tracelab config show quick --set seeds=1,2,3
  tracelab config diff quick standard
  tracelab config diff quick --set data.wall_jitter=0
  tracelab config diff quick runs/quick/config.yaml`,
  );
}

async function resolved(name: string, set: readonly string[] = []): Promise<{ hash: string; config: object }> {
  const { loadConfig } = await import('../../study/config-file.ts');
  const { configHash } = await import('../../study/config.ts');
  const { config } = await loadConfig(resolveConfig(name), set);
  return { hash: configHash(config), config };
}

async function diff(a: string, b: string | undefined, { set, json }: ConfigOptions): Promise<void> {
  const { differences } = await import('../../base/differences.ts');
  const left = await resolved(a);
  const right = await resolved(b ?? a, set);
  const found = differences(left.config, right.config);
  if (json) {
    const settings = found.map((each) => ({ key: each.path, a: each.a, b: each.b }));
    process.stdout.write(`${JSON.stringify({ event: 'config-diff', settings })}\n`);
    return;
  }
  if (found.length === 0) {
    print('All settings are equal.\n');
    return;
  }
  const words = (value: unknown): string => (value === undefined ? '-' : JSON.stringify(value));
  const rows = found.map((each) => [each.path, words(each.a), words(each.b)]);
  const head = ['setting', a, b ?? `${a} with --set`];
  printLines(`${alignColumns([head, ...rows], 'left', columnsOf(process.stdout)).join('\n')}\n`);
}
