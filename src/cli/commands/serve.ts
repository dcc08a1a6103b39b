// `tracelab serve`: one checkpoint behind an HTTP interface in OpenAI's style.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { print } from '../fit.ts';
import { checkHosts, givenToken, LOOPBACK_HOSTS, urlOf } from '../listening.ts';
import { jsonOption, portOption, threadsOption } from '../options.ts';
import { listenForStop } from '../signals.ts';
import { lastCheckpoint } from '../test-files.ts';

interface ServeCommandOptions {
  readonly host?: string;
  readonly port: number;
  readonly tokenFile?: string;
  readonly name?: string;
  readonly threads: number;
  readonly json?: true;
}

/** Variable of the environment that may hold the token. */
const TOKEN = 'TRACELAB_TOKEN';

/** Adds the command `serve` to the program. */
export function addServe(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('serve')
    .description('answer HTTP requests: completions of a checkpoint, in the style of OpenAI, and verdicts')
    .argument('<checkpoint>', 'checkpoint, or the run directory of a training run (its last one)')
    .option(
      '--host <address>',
      'address to listen on; another than loopback needs a token (default: 127.0.0.1 and ::1)',
    )
    .addOption(portOption())
    .option('--token-file <file>', `file with the token that every request needs; or the variable ${TOKEN}`)
    .addOption(
      new Option(
        '--name <name>',
        'of the model, in requests and answers (default: condition, seed and step)',
      ).argParser(modelName),
    )
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
POST /v1/completions, GET /v1/models and POST /verify. docs/serve.md has the fields, and how lm-evaluation-harness evaluates a checkpoint.

Examples:
  tracelab serve runs/swapped
  tracelab serve runs/swapped/checkpoints/step-3000 --port 8001 --name swapped
  tracelab serve runs/swapped --host 0.0.0.0 --token-file token.txt`,
    )
    .action(async (checkpoint: string, options: ServeCommandOptions) => {
      setExitCode(await serve(checkpoint, options));
    });
}

async function serve(
  run: string,
  { host, port, tokenFile, name, threads, json }: ServeCommandOptions,
): Promise<number> {
  const { SYSTEM_CLOCK } = await import('../../base/clock.ts');
  const { explained } = await import('../../base/files.ts');
  const { Model } = await import('../../model/model.ts');
  const { ModelServer } = await import('../../serve/server.ts');
  const { checkRecorded } = await import('../../work/recorded-files.ts');
  const token = await givenToken(tokenFile, TOKEN);
  const hosts = host === undefined ? LOOPBACK_HOSTS : [host];
  await checkHosts(hosts, token, TOKEN);
  const checkpoint = await lastCheckpoint(run);
  await checkRecorded(checkpoint, /^[a-z_]+\.(json|safetensors)$/);
  const model = await Model.open(checkpoint, threads);
  const { condition, seed, step, rl } = model.checkpoint.origin;
  const shown = name ?? `${condition}-seed-${seed}-step-${step}${rl ? `-rl-${rl.step}` : ''}`;
  const stopped = Promise.withResolvers<undefined>();
  const stop = listenForStop(() => {
    stopped.resolve(undefined);
  });
  try {
    const server = await ModelServer.listen(model, {
      name: shown,
      created: Math.floor(SYSTEM_CLOCK.now().getTime() / 1000),
      hosts,
      port,
      token,
      failed: (error) => {
        const { message } = explained(error) as Error;
        print(`error in a request: ${message}\n`, process.stderr);
      },
    });
    const url = urlOf(host, server.port);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'serving', model: shown, url })}\n`);
    else print(`${shown} at ${url}/v1/completions; Ctrl-C stops it\n`);
    await stopped.promise;
    await server.close();
    const answered = Object.fromEntries([...server.answered].sort(([a], [b]) => a - b));
    if (json) process.stdout.write(`${JSON.stringify({ event: 'served', answered })}\n`);
    return stop.exitCode();
  } finally {
    stop.dispose();
    await model.close();
  }
}

function modelName(text: string): string {
  if (/^[\w.@:-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError(`expected 1 to 64 letters, digits, -, _, ., : or @, got ${JSON.stringify(text)}`);
}
