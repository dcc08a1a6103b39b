// Deliberate faults in the text of src/work. The simulation must find each: tests/work/simulation.test.ts.

interface Change {
  /** Below src/. */
  readonly file: string;
  /** Occurs once in that file. */
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  readonly changes: readonly Change[];
  /** It is found within this number of steps, beginning with seed 1. */
  readonly steps: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lease-never-checked',
    changes: [
      {
        file: 'work/lease.ts',
        from: 'const isNewest = this.file.isNewest();',
        to: 'const isNewest = true as boolean | undefined;',
      },
    ],
    steps: 200_000,
  },
  {
    name: 'lease-taken-without-watching',
    changes: [
      {
        file: 'work/lease.ts',
        from: "if (judgement === 'watch') return await standsStill(folder, before, options);",
        to: "if (judgement === 'watch') return true;",
      },
    ],
    steps: 200_000,
  },
  {
    name: 'lease-created-without-exclusion',
    changes: [
      {
        file: 'work/lease-file.ts',
        from: '  link,\n  openFile,',
        to: '  rename as link,\n  openFile,',
      },
    ],
    steps: 200_000,
  },
  {
    name: 'lease-freed-by-a-read-error',
    changes: [{ file: 'work/lease-file.ts', from: '? false : undefined;', to: '? false : false;' }],
    steps: 200_000,
  },
  {
    name: 'half-made-lease-kept',
    changes: [{ file: 'work/lease-file.ts', from: 'await disown(path, owner);', to: '' }],
    steps: 400_000,
  },
  {
    name: 'newest-lease-swept',
    changes: [
      {
        file: 'work/lease-file.ts',
        from: 'if (generation < this.generation)',
        to: 'if (generation <= this.generation)',
      },
    ],
    steps: 200_000,
  },
  {
    name: 'lost-lease-does-not-stop-the-work',
    changes: [{ file: 'work/perform.ts', from: 'onLost: () => lost.abort()', to: 'onLost: () => undefined' }],
    steps: 200_000,
  },
  {
    name: 'commit-before-needs',
    changes: [
      {
        file: 'work/runner.ts',
        from: 'if (!needs.every((id) =>',
        to: 'if (needs.length > 0 && !needs.some((id) =>',
      },
      {
        file: 'work/resolve.ts',
        from: 'if (!found) throw new Error(`task ${task.id} needs ${id}, which is not finished`);',
        to: 'if (!found) return [role, [...finished.values()][0]] as const;',
      },
    ],
    steps: 200_000,
  },
  {
    name: 'interruptions-count-as-tries',
    changes: [
      { file: 'work/runner.ts', from: "if (outcome.outcome === 'failed') tries.vain", to: 'if (outcome) tries.vain' },
    ],
    steps: 400_000,
  },
  {
    name: 'finished-cell-computed-again',
    changes: [{ file: 'work/perform.ts', from: 'if (before) return { finished: before, reused: true };', to: '' }],
    steps: 200_000,
  },
  {
    name: 'waiting-forgotten',
    changes: [
      {
        file: 'work/runner.ts',
        from: 'this.#elsewhere.set(id, setTimeout(again,',
        to: 'this.#elsewhere.set(id, setTimeout(() => undefined,',
      },
    ],
    steps: 200_000,
  },
  {
    name: 'read-error-taken-for-an-old-run',
    changes: [{ file: 'work/old-run.ts', from: " && error.kind === 'damaged_artifact'", to: '' }],
    steps: 200_000,
  },
  {
    name: 'record-committed-before-its-files',
    changes: [
      {
        file: 'fleet/artefacts.ts',
        from: "    await artefacts.put(hash, join(directory, paths.get(hash) ?? ''));\n  return { text",
        to: '    void hash;\n  return { text',
      },
    ],
    steps: 100_000,
  },
  {
    name: 'handed-back-counts-as-failed',
    changes: [
      {
        file: 'fleet/holding.ts',
        from: "const failed = outcome.outcome === 'failed' ? outcome : undefined;",
        to: "const failed = { outcome: 'failed', final: false, details: '', failure: { code: 'X', message: 'X', exit_code: 70 } } as const;",
      },
    ],
    steps: 200_000,
  },
  {
    name: 'lost-task-counts-as-failed',
    changes: [
      {
        file: 'fleet/holding.ts',
        from: "outcome = isStopped ? { outcome: 'stopped' } :",
        to: "outcome = (false as boolean) ? { outcome: 'stopped' } :",
      },
    ],
    steps: 400_000,
  },
];
