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
  /** It is found within so many steps from seed 1 on. */
  readonly steps: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lease-never-checked',
    changes: [{ file: 'work/lease.ts', from: 'const isNewest = this.file.isNewest();', to: 'const isNewest = true as boolean | undefined;' }],
    steps: 200_000,
  },
];
