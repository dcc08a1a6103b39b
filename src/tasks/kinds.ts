// All kinds of task. A new kind is a file in this folder and a line here.
import type { Kind, Kinds } from '../work/kind.ts';
import { curveKind } from './curve.ts';
import { dataKind } from './data.ts';
import { informationKind } from './information.ts';
import { interventionsKind } from './interventions.ts';
import { lengthsKind } from './lengths.ts';
import { ownDataKind } from './own-data.ts';
import { rlCurveKind } from './rl-curve.ts';
import { rlKind } from './rl.ts';
import { samplesKind } from './samples.ts';
import { testKind } from './test.ts';
import { trainKind } from './train.ts';
import { trainPartKind } from './train-part.ts';

const ALL = [
  dataKind,
  ownDataKind,
  trainKind,
  trainPartKind,
  curveKind,
  testKind,
  samplesKind,
  lengthsKind,
  rlKind,
  rlCurveKind,
  interventionsKind,
  informationKind,
];

export const KINDS: Kinds = new Map(ALL.map((kind) => [kind.name, kind as unknown as Kind]));
