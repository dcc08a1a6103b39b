// `tracelab verify`: verdicts on reasoning traces from anywhere, read as they come.
import { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { PARTLY_FAILED, TracelabError } from '../../base/errors.ts';
import type { Verified } from '../../evaluation/verify.ts';
import type { TraceLevel } from '../../evaluation/types.ts';
import { refuseOptions } from '../command-line.ts';
import { print } from '../fit.ts';
import { checkOutputs, keepInputs } from '../keep-inputs.ts';
import {
  jsonOption,
  levelOption,
  outputOption,
  sizeOption,
  strictOption,
  threadsOption,
  verboseOption,
} from '../options.ts';
import { sayRefused, saySpecial } from '../refused-rows.ts';
import { resultLine } from '../result-line.ts';
import { listenForStop } from '../signals.ts';

const NO_INPUT: AsyncIterable<Uint8Array> = Readable.from([]);

interface VerifyCommandOptions {
  readonly level?: TraceLevel;
  readonly size?: number;
  readonly output?: string;
  readonly threads: number;
  readonly strict?: true;
  readonly verbose?: true;
  readonly json?: true;
  readonly stream?: true;
}

/** Adds the command `verify` to the program. */
export function addVerify(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('verify')
    .description('judge the traces and plans of completions of any model, in any number')
    .argument(
      '<files...>',
      'JSONL, a JSON array, text lines, pictures or Parquet; text also as gzip; - for standard input',
    )
    .addOption(levelOption())
    .addOption(sizeOption())
    .addOption(strictOption())
    .addOption(outputOption())
    .addOption(threadsOption())
    .addOption(verboseOption())
    .addOption(jsonOption())
    .addOption(
      new Option(
        '--stream',
        'answer each line of standard input at once by one line of JSON, until the input ends; one thread',
      ).conflicts(['level', 'output', 'strict', 'verbose', 'json']),
    )
    .addHelpText(
      'after',
      `
A line is an object {prompt, completion} or {text}, perhaps with id, generator and size, or the text itself: query start X Y goal X Y
{wall X Y} reasoning, then the completion. Without query and reasoning it is in Searchformer's order. A Parquet file has columns of these names. Lists of completions are judged one by one. A row of another domain has a field domain.

With --stream, an answer is {line, id, generator, size, verdict}, with domain for a row of another domain. A line that cannot be read is answered by {line, id, error}, and several completions on one line by {line, completions}. docs/rewards.md has a client in Python.

Counts are by generator, or by file if rows have no generator. Invalid traces do not change the exit code 0. Rows that cannot be read are named and left out: exit code 5; with --strict, or if no row can be read, exit code 2.

Examples:
  tracelab verify theirs.jsonl --size 30
  tracelab verify data/6x6/test-wilson.jsonl --level strict
  zcat completions.jsonl.gz | tracelab verify - --json
  tracelab verify - --stream --size 6
  tracelab verify a.jsonl b.parquet --output verdicts.parquet`,
    )
    .action(async (files: string[], options: VerifyCommandOptions, command: Command) => {
      if (files.filter((file) => file === '-').length > 1)
        throw refuseOptions(command, {
          what: 'standard input can be read once',
          expected: 'one -',
          got: 'several',
          hint: 'leave one out',
        });
      setExitCode(await (options.stream ? answerLines(files, options) : verifyFiles(files, options)));
    });
}

/**
 * Answers standard input line by line.
 * @returns exit code; if the reader of stdout closes it, the command ends silently
 */
async function answerLines(files: readonly string[], { size }: VerifyCommandOptions): Promise<number> {
  if (files.length !== 1 || files[0] !== '-')
    throw new TracelabError({
      code: 'STREAM_INPUT',
      kind: 'refused_input',
      where: '--stream',
      what: 'only standard input is answered line by line',
      expected: '-',
      got: files.join(' '),
      hint: 'write `tracelab verify - --stream < FILE`, or leave --stream out',
    });
  const { once } = await import('node:events');
  const { verifyStream } = await import('../../evaluation/verify-stream.ts');
  const { stdin, stdout } = process;
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    stdin.destroy();
  };
  const stop = listenForStop(end);
  stdout.on('error', end);
  const write = async (json: string): Promise<void> => {
    if (!stdout.write(json)) await once(stdout, 'drain', { signal: ended.signal });
  };
  try {
    const { refused } = await verifyStream(stdin, 'stdin', size, { write });
    return stop.exitCode() || (refused > 0 ? PARTLY_FAILED : 0);
  } catch (error) {
    if (ended.signal.aborted) return stop.exitCode();
    throw error;
  } finally {
    stdout.off('error', end);
    end();
    stop.dispose();
  }
}

async function verifyFiles(
  files: readonly string[],
  { level, size, output, threads, strict, verbose, json }: VerifyCommandOptions,
): Promise<number> {
  keepInputs(files, [['--output', output]]);
  checkOutputs([['--output', output]]);
  const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
  const { canonicalJson, sha256 } = await import('../../base/hash.ts');
  const { verify } = await import('../../evaluation/verify.ts');
  const { withVerdictFile } = await import('../../evaluation/verdict-file.ts');
  const { createVerifyProgress } = await import('../verify-progress.ts');
  const { verdictsText } = await import('../verdicts-text.ts');
  const { judgedGroups } = await import('../../tables/evaluation.ts');
  // Without it nothing may touch standard input: it would keep the process alive.
  const stdin = files.includes('-') ? process.stdin : undefined;
  const leaveInput = (): void => {
    stdin?.destroy();
  };
  const stop = listenForStop(leaveInput);
  const progress = createVerifyProgress(process.stderr, SYSTEM_CLOCK.seconds);
  const run = async (verdicts?: (lines: string) => void): Promise<Verified | null> =>
    verify(
      { files, stdin: stdin ?? NO_INPUT, size, threads, strict },
      { progress: progress.show, verdicts, signal: stop.signal },
    );
  try {
    const verified = output === undefined ? await run() : await withVerdictFile(output, run);
    progress.end();
    if (verified === null) return stop.exitCode();
    const { groups, refused, special } = verified;
    const result = sha256(canonicalJson(groups));
    if (json) process.stdout.write(resultLine(result, { groups, ...(refused.length > 0 && { refused }) }));
    else print(verdictsText(judgedGroups(groups), result, { level, verbose }));
    saySpecial(special);
    return sayRefused(refused);
  } finally {
    leaveInput();
    progress.end();
    stop.dispose();
  }
}
