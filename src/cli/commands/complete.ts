// `tracelab complete`: the script that lets a shell complete commands, options, presets and keys, and the answers that
// the script asks for. The library reads the commands themselves.
import type { Command } from 'commander';
import { CONDITION_NAMES } from '../../domain/conditions/table.ts';
import { presetNames, presetPurpose } from '../presets.ts';

const DESCRIPTION = 'print a script that completes commands, options, presets and keys in a shell';
const HELP = `
The script asks tracelab itself at every Tab, so that it knows the commands of the installed version. bash needs the package bash-completion.

Examples:
  source <(tracelab complete bash)
  tracelab complete zsh > ~/.tracelab-completion.zsh`;

/** The last command to add: the library sees those that are there. */
export async function addComplete(
  program: Command,
  _setExitCode: (code: number) => void,
  args: readonly string[],
): Promise<void> {
  if (args.find((arg) => !arg.startsWith('-')) !== 'complete') {
    // For the list of commands.
    program.command('complete').description(DESCRIPTION).argument('[shell]', 'zsh, bash, fish or powershell');
    return;
  }
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const { configKeys } = await import('../../study/config.ts');
  const tree = tab(program);
  const command = program.commands.find((each) => each.name() === 'complete');
  command?.description(DESCRIPTION).addHelpText('after', HELP);
  for (const [name, known] of tree.commands) {
    const ofConfigs = name === 'config diff' ? ['a', 'b'] : known.arguments.has('config') ? ['config'] : [];
    for (const argument of ofConfigs)
      known.argument(argument, (complete) => {
        for (const preset of presetNames()) complete(preset, presetPurpose(preset));
      });
    if (known.options.has('set'))
      known.option('set', known.options.get('set')?.description ?? '', (complete) => {
        for (const key of configKeys()) complete(`${key}=`, '');
      });
    if (known.options.has('condition'))
      known.option('condition', known.options.get('condition')?.description ?? '', (complete) => {
        for (const condition of CONDITION_NAMES) complete(condition, '');
      });
  }
  command?.hook('preAction', completeFiles).hook('postAction', stopCompletingFiles);
}

const { log } = console;

/** Directives of the library's answers, which are those of cobra: no space after the word 2, no names of files 4. */
const NO_FILES = ':4';
const NO_FILES_NO_SPACE = ':6';
const FILES = ':0';

/** The library never lets a shell complete the name of a file. Here it does where there is nothing else. */
function completeFiles(): void {
  const values: string[] = [];
  // eslint-disable-next-line no-console -- The library prints with it.
  console.log = (text: string) => {
    values.push(text.split('\t')[0]);
    if (text !== NO_FILES) log(text.replace(/^complete -F /m, 'complete -o default -F '));
    else if (values.length === 1) log(FILES);
    else log(values.slice(0, -1).every((value) => value.endsWith('=')) ? NO_FILES_NO_SPACE : NO_FILES);
  };
}

function stopCompletingFiles(): void {
  // eslint-disable-next-line no-console -- As above.
  console.log = log;
}
