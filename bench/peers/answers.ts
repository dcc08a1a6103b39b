// What bench/peers/train_pytorch.py writes, as schemas: an answer of another shape ends the comparison.
import * as z from 'zod';
import type { Answer } from './peer-process.ts';

const about = z.looseObject({
  torch: z.string(),
  python: z.string(),
  config: z.string().describe('torch.__config__.show()'),
  mkl: z.boolean(),
  mkldnn: z.boolean(),
  capability: z.string().describe("instruction set of PyTorch's own kernels"),
  compile: z.boolean().describe('torch.compile exists'),
  openblas: z.string(),
  core: z.string().describe('kernels that OpenBLAS runs; empty where it is not the BLAS'),
});
const steps = z.looseObject({
  seconds: z.array(z.number().positive()).min(1),
  losses: z.array(z.number()).min(1),
  parameters: z.int().positive(),
});

export type PytorchAbout = Readonly<z.infer<typeof about>>;
export type PytorchSteps = Readonly<z.infer<typeof steps>>;

/** @throws Error with the first fault when the peer describes itself in another form */
export function parseAbout(answer: Answer): PytorchAbout {
  return parsed(about, answer);
}

/** @throws Error with the first fault when the answer is none about steps */
export function parseSteps(answer: Answer): PytorchSteps {
  return parsed(steps, answer);
}

/** Libraries and instruction sets in one line: `MKL, oneDNN, own kernels AVX512`. */
export function kernelsText({ mkl, mkldnn, openblas, core, capability }: PytorchAbout): string {
  return [
    ...(mkl ? ['MKL'] : []),
    ...(mkldnn ? ['oneDNN'] : []),
    ...(openblas === '' ? [] : [`${openblas.trim()} running as ${core}`]),
    `own kernels ${capability}`,
  ].join(', ');
}

function parsed<Shape extends z.ZodType>(schema: Shape, answer: Answer): z.infer<Shape> {
  const { success, data, error } = schema.safeParse(answer);
  if (success) return data;
  const [{ path, message }] = error.issues;
  throw new Error(`PyTorch answered ${path.join('.')}: ${message}, in ${JSON.stringify(answer).slice(0, 200)}`);
}
