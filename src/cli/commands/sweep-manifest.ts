// `tracelab sweep manifest`: a sweep as a Job of Kubernetes.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { refuseOptions } from '../command-line.ts';
import { printLines } from '../fit.ts';
import { coresOption, jsonOption, workersOption } from '../options.ts';
import { loadedSweep } from '../loaded-sweep.ts';
import { slotsOf, workshopOf } from '../workshop.ts';

interface ManifestOptions {
  readonly image?: string;
  readonly claim: string;
  readonly workers: number;
  readonly cores?: number;
  readonly runsDir: string;
  readonly json?: true;
}

/** Adds the command to `sweep`. */
export function addManifest(sweep: Command): void {
  sweep
    .command('manifest')
    .description('print the sweep as an Indexed Job of Kubernetes, for kubectl apply -f -')
    .argument('<config>', 'the YAML file of a sweep')
    .addOption(imageOption())
    .addOption(workersOption())
    .addOption(claimOption())
    .addOption(coresOption('cores of each worker (default: 1)'))
    .addOption(jsonOption())
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ManifestOptions>();
      if (options.image === undefined)
        throw refuseOptions(command, {
          option: '--image',
          what: 'no image is named',
          expected: '--image NAME',
          got: 'nothing',
          hint: 'build one from the Dockerfile of tracelab',
        });
      await printManifest(name, { ...options, image: options.image });
    });
}

const imageOption = (): Option =>
  new Option('--image <name>', 'image that has tracelab, as the Dockerfile builds it').argParser((text) => {
    if (/^[A-Za-z0-9][\w./:@-]*$/.test(text)) return text;
    throw new InvalidArgumentError(`expected the name of an image, got ${JSON.stringify(text)}`);
  });

const claimOption = (): Option =>
  new Option('--claim <name>', 'claim of a volume that many pods can write, for the runs directory')
    .argParser((text) => {
      if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)) return text;
      throw new InvalidArgumentError(`expected the name of a persistent volume claim, got ${JSON.stringify(text)}`);
    })
    .default('tracelab-runs');

/** What the pod needs that writes tables and page. */
const REPORT_MEBIBYTES = 1024;

async function printManifest(
  name: string,
  { image, claim, workers, cores = 1, runsDir, json }: ManifestOptions & { readonly image: string },
): Promise<void> {
  const { sweep, study } = await loadedSweep(name);
  const { config } = sweep;
  const { planSweep } = await import('../../study/sweep/sweep.ts');
  const { sweepHash } = await import('../../study/sweep/config.ts');
  const { readText } = await import('../../base/files.ts');
  const { mostMebibytes } = await import('../../fleet/slurm/arrays.ts');
  const { refuseOthersFiles } = await import('../../fleet/others-files.ts');
  const { manifestOf } = await import('../../fleet/kubernetes/manifest.ts');
  const { graph, planned } = await planSweep(
    { sweep, study, slots: await slotsOf(cores, 1) },
    await workshopOf(runsDir),
  );
  refuseOthersFiles(graph);
  const isFile = sweep.study_sha256 !== undefined;
  const manifest = manifestOf({
    name: config.sweep,
    config_hash: sweepHash(sweep),
    sweep: isFile ? { ...config, study: './study.yaml' } : config,
    study: isFile ? await readText(sweep.study) : undefined,
    image,
    claim,
    workers,
    cores,
    mebibytes: Math.max(REPORT_MEBIBYTES, mostMebibytes(graph, planned.estimates, cores)),
  });
  if (json) process.stdout.write(`${JSON.stringify({ event: 'manifest', sweep: config.sweep, manifest })}\n`);
  else printLines(manifest);
}
