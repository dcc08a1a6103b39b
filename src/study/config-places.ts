// Where the settings of a study come from: `file:line:column`, or the --set that brought them.
import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';

/** Places of the settings of one configuration, for errors. */
export class ConfigPlaces {
  private readonly source: string;
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly options: ReadonlyMap<string, string>;

  /** @param options texts `--set key=value` by key */
  constructor(source: string, document: Document, lines: LineCounter, options: ReadonlyMap<string, string>) {
    this.source = source;
    this.document = document;
    this.lines = lines;
    this.options = options;
  }

  /** The option that brought one of these keys, its section, or a key of it; else the place of the first key. */
  of(...keys: readonly string[]): string {
    for (const key of keys) {
      const option = this.option(key) ?? [...this.options].find(([set]) => set.startsWith(`${key}.`))?.[1];
      if (option !== undefined) return option;
    }
    const [first = ''] = keys;
    return this.inFile(first === '' ? [] : first.split('.'));
  }

  /**
   * The option that brought what is at a path, else its place in the file.
   * @param path keys, and numbers of items
   */
  at(path: readonly string[], part: 'key' | 'value' = 'value'): string {
    return this.option(path.slice(0, 2).join('.')) ?? this.inFile(path, part);
  }

  /** The option that left out what should be at a path, else the place of its section. */
  ofMissing(path: readonly string[]): string {
    const key = path.slice(0, 2).join('.');
    // One of the two is asked for.
    const other = key === 'train.epochs' ? this.option('train.tokens') : undefined;
    return this.option(key) ?? other ?? this.inFile(path.slice(0, -1));
  }

  private option(key: string): string | undefined {
    return this.options.get(key) ?? this.options.get(key.split('.')[0]);
  }

  /** Of a key or of its value, or of the nearest key above it; `:1:1` when the file has none of them. */
  private inFile(path: readonly string[], part: 'key' | 'value' = 'value'): string {
    for (let length = path.length; length > 0; length--) {
      const name = path[length - 1];
      const parent: unknown =
        length === 1 ? this.document.contents : this.document.getIn(path.slice(0, length - 1), true);
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && keyText(key.value) === name)
        : undefined;
      const value: unknown = pair ? pair.value : this.document.getIn(path.slice(0, length), true);
      const node = pair && (part === 'key' || !isScalar(value)) ? pair.key : value;
      if (isNode(node) && node.range) {
        const { line, col } = this.lines.linePos(node.range[0]);
        return `${this.source}:${line}:${col}`;
      }
    }
    return `${this.source}:1:1`;
  }
}

/** As a plain value has it. */
function keyText(key: unknown): string {
  return key === null ? '' : typeof key === 'string' ? key : JSON.stringify(key);
}
