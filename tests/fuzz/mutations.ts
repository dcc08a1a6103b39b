// Damage to texts, bytes and JSON, drawn from a sequence: what a parser of foreign input is fed.
import type { RandomSequence } from '../../src/base/random.ts';

const draw = <T>(items: readonly T[], random: RandomSequence): T => items[random.below(items.length)];

/** Pieces that parsers stumble over. */
const PIECES: readonly string[] = [
  ...['', ' ', '\n', '\r\n', '\t', '\0', '\u2028', '\ufeff', '\ufffd', '\ud800', '\u202e', '٣', 'é', '🙂', '迷宮'],
  ...['null', 'true', 'NaN', '-Infinity', '1e999', '-1e999', '-0', '0x10', '1_000', '1.', '.5', '00', '+1'],
  ...['9007199254740993', '18446744073709551616', '4294967296', '-2147483649', '1e-320', '0.30000000000000004'],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ',',
    ':',
    '\\',
    '\\u',
    '\\ud800',
    '#',
    '- ',
    '? ',
    '&a ',
    '*a',
    '!!str ',
    '%',
    '|',
    '<<: ',
  ],
  ...['__proto__', 'constructor', 'toString', 'length', '../', '/', '~', '$oid', '--', '-', '=', '@', '@0.5', '..'],
  ...[
    'query',
    'start',
    'goal',
    'wall',
    'reasoning',
    'create',
    'close',
    'solution',
    'plan',
    'end',
    'c1',
    'worker',
    'push',
  ],
  '['.repeat(300),
  '{"a":'.repeat(300),
  'x'.repeat(5000),
  '9'.repeat(400),
];

/** Values that replace another in JSON; raw texts, because JSON.stringify would not write all of them. */
const VALUES: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1', '0.5', '1e999', '-1e999', '1e-320', '2147483648', '4294967296'],
  ...['9007199254740993', '18446744073709551616', '""', '"x"', '"\\ud800"', '"\\u0000"', '"__proto__"', '"../../x"'],
  ...['[]', '{}', '[null]', '[[]]', '[1,2]', '{"a":1}', '{"__proto__":{"a":1}}', '{"length":3}', '{"then":1}'],
  `"${'x'.repeat(5000)}"`,
  `${'['.repeat(200)}${']'.repeat(200)}`,
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
];

/** Bytes changed, cut, repeated, lost, or taken from another seed. */
export function mutateBytes(seed: Uint8Array, others: readonly Uint8Array[], random: RandomSequence): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(bytes.length + 1);
    const few = 1 + random.below(48);
    switch (random.below(10)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + few)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - few))]);
        break;
      case 3: {
        const other = draw(others, random);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
        break;
      }
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(draw(PIECES, random)), bytes.subarray(at)]);
        break;
      case 5:
        // A size or an offset at its limit.
        for (let i = at; i < Math.min(bytes.length, at + 4); i++) bytes[i] = draw([0, 0x7f, 0x80, 0xff], random);
        break;
      case 6:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      default:
        if (at < bytes.length) bytes[at] ^= 1 << random.below(8);
    }
  }
  return bytes;
}

/** Words, lines and letters changed, repeated, lost or replaced. */
export function mutateText(seed: string, others: readonly string[], random: RandomSequence): string {
  let text = seed;
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1);
    switch (random.below(8)) {
      case 0:
        text = text.slice(0, at);
        break;
      case 1:
        text = text.slice(0, at) + draw(PIECES, random) + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + draw(PIECES, random) + text.slice(at + 1 + random.below(12));
        break;
      case 3:
        text = text.slice(0, at) + draw(others, random).slice(at);
        break;
      case 4:
        text = swapped(text, '\n', random);
        break;
      case 5:
        text = swapped(text, ' ', random);
        break;
      case 6:
        text = text.slice(0, at) + text.slice(at + 1 + random.below(12));
        break;
      default:
        text = text.replaceAll(/\d+/g, (digits) => (random.below(20) === 0 ? draw(PIECES, random) : digits));
    }
  }
  return text;
}

/** Two parts exchanged, one repeated, or one lost. */
function swapped(text: string, separator: string, random: RandomSequence): string {
  const parts = text.split(separator);
  const [one, two] = [random.below(parts.length), random.below(parts.length)];
  const change = random.below(3);
  if (change === 0) return parts.toSpliced(one, 1).join(separator);
  if (change === 1) return parts.toSpliced(two, 0, parts[one]).join(separator);
  return parts.with(one, parts[two]).with(two, parts[one]).join(separator);
}

/** A place in JSON: the holder and the key of a value. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Replaces in JSON a raw text, which need not be JSON. */
const MARK = '\u0001raw';

/**
 * Values replaced, keys lost, renamed or given twice, items repeated.
 * @param seal makes the hashes right again that a file has of itself; left out in half of the cases
 */
export function mutateJson(seed: string, random: RandomSequence, seal?: (value: object) => object): string {
  let value = JSON.parse(seed) as unknown;
  const raws: string[] = [];
  const doubled: string[] = [];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const places = placesIn(value);
    if (places.length === 0) return draw(VALUES, random);
    const { holder, key } = draw(places, random);
    switch (random.below(8)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else Reflect.deleteProperty(holder, key);
        break;
      case 1: {
        const other = draw(places, random);
        holder[key] = structuredClone(other.holder[other.key]);
        break;
      }
      case 2:
        if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
        else holder[draw(['extra', 'length', 'sha256', `${key} `, key.toUpperCase()], random)] = 1;
        break;
      case 3:
        if (!Array.isArray(holder)) doubled.push(key);
        break;
      case 4:
        if (typeof holder[key] === 'number')
          holder[key] = draw([holder[key] + 1, -holder[key], holder[key] / 3, 2 ** 53], random);
        else if (typeof holder[key] === 'string') holder[key] = mutateText(holder[key], [holder[key]], random);
        break;
      default:
        holder[key] = `${MARK}${raws.length}`;
        raws.push(draw(VALUES, random));
    }
    if (random.below(40) === 0) value = [value];
  }
  const isPlain = raws.length === 0 && doubled.length === 0;
  if (isPlain && seal !== undefined && typeof value === 'object' && value !== null && random.below(4) > 0)
    value = seal(value);
  let text = JSON.stringify(value);
  for (const [i, raw] of raws.entries()) text = text.replace(JSON.stringify(`${MARK}${i}`), () => raw);
  for (const key of doubled)
    text = text.replace(`${JSON.stringify(key)}:`, (found) => `${found}${draw(VALUES, random)},${found}`);
  if (seal !== undefined && !isPlain && random.below(4) > 0) text = resealed(text, seal);
  return text;
}

/** The text with right hashes, where it is JSON. */
function resealed(text: string, seal: (value: object) => object): string {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? JSON.stringify(seal(value)) : text;
  } catch {
    return text;
  }
}

function placesIn(value: unknown): Place[] {
  const found: Place[] = [];
  const open: unknown[] = [value];
  while (open.length > 0 && found.length < 3000) {
    const holder = open.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      found.push({ holder: holder as Record<string, unknown>, key });
      open.push((holder as Record<string, unknown>)[key]);
    }
  }
  return found;
}
