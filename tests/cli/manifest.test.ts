// `tracelab sweep manifest`: what Kubernetes would run is run here, as processes in place of pods. The fields are those
// of Kubernetes by their types (kubernetes-types); the Dockerfile is read by a parser.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser, type From } from 'dockerfile-ast';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from './run-cli.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const root = join(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-manifest-'));
  writeFileSync(
    join(folder, 'base.yaml'),
    `study: base
data: {size: 6, train: 60, dev: 6, test: 6}
conditions: [correct]
model: {d_model: 32, n_layer: 2, n_head: 2, d_ff: 64}
train: {epochs: 1, batch_tokens: 2048, lr: 2e-3, warmup_steps: 2, checkpoints: 2}
`,
  );
  writeFileSync(
    join(folder, 'Rates.yaml'),
    'sweep: lr_1.5\nstudy: base.yaml\nparameters:\n  train.lr: {values: [1e-3, 2e-3]}\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function manifest(...args: readonly string[]): Promise<readonly [ConfigMap, Job]> {
  const { code, out, error } = await runCli(
    ['sweep', 'manifest', 'Rates.yaml', '--image', 'x/tracelab:1', ...args],
    folder,
  );
  expect([code, error]).toEqual([0, '']);
  const documents = parseAllDocuments(out);
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  // No aliases: not every reader of YAML follows them.
  expect(out).not.toMatch(/: [&*]a\d/);
  return documents.map((document) => document.toJS() as unknown) as unknown as readonly [ConfigMap, Job];
}

test('one Indexed Job, without root, without a writable root file system, on a shared volume', async () => {
  const [map, job] = await manifest('--workers', '7', '--cores', '2', '--claim', 'volume');
  expect(map.metadata?.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  expect(job.metadata?.name).toBe(map.metadata?.name);
  expect(job.spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 8,
    parallelism: 8,
    backoffLimitPerIndex: 5,
    successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }] },
  });
  const pod = job.spec?.template.spec;
  expect(pod).toMatchObject({
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 120,
    securityContext: { runAsNonRoot: true, runAsUser: 1000 },
  });
  expect(pod?.volumes?.map(({ persistentVolumeClaim: claim }) => claim?.claimName)).toContain('volume');
  const [container] = pod?.containers ?? [];
  expect(container).toMatchObject({
    image: 'x/tracelab:1',
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    resources: { requests: { cpu: '2' }, limits: { cpu: '2' } },
  });
  expect(container.resources?.limits).toEqual(container.resources?.requests);
  // Every mount has its volume.
  expect(container.volumeMounts?.map(({ name }) => name).sort()).toEqual(pod?.volumes?.map(({ name }) => name).sort());
});

test('its indices, in any order, make the tables of one machine, and index 0 ends when they are written', async () => {
  const [map, job] = await manifest('--workers', '2');
  const [container] = job.spec?.template.spec?.containers ?? [];
  for (const name of ['runs', 'config', 'bin']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(map.data ?? {})) writeFileSync(join(folder, 'config', name), text);
  const program = join(folder, 'bin/tracelab');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli/bin.ts')}' "$@"\n`);
  chmodSync(program, 0o755);
  const [shell, ...args] = (container.command ?? []).map((word) =>
    word.replaceAll('/runs', join(folder, 'runs')).replaceAll('/sweep/', join(folder, 'config/')),
  );
  const start = (index: number) => {
    const env = {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      JOB_COMPLETION_INDEX: `${index}`,
    };
    const child = spawn(shell, args, { env, stdio: 'ignore' });
    return { child, ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
  };
  const workers = [start(2), start(1)];
  const follower = start(0);
  try {
    const alone = await runCli(['sweep', 'Rates.yaml', '--runs-dir', 'alone'], folder);
    expect(alone.code).toBe(0);
    expect(await follower.ended).toBe(0);
    const read = (runs: string): string => readFileSync(join(folder, runs, 'lr_1.5/trials.csv'), 'utf8');
    expect(read('runs')).toBe(read('alone'));
    // Kubernetes ends the workers then.
    for (const { child } of workers) child.kill('SIGTERM');
    expect(await Promise.all(workers.map(async ({ ended }) => ended))).toEqual([143, 143]);
  } finally {
    for (const { child } of [...workers, follower]) child.kill('SIGKILL');
  }
});

test('what the Dockerfile copies exists, its last stage has a user, and no ignored file is needed', () => {
  const dockerfile = DockerfileParser.parse(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const froms = dockerfile.getFROMs();
  const stages = froms.map((from: From) => from.getBuildStage());
  expect(froms.map((from: From) => from.getImage())).toEqual(['node:26-slim', 'node:26-slim']);
  for (const copy of dockerfile.getCOPYs()) {
    const from = copy.getFromFlag()?.getValue();
    if (from) expect(stages).toContain(from);
    else
      for (const source of copy.getArguments().slice(0, -1))
        expect(existsSync(join(root, source.getValue()))).toBe(true);
  }
  const last = dockerfile.getInstructions().map((each) => [each.getKeyword(), each.getArgumentsContent()]);
  expect(last.slice(last.findLastIndex(([word]) => word === 'FROM'))).toContainEqual(['USER', '1000:1000']);
  // The package is built from files that are under version control and not ignored.
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#]/.test(line));
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const made = ['dist', 'build'];
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  for (const name of files.map((path) => path.split('/')[0]).filter((each) => !made.includes(each))) {
    expect(ignored).not.toContain(name);
    expect(tracked.some((path) => path === name || path.startsWith(`${name}/`))).toBe(true);
  }
  for (const name of ['src', 'assembly', 'bench', 'scripts', 'package-lock.json']) expect(ignored).not.toContain(name);
});
