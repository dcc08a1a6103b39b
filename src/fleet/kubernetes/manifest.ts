// A sweep as one Indexed Job of Kubernetes (1.31 or newer). Index 0 submits the sweep to the shared folder, follows it
// and writes its tables; each other index is a worker on that folder. An index is no task: all indices start at once
// and in any order, so most of them would hold their cores and wait for tasks that they need.
import type { Job, JobSpec } from 'kubernetes-types/batch/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { stringify } from 'yaml';

/** What becomes a manifest. */
export interface ManifestSettings {
  /** Of the sweep. */
  readonly name: string;
  readonly config_hash: string;
  /** The resolved sweep, whose study is a preset or `./study.yaml`. */
  readonly sweep: unknown;
  /** The file of the study; undefined for a preset. */
  readonly study: string | undefined;
  readonly image: string;
  /** Name of the claim of the volume that all pods share. */
  readonly claim: string;
  readonly workers: number;
  /** Of each pod. */
  readonly cores: number;
  readonly mebibytes: number;
}

/** A name of Kubernetes has at most 63 characters, and pods add some to it. */
const MOST_LETTERS = 40;
/** From SIGTERM until a pod is killed: a step, its state, and a slow disk. */
const GRACE_SECONDS = 120;
/** How often an index may fail before it is given up. Pods that their node has lost do not count. */
const MOST_FAILURES = 5;
/** The user `node` of the image. */
const USER = 1000;

/** The manifest as YAML: a ConfigMap with the sweep, and the Job. */
export function manifestOf(settings: ManifestSettings): string {
  const { name, config_hash, sweep, study } = settings;
  const slug = name.replaceAll(/[^a-z0-9]+/g, '-').slice(0, MOST_LETTERS);
  const metadata = { name: `tracelab-${slug}-${config_hash.slice(0, 8)}`, labels: { app: 'tracelab' } };
  const files = { 'sweep.yaml': stringify(sweep), ...(study !== undefined && { 'study.yaml': study }) };
  const documents: readonly [ConfigMap, Job] = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data: files },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobOf(settings, metadata) },
  ];
  // Long lines stay lines: a script must not be folded.
  return documents.map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

interface Metadata {
  readonly name: string;
  readonly labels: Record<string, string>;
}

function jobOf({ workers, cores, mebibytes, image, claim }: ManifestSettings, { name, labels }: Metadata): JobSpec {
  const resources = { cpu: String(cores), memory: `${mebibytes}Mi` };
  return {
    completionMode: 'Indexed',
    completions: workers + 1,
    parallelism: workers + 1,
    backoffLimitPerIndex: MOST_FAILURES,
    // Workers do not end by themselves: the follower does, when the tables are written.
    successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }] },
    podFailurePolicy: {
      rules: [
        // 3: damaged files, or a machine that computes other bytes. 5: refused, or tasks were set aside.
        { action: 'FailJob', onExitCodes: { containerName: 'tracelab', operator: 'In', values: [3, 5] } },
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
    template: {
      metadata: { labels },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: GRACE_SECONDS,
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            name: 'tracelab',
            image,
            command: ['/bin/sh', '-c', script(cores)],
            env: [{ name: 'XDG_CACHE_HOME', value: '/tmp' }],
            resources: { requests: resources, limits: resources },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            volumeMounts: [
              { name: 'runs', mountPath: '/runs' },
              { name: 'sweep', mountPath: '/sweep', readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
        ],
        volumes: [
          { name: 'runs', persistentVolumeClaim: { claimName: claim } },
          { name: 'sweep', configMap: { name } },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    },
  };
}

/** A worker that finds only sweeps of other code ends with 2 as well, and is tried again: this one may come yet. */
function script(cores: number): string {
  return `if [ "$JOB_COMPLETION_INDEX" -ne 0 ]; then
  exec tracelab worker --engine /runs --threads ${cores} --jobs 1
fi
trap 'kill -TERM "$follower"' TERM
tracelab sweep /sweep/sweep.yaml --engine /runs &
follower=$!
wait "$follower"
code=$?
# Refused: no other try helps.
if [ "$code" -eq 2 ]; then exit 5; fi
exit "$code"
`;
}
