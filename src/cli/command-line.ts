// Wrong command lines as refusals in the form of all others. commander finds most of them and has a text for each; this
// takes the text apart. What commands find themselves is refused by refuseOptions().
import type { Command, CommanderError } from 'commander';
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { QUOTE_HINT } from './options.ts';

/** What is wrong with a command line; the place is the command. */
interface Fault {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  /** Left out: the command's help. */
  readonly hint?: string;
  /** The option that is wrong, if it is one. */
  readonly option?: string;
}

/** Options that do not fit together, found by the command itself. */
export function refuseOptions(command: Command, fault: Fault): TracelabError {
  const name = nameOf(command);
  return new TracelabError({
    code: 'COMMAND_LINE',
    kind: 'refused_input',
    where: fault.option === undefined ? name : `${name} ${fault.option}`,
    what: fault.what,
    expected: fault.expected,
    got: fault.got,
    hint: fault.hint ?? suggestion(fault) ?? `${name} --help explains it`,
  });
}

/** The name that a wrong one is likely to be. */
function suggestion({ expected, got }: Fault): string | undefined {
  const names = /^one of (.*)$/.exec(expected)?.[1];
  const near = names === undefined ? undefined : nearest(got.replaceAll('"', ''), names.split(', '));
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/**
 * @param error that commander threw
 * @returns undefined where commander has printed help or the version, and nothing is to be said
 */
export function commandLineRefusal(
  error: CommanderError,
  program: Command,
  args: readonly string[],
): TracelabError | undefined {
  if (['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code)) return undefined;
  const command = commandOf(program, args);
  // In the last line: `(Did you mean --set?)`, or a hint of ours. A value may have lines, too.
  const parts = /^(?:error: )?(.*?)(?:\n\(([^\n]*)\))?$/s.exec(error.message.trimEnd());
  const text = parts?.[1] ?? error.message;
  const isSplit = text.startsWith('too many arguments') && args.includes('--set');
  const hint = isSplit ? QUOTE_HINT : parts?.[2];
  const fault = faultOf(text, command);
  // commander suggests another option for a value that a known one does not have.
  const isFlag = text.startsWith('unknown option') && fault.option !== undefined;
  return refuseOptions(command, hint === undefined || isFlag ? fault : { ...fault, hint: hint.replace(/^D/, 'd') });
}

/** Refuses an empty value, and two values of an option that takes one. To be called when all commands are there. */
export function checkValues(program: Command): void {
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])])
    for (const option of command.options) {
      const { long, variadic } = option;
      const isList = variadic || REPEATABLE.has(option.attributeName());
      if (option.isBoolean() || typeof long !== 'string') continue;
      let first: string | undefined;
      command.on(`option:${option.name()}`, (value: string | null) => {
        if (value === '')
          throw refuseOptions(command, {
            what: 'the value is empty',
            expected: option.flags,
            got: `${long} ""`,
            hint: 'is a variable of the shell not set?',
            option: long,
          });
        if (!isList && first !== undefined)
          throw refuseOptions(command, {
            what: 'given twice',
            expected: 'one value',
            got: `${JSON.stringify(first)} and ${JSON.stringify(value ?? '')}`,
            hint: 'leave one out',
            option: long,
          });
        first = value ?? '';
      });
    }
}

/** Options that collect their values. */
const REPEATABLE = new Set(['set', 'format']);

function faultOf(text: string, command: Command): Fault {
  for (const [pattern, fault] of FAULTS) {
    const match = pattern.exec(text);
    if (match) return fault(match.slice(1), command);
  }
  return { what: text, expected: 'another command line', got: 'this one' };
}

/** The texts of commander, and what they mean. */
const FAULTS: readonly (readonly [RegExp, (parts: readonly string[], command: Command) => Fault])[] = [
  [/^unknown option '(.*)'$/s, ([option], command) => unknownOption(option, command)],
  [
    /^unknown command '(.*)'$/s,
    ([name], command) => ({
      what: 'unknown command',
      expected: `one of ${command.commands.map((each) => each.name()).join(', ')}`,
      got: name,
    }),
  ],
  [
    /^missing required argument '(.*)'$/,
    ([name], command) => ({
      what: `the argument ${name} is missing`,
      expected: `${nameOf(command)} ${argumentsOf(command)}`,
      got: 'a call without it',
    }),
  ],
  [
    /^too many arguments.* Expected (\d+) arguments? but got (\d+)\.$/,
    ([most, given], command) => ({
      what: 'too many arguments',
      expected: `${nameOf(command)} ${argumentsOf(command)}`.trimEnd() + (most === '0' ? ' without arguments' : ''),
      got: given === '1' ? '1 argument' : `${given} arguments`,
      hint: 'a value with blanks needs quotes',
    }),
  ],
  [
    /^option '(.*)' argument missing$/,
    ([flags]) => ({ what: 'the value is missing', expected: flags, got: flagOf(flags), option: flagOf(flags) }),
  ],
  [
    /^required option '(.*)' not specified$/,
    ([flags]) => ({ what: `the option ${flagOf(flags)} is missing`, expected: flags, got: 'a call without it' }),
  ],
  [
    /^option '(.*)' cannot be used with option '(.*)'$/,
    ([one, other]) => ({
      what: `${flagOf(one)} and ${flagOf(other)} exclude each other`,
      expected: 'one of the two',
      got: 'both',
      hint: 'leave one out',
    }),
  ],
  [
    // The texts of options.ts; perhaps with a suggestion.
    /^option '(.*?)' argument '.*' is invalid\. expected (.*), got (".*?")(?:; (did you mean .*\?))?$/s,
    ([flags, expected, got, hint]) => ({
      what: 'wrong value',
      expected,
      got,
      option: flagOf(flags),
      ...(hint && { hint }),
    }),
  ],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    ([flags, got, names]) => ({
      what: 'wrong value',
      expected: choiceOf(names),
      got: JSON.stringify(got),
      option: flagOf(flags),
    }),
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\.$/s,
    ([got, name, names]) => ({
      what: `wrong value of the argument ${name}`,
      expected: choiceOf(names),
      got: JSON.stringify(got),
    }),
  ],
];

function unknownOption(option: string, command: Command): Fault {
  const [flag] = option.split('=', 1);
  if (flag !== option && [...command.options, ...(command.parent?.options ?? [])].some(({ long }) => long === flag))
    return {
      what: 'it has no value',
      expected: flag,
      got: option,
      option: flag,
      hint: `leave ${option.slice(flag.length)} out`,
    };
  return {
    what: 'unknown option',
    expected: 'an option of this command',
    got: option,
    hint: `${nameOf(command)} --help lists them`,
  };
}

const choiceOf = (names: string): string => (names.includes(',') ? `one of ${names}` : names);

/** `--threads <n>` -> `--threads`. */
function flagOf(flags: string): string {
  return /--[^ ,]+/.exec(flags)?.[0] ?? flags;
}

/** `tracelab runs show`. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** `<files...>`, `[config]`. */
function argumentsOf(command: Command): string {
  return command.registeredArguments
    .map((each) => `${each.name()}${each.variadic ? '...' : ''}`)
    .map((name, i) => (command.registeredArguments[i].required ? `<${name}>` : `[${name}]`))
    .join(' ');
}

/** The command that a command line names. */
function commandOf(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((each) => each.name() === arg);
    if (next) command = next;
    else if (!arg.startsWith('-')) break;
  }
  return command;
}
